//! Statements about servers.

use super::reader::Reader;
use super::statement::{Server, Statement};
use crate::neo4j::refusal::Refusal;

impl Reader<'_> {
    /// Reads a statement about servers, if one comes next.
    pub(super) fn of_servers(&mut self) -> Result<Option<Statement>, Refusal> {
        let only_tried = self.word("DRYRUN");
        let command = if self.word("REALLOCATE") {
            self.databases()?;
            Server::Reallocate { only_tried }
        } else if self.word("DEALLOCATE") {
            self.deallocate(only_tried)?
        } else if only_tried {
            return self.fail("'DEALLOCATE' or 'REALLOCATE'");
        } else {
            let Some(command) = self.of_one_server()? else { return Ok(None) };
            command
        };
        Ok(Some(Statement::Server(command)))
    }

    fn of_one_server(&mut self) -> Result<Option<Server>, Refusal> {
        if self.words(&["ENABLE", "SERVER"]) {
            let (server, options) = (self.text()?, self.options()?);
            return Ok(Some(Server::Enable { server, options }));
        }
        if self.words(&["ALTER", "SERVER"]) {
            let server = self.text()?;
            self.expect("SET")?;
            return match self.options()? {
                Some(options) => Ok(Some(Server::Alter { server, options })),
                None => self.fail("'OPTIONS'"),
            };
        }
        if self.words(&["RENAME", "SERVER"]) {
            let server = self.text()?;
            self.expect("TO")?;
            return Ok(Some(Server::Rename { server, to: self.text()? }));
        }
        if self.words(&["DROP", "SERVER"]) {
            return Ok(Some(Server::Drop { server: self.text()? }));
        }
        Ok(None)
    }

    fn databases(&mut self) -> Result<(), Refusal> {
        if self.either("DATABASE", "DATABASES") { Ok(()) } else { self.fail("'DATABASE' or 'DATABASES'") }
    }

    fn deallocate(&mut self, only_tried: bool) -> Result<Server, Refusal> {
        self.databases()?;
        self.expect("FROM")?;
        if !self.either("SERVER", "SERVERS") {
            return self.fail("'SERVER' or 'SERVERS'");
        }
        Ok(Server::Deallocate { servers: self.several(Self::text)?, only_tried })
    }
}
