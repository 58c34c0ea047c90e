//! Statements about databases, aliases and constraints.

use super::reader::Reader;
use super::statement::{
    AliasCommand, ConstraintCommand, ConstraintRule, Database, EntityType, IfThere, Statement,
};
use super::tokens::Token;
use crate::neo4j::refusal::Refusal;
use serde_json::Value as Json;

impl Reader<'_> {
    /// Reads a statement about a database, an alias or a constraint, if one comes next.
    pub(super) fn of_databases(&mut self) -> Result<Option<Statement>, Refusal> {
        let statement = if self.words(&["CREATE", "DATABASE"]) {
            self.create_database()?
        } else if self.words(&["CREATE", "COMPOSITE", "DATABASE"]) {
            let (name, if_there) = (self.database()?, self.if_not_exists()?);
            self.database_statement(name, if_there, Database::CreateComposite)?
        } else if self.words(&["ALTER", "DATABASE"]) {
            self.alter_database()?
        } else if self.words(&["DROP", "DATABASE"]) || self.words(&["DROP", "COMPOSITE", "DATABASE"]) {
            let (name, if_there) = (self.database()?, self.if_exists()?);
            let _data = self.either("DUMP", "DESTROY") && self.word("DATA");
            self.database_statement(name, if_there, Database::Drop)?
        } else if self.words(&["START", "DATABASE"]) {
            let name = self.database()?;
            self.database_statement(name, IfThere::Fails, Database::Start)?
        } else if self.words(&["STOP", "DATABASE"]) {
            let name = self.database()?;
            self.database_statement(name, IfThere::Fails, Database::Stop)?
        } else {
            return self.of_aliases();
        };
        Ok(Some(statement))
    }

    /// Names of databases are in small letters, however they are written.
    fn database(&mut self) -> Result<String, Refusal> {
        Ok(self.name()?.to_lowercase())
    }

    pub(super) fn if_not_exists(&mut self) -> Result<IfThere, Refusal> {
        if !self.word("IF") {
            return Ok(IfThere::Fails);
        }
        self.expect("NOT")?;
        self.expect("EXISTS")?;
        Ok(IfThere::Nothing)
    }

    pub(super) fn if_exists(&mut self) -> Result<IfThere, Refusal> {
        if !self.word("IF") {
            return Ok(IfThere::Fails);
        }
        self.expect("EXISTS")?;
        Ok(IfThere::Nothing)
    }

    fn database_statement(
        &mut self,
        name: String,
        if_there: IfThere,
        command: Database,
    ) -> Result<Statement, Refusal> {
        let waits = self.word("WAIT");
        if waits && matches!(self.peek(0), Some(Token::Number(_))) {
            self.number()?;
            let _unit = ["SEC", "SECOND", "SECONDS"].iter().any(|unit| self.word(unit));
        }
        let _at_once = !waits && self.word("NOWAIT");
        Ok(Statement::Database { name, if_there, command, waits })
    }

    fn create_database(&mut self) -> Result<Statement, Refusal> {
        let (name, if_there) = (self.database()?, self.if_not_exists()?);
        let _optional = self.word("SET");
        let topology = self.topology()?;
        let options = self.options()?.unwrap_or_default();
        self.database_statement(name, if_there, Database::Create { topology, options })
    }

    fn alter_database(&mut self) -> Result<Statement, Refusal> {
        let (name, if_there) = (self.database()?, self.if_exists()?);
        let command = if self.word("REMOVE") { self.remove_options()? } else { self.set_on_database()? };
        self.database_statement(name, if_there, command)
    }

    fn remove_options(&mut self) -> Result<Database, Refusal> {
        let mut removed = Vec::new();
        loop {
            self.expect("OPTION")?;
            removed.push(self.name()?);
            if !self.word("REMOVE") {
                return Ok(Database::RemoveOptions(removed));
            }
        }
    }

    fn set_on_database(&mut self) -> Result<Database, Refusal> {
        let (mut topology, mut read_only, mut set) = (None, None, Vec::<(String, Json)>::new());
        self.expect("SET")?;
        loop {
            if self.word("ACCESS") {
                self.expect("READ")?;
                read_only = Some(self.word("ONLY"));
                if read_only == Some(false) {
                    self.expect("WRITE")?;
                }
            } else if self.word("OPTION") {
                set.push((self.name()?, self.literal()?));
            } else if let Some(counts) = self.topology()? {
                topology = Some(counts);
            } else {
                return self.fail("'ACCESS', 'OPTION' or 'TOPOLOGY'");
            }
            if !self.word("SET") {
                return Ok(Database::Alter { topology, read_only, set });
            }
        }
    }

    fn of_aliases(&mut self) -> Result<Option<Statement>, Refusal> {
        let command = if self.words(&["CREATE", "ALIAS"]) {
            let (name, if_there) = (self.database()?, self.if_not_exists()?);
            self.expect("FOR")?;
            self.expect("DATABASE")?;
            AliasCommand::Create { name, target: self.database()?, if_there }
        } else if self.words(&["ALTER", "ALIAS"]) {
            let (name, if_there) = (self.database()?, self.if_exists()?);
            for word in ["SET", "DATABASE", "TARGET"] {
                self.expect(word)?;
            }
            AliasCommand::Alter { name, target: self.database()?, if_there }
        } else if self.words(&["DROP", "ALIAS"]) {
            let (name, if_there) = (self.database()?, self.if_exists()?);
            self.expect("FOR")?;
            self.expect("DATABASE")?;
            AliasCommand::Drop { name, if_there }
        } else {
            return self.of_constraints();
        };
        Ok(Some(Statement::Alias(command)))
    }

    fn of_constraints(&mut self) -> Result<Option<Statement>, Refusal> {
        let command = if self.words(&["DROP", "CONSTRAINT"]) {
            ConstraintCommand::Drop { name: self.name()?, if_there: self.if_exists()? }
        } else if self.words(&["CREATE", "CONSTRAINT"]) {
            let comes_now = |word: &str, reader: &Self| matches!(reader.peek(0), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word));
            let is_named = !comes_now("IF", self) && !comes_now("FOR", self);
            let name = if is_named { Some(self.name()?) } else { None };
            let if_there = self.if_not_exists()?;
            ConstraintCommand::Create { name, if_there, rule: self.rule()? }
        } else {
            return Ok(None);
        };
        Ok(Some(Statement::Constraint(command)))
    }

    fn rule(&mut self) -> Result<ConstraintRule, Refusal> {
        self.expect("FOR")?;
        let (entity, label) = self.pattern()?;
        self.expect("REQUIRE")?;
        let properties = if self.mark('(') {
            let properties = self.several(Self::property)?;
            self.expect_mark(')')?;
            properties
        } else {
            vec![self.property()?]
        };
        self.expect("IS")?;
        let (sort, property_type) = self.demand(entity)?;
        Ok(ConstraintRule { entity, label, properties, sort, property_type })
    }

    /// Reads `(n:Label)` or `()-[r:TYPE]-()`.
    fn pattern(&mut self) -> Result<(EntityType, String), Refusal> {
        self.expect_mark('(')?;
        if !self.mark(')') {
            let label = self.labelled()?;
            self.expect_mark(')')?;
            return Ok((EntityType::Node, label));
        }
        let _to_the_left = self.mark('<');
        self.expect_mark('-')?;
        self.expect_mark('[')?;
        let label = self.labelled()?;
        self.expect_mark(']')?;
        self.expect_mark('-')?;
        let _to_the_right = self.mark('>');
        self.expect_mark('(')?;
        self.expect_mark(')')?;
        Ok((EntityType::Relationship, label))
    }

    fn labelled(&mut self) -> Result<String, Refusal> {
        if !self.mark(':') {
            self.name()?;
            self.expect_mark(':')?;
        }
        self.name()
    }

    /// Reads `n.property`.
    fn property(&mut self) -> Result<String, Refusal> {
        let name = self.name()?;
        if self.mark('.') {
            return self.name();
        }
        Ok(name.split_once('.').map_or(name.clone(), |(_, property)| property.to_owned()))
    }

    fn demand(&mut self, entity: EntityType) -> Result<(String, Option<String>), Refusal> {
        let of = |node: &str, relationship: &str| match entity {
            EntityType::Node => node.to_owned(),
            EntityType::Relationship => relationship.to_owned(),
        };
        if self.words(&["NOT", "NULL"]) {
            return Ok((of("NODE_PROPERTY_EXISTENCE", "RELATIONSHIP_PROPERTY_EXISTENCE"), None));
        }
        if self.mark(':') || self.word("TYPED") {
            let _second = self.mark(':');
            let mut words = vec![self.name()?.to_uppercase()];
            while let Some(Token::Word(word)) = self.peek(0).cloned() {
                self.step();
                words.push(word.to_uppercase());
            }
            return Ok((of("NODE_PROPERTY_TYPE", "RELATIONSHIP_PROPERTY_TYPE"), Some(words.join(" "))));
        }
        let _entity = self.either("NODE", "RELATIONSHIP") || self.word("REL");
        if self.word("KEY") {
            return Ok((of("NODE_KEY", "RELATIONSHIP_KEY"), None));
        }
        if self.word("UNIQUE") {
            return Ok((of("UNIQUENESS", "RELATIONSHIP_UNIQUENESS"), None));
        }
        self.fail("'::', 'KEY', 'NODE', 'NOT NULL', 'RELATIONSHIP', 'TYPED' or 'UNIQUE'")
    }
}
