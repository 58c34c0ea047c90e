//! `SHOW …`, `CALL …` and what they yield.

use super::reader::Reader;
use super::statement::{Call, Columns, Show, Shown, Statement};
use super::tokens::Token;
use crate::neo4j::refusal::Refusal;

impl Reader<'_> {
    /// Reads on after `SHOW`.
    pub(super) fn show(&mut self) -> Result<Statement, Refusal> {
        let (what, names) = self.shown()?;
        let columns = self.columns()?;
        Ok(Statement::Show(Show { what, names, columns }))
    }

    fn shown(&mut self) -> Result<(Shown, Vec<String>), Refusal> {
        if self.either("SERVER", "SERVERS") {
            return Ok((Shown::Servers, Vec::new()));
        }
        if self.word("DATABASES") {
            return Ok((Shown::Databases, Vec::new()));
        }
        if self.word("DATABASE") {
            return Ok((Shown::Databases, vec![self.name()?.to_lowercase()]));
        }
        if self.either("SETTING", "SETTINGS") {
            let named = matches!(self.peek(0), Some(Token::Text(_) | Token::Parameter(_)));
            return Ok((Shown::Settings, if named { self.several(Self::text)? } else { Vec::new() }));
        }
        if self.words(&["CURRENT", "USER"]) {
            return Ok((Shown::CurrentUser, Vec::new()));
        }
        if self.either("CONSTRAINT", "CONSTRAINTS") {
            return Ok((Shown::Constraints, Vec::new()));
        }
        if self.either("ALIAS", "ALIASES") {
            return self.shown_aliases();
        }
        self.shown_access()
    }

    fn shown_aliases(&mut self) -> Result<(Shown, Vec<String>), Refusal> {
        let is_named = !matches!(self.peek(0), Some(Token::Word(word)) if word.eq_ignore_ascii_case("FOR"));
        let names = if is_named { vec![self.name()?.to_lowercase()] } else { Vec::new() };
        self.expect("FOR")?;
        if self.either("DATABASE", "DATABASES") {
            Ok((Shown::Aliases, names))
        } else {
            self.fail("'DATABASE' or 'DATABASES'")
        }
    }

    fn shown_access(&mut self) -> Result<(Shown, Vec<String>), Refusal> {
        let all = self.word("ALL");
        if self.either("PRIVILEGE", "PRIVILEGES") {
            return self.as_commands(Shown::AllPrivileges, Vec::new());
        }
        let (plain, privileges) = if self.either("USER", "USERS") {
            (Shown::Users, Shown::UserPrivileges)
        } else if self.either("ROLE", "ROLES") {
            (Shown::Roles, Shown::RolePrivileges)
        } else {
            return self.fail("'ALIASES', 'CONSTRAINTS', 'CURRENT USER', 'DATABASES', 'PRIVILEGES', 'ROLES', 'SERVERS', 'SETTINGS' or 'USERS'");
        };
        if all || self.ends_or_yields() {
            return Ok((plain, Vec::new()));
        }
        let names = self.names()?;
        if self.either("PRIVILEGE", "PRIVILEGES") {
            self.as_commands(privileges, names)
        } else {
            self.fail("'PRIVILEGES'")
        }
    }

    /// Only the form that commands could give back is served.
    fn as_commands(&mut self, what: Shown, names: Vec<String>) -> Result<(Shown, Vec<String>), Refusal> {
        self.expect("AS")?;
        if self.either("COMMAND", "COMMANDS") { Ok((what, names)) } else { self.fail("'COMMANDS'") }
    }

    fn ends_or_yields(&self) -> bool {
        match self.peek(0) {
            None | Some(Token::Mark(';')) => true,
            Some(Token::Word(word)) => word.eq_ignore_ascii_case("YIELD"),
            Some(_) => false,
        }
    }

    /// Reads `YIELD …`, if it comes next.
    fn columns(&mut self) -> Result<Columns, Refusal> {
        if !self.word("YIELD") {
            return Ok(Columns::Brief);
        }
        if self.mark('*') {
            return Ok(Columns::All);
        }
        let column = |reader: &mut Self| {
            let column = reader.name()?;
            let name = if reader.word("AS") { reader.name()? } else { column.clone() };
            Ok((column, name))
        };
        Ok(Columns::These(self.several(column)?))
    }

    /// Reads on after `CALL`.
    pub(super) fn call(&mut self) -> Result<Statement, Refusal> {
        let procedure = self.name()?;
        let mut arguments = Vec::new();
        if self.mark('(') && !self.mark(')') {
            arguments = self.several(Self::literal)?;
            self.expect_mark(')')?;
        }
        let columns = self.columns()?;
        Ok(Statement::Call(Call { procedure, arguments, columns }))
    }
}
