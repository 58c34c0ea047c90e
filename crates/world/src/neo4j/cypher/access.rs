//! Statements about users and roles.

use super::privileges::Privilege;
use super::reader::Reader;
use super::statement::{Access, Home, Password, Role, Statement, User, UserChange};
use super::tokens::Token;
use crate::neo4j::refusal::Refusal;

impl Reader<'_> {
    /// Reads a statement about users, roles or privileges, if one comes next.
    pub(super) fn of_access(&mut self) -> Result<Option<Statement>, Refusal> {
        let access = if self.words(&["ALTER", "CURRENT", "USER"]) {
            self.own_password()?
        } else if let Some(access) = self.of_users()? {
            access
        } else if let Some(access) = self.of_roles()? {
            access
        } else if self.word("GRANT") {
            self.granted(Privilege::Grant)?
        } else if self.word("DENY") {
            Access::Privileges { sort: Privilege::Deny, privileges: self.privileges("TO")? }
        } else if self.word("REVOKE") {
            self.revoked()?
        } else {
            return Ok(None);
        };
        Ok(Some(Statement::Access(access)))
    }

    fn own_password(&mut self) -> Result<Access, Refusal> {
        for word in ["SET", "PASSWORD", "FROM"] {
            self.expect(word)?;
        }
        let from = self.text()?;
        self.expect("TO")?;
        Ok(Access::ChangeOwnPassword { from, to: self.text()? })
    }

    fn of_users(&mut self) -> Result<Option<Access>, Refusal> {
        let (names, if_there, command) = if self.words(&["CREATE", "USER"]) {
            let (name, if_there) = (self.name()?, self.if_not_exists()?);
            (name, if_there, User::Create(self.user_change()?))
        } else if self.words(&["ALTER", "USER"]) {
            let (name, if_there) = (self.name()?, self.if_exists()?);
            (name, if_there, User::Alter(self.user_change()?))
        } else if self.words(&["DROP", "USER"]) {
            (self.name()?, self.if_exists()?, User::Drop)
        } else if self.words(&["RENAME", "USER"]) {
            let (name, if_there) = (self.name()?, self.if_exists()?);
            self.expect("TO")?;
            (name, if_there, User::Rename(self.name()?))
        } else {
            return Ok(None);
        };
        Ok(Some(Access::User { names, if_there, command }))
    }

    fn user_change(&mut self) -> Result<UserChange, Refusal> {
        let mut change = UserChange::default();
        loop {
            if self.words(&["REMOVE", "HOME", "DATABASE"]) {
                change.home = Some(Home::OfAll);
            } else if self.words(&["SET", "HOME", "DATABASE"]) {
                change.home = Some(Home::Is(self.name()?.to_lowercase()));
            } else if self.words(&["SET", "STATUS"]) {
                change.suspended = Some(self.word("SUSPENDED"));
                if change.suspended == Some(false) {
                    self.expect("ACTIVE")?;
                }
            } else if self.words(&["SET", "PASSWORD", "CHANGE"]) || self.word("CHANGE") {
                change.change_required = Some(self.required()?);
            } else if self.words(&["SET", "PASSWORD"]) || self.words(&["SET", "PLAINTEXT", "PASSWORD"]) {
                change.password = Some(Password(self.text()?));
            } else if matches!(self.peek(0), None | Some(Token::Mark(';'))) {
                return Ok(change);
            } else {
                return self.fail("'CHANGE', 'REMOVE', 'SET' or the end of the statement");
            }
        }
    }

    fn required(&mut self) -> Result<bool, Refusal> {
        let is_required = !self.word("NOT");
        self.expect("REQUIRED")?;
        Ok(is_required)
    }

    fn of_roles(&mut self) -> Result<Option<Access>, Refusal> {
        let (name, if_there, command) = if self.words(&["CREATE", "ROLE"]) {
            let (name, if_there) = (self.name()?, self.if_not_exists()?);
            let copy_of = if self.words(&["AS", "COPY", "OF"]) { Some(self.name()?) } else { None };
            (name, if_there, Role::Create { copy_of })
        } else if self.words(&["DROP", "ROLE"]) {
            (self.name()?, self.if_exists()?, Role::Drop)
        } else if self.words(&["RENAME", "ROLE"]) {
            let (name, if_there) = (self.name()?, self.if_exists()?);
            self.expect("TO")?;
            (name, if_there, Role::Rename(self.name()?))
        } else {
            return Ok(None);
        };
        Ok(Some(Access::Role { name, if_there, command }))
    }

    fn granted(&mut self, sort: Privilege) -> Result<Access, Refusal> {
        if self.comes_role() {
            let (roles, users) = self.roles_and_users("TO")?;
            return Ok(Access::GrantRoles { roles, users });
        }
        Ok(Access::Privileges { sort, privileges: self.privileges("TO")? })
    }

    fn revoked(&mut self) -> Result<Access, Refusal> {
        if self.comes_role() {
            let (roles, users) = self.roles_and_users("FROM")?;
            return Ok(Access::RevokeRoles { roles, users });
        }
        let sort = if self.word("GRANT") {
            Privilege::RevokeGrant
        } else if self.word("DENY") {
            Privilege::RevokeDeny
        } else {
            Privilege::RevokeBoth
        };
        Ok(Access::Privileges { sort, privileges: self.privileges("FROM")? })
    }

    /// `ROLE MANAGEMENT` is a privilege, `ROLE name` a role.
    fn comes_role(&mut self) -> bool {
        let is_privilege =
            matches!(self.peek(1), Some(Token::Word(word)) if word.eq_ignore_ascii_case("MANAGEMENT"));
        !is_privilege && self.either("ROLE", "ROLES")
    }

    fn roles_and_users(&mut self, between: &str) -> Result<(Vec<String>, Vec<String>), Refusal> {
        let roles = self.names()?;
        self.expect(between)?;
        Ok((roles, self.names()?))
    }
}
