//! Statements, once they are read.

use super::privileges::{Privilege, Privileges};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// Options in braces.
pub(in crate::neo4j) type Options = Map<String, Json>;

/// A statement and the language it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) struct Parsed {
    pub(in crate::neo4j) language: Language,
    pub(in crate::neo4j) statement: Statement,
}

/// Which Cypher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum Language {
    Default,
    Cypher5,
    Cypher25,
}

/// Whether what is to be made may be there already, or what is to go may be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum IfThere {
    Fails,
    Nothing,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum Statement {
    Show(Show),
    Call(Call),
    Return { name: String, value: Json },
    Server(Server),
    Database { name: String, if_there: IfThere, command: Database, waits: bool },
    Alias(AliasCommand),
    Access(Access),
    Constraint(ConstraintCommand),
}

/// `SHOW …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) struct Show {
    pub(in crate::neo4j) what: Shown,
    /// Only these; all where there is none.
    pub(in crate::neo4j) names: Vec<String>,
    pub(in crate::neo4j) columns: Columns,
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum Shown {
    Servers,
    Databases,
    Settings,
    Users,
    CurrentUser,
    Roles,
    RolePrivileges,
    UserPrivileges,
    AllPrivileges,
    Aliases,
    Constraints,
}

/// Which columns are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum Columns {
    Brief,
    All,
    /// These, each under its new name.
    These(Vec<(String, String)>),
}

/// `CALL procedure(arguments)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) struct Call {
    pub(in crate::neo4j) procedure: String,
    pub(in crate::neo4j) arguments: Vec<Json>,
    pub(in crate::neo4j) columns: Columns,
}

/// What is done with servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum Server {
    Enable { server: String, options: Option<Options> },
    Alter { server: String, options: Options },
    Rename { server: String, to: String },
    Drop { server: String },
    Deallocate { servers: Vec<String>, only_tried: bool },
    Reallocate { only_tried: bool },
}

/// How many servers host a database, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::neo4j) struct TopologyCounts {
    pub(in crate::neo4j) primaries: i64,
    pub(in crate::neo4j) secondaries: i64,
}

/// What is done with a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum Database {
    Create { topology: Option<TopologyCounts>, options: Options },
    CreateComposite,
    Alter { topology: Option<TopologyCounts>, read_only: Option<bool>, set: Vec<(String, Json)> },
    RemoveOptions(Vec<String>),
    Drop,
    Start,
    Stop,
}

/// What is done with aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum AliasCommand {
    Create { name: String, target: String, if_there: IfThere },
    Alter { name: String, target: String, if_there: IfThere },
    Drop { name: String, if_there: IfThere },
}

/// What is done with users, roles and privileges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum Access {
    User { names: String, if_there: IfThere, command: User },
    ChangeOwnPassword { from: String, to: String },
    Role { name: String, if_there: IfThere, command: Role },
    GrantRoles { roles: Vec<String>, users: Vec<String> },
    RevokeRoles { roles: Vec<String>, users: Vec<String> },
    Privileges { sort: Privilege, privileges: Privileges },
}

/// What is done with a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum User {
    Create(UserChange),
    Alter(UserChange),
    Rename(String),
    Drop,
}

/// What is changed of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::neo4j) struct UserChange {
    pub(in crate::neo4j) password: Option<Password>,
    pub(in crate::neo4j) change_required: Option<bool>,
    pub(in crate::neo4j) suspended: Option<bool>,
    pub(in crate::neo4j) home: Option<Home>,
}

/// Which database a user comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum Home {
    Is(String),
    OfAll,
}

/// A password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::neo4j) struct Password(pub(in crate::neo4j) String);

impl std::fmt::Debug for Password {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Password(…)")
    }
}

/// What is done with a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum Role {
    Create { copy_of: Option<String> },
    Rename(String),
    Drop,
}

/// What is done with constraints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::neo4j) enum ConstraintCommand {
    Create { name: Option<String>, if_there: IfThere, rule: ConstraintRule },
    Drop { name: String, if_there: IfThere },
}

/// What a constraint demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::neo4j) struct ConstraintRule {
    pub(in crate::neo4j) entity: EntityType,
    pub(in crate::neo4j) label: String,
    pub(in crate::neo4j) properties: Vec<String>,
    /// `UNIQUENESS`, `NODE_KEY`, …
    pub(in crate::neo4j) sort: String,
    pub(in crate::neo4j) property_type: Option<String>,
}

/// Nodes or relationships.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::neo4j) enum EntityType {
    Node,
    Relationship,
}
