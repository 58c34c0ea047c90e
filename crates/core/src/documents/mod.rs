//! Documents: what users write, one file or folder per kind, and how files become what an environment wants.
//!
//! ```text
//!  files ─ yaml ─▶ trees ─ repository ─▶ layers merged ─ expand ─▶ Specs { environment, desired }
//! ```
//!
//! All findings of all files come in one run; each says where, what was expected, and what to type instead.

pub mod approval;
mod check;
pub mod codes;
pub mod connect;
pub mod credential;
mod discreet;
pub mod duration;
pub mod environment;
pub mod expand;
mod fit;
pub mod kafka;
mod lint;
pub mod managed_secret;
pub mod metadata;
pub mod neo4j;
pub mod policy;
pub use crate::nearest;
pub mod repository;
pub mod schema;
pub mod setting;
pub mod source;
pub mod starter;
pub mod yaml;

pub use approval::Approval;
pub use connect::{ConnectCluster, Connector};
pub use environment::Environment;
pub use expand::{Provenance, Specs};
pub use kafka::{KafkaAcl, KafkaCluster, KafkaTopic, KafkaUser};
pub use managed_secret::ManagedSecret;
pub use neo4j::Neo4jCluster;
pub use policy::{Policy, PolicyBook};
pub use repository::{
    EnvironmentRef, Reading, Repository, Rules, Sheet, UnknownEnvironment, is_environment_file,
};
pub use source::SourceFile;

use yaml::tree::Node;

/// The kinds of `evenkeel.dev/v1alpha1`; a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnKind {
    /// A reviewed permission.
    Approval,
    /// Kafka Connect workers to talk to.
    ConnectCluster,
    /// A connector on Kafka Connect.
    Connector,
    /// An environment.
    Environment,
    /// Rights of a principal on Kafka.
    KafkaAcl,
    /// Brokers to talk to.
    KafkaCluster,
    /// A topic.
    KafkaTopic,
    /// A user of Kafka.
    KafkaUser,
    /// A Secret by reference.
    ManagedSecret,
    /// A Neo4j cluster, or a single server.
    Neo4jCluster,
    /// What may not be done.
    Policy,
}

impl OwnKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Approval,
        Self::ConnectCluster,
        Self::Connector,
        Self::Environment,
        Self::KafkaAcl,
        Self::KafkaCluster,
        Self::KafkaTopic,
        Self::KafkaUser,
        Self::ManagedSecret,
        Self::Neo4jCluster,
        Self::Policy,
    ];

    /// Returns the word in `kind`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approval => "Approval",
            Self::ConnectCluster => "ConnectCluster",
            Self::Connector => "Connector",
            Self::Environment => "Environment",
            Self::KafkaAcl => "KafkaAcl",
            Self::KafkaCluster => "KafkaCluster",
            Self::KafkaTopic => "KafkaTopic",
            Self::KafkaUser => "KafkaUser",
            Self::ManagedSecret => "ManagedSecret",
            Self::Neo4jCluster => "Neo4jCluster",
            Self::Policy => "Policy",
        }
    }

    /// Returns the kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A document, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// A reviewed permission.
    Approval(Approval),
    /// Kafka Connect workers to talk to.
    ConnectCluster(ConnectCluster),
    /// A connector on Kafka Connect.
    Connector(Connector),
    /// An environment.
    Environment(Environment),
    /// Rights of a principal on Kafka.
    KafkaAcl(KafkaAcl),
    /// Brokers to talk to.
    KafkaCluster(KafkaCluster),
    /// A topic.
    KafkaTopic(KafkaTopic),
    /// A user of Kafka.
    KafkaUser(KafkaUser),
    /// A Secret by reference.
    ManagedSecret(ManagedSecret),
    /// A Neo4j cluster, or a single server.
    Neo4jCluster(Box<Neo4jCluster>),
    /// What may not be done.
    Policy(Policy),
    /// A plain Kubernetes manifest; its tree is all there is to it.
    Manifest,
}

impl Document {
    /// Reads a tree as the kind that it says it is.
    pub fn read(own: Option<OwnKind>, node: &Node) -> Result<Self, yaml::de::Error> {
        let Some(own) = own else { return Ok(Self::Manifest) };
        match own {
            OwnKind::Approval => yaml::de::from_node(node).map(Self::Approval),
            OwnKind::ConnectCluster => yaml::de::from_node(node).map(Self::ConnectCluster),
            OwnKind::Connector => yaml::de::from_node(node).map(Self::Connector),
            OwnKind::Environment => yaml::de::from_node(node).map(Self::Environment),
            OwnKind::KafkaAcl => yaml::de::from_node(node).map(Self::KafkaAcl),
            OwnKind::KafkaCluster => yaml::de::from_node(node).map(Self::KafkaCluster),
            OwnKind::KafkaTopic => yaml::de::from_node(node).map(Self::KafkaTopic),
            OwnKind::KafkaUser => yaml::de::from_node(node).map(Self::KafkaUser),
            OwnKind::ManagedSecret => yaml::de::from_node(node).map(Self::ManagedSecret),
            OwnKind::Neo4jCluster => {
                yaml::de::from_node(node).map(|cluster| Self::Neo4jCluster(Box::new(cluster)))
            }
            OwnKind::Policy => yaml::de::from_node(node).map(Self::Policy),
        }
    }
}
