//! What is in a cluster: databases, their other names, and constraints.

use schemars::JsonSchema;
use serde::Deserialize;

/// A database.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// On how many servers it is; what the cluster does by default if absent.
    pub topology: Option<Topology>,
    /// What change data capture keeps of each transaction. Default: `off`.
    #[serde(default)]
    pub cdc: Cdc,
    /// Whether it can be written to. Default: `readWrite`.
    #[serde(default)]
    pub access: Access,
    /// Whether it is the one that is meant where nobody names one. Default: `false`.
    #[serde(default)]
    pub default: bool,
}

/// On how many servers a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Topology {
    /// On how many that vote: odd numbers stand more failures than the even ones after them.
    #[schemars(range(min = 1, max = 11))]
    pub primaries: u32,
    /// On how many that only read. Default: 0.
    #[serde(default)]
    #[schemars(range(max = 20))]
    pub secondaries: u32,
}

/// What change data capture keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Cdc {
    /// Nothing.
    #[default]
    Off,
    /// What changed.
    Diff,
    /// What it was and what it became.
    Full,
}

impl Cdc {
    /// Returns Neo4j's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Diff => "DIFF",
            Self::Full => "FULL",
        }
    }
}

/// Whether a database can be written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// It can.
    #[default]
    ReadWrite,
    /// It cannot.
    ReadOnly,
}

impl Access {
    /// Returns the word of `SHOW DATABASES`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadWrite => "read-write",
            Self::ReadOnly => "read-only",
        }
    }
}

/// Another name of a database of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Alias {
    /// The other name.
    pub name: String,
    /// The database.
    pub database: String,
}

/// A rule that a database keeps.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Constraint {
    /// Its name, unique in the database.
    pub name: String,
    /// Of which database. Default: `neo4j`.
    #[serde(default = "default_database")]
    pub database: String,
    /// What it is about.
    pub on: Entity,
    /// What it demands.
    pub require: Demand,
    /// Of which properties.
    #[schemars(length(min = 1))]
    pub properties: Vec<String>,
    /// The type of the property, for `type`: `STRING`, `INTEGER`, `LIST<STRING NOT NULL>`.
    pub property_type: Option<String>,
}

/// What a constraint is about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Entity {
    /// Nodes with this label.
    Node(String),
    /// Relationships of this type.
    Relationship(String),
}

/// What a constraint demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Demand {
    /// No two have the same.
    Unique,
    /// Every one has it, and no two the same.
    Key,
    /// Every one has it.
    Exists,
    /// It is of a type.
    Type,
}

/// The database that a server has from the start.
pub const FIRST_DATABASE: &str = "neo4j";

fn default_database() -> String {
    FIRST_DATABASE.to_owned()
}
