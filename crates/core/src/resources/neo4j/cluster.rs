//! What a choreography has to know of a cluster beyond its rows: who the servers are, and what they run in.

use super::version::Version;
use crate::engine::id::{ConnectionName, ResourceId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// A cluster, or a single server, as its document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The document, as users call it: `Neo4jCluster/orders`.
    pub document: Arc<str>,
    /// The connection that its rows are on.
    pub connection: ConnectionName,
    /// Whether its servers are asked anything at all.
    pub login: Login,
    /// What it can do.
    pub edition: Edition,
    /// How its servers belong together.
    pub shape: Shape,
    /// Which version it is to run.
    pub version: Version,
    /// How its servers discover each other, for the versions that know two ways.
    pub discovery: Option<Discovery>,
    /// How many primaries it waits for at its very first start.
    pub initial_primaries: u32,
    /// Its servers by name.
    pub servers: BTreeMap<Arc<str>, Server>,
    /// On how many servers its databases are to be, for those of which the document says it.
    pub topologies: BTreeMap<Arc<str>, Copies>,
    /// The database that is meant where nobody names one, if the document says which.
    pub default_database: Option<Arc<str>>,
    /// The bound on how many servers may be taken away at once.
    pub budget: Option<ResourceId>,
    /// The bounds within which secondaries follow the load.
    pub autoscaling: Option<Autoscaling>,
    /// How long a server may take to stop.
    pub grace: Duration,
}

/// Whether servers are asked anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Login {
    /// There is somebody who logs in.
    Given,
    /// Nobody logs in, which is enough for a single server: only Kubernetes tells of it.
    Nobody,
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

/// How servers belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// There is one.
    Single,
    /// Several, of which those that vote form the cluster.
    Cluster,
    /// One that is written to, and others that only read it.
    Analytics,
}

/// How servers discover each other, while there are two ways: 5.23 to 5.26. In the order in which one comes to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Discovery {
    /// The old way.
    V1Only,
    /// Both, and the old one counts.
    V1OverV2,
    /// Both, and the new one counts.
    V2OverV1,
    /// The new way; needed before 2025.01.
    V2Only,
}

impl Discovery {
    /// The ways, in the order in which one comes to the next.
    const IN_ORDER: [Self; 4] = [Self::V1Only, Self::V1OverV2, Self::V2OverV1, Self::V2Only];

    /// Reads Neo4j's word.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::IN_ORDER.into_iter().find(|way| way.as_str() == word)
    }

    /// Returns the way that comes before another one is reached; nothing where that is the next one.
    #[must_use]
    pub fn before(self, other: Self) -> Option<Self> {
        let between = |way: &Self| (self < *way && *way < other) || (other < *way && *way < self);
        let mut ways = Self::IN_ORDER.into_iter().filter(between);
        if self < other { ways.next() } else { ways.next_back() }
    }

    /// Returns what the document calls it.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::V1Only => "v1Only",
            Self::V1OverV2 => "v1OverV2",
            Self::V2OverV1 => "v2OverV1",
            Self::V2Only => "v2Only",
        }
    }

    /// Returns Neo4j's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1Only => "V1_ONLY",
            Self::V1OverV2 => "V1_OVER_V2",
            Self::V2OverV1 => "V2_OVER_V1",
            Self::V2Only => "V2_ONLY",
        }
    }
}

/// One server that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// What it is there for.
    pub part: Part,
    /// Its place in its pool: the last are the first to go.
    pub place: u32,
    /// What it may be for databases.
    pub mode: Mode,
    /// What Cypher tells of it.
    pub row: ResourceId,
    /// Its `StatefulSet`.
    pub workload: ResourceId,
    /// Its pod.
    pub pod: ResourceId,
    /// What it reads when it starts: its configuration.
    pub starts_with: BTreeSet<ResourceId>,
    /// The Secrets that it mounts.
    pub secrets: BTreeSet<ResourceId>,
    /// Its Services.
    pub services: BTreeSet<ResourceId>,
    /// Where its stores are.
    pub volume: Volume,
}

/// What a server is there for: the pool that it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// It votes.
    Primary,
    /// It only reads.
    Secondary,
    /// It only reads, for graph data science.
    Analytics,
}

impl Part {
    /// Returns the field of its pool.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Primary => "primaries",
            Self::Secondary => "secondaries",
            Self::Analytics => "analytics",
        }
    }
}

/// What a server may be for databases: its `modeConstraint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Either.
    Any,
    /// A primary only.
    Primary,
    /// A secondary only.
    Secondary,
}

impl Mode {
    /// Returns Neo4j's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "NONE",
            Self::Primary => "PRIMARY",
            Self::Secondary => "SECONDARY",
        }
    }
}

/// Where a server keeps its stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// The claim.
    pub claim: ResourceId,
    /// How large it is to be, and of which class, where its workload makes it; nothing where somebody else did.
    pub made: Option<MadeVolume>,
}

/// What a workload asks for when it makes a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeVolume {
    /// How large, as Kubernetes writes it.
    pub size: Arc<str>,
    /// The storage class; the cluster's own default if absent.
    pub class: Option<Arc<str>>,
}

/// On how many servers a database is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Copies {
    /// On how many that vote.
    pub primaries: u32,
    /// On how many that only read.
    pub secondaries: u32,
}

/// The bounds within which the number of secondaries follows the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Autoscaling {
    /// No fewer than these.
    pub min: u32,
    /// No more than these.
    pub max: u32,
    /// The use of processors that is aimed at, in percent of what was requested.
    pub target_percent: u32,
    /// How long the load must ask for fewer before there are fewer.
    pub stabilization: Duration,
}

impl Cluster {
    /// Returns the workloads: while none of them is there, nor is anything that Cypher would tell.
    pub fn workloads(&self) -> impl Iterator<Item = &ResourceId> {
        self.servers.values().map(|server| &server.workload)
    }

    /// Returns the pods whose load says how many there should be.
    pub fn measured(&self) -> impl Iterator<Item = &ResourceId> {
        let secondaries = self.servers.values().filter(|server| server.part == Part::Secondary);
        secondaries.filter(|_| self.autoscaling.is_some()).map(|server| &server.pod)
    }

    /// Tells whether something is the pod of one of its servers.
    #[must_use]
    pub fn has_pod(&self, id: &ResourceId) -> bool {
        self.servers.values().any(|server| server.pod == *id)
    }

    /// Returns the name of the server that has a workload or a row.
    #[must_use]
    pub fn server_of(&self, id: &ResourceId) -> Option<&Arc<str>> {
        let mut servers = self.servers.iter();
        servers.find(|(_, server)| server.workload == *id || server.row == *id).map(|(name, _)| name)
    }
}
