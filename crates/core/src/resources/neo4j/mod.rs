//! What lives in a Neo4j cluster, or in a single server, as Cypher tells it.
//!
//! Every answer is a map of settings with `status` beside it, which is what it does and no setting
//! ([`readiness`] has the words). A server's `config` is what is set on it explicitly and in effect; what nobody set is
//! beside it, as `defaults`.

pub mod answers;
pub mod autoscaling;
mod choreography;
mod cluster;
mod holds;
pub mod query;
mod readiness;
mod safety;
pub mod settings;
pub mod statements;
pub mod tell;
mod topology;
mod turn;
mod version;
mod watch;

pub use choreography::{
    Overdue, advise, belongings, choreograph, discovered, held_workloads, may_be_emptied, overdue, risks,
};
pub use cluster::{
    Autoscaling, Cluster, Copies, Discovery, Edition, Login, MadeVolume, Mode, Part, Server, Shape, Volume,
};
pub use holds::holds_data;
pub use readiness::{becomes_ready, readiness, risk, unwell, waits_for_a_restart};
pub use safety::{Loss, Rank, Unsettled};
pub use topology::{Database, DatabaseKind, Health, Member, Move, Replica, Role, ServerState, Topology};
pub use turn::{Going, Outage, Pod, Turn, Untouched};
pub use version::{Version, VersionError};
pub use watch::{Answers, Watch};

use crate::resources::settings::ValueType;

/// The kind of servers, in addresses: `neo4j:Server/CLUSTER/NAME`. Its uid is its `serverId`.
pub const SERVER: &str = "Server";

/// The kind of databases. Its uid is its `databaseID`.
pub const DATABASE: &str = "Database";

/// The kind of aliases of databases.
pub const ALIAS: &str = "Alias";

/// The kind of users.
pub const USER: &str = "User";

/// The kind of roles, with their privileges.
pub const ROLE: &str = "Role";

/// The kind of constraints: `DATABASE.NAME`.
pub const CONSTRAINT: &str = "Constraint";

/// The annotation of a pod that tells what its server started with. One that has none was not made by us: nothing is known.
pub const STARTS_WITH: &str = "evenkeel.dev/starts-with";

/// Returns what a server's setting is; of one that nobody knows, every character counts.
#[must_use]
pub fn value_type(key: &str) -> ValueType {
    settings::setting(key).map_or(ValueType::Text, |setting| setting.value.value_type())
}
