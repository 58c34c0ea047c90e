//! Topics: what may not change on one, and when one does its work.

use crate::engine::id::Kind;
use crate::engine::path::Path;
use crate::engine::question::{Body, Seen};
use crate::engine::step::Readiness;
use crate::engine::value::Value;
use crate::engine::verdict::FieldChange;
use crate::resources::Immutable;

/// The settings that a topic can have.
///
/// Source: `DescribeConfigs` of a topic on Kafka 3.9 and 4.3, both taken together.
pub const TOPIC_SETTINGS: &[&str] = &[
    "cleanup.policy",
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.type",
    "compression.zstd.level",
    "delete.retention.ms",
    "file.delete.delay.ms",
    "flush.messages",
    "flush.ms",
    "follower.replication.throttled.replicas",
    "index.interval.bytes",
    "leader.replication.throttled.replicas",
    "local.retention.bytes",
    "local.retention.ms",
    "max.compaction.lag.ms",
    "max.message.bytes",
    "message.downconversion.enable",
    "message.format.version",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "message.timestamp.difference.max.ms",
    "message.timestamp.type",
    "min.cleanable.dirty.ratio",
    "min.compaction.lag.ms",
    "min.insync.replicas",
    "preallocate",
    "remote.copy.disable",
    "remote.log.delete.on.disable",
    "remote.storage.enable",
    "retention.bytes",
    "retention.ms",
    "segment.bytes",
    "segment.index.bytes",
    "segment.jitter.ms",
    "segment.ms",
    "unclean.leader.election.enable",
];

/// Tells whether a topic can have a setting. Names with a prefix of their own are a vendor's (`confluent.…`).
#[must_use]
pub fn is_topic_setting(key: &str) -> bool {
    const VENDORS: [&str; 3] = ["confluent.", "redpanda.", "aiven."];
    TOPIC_SETTINGS.contains(&key) || VENDORS.iter().any(|vendor| key.starts_with(vendor))
}

/// Returns what names of topics are made of, if this is none.
///
/// Source: `Topic.validate` of Kafka's clients.
#[must_use]
pub fn topic_name_trouble(name: &str) -> Option<&'static str> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    let fits = (1..=249).contains(&name.len()) && name.chars().all(plain) && !matches!(name, "." | "..");
    (!fits).then_some("letters, digits, `.`, `_` and `-`, at most 249")
}

/// How big a batch of records may be where nobody says. Source: the default of Kafka 3.9 and 4.3.
pub const MAX_MESSAGE_BYTES: i64 = 1_048_588;

/// Returns whose a topic is by its name, if it is of those that nobody else may touch.
///
/// Source: `Topic.INTERNAL_TOPICS` of Kafka 3.9 and 4.3, and the names that the `DefaultReplicationPolicy` and
/// the `MirrorMakerConfig` of its mirrors make up.
#[must_use]
pub fn owner_of_topic(name: &str) -> Option<&'static str> {
    const KAFKAS: [&str; 4] =
        ["__consumer_offsets", "__transaction_state", "__cluster_metadata", "__share_group_state"];
    let is_mirrors = name
        .strip_suffix(".internal")
        .is_some_and(|name| name.starts_with("mm2-") || name.ends_with(".checkpoints"));
    if KAFKAS.contains(&name) { Some("Kafka's own") } else { is_mirrors.then_some("MirrorMaker's own") }
}

/// Returns what Kafka does not do to a topic that is there.
///
/// Partitions only ever grow, and the replication factor is changed by a reassignment, which moves data between
/// brokers at a pace that somebody has to choose.
#[must_use]
pub fn immutable(kind: &Kind, fields: &[FieldChange]) -> Vec<Immutable> {
    if kind.as_str() != super::TOPIC {
        return Vec::new();
    }
    let refused = |field: &FieldChange| {
        let migration = migration(kind, &field.path).filter(|_| !grows(field))?;
        Some(Immutable { path: field.path.clone(), migration })
    };
    fields.iter().filter_map(refused).collect()
}

/// Returns how to get to another number all the same, in one line.
#[must_use]
pub fn migration(kind: &Kind, path: &Path) -> Option<&'static str> {
    if kind.as_str() != super::TOPIC {
        None
    } else if *path == Path::of(&["partitions"]) {
        Some("make a topic of another name with fewer partitions, and move producers and consumers to it")
    } else if *path == Path::of(&["replicationFactor"]) {
        Some(
            "reassign its partitions by kafka-reassign-partitions with a throttle, then write the new factor in Git",
        )
    } else {
        None
    }
}

/// More partitions are made; more copies are not.
fn grows(field: &FieldChange) -> bool {
    if field.path != Path::of(&["partitions"]) {
        return false;
    }
    let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_integer);
    number(&field.wanted) > number(&field.live)
}

/// Tells whether a topic does its work: every partition has a leader. Other kinds do as soon as they are there.
#[must_use]
pub fn readiness(seen: &Seen) -> Readiness {
    let Body::Whole(live) = &seen.body else {
        return Readiness::Waiting("its partitions were not read".to_owned());
    };
    match live.at(&["status", "leaderless"]).and_then(Value::as_integer) {
        Some(0) | None => Readiness::Ready,
        Some(1) => Readiness::Waiting("1 partition has no leader".to_owned()),
        Some(leaderless) => Readiness::Waiting(format!("{leaderless} partitions have no leader")),
    }
}
