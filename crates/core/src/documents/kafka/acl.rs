//! `kind: KafkaAcl`: what one principal may do, or may not.

use super::default_cluster;
use crate::documents::metadata::Envelope;
use crate::engine::value::{Map, Value};
use crate::resources::kafka::{AclName, Pattern, Permission, ResourceType};
use schemars::JsonSchema;
use serde::Deserialize;

/// Rights as they are written.
pub type KafkaAcl = Envelope<KafkaAclKind, KafkaAclSpec>;

/// The word in `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum KafkaAclKind {
    /// Rights of a principal.
    KafkaAcl,
}

/// The rights of one principal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KafkaAclSpec {
    /// On which `KafkaCluster`. Default: `main`.
    #[serde(default = "default_cluster")]
    pub cluster: String,
    /// Whose: `User:NAME`.
    pub principal: String,
    /// What it may do to what.
    #[schemars(length(min = 1))]
    pub rules: Vec<Rule>,
}

/// What a principal may do to what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// To what.
    pub resource: Resource,
    /// How the name is meant. Default: `literal`.
    #[serde(default)]
    pub pattern: PatternType,
    /// From which host. Default: any.
    pub host: Option<String>,
    /// Whether it may or may not. Default: `allow`.
    #[serde(default)]
    pub permission: PermissionType,
    /// Doing what; for this resource, pattern and host these and no others.
    #[schemars(length(min = 1))]
    pub operations: Vec<OperationType>,
}

/// To what a rule applies.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Resource {
    /// A topic; `*` for all.
    Topic(String),
    /// A consumer group; `*` for all.
    Group(String),
    /// A transactional id; `*` for all.
    TransactionalId(String),
    /// The cluster itself: write `{}`.
    Cluster(Whole),
}

/// There is nothing to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Whole {}

/// How a name is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PatternType {
    /// Exactly this name.
    #[default]
    Literal,
    /// Every name that begins so.
    Prefixed,
}

/// Whether a rule gives or takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PermissionType {
    /// It may.
    #[default]
    Allow,
    /// It may not, whatever else says that it may.
    Deny,
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OperationType {
    /// Everything.
    All,
    /// Reading records; committing offsets.
    Read,
    /// Writing records.
    Write,
    /// Creating topics.
    Create,
    /// Deleting.
    Delete,
    /// Adding partitions, reassigning.
    Alter,
    /// Seeing that it is there.
    Describe,
    /// What brokers do among themselves.
    ClusterAction,
    /// Reading settings.
    DescribeConfigs,
    /// Changing settings.
    AlterConfigs,
    /// Producing exactly once.
    IdempotentWrite,
}

impl OperationType {
    /// Returns Kafka's name of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::Create => "CREATE",
            Self::Delete => "DELETE",
            Self::Alter => "ALTER",
            Self::Describe => "DESCRIBE",
            Self::ClusterAction => "CLUSTER_ACTION",
            Self::DescribeConfigs => "DESCRIBE_CONFIGS",
            Self::AlterConfigs => "ALTER_CONFIGS",
            Self::IdempotentWrite => "IDEMPOTENT_WRITE",
        }
    }
}

impl Rule {
    /// Returns what tells this rule from all others of a cluster.
    #[must_use]
    pub fn name(&self, principal: &str) -> AclName {
        let (resource_type, resource) = match &self.resource {
            Resource::Topic(name) => (ResourceType::Topic, name.as_str()),
            Resource::Group(name) => (ResourceType::Group, name.as_str()),
            Resource::TransactionalId(name) => (ResourceType::TransactionalId, name.as_str()),
            Resource::Cluster(Whole {}) => (ResourceType::Cluster, AclName::CLUSTER),
        };
        AclName {
            principal: principal.to_owned(),
            host: self.host.clone().unwrap_or_else(|| AclName::ANY_HOST.to_owned()),
            permission: match self.permission {
                PermissionType::Allow => Permission::Allow,
                PermissionType::Deny => Permission::Deny,
            },
            resource_type,
            resource: resource.to_owned(),
            pattern: match self.pattern {
                PatternType::Literal => Pattern::Literal,
                PatternType::Prefixed => Pattern::Prefixed,
            },
        }
    }

    /// Returns the rule as it is compared and sent.
    #[must_use]
    pub fn value(&self) -> Value {
        let mut operations = self.operations.clone();
        operations.sort_unstable_by_key(|operation| operation.as_str());
        operations.dedup();
        let operations = operations.into_iter().map(|operation| Value::from(operation.as_str()));
        Value::Map(Map::from([("operations".to_owned(), Value::List(operations.collect()))]))
    }
}
