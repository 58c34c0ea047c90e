//! Users, roles and privileges, and who is let in.
//!
//! `authentication-authorization/manage-users`, `…/manage-roles`, `…/manage-privileges`; logins as recorded.

use super::cluster::Cluster;
use super::cypher::{Access, Home, IfThere, Password, Privilege, Privileges, Role, User, UserChange};
use super::pods::FirstPassword;
use super::refusal::Refusal;
use super::wire::Outcome;
use crate::base64;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Shorter passwords are refused (`dbms.security.auth_minimum_password_length`).
const SHORTEST_PASSWORD: usize = 8;
/// After so many logins that failed nobody is let in for a while (`dbms.security.auth_max_failed_attempts`).
const MOST_FAILURES: u32 = 3;
const LOCKED: SignedDuration = SignedDuration::from_secs(5);

/// The roles that are there from the beginning.
const BUILT_IN: [&str; 6] = ["PUBLIC", "admin", "architect", "editor", "publisher", "reader"];

/// Users and roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct People {
    pub(super) users: BTreeMap<String, Kept>,
    /// What each role may, without `TO role`: `GRANT ACCESS ON DATABASE *`.
    pub(super) roles: BTreeMap<String, BTreeSet<String>>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// None where nobody here knows it: then every password is right.
    pub(super) password: Option<Password>,
    pub(super) change_required: bool,
    pub(super) suspended: bool,
    pub(super) home: Option<String>,
    pub(super) roles: BTreeSet<String>,
}

impl People {
    /// Those of a first start.
    pub(super) fn first(password: &FirstPassword) -> Self {
        let known = match password {
            FirstPassword::None => Some("neo4j".to_owned()),
            FirstPassword::Unseen => None,
            FirstPassword::Is(password) => Some(password.clone()),
        };
        let neo4j = Kept {
            password: known.map(Password),
            change_required: *password == FirstPassword::None,
            suspended: false,
            home: None,
            roles: BTreeSet::from(["admin".to_owned()]),
        };
        let roles = BUILT_IN.iter().map(|role| ((*role).to_owned(), built_in(role)));
        Self { users: BTreeMap::from([("neo4j".to_owned(), neo4j)]), roles: roles.collect() }
    }

    /// Returns the roles of a user, the one that everybody has too.
    pub(super) fn roles_of(&self, user: &str) -> Vec<String> {
        let own = self.users.get(user).into_iter().flat_map(|user| user.roles.iter().cloned());
        std::iter::once("PUBLIC".to_owned()).chain(own).collect()
    }

    /// Returns what these roles may, as the commands that would grant it.
    pub(super) fn commands(&self, roles: &[String]) -> Vec<String> {
        let of = |role: &String| {
            let texts = self.roles.get(role).into_iter().flatten();
            texts.map(move |text| format!("{text} TO `{role}`")).collect::<Vec<_>>()
        };
        let mut commands: Vec<String> = roles.iter().flat_map(of).collect();
        commands.sort();
        commands.dedup();
        commands
    }
}

/// The manual's example of all privileges (`manage-privileges`), by role.
fn built_in(role: &str) -> BTreeSet<String> {
    let reads =
        ["ACCESS ON DATABASE *", "MATCH {*} ON GRAPH * NODE *", "MATCH {*} ON GRAPH * RELATIONSHIP *"];
    let writes = ["WRITE ON GRAPH *"];
    let names = ["NAME MANAGEMENT ON DATABASE *"];
    let schema = ["CONSTRAINT MANAGEMENT ON DATABASE *", "INDEX MANAGEMENT ON DATABASE *"];
    let all = [
        "ALL DBMS PRIVILEGES ON DBMS",
        "START ON DATABASE *",
        "STOP ON DATABASE *",
        "TRANSACTION MANAGEMENT (*) ON DATABASE *",
    ];
    let everybody = ["ACCESS ON HOME DATABASE", "EXECUTE FUNCTION * ON DBMS", "EXECUTE PROCEDURE * ON DBMS"];
    let groups: &[&[&str]] = match role {
        "PUBLIC" => &[&everybody],
        "reader" => &[&reads],
        "editor" => &[&reads, &writes],
        "publisher" => &[&reads, &writes, &names],
        "architect" => &[&reads, &writes, &names, &schema],
        _ => &[&reads, &writes, &names, &schema, &all],
    };
    groups.iter().flat_map(|group| group.iter()).map(|text| format!("GRANT {text}")).collect()
}

