//! Documents of Kafka Connect: workers to talk to, and the connectors on them.

pub mod cluster;
pub mod connector;

pub use cluster::ConnectCluster;
pub use connector::Connector;

/// The workers that are meant where a document names none.
pub const DEFAULT_CLUSTER: &str = "main";

fn default_cluster() -> String {
    DEFAULT_CLUSTER.to_owned()
}
