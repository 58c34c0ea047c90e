//! What a choreography has to know of a cluster beyond its rows: who the servers are, and what they run in.

use crate::engine::id::ResourceId;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A cluster, or a single server, as its document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The document, as users call it: `Neo4jCluster/orders`.
    pub document: Arc<str>,
    /// What it can do.
    pub edition: Edition,
    /// Its servers by name.
    pub servers: BTreeMap<Arc<str>, Server>,
}

/// The editions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Edition {
    /// One server, one database, no cluster statements.
    Community,
    /// Everything.
    Enterprise,
}

/// One server that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// What it may be for databases.
    pub mode: Mode,
    /// Its `StatefulSet`.
    pub workload: ResourceId,
    /// Its pod.
    pub pod: ResourceId,
    /// What it reads when it starts: its configuration.
    pub starts_with: BTreeSet<ResourceId>,
}

/// What a server may be for databases: its `modeConstraint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Either.
    Any,
    /// A primary only.
    Primary,
    /// A secondary only.
    Secondary,
}

impl Cluster {
    /// Returns the workloads: while none of them is there, nor is anything that Cypher would tell.
    pub fn workloads(&self) -> impl Iterator<Item = &ResourceId> {
        self.servers.values().map(|server| &server.workload)
    }
}
