//! What there is: processes and disks, and what the database `system` keeps of members, databases and people.

use super::access::People;
use super::cypher::{ConstraintRule, TopologyCounts};
use super::pods::{Edition, FirstPassword};
use super::truth::Loss;
use super::version::Version;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The database that keeps all of this.
pub(super) const SYSTEM: &str = "system";

/// A server's process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    /// The name of its Helm release.
    pub(super) server: String,
    pub(super) uid: String,
    pub(super) volume: String,
    pub(super) server_id: String,
    pub(super) version: Version,
    pub(super) edition: Edition,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) password: FirstPassword,
    pub(super) ready_at: Timestamp,
    pub(super) fate: Fate,
}

/// What becomes of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Fate {
    Runs,
    DoesNotStart(String),
}

/// What a server keeps when its process stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Disk {
    pub(super) server_id: String,
    /// The cluster it belongs to, by the id of its `system`.
    pub(super) cluster: Option<String>,
    pub(super) version: Option<Version>,
    pub(super) edition: Option<Edition>,
    /// The last transaction that each store has, by the id of the database.
    pub(super) stores: BTreeMap<String, u64>,
}

impl Disk {
    pub(super) fn fresh(server_id: String) -> Self {
        Self { server_id, cluster: None, version: None, edition: None, stores: BTreeMap::new() }
    }
}

/// What `system` keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct System {
    pub(super) edition: Edition,
    /// By the server's id.
    pub(super) members: BTreeMap<String, Member>,
    /// By name, `system` itself too.
    pub(super) databases: BTreeMap<String, Database>,
    /// What each alias stands for.
    pub(super) aliases: BTreeMap<String, String>,
    pub(super) people: People,
    pub(super) defaults: Defaults,
    /// Servers that were dropped and may never come back.
    pub(super) dropped: BTreeSet<String>,
    /// Databases that somebody dropped, with what they held.
    pub(super) losses: Vec<Loss>,
}

/// What holds where a statement does not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Defaults {
    pub(super) topology: TopologyCounts,
    pub(super) database: String,
    pub(super) enables_free_servers: bool,
}

/// A server, as the cluster knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) state: ServerState,
    pub(super) options: ServerOptions,
    /// Where it was seen last.
    pub(super) address: Addresses,
    pub(super) version: Version,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Addresses {
    pub(super) bolt: String,
    pub(super) http: String,
}

/// How far a server's life is. `clustering/servers`, "Server lifecycle".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ServerState {
    Free,
    Enabled,
    Cordoned,
    Deallocating,
    Deallocated,
    Dropped,
}

/// What may be put on a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ServerOptions {
    pub(super) mode: ModeConstraint,
    pub(super) allowed: Vec<String>,
    pub(super) denied: Vec<String>,
    pub(super) tags: Vec<String>,
}

/// In which mode a server may host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ModeConstraint {
    Primary,
    Secondary,
    #[default]
    None,
}

/// How a server hosts a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Mode {
    Primary,
    Secondary,
}

/// A database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Database {
    pub(super) id: String,
    pub(super) sort: Sort,
    pub(super) topology: TopologyCounts,
    pub(super) read_only: bool,
    pub(super) is_started: bool,
    pub(super) options: BTreeMap<String, String>,
    /// By the server's id.
    pub(super) allocations: BTreeMap<String, Allocation>,
    pub(super) leader: Option<String>,
    pub(super) term: u64,
    pub(super) election: Option<Timestamp>,
    /// The last transaction that a majority has.
    pub(super) committed: u64,
    pub(super) made_at: Timestamp,
    pub(super) started_at: Timestamp,
    pub(super) stopped_at: Option<Timestamp>,
    pub(super) constraints: BTreeMap<String, Constraint>,
    pub(super) next_schema: u32,
}

/// What sort of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Sort {
    System,
    Standard,
    /// One that holds nothing and is everywhere.
    Composite,
}

/// A constraint of a graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Constraint {
    pub(super) id: u32,
    pub(super) rule: ConstraintRule,
}

/// A database on a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Allocation {
    pub(super) mode: Mode,
    /// The mode that it is to have, none where it is to go.
    pub(super) wanted: Option<Mode>,
    pub(super) state: AllocationState,
    /// When what it does is done.
    pub(super) due: Timestamp,
    /// Whether it was up once: a primary that was has a vote.
    pub(super) joined: bool,
}

/// What an allocation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum AllocationState {
    /// It was asked for and has not begun.
    Initial,
    Starting,
    Copying,
    Online,
    Stopping,
    Offline,
    /// It goes.
    Deallocating,
}
