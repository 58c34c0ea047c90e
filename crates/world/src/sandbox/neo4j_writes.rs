//! Steps on simulated Neo4j servers: the statements of each row, one after the other.

use super::Sandbox;
use super::neo4j::{named, quoted, refused as why};
use super::sending::Send;
use super::settled::{refused, rejected, whole};
use crate::neo4j::{Asked, Unanswered};
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::Seen;
use evenkeel_core::engine::step::{Outcome, Receipt, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::neo4j::{ALIAS, DATABASE, ROLE, SERVER, USER};
use std::collections::BTreeSet;

/// What is sent for a row: a statement, and the database that it is for.
struct Statement {
    text: String,
    database: String,
}

fn system(text: String) -> Statement {
    Statement { text, database: "system".to_owned() }
}

impl Sandbox {
    /// Writes a row, if what is there is what was seen.
    pub(super) fn neo4j_write(&mut self, send: &Send<'_>, mode: WriteMode, config: &Value) -> Outcome {
        let id = send.address;
        let live = match self.neo4j_look(id) {
            Ok(live) => live,
            Err(unanswered) => return Outcome::Refused(why(id, &unanswered)),
        };
        if let Some(stale) = refused(send, mode, live.as_ref()) {
            return stale;
        }
        let wanted = send.revealed.unwrap_or(config);
        let statements = match id.kind.as_str() {
            SERVER => match &live {
                Some(live) => of_server(id, live, wanted),
                None => return Outcome::Refused(rejected(id, &"a server comes with its pod")),
            },
            DATABASE => of_database(id, live.as_ref(), wanted),
            ALIAS => of_alias(id, live.as_ref(), wanted),
            USER => of_user(id, live.as_ref(), wanted),
            ROLE => of_role(id, live.as_ref(), wanted),
            _ => of_constraint(id, live.as_ref(), wanted),
        };
        if let Some(outcome) = self.run_all(id, &statements) {
            return outcome;
        }
        match self.neo4j_look(id) {
            Ok(seen) => {
                let uid = seen.as_ref().map(|seen| seen.uid.clone());
                Outcome::Done(Receipt { uid, seen, ..Receipt::default() })
            }
            Err(unanswered) => Outcome::Unknown(why(id, &unanswered)),
        }
    }

    /// Deletes a row, if it is this incarnation.
    pub(super) fn neo4j_delete(&mut self, id: &ResourceId, uid: &Uid) -> Outcome {
        let live = match self.neo4j_look(id) {
            Ok(Some(live)) => live,
            Ok(None) => return Outcome::Done(Receipt::default()),
            Err(unanswered) => return Outcome::Refused(why(id, &unanswered)),
        };
        if live.uid != *uid {
            return Outcome::Stale(Some(live));
        }
        let name = named(&id.name);
        let statement = match id.kind.as_str() {
            SERVER => system(format!("DROP SERVER {}", quoted(live.uid.as_str()))),
            DATABASE => system(format!("DROP DATABASE {name}")),
            ALIAS => system(format!("DROP ALIAS {name} FOR DATABASE")),
            USER => system(format!("DROP USER {name}")),
            ROLE => system(format!("DROP ROLE {name}")),
            _ => drop_constraint(id),
        };
        self.run_all(id, &[statement]).unwrap_or_else(|| Outcome::Done(Receipt::default()))
    }

    /// Sends statements; tells the outcome where one is refused.
    fn run_all(&mut self, id: &ResourceId, statements: &[Statement]) -> Option<Outcome> {
        for (at, Statement { text, database }) in statements.iter().enumerate() {
            match self.ask(&id.connection, Asked { database, ..Asked::anyone(text) }) {
                Ok(_rows) => {}
                Err(unanswered @ Unanswered::Refused(_)) if at == 0 => {
                    return Some(Outcome::Refused(why(id, &unanswered)));
                }
                // A later one was refused after an earlier one was carried out, or nobody knows.
                Err(unanswered) => return Some(Outcome::Unknown(why(id, &unanswered))),
            }
        }
        None
    }
}

fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    value.at(path).and_then(Value::as_text)
}