impl Cluster {
    /// Lets a user in: `Authorization: Basic …`.
    pub(super) fn log_in(&mut self, authorization: Option<&str>) -> Result<String, Refusal> {
        let Some(header) = authorization else {
            return Err(Refusal::unauthorized("No authentication header supplied."));
        };
        let pair = header.strip_prefix("Basic ").and_then(|encoded| base64::decode(encoded.trim()));
        let pair = pair.and_then(|bytes| String::from_utf8(bytes).ok());
        let Some((user, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) else {
            return Err(Refusal::unauthorized("Invalid authentication header."));
        };
        let failed = self.failed_logins.get(user).copied();
        let is_locked = failed
            .is_some_and(|(times, last)| times >= MOST_FAILURES && self.now.duration_since(last) < LOCKED);
        if is_locked {
            return Err(Refusal::new(
                "Neo.ClientError.Security.AuthenticationRateLimit",
                "Too many failed authentication requests. Please wait 5 seconds and try again.",
            ));
        }
        let kept = self.system.as_ref().and_then(|system| system.people.users.get(user));
        let fits = |kept: &Kept| kept.password.as_ref().is_none_or(|one| one.0 == password);
        if kept.is_some_and(|kept| fits(kept) && !kept.suspended) {
            self.failed_logins.remove(user);
            return Ok(user.to_owned());
        }
        let times = failed.map_or(0, |(times, _)| times);
        self.failed_logins.insert(user.to_owned(), (times + 1, self.now));
        Err(Refusal::unauthorized("Invalid credential."))
    }

    /// Carries out a statement about users, roles and privileges.
    pub(super) fn of_access(&mut self, user: &str, command: &Access) -> Result<Outcome, Refusal> {
        self.keeps()?;
        let Some(system) = &mut self.system else { return Err(Refusal::unavailable()) };
        let people = &mut system.people;
        let outcome = match command {
            Access::User { names, if_there, command } => people.of_user(names, *if_there, command, user),
            Access::ChangeOwnPassword { from, to } => people.own_password(user, from, to),
            Access::Role { name, if_there, command } => people.of_role(name, *if_there, command),
            Access::GrantRoles { roles, users } => people.turn_roles(roles, users, true),
            Access::RevokeRoles { roles, users } => people.turn_roles(roles, users, false),
            Access::Privileges { sort, privileges } => people.of_privileges(*sort, privileges),
        }?;
        self.agree();
        Ok(outcome)
    }
}

impl People {
    fn of_user(
        &mut self,
        name: &str,
        if_there: IfThere,
        command: &User,
        by: &str,
    ) -> Result<Outcome, Refusal> {
        let exists = self.users.contains_key(name);
        let missing = |what: &str| {
            Refusal::argument(format!("Failed to {what} the specified user '{name}': User does not exist."))
        };
        match command {
            User::Create(_) if exists => if_there.or(Refusal::argument(format!(
                "Failed to create the specified user '{name}': User already exists."
            ))),
            User::Create(change) => {
                let Some(password) = &change.password else {
                    return Err(Refusal::argument(
                        "Clause `SET PASSWORD` is mandatory for native auth provider.",
                    ));
                };
                check_password(&password.0)?;
                let new = Kept {
                    password: None,
                    change_required: true,
                    suspended: false,
                    home: None,
                    roles: BTreeSet::new(),
                };
                self.users.insert(name.to_owned(), new);
                self.change(name, change)
            }
            User::Alter(_) if !exists => if_there.or(missing("alter")),
            User::Alter(change) => self.change(name, change),
            User::Rename(_) if !exists => if_there.or(missing("rename")),
            User::Rename(to) if self.users.contains_key(to) => Err(Refusal::argument(format!(
                "Failed to rename the specified user '{name}' to '{to}': User already exists."
            ))),
            User::Rename(to) => {
                let kept = self.users.remove(name);
                self.users.extend(kept.map(|kept| (to.clone(), kept)));
                Ok(Outcome::changed())
            }
            User::Drop if !exists => if_there.or(missing("delete")),
            User::Drop if name == by => Err(Refusal::argument(format!(
                "Failed to delete the specified user '{name}': Deleting yourself is not allowed."
            ))),
            User::Drop => {
                self.users.remove(name);
                Ok(Outcome::changed())
            }
        }
    }

    fn change(&mut self, name: &str, change: &UserChange) -> Result<Outcome, Refusal> {
        let UserChange { password, change_required, suspended, home } = change;
        if let Some(password) = password {
            check_password(&password.0)?;
        }
        if let Some(kept) = self.users.get_mut(name) {
            let same = password.is_some() && kept.password == *password;
            if same {
                return Err(Refusal::argument(format!(
                    "Failed to alter the specified user '{name}': Old password and new password cannot be the same."
                )));
            }
            kept.password = password.clone().or(kept.password.take());
            kept.change_required = change_required.unwrap_or(kept.change_required);
            kept.suspended = suspended.unwrap_or(kept.suspended);
            match home {
                None => {}
                Some(Home::OfAll) => kept.home = None,
                Some(Home::Is(database)) => kept.home = Some(database.clone()),
            }
        }
        Ok(Outcome::changed())
    }

