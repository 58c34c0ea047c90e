//! What lives on Kafka brokers: topics, ACLs and users.
//!
//! A topic is `{partitions, replicationFactor, config}`, where `config` has what somebody set on it; an answer has
//! `defaults` beside it for what nobody set. Facts are those of research on real brokers, 3.9 and 4.3.

mod acl;
mod risk;
mod topic;

pub use acl::{AclName, NoAclName, Pattern, Permission, ResourceType, unsendable};
pub use risk::risk;
pub use topic::{
    MAX_MESSAGE_BYTES, TOPIC_SETTINGS, immutable, is_topic_setting, migration, owner_of_topic, readiness,
    topic_name_trouble,
};

use crate::engine::id::Kind;
use crate::resources::settings::ValueType;

/// The kind of topics, in addresses.
pub const TOPIC: &str = "Topic";

/// The kind of ACLs: all that one principal may or may not do to one pattern of resources.
pub const ACL: &str = "Acl";

/// The kind of users that log in by SCRAM.
pub const USER: &str = "User";

/// Tells whether an apply waits until such a resource does its work: a topic needs leaders.
#[must_use]
pub fn becomes_ready(kind: &Kind) -> bool {
    kind.as_str() == TOPIC
}

/// Returns what a topic's setting is.
///
/// Source: the type that `DescribeConfigs` gives each of them on Kafka 3.9 and 4.3.
#[must_use]
pub fn value_type(key: &str) -> ValueType {
    match key {
        "cleanup.policy" => ValueType::Set,
        "follower.replication.throttled.replicas" | "leader.replication.throttled.replicas" => ValueType::Set,
        "compression.type" => ValueType::Keyword,
        "message.timestamp.type" | "message.format.version" => ValueType::Text,
        "message.downconversion.enable"
        | "preallocate"
        | "remote.copy.disable"
        | "remote.log.delete.on.disable"
        | "remote.storage.enable"
        | "unclean.leader.election.enable" => ValueType::Bool,
        // Everything else is INT, LONG or DOUBLE; of what is no number every character counts anyway.
        _ => ValueType::Number,
    }
}