fn number(value: &Value, path: &[&str]) -> Option<i64> {
    value.at(path).and_then(Value::as_integer)
}

fn texts(value: &Value, field: &str) -> BTreeSet<String> {
    let list = value.get(field).and_then(Value::as_list).unwrap_or_default();
    list.iter().filter_map(Value::as_text).map(str::to_owned).collect()
}

/// A free server is let in under its name; all options go together, as they replace each other.
fn of_server(id: &ResourceId, live: &Seen, wanted: &Value) -> Vec<Statement> {
    let Some(mode) = text(wanted, &["modeConstraint"]) else { return Vec::new() };
    let server = quoted(live.uid.as_str());
    let mut options = vec![format!("modeConstraint: {}", quoted(mode))];
    for field in ["tags", "allowedDatabases", "deniedDatabases"] {
        let items: Vec<String> = texts(wanted, field).iter().map(|item| quoted(item)).collect();
        if !items.is_empty() {
            options.push(format!("{field}: [{}]", items.join(", ")));
        }
    }
    let options = options.join(", ");
    let is_free = text(whole(live), &["status", "state"]) == Some("Free");
    let first = if is_free {
        format!("ENABLE SERVER {server} OPTIONS {{{options}}}")
    } else {
        format!("ALTER SERVER {server} SET OPTIONS {{{options}}}")
    };
    vec![system(first), system(format!("RENAME SERVER {server} TO {}", quoted(&id.name)))]
}

fn of_database(id: &ResourceId, live: Option<&Seen>, wanted: &Value) -> Vec<Statement> {
    let name = named(&id.name);
    let before = live.map(whole);
    let counts = |value: &Value| {
        Some((
            number(value, &["topology", "primaries"])?,
            number(value, &["topology", "secondaries"]).unwrap_or(0),
        ))
    };
    let topology = counts(wanted).filter(|counts_wanted| before.and_then(counts) != Some(*counts_wanted));
    let topology = topology
        .map(|(primaries, secondaries)| format!("TOPOLOGY {primaries} PRIMARIES {secondaries} SECONDARIES"));
    let mut statements = Vec::new();
    match (&before, topology) {
        (None, topology) => {
            statements.push(format!("CREATE DATABASE {name} {}", topology.unwrap_or_default()));
        }
        (Some(_), Some(topology)) => statements.push(format!("ALTER DATABASE {name} SET {topology}")),
        (Some(_), None) => {}
    }
    let changed = |field: &str, unset: &str| {
        let is = before.and_then(|before| text(before, &[field])).unwrap_or(unset);
        text(wanted, &[field]).filter(|wanted| *wanted != is).map(str::to_owned)
    };
    if let Some(access) = changed("access", "read-write") {
        let access = if access == "read-only" { "READ ONLY" } else { "READ WRITE" };
        statements.push(format!("ALTER DATABASE {name} SET ACCESS {access}"));
    }
    if let Some(cdc) = changed("cdc", "OFF") {
        statements.push(format!("ALTER DATABASE {name} SET OPTION txLogEnrichment {}", quoted(&cdc)));
    }
    let is_default = |value: &Value| value.get("default").and_then(Value::as_bool) == Some(true);
    if is_default(wanted) && !before.is_some_and(is_default) {
        statements.push(format!("CALL dbms.setDefaultDatabase({})", quoted(&id.name)));
    }
    statements.into_iter().map(system).collect()
}

fn of_alias(id: &ResourceId, live: Option<&Seen>, wanted: &Value) -> Vec<Statement> {
    let (name, target) = (named(&id.name), named(text(wanted, &["database"]).unwrap_or_default()));
    let statement = match live {
        None => format!("CREATE ALIAS {name} FOR DATABASE {target}"),
        Some(_) => format!("ALTER ALIAS {name} SET DATABASE TARGET {target}"),
    };
    vec![system(statement)]
}