    fn own_password(&mut self, user: &str, from: &str, to: &str) -> Result<Outcome, Refusal> {
        check_password(to)?;
        let refused =
            |why: &str| Refusal::argument(format!("User '{user}' failed to alter their own password: {why}"));
        let Some(kept) = self.users.get_mut(user) else { return Err(refused("User does not exist.")) };
        if kept.password.as_ref().is_some_and(|password| password.0 != from) {
            return Err(refused("Invalid principal or credentials."));
        }
        if from == to {
            return Err(refused("Old password and new password cannot be the same."));
        }
        kept.password = Some(Password(to.to_owned()));
        kept.change_required = false;
        Ok(Outcome::changed())
    }

    fn of_role(&mut self, name: &str, if_there: IfThere, command: &Role) -> Result<Outcome, Refusal> {
        let exists = self.roles.contains_key(name);
        match command {
            Role::Create { .. } if exists => if_there.or(Refusal::argument(format!(
                "Failed to create the specified role '{name}': Role already exists."
            ))),
            Role::Create { copy_of } => {
                let rights = match copy_of {
                    None => BTreeSet::new(),
                    Some(other) => self.roles.get(other).cloned().ok_or_else(|| no_role("create", other))?,
                };
                self.roles.insert(name.to_owned(), rights);
                Ok(Outcome::changed())
            }
            Role::Rename(_) | Role::Drop if !exists => if_there.or(no_role("delete", name)),
            Role::Rename(_) | Role::Drop if name == "PUBLIC" => {
                Err(Refusal::argument("Failed to change the specified role 'PUBLIC': Role is special."))
            }
            Role::Rename(to) => {
                let rights = self.roles.remove(name);
                self.roles.extend(rights.map(|rights| (to.clone(), rights)));
                for user in self.users.values_mut() {
                    if user.roles.remove(name) {
                        user.roles.insert(to.clone());
                    }
                }
                Ok(Outcome::changed())
            }
            Role::Drop => {
                self.roles.remove(name);
                for user in self.users.values_mut() {
                    user.roles.remove(name);
                }
                Ok(Outcome::changed())
            }
        }
    }

    fn turn_roles(&mut self, roles: &[String], users: &[String], is_on: bool) -> Result<Outcome, Refusal> {
        let what = if is_on { "grant" } else { "revoke" };
        if let Some(role) = roles.iter().find(|role| !self.roles.contains_key(*role)) {
            return Err(no_role(what, role));
        }
        if let Some(user) = users.iter().find(|user| !self.users.contains_key(*user)) {
            return Err(Refusal::argument(format!(
                "Failed to {what} role to user '{user}': User does not exist."
            )));
        }
        for user in users {
            let Some(kept) = self.users.get_mut(user) else { continue };
            for role in roles.iter().filter(|role| *role != "PUBLIC") {
                if is_on {
                    kept.roles.insert(role.clone());
                } else {
                    kept.roles.remove(role);
                }
            }
        }
        Ok(Outcome::changed())
    }

    fn of_privileges(&mut self, sort: Privilege, privileges: &Privileges) -> Result<Outcome, Refusal> {
        let Privileges { texts, roles } = privileges;
        for role in roles {
            let Some(rights) = self.roles.get_mut(role) else { return Err(no_role("change", role)) };
            for text in texts {
                let (grant, deny) = (format!("GRANT {text}"), format!("DENY {text}"));
                match sort {
                    Privilege::Grant => drop(rights.insert(grant)),
                    Privilege::Deny => drop(rights.insert(deny)),
                    Privilege::RevokeGrant => drop(rights.remove(&grant)),
                    Privilege::RevokeDeny => drop(rights.remove(&deny)),
                    Privilege::RevokeBoth => rights.retain(|right| *right != grant && *right != deny),
                }
            }
        }
        Ok(Outcome::changed())
    }
}

fn no_role(what: &str, role: &str) -> Refusal {
    Refusal::argument(format!("Failed to {what} the specified role '{role}': Role does not exist."))
}

fn check_password(password: &str) -> Result<(), Refusal> {
    if password.chars().count() >= SHORTEST_PASSWORD {
        return Ok(());
    }
    Err(Refusal::argument(format!("A password must be at least {SHORTEST_PASSWORD} characters.")))
}
