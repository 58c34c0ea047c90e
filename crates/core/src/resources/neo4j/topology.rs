//! Who is in a cluster and who holds what: `SHOW SERVERS` and `SHOW DATABASES` as one value.
//!
//! Facts about both are those of the operations manual ("Show servers", "Show databases"): a database has one row for
//! each server that hosts it, rows of servers that are down come without an address or not at all, and a composite
//! database is hosted although nobody requested it.

use super::cluster::Mode;
use crate::engine::id::Uid;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A cluster as it was told by one of its servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Topology {
    /// Which of its servers told it; absent where that is not known. Servers that cannot reach each other tell different
    /// things.
    pub told_by: Option<Uid>,
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
    /// Which copies of databases it takes.
    pub mode: Mode,
    /// Its tags, in their order.
    pub tags: Vec<Arc<str>>,
    /// The databases that may be on it; any where there are none.
    pub allowed: BTreeSet<Arc<str>>,
    /// The databases that may not be on it.
    pub denied: BTreeSet<Arc<str>>,
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
    /// What sort of database it is.
    pub kind: DatabaseKind,
    /// Which incarnation.
    pub id: Option<Uid>,
    /// Other incarnations of which some row tells: it is being made anew.
    pub other_ids: BTreeSet<Uid>,
    /// Whether it can be written to, in the server's word: `read-write`, `read-only`.
    pub access: Arc<str>,
    /// Whether it is the one that is meant where nobody names one.
    pub is_default: bool,
    /// Its options, in the server's words; what was never set is not among them.
    pub options: BTreeMap<Arc<str>, Arc<str>>,
    /// How many servers it wants as primaries; a single server says nothing of it.
    pub requested_primaries: Option<u32>,
    /// How many servers it wants as secondaries.
    pub requested_secondaries: Option<u32>,
    /// How many primaries it has: where rows differ, as many as any of them says.
    pub primaries: u32,
    /// How many secondaries it has, likewise.
    pub secondaries: u32,
    /// Where it is. Rows of servers that are down may be missing.
    pub replicas: Vec<Replica>,
}

/// The sorts of database; what `SHOW DATABASES` calls its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DatabaseKind {
    /// What a cluster keeps about itself.
    System,
    /// One with data.
    Standard,
    /// A view over others; it has no store, and servers host it without having been asked to.
    Composite,
    /// Anything else: replicas of other clusters, shards.
    Other,
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
    /// How many transactions it is behind the writer, as a number that is not positive; absent where nobody tells.
    pub lag: Option<i64>,
    /// The last transaction that it has.
    pub last_committed: Option<i64>,
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

impl Member {
    /// Returns where it is found, without the port.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let address = self.address.as_deref()?;
        Some(address.rsplit_once(':').map_or(address, |(host, _)| host))
    }
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

    /// Tells whether it has failed, and does not come back by itself: it says why, or was put aside.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        match &*self.current {
            "dirty" | "quarantined" => true,
            "offline" => &*self.requested == "online" && !self.message.is_empty(),
            _ => false,
        }
    }
}

impl Topology {
    /// Tells whether every server answers the others, so that no row is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let mut members = self.servers.values();
        members.all(|member| member.health == Health::Available || member.state == ServerState::Dropped)
    }

    /// Returns the servers that are found at a host: those of a name that was given twice, or to another store, too.
    pub fn at_host<'a>(&'a self, host: &'a str) -> impl Iterator<Item = (&'a Uid, &'a Member)> {
        let is_there = move |member: &Member| member.host() == Some(host);
        self.servers.iter().filter(move |(_, member)| is_there(member))
    }

    /// Returns the server of a name, with its id.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<(&Uid, &Member)> {
        self.servers.iter().find(|(_, member)| &*member.name == name)
    }
}