fn of_user(id: &ResourceId, live: Option<&Seen>, wanted: &Value) -> Vec<Statement> {
    let name = named(&id.name);
    let mut clauses = Vec::new();
    if let Some(password) = text(wanted, &["password"]) {
        clauses.push(format!("SET PASSWORD {} CHANGE NOT REQUIRED", quoted(password)));
    }
    if let Some(suspended) = wanted.get("suspended").and_then(Value::as_bool) {
        clauses.push(format!("SET STATUS {}", if suspended { "SUSPENDED" } else { "ACTIVE" }));
    }
    match text(wanted, &["home"]) {
        Some(home) => clauses.push(format!("SET HOME DATABASE {}", named(home))),
        None if live.is_some_and(|live| text(whole(live), &["home"]).is_some()) => {
            clauses.insert(0, "REMOVE HOME DATABASE".to_owned());
        }
        None => {}
    }
    let verb = if live.is_some() { "ALTER" } else { "CREATE" };
    let mut statements = vec![format!("{verb} USER {name} {}", clauses.join(" "))];
    let (before, after) =
        (live.map(|live| texts(whole(live), "roles")).unwrap_or_default(), texts(wanted, "roles"));
    statements.extend(after.difference(&before).map(|role| format!("GRANT ROLE {} TO {name}", named(role))));
    statements
        .extend(before.difference(&after).map(|role| format!("REVOKE ROLE {} FROM {name}", named(role))));
    statements.into_iter().map(system).collect()
}

fn of_role(id: &ResourceId, live: Option<&Seen>, wanted: &Value) -> Vec<Statement> {
    let name = named(&id.name);
    let mut statements = Vec::new();
    if live.is_none() {
        statements.push(format!("CREATE ROLE {name}"));
    }
    let before = live.map(|live| texts(whole(live), "privileges")).unwrap_or_default();
    let after = texts(wanted, "privileges");
    statements.extend(after.difference(&before).map(|text| format!("{text} TO {name}")));
    statements.extend(before.difference(&after).map(|text| format!("REVOKE {text} FROM {name}")));
    statements.into_iter().map(system).collect()
}

fn of_constraint(id: &ResourceId, live: Option<&Seen>, wanted: &Value) -> Vec<Statement> {
    let Some((database, name)) = id.name.split_once('.') else { return Vec::new() };
    let label =
        texts(wanted, "labelsOrTypes").into_iter().next().map(|label| named(&label)).unwrap_or_default();
    let pattern = if text(wanted, &["entityType"]) == Some("NODE") {
        format!("(e:{label})")
    } else {
        format!("()-[e:{label}]-()")
    };
    let properties = wanted.get("properties").and_then(Value::as_list).unwrap_or_default();
    let properties: Vec<String> = properties
        .iter()
        .filter_map(Value::as_text)
        .map(|property| format!("e.{}", named(property)))
        .collect();
    let demand = match text(wanted, &["type"]).unwrap_or_default() {
        sort if sort.ends_with("UNIQUENESS") => "IS UNIQUE".to_owned(),
        sort if sort.ends_with("KEY") => "IS KEY".to_owned(),
        sort if sort.ends_with("TYPE") => {
            format!("IS :: {}", text(wanted, &["propertyType"]).unwrap_or_default())
        }
        _ => "IS NOT NULL".to_owned(),
    };
    let create = format!(
        "CREATE CONSTRAINT {} FOR {pattern} REQUIRE ({}) {demand}",
        named(name),
        properties.join(", ")
    );
    let create = Statement { text: create, database: database.to_owned() };
    live.map(|_| drop_constraint(id)).into_iter().chain([create]).collect()
}

fn drop_constraint(id: &ResourceId) -> Statement {
    let (database, name) = id.name.split_once('.').unwrap_or(("neo4j", &id.name));
    Statement { text: format!("DROP CONSTRAINT {}", named(name)), database: database.to_owned() }
}
