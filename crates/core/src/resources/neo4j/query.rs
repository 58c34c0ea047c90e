//! What is asked of servers: statements that only read, so that whoever sends them decides nothing, and what comes back.
//!
//! Rows of one kind share their statements: sent once each, they answer for all rows.

use super::{ALIAS, CONSTRAINT, DATABASE, ROLE, SERVER, USER};
use crate::engine::id::ResourceId;
use crate::engine::question::{Trouble, Why};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One row of an answer, by the names of its columns.
pub type Row = BTreeMap<String, Json>;

/// What was answered to each statement.
pub type Told = BTreeMap<Query, Result<Vec<Row>, Unanswered>>;

/// The database that a cluster keeps about itself.
pub const SYSTEM: &str = "system";

/// A statement that only reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// Who is asked.
    pub to: To,
    /// The database that it is for.
    pub database: Arc<str>,
    /// What is sent.
    pub statement: String,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum To {
    /// Whoever answers: all of a cluster tell the same.
    Anyone,
    /// This server: what it runs with only it can tell.
    Server(Arc<str>),
}

/// Why a statement has no rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// It is refused.
    #[error("{0}")]
    Refused(Refusal),
    /// Nobody answers, or nothing that makes sense.
    #[error("{}", .0.message)]
    Failed(Why),
}

/// What a server refuses, and why. The HTTP status tells nothing of it: a database that is starting is a 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The code, such as `Neo.ClientError.Statement.SyntaxError`.
    pub code: String,
    /// The sentence.
    pub message: String,
}

impl Refusal {
    /// Returns what to do about it.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        match self.code.strip_prefix("Neo.ClientError.Security.") {
            Some("Forbidden") => Trouble::Forbidden,
            Some(_) => Trouble::Unauthorized,
            None if self.may_pass() => Trouble::Unavailable,
            None => Trouble::Garbled,
        }
    }

    /// Tells whether trying again later helps. No leader is a client's error by its code, and passes all the same.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        self.code.starts_with("Neo.TransientError.") || self.is_of_no_leader()
    }

    /// Tells whether user and password are not the right ones.
    #[must_use]
    pub fn is_of_login(&self) -> bool {
        self.code == "Neo.ClientError.Security.Unauthorized"
    }

    /// Tells whether it is refused because another server leads, or none.
    #[must_use]
    pub fn is_of_no_leader(&self) -> bool {
        self.code == "Neo.ClientError.Cluster.NotALeader"
    }

    /// Tells whether it is refused because there is no such database.
    #[must_use]
    pub fn is_of_no_database(&self) -> bool {
        self.code == "Neo.ClientError.Database.DatabaseNotFound"
    }

    /// Tells whether it is refused because the edition does not have it; 5.26 has an odd code of its own for some.
    #[must_use]
    pub fn is_of_edition(&self) -> bool {
        let codes = ["UnsupportedAdministrationCommand", "NotSystemDatabaseError"];
        let code = self.code.strip_prefix("Neo.ClientError.Statement.");
        code.is_some_and(|code| codes.contains(&code))
    }
}

impl Unanswered {
    /// Says why there is no answer.
    #[must_use]
    pub fn why(&self, what: &str) -> Why {
        let trouble = match self {
            Self::Refused(refusal) => refusal.trouble(),
            Self::Failed(why) => why.trouble,
        };
        Why { trouble, message: format!("{what}: {self}") }
    }
}

impl Query {
    /// Asks whoever answers, of what `system` knows.
    #[must_use]
    pub fn anyone(statement: impl Into<String>) -> Self {
        Self { to: To::Anyone, database: Arc::from(SYSTEM), statement: statement.into() }
    }

    fn of_server(server: &Arc<str>, statement: &str) -> Self {
        Self { to: To::Server(Arc::clone(server)), ..Self::anyone(statement) }
    }
}

/// Returns a name as statements have it.
#[must_use]
pub fn named(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Returns a text as statements have it.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The question for the servers of a cluster.
pub(super) fn servers() -> Query {
    Query::anyone("SHOW SERVERS YIELD *")
}

/// The question for all databases.
pub(super) fn databases() -> Query {
    Query::anyone("SHOW DATABASES YIELD *")
}

/// The question for the roles that there are.
pub(super) fn roles() -> Query {
    Query::anyone("SHOW ROLES")
}

/// The question for what a role may do.
pub(super) fn privileges(role: &str) -> Query {
    Query::anyone(format!("SHOW ROLE {} PRIVILEGES AS COMMANDS", named(role)))
}

/// The question for the users that there are.
pub(super) fn users() -> Query {
    Query::anyone("SHOW USERS")
}

/// The question for the other names of databases.
pub(super) fn aliases() -> Query {
    Query::anyone("SHOW ALIASES FOR DATABASE")
}

/// The question for the constraints of a database.
pub(super) fn constraints(database: &str) -> Query {
    Query { database: Arc::from(database), ..Query::anyone("SHOW CONSTRAINTS YIELD *") }
}

/// The question for what a server runs with.
pub(super) fn settings(server: &Arc<str>) -> Query {
    Query::of_server(server, "SHOW SETTINGS YIELD name, value, isExplicitlySet")
}

/// The question for what a server runs.
pub(super) fn components(server: &Arc<str>) -> Query {
    Query::of_server(server, "CALL dbms.components()")
}

/// Returns what has to be asked to know who is in a cluster and who holds what.
#[must_use]
pub fn of_topology() -> BTreeSet<Query> {
    [servers(), databases()].into()
}

/// Returns what has to be asked to know which cluster it is.
#[must_use]
pub fn of_identity() -> Query {
    Query::anyone("SHOW DATABASE system YIELD databaseID")
}

/// Returns what has to be asked to know where the databases of these servers would go.
#[must_use]
pub fn of_moves(servers: &BTreeSet<Arc<str>>) -> Query {
    let names: Vec<String> = servers.iter().map(|name| quoted(name)).collect();
    Query::anyone(format!("DRYRUN DEALLOCATE DATABASES FROM SERVERS {}", names.join(", ")))
}

/// Returns what has to be asked to know one row.
#[must_use]
pub fn of_row(id: &ResourceId) -> BTreeSet<Query> {
    match id.kind.as_str() {
        SERVER => [servers(), databases(), settings(&id.name), components(&id.name)].into(),
        DATABASE => of_topology(),
        ALIAS => [aliases()].into(),
        USER => [users()].into(),
        ROLE => [roles(), privileges(&id.name)].into(),
        CONSTRAINT => {
            let own = id.name.split_once('.').map(|(database, _)| constraints(database));
            of_topology().into_iter().chain(own).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// Returns what has to be asked to know which rows of a kind there are.
#[must_use]
pub fn of_names(kind: &str) -> BTreeSet<Query> {
    match kind {
        SERVER => [servers()].into(),
        DATABASE => [databases()].into(),
        ALIAS => [aliases()].into(),
        USER => [users()].into(),
        ROLE => [roles()].into(),
        _ => BTreeSet::new(),
    }
}
