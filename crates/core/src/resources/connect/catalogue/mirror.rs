//! Settings of `MirrorMaker` 2, which copies topics, groups' offsets and a heartbeat from one cluster to another.
//!
//! Source: `GET /connector-plugins/CLASS/config` of workers of Kafka 3.9.2 and 4.3.1. A default that differs between
//! them is none; `since` and `until` mean between the two.

use super::key::Key;
use crate::resources::settings::ValueType::{Bool, Number, Set, Text};

/// What its clients for both clusters are told; names are Kafka's own.
pub(super) const OPEN: &[&str] = &[
    "admin.",
    "consumer.",
    "producer.",
    "sasl.",
    "security.",
    "source.admin.",
    "source.cluster.",
    "source.consumer.",
    "source.producer.",
    "ssl.",
    "target.admin.",
    "target.cluster.",
    "target.consumer.",
    "target.producer.",
];

/// Who else may read settings, if it is not Kafka's own.
pub(super) const EXTENDED_BY: &[&str] = &[
    "config.property.filter.class",
    "forwarding.admin.class",
    "group.filter.class",
    "metric.reporters",
    "replication.policy.class",
    "topic.filter.class",
];

/// Of all three.
pub(super) const EACH: &[Key] = &[
    Key::of("admin.timeout.ms", Number).or("60000"),
    Key::of("auto.include.jmx.reporter", Bool).until(4, 0),
    Key::of("config.providers", Set).since(4, 0),
    Key::of("enabled", Bool).or("true"),
    Key::of("forwarding.admin.class", Text).or("org.apache.kafka.clients.admin.ForwardingAdmin"),
    Key::of("metric.reporters", Set),
    Key::of("replication.policy.class", Text).or("org.apache.kafka.connect.mirror.DefaultReplicationPolicy"),
    Key::of("replication.policy.internal.topic.separator.enabled", Bool).or("true"),
    Key::of("replication.policy.separator", Text).or("."),
    Key::of("source.cluster.alias", Text),
    Key::of("target.cluster.alias", Text).or("target"),
];

/// Of what reads topics and of what reads groups.
pub(super) const TOPICS_AND_GROUPS: &[Key] = &[
    Key::of("consumer.poll.timeout.ms", Number).or("1000"),
    Key::of("metric.names.formats", Set).since(4, 0),
    Key::of("offset-syncs.topic.location", Text).or("source"),
    Key::of("topic.filter.class", Text).or("org.apache.kafka.connect.mirror.DefaultTopicFilter"),
];

/// Of what copies the topics.
pub(super) const SOURCE: &[Key] = &[
    Key::of("add.source.alias.to.metrics", Bool).until(4, 0),
    Key::of("config.properties.blacklist", Set).until(4, 0).now("config.properties.exclude"),
    Key::of("config.properties.exclude", Set),
    Key::of("config.property.filter.class", Text)
        .or("org.apache.kafka.connect.mirror.DefaultConfigPropertyFilter"),
    Key::of("emit.offset-syncs.enabled", Bool).or("true"),
    Key::of("heartbeats.replication.enabled", Bool).or("true").since(4, 0),
    Key::of("offset-syncs.topic.replication.factor", Number).or("3"),
    Key::of("offset.lag.max", Number).or("100"),
    Key::of("refresh.topics.enabled", Bool).or("true"),
    Key::of("refresh.topics.interval.seconds", Number).or("600"),
    Key::of("replication.factor", Number).or("2"),
    Key::of("sync.topic.acls.enabled", Bool).or("true"),
    Key::of("sync.topic.acls.interval.seconds", Number).or("600"),
    Key::of("sync.topic.configs.enabled", Bool).or("true"),
    Key::of("sync.topic.configs.interval.seconds", Number).or("600"),
    Key::of("topics", Set).or(".*"),
    Key::of("topics.blacklist", Set).until(4, 0).now("topics.exclude"),
    Key::of("topics.exclude", Set),
    Key::of("use.incremental.alter.configs", Text).until(4, 0),
];

/// Of what copies groups' offsets.
pub(super) const CHECKPOINT: &[Key] = &[
    Key::of("checkpoints.topic.replication.factor", Number).or("3"),
    Key::of("emit.checkpoints.enabled", Bool).or("true"),
    Key::of("emit.checkpoints.interval.seconds", Number).or("60"),
    Key::of("group.filter.class", Text).or("org.apache.kafka.connect.mirror.DefaultGroupFilter"),
    Key::of("groups", Set).or(".*"),
    Key::of("groups.blacklist", Set).until(4, 0).now("groups.exclude"),
    Key::of("groups.exclude", Set).or("console-consumer-.*,connect-.*,__.*"),
    Key::of("refresh.groups.enabled", Bool).or("true"),
    Key::of("refresh.groups.interval.seconds", Number).or("600"),
    Key::of("sync.group.offsets.enabled", Bool).or("false"),
    Key::of("sync.group.offsets.interval.seconds", Number).or("60"),
];

/// Of what copies the heartbeat.
pub(super) const HEARTBEAT: &[Key] = &[
    Key::of("emit.heartbeats.enabled", Bool).or("true"),
    Key::of("emit.heartbeats.interval.seconds", Number).or("1"),
    Key::of("heartbeats.topic.replication.factor", Number).or("3"),
];
