//! Documents of Kafka: a cluster to talk to, and what lives on it.

pub mod acl;
pub mod cluster;
pub mod topic;
pub mod user;

pub use acl::KafkaAcl;
pub use cluster::KafkaCluster;
pub use topic::KafkaTopic;
pub use user::KafkaUser;

/// The cluster that is meant where a document names none.
pub const DEFAULT_CLUSTER: &str = "main";

pub(super) fn default_cluster() -> String {
    DEFAULT_CLUSTER.to_owned()
}
