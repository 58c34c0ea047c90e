//! Who is in a cluster and who holds what: `SHOW SERVERS` and `SHOW DATABASES` as one value.
//!
//! Facts about both are those of the operations manual ("Show servers", "Show databases"): a database has one row for
//! each server that hosts it, rows of servers that are down come without an address or not at all, and a composite
//! database is hosted although nobody requested it.

use crate::engine::id::Uid;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A cluster as it was told by one of its servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Topology {
    /// Its servers, by id.
    pub servers: BTreeMap<Uid, Member>,
    /// Its databases by name, `system` among them.
    pub databases: BTreeMap<Arc<str>, Database>,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The name that people gave it; its id until they do.
    pub name: Arc<str>,
    /// Where it is found by drivers; a server that leaves may have none.
    pub address: Option<Arc<str>>,
    /// Where it stands in its life.
    pub state: ServerState,
    /// Whether it answers the others.
    pub health: Health,
    /// The databases that it has.
    pub hosting: BTreeSet<Arc<str>>,
    /// The databases that it is to have.
    pub requested_hosting: BTreeSet<Arc<str>>,
    /// What it runs.
    pub version: Option<Arc<str>>,
}

/// The life of a server; what `SHOW SERVERS` calls its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ServerState {
    /// It is there and was not let in.
    Free,
    /// It may host databases.
    Enabled,
    /// It gets no further databases.
    Cordoned,
    /// Its databases move away; there is no way back.
    Deallocating,
    /// It has nothing but `system`.
    Deallocated,
    /// It is out, and its process still runs.
    Dropped,
    /// A word that this version does not know.
    Unknown,
}

/// Whether a server answers the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Health {
    /// It does.
    Available,
    /// It does not.
    Unavailable,
}

/// One database, over all servers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// Which incarnation.
    pub id: Option<Uid>,
    /// How many servers it wants as primaries; a single server says nothing of it.
    pub requested_primaries: Option<u32>,
    /// How many servers it wants as secondaries.
    pub requested_secondaries: Option<u32>,
    /// How many primaries it has.
    pub primaries: u32,
    /// How many secondaries it has.
    pub secondaries: u32,
    /// Where it is.
    pub replicas: Vec<Replica>,
}

/// A database on one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replica {
    /// On which; absent where the row does not say.
    pub server: Option<Uid>,
    /// As what.
    pub role: Role,
    /// Whether writes go there.
    pub writer: bool,
    /// What is asked for, in the server's word.
    pub requested: Arc<str>,
    /// What it is, in the server's word.
    pub current: Arc<str>,
    /// What the server says about it.
    pub message: Arc<str>,
}

/// What a server is for a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// It votes.
    Primary,
    /// It follows.
    Secondary,
    /// The row does not say.
    Unknown,
}

/// A move of one database that a dry run announces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Move {
    /// Which database.
    pub database: Arc<str>,
    /// The server that it leaves, by name.
    pub from: Arc<str>,
    /// The server that it goes to, by name.
    pub to: Arc<str>,
    /// As what it goes there.
    pub role: Role,
}

impl Replica {
    /// Tells whether it is what was asked for.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.requested == self.current
    }

    /// Tells whether it takes part: it is there and serves.
    #[must_use]
    pub fn is_online(&self) -> bool {
        &*self.current == "online"
    }
}

impl Topology {
    /// Returns the server of a name, with its id.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<(&Uid, &Member)> {
        self.servers.iter().find(|(_, member)| &*member.name == name)
    }
}
