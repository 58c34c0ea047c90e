//! Settings of the Neo4j connector, source and sink, 5.x and 6.0, and what those of 4.x and 5.0 are called now.
//!
//! Source: `Neo4jConfiguration`, `SourceConfiguration` and `SinkConfiguration` of neo4j/neo4j-kafka-connector at the tags
//! 5.1.0 to 5.5.2 and on the branch for 6.0; old names at 5.0.12.

use super::key::Key;
use crate::resources::settings::ValueType::{self, Bool, Duration, List, Number, Patterns, Set, Text};

/// Of both: how the database is reached.
pub(super) const EACH: &[Key] = &[
    Key::of("neo4j.authentication.basic.password", Text).or(""),
    Key::of("neo4j.authentication.basic.realm", Text).or(""),
    Key::of("neo4j.authentication.basic.username", Text).or(""),
    Key::of("neo4j.authentication.bearer.token", Text).or(""),
    Key::of("neo4j.authentication.custom.credentials", Text).or(""),
    Key::of("neo4j.authentication.custom.principal", Text).or(""),
    Key::of("neo4j.authentication.custom.realm", Text).or(""),
    Key::of("neo4j.authentication.custom.scheme", Text).or(""),
    Key::of("neo4j.authentication.kerberos.ticket", Text).or(""),
    Key::of("neo4j.authentication.type", Text).or("BASIC"),
    Key::of("neo4j.batch-size", Number).or("1000"),
    Key::of("neo4j.connection-timeout", Duration).or("30s"),
    // Part of the offsets' key: an empty one and the default's name are not the same.
    Key::of("neo4j.database", Text).or(""),
    Key::of("neo4j.max-retry-time", Duration).or("30s"),
    Key::of("neo4j.pool.connection-acquisition-timeout", Duration).or("1m"),
    Key::of("neo4j.pool.idle-time-before-connection-test", Duration).or(""),
    Key::of("neo4j.pool.max-connection-lifetime", Duration).or("1h"),
    Key::of("neo4j.pool.max-connection-pool-size", Number).or("100"),
    Key::of("neo4j.security.cert-files", Set).or(""),
    Key::of("neo4j.security.encrypted", Bool).or("false"),
    Key::of("neo4j.security.hostname-verification-enabled", Bool).or("true"),
    Key::of("neo4j.security.trust-strategy", Text).or("TRUST_SYSTEM_CA_SIGNED_CERTIFICATES"),
    // The first is the main one.
    Key::of("neo4j.uri", List),
];

/// Of the source.
pub(super) const SOURCE: &[Key] = &[
    Key::of("neo4j.cdc.metric.last-db-tx-id.enabled", Bool).or("false").since(5, 3),
    Key::of("neo4j.cdc.metric.last-db-tx-id.refresh-interval", Duration).or("30s").since(5, 3),
    Key::of("neo4j.cdc.poll-duration", Duration).or("5s"),
    Key::of("neo4j.cdc.poll-interval", Duration).or("1s"),
    Key::of("neo4j.cdc.use-leader", Bool).or("false").since(5, 3),
    Key::of("neo4j.ignore-stored-offset", Bool).or("false"),
    Key::of("neo4j.payload-mode", Text).or("EXTENDED"),
    // A query's own text is part of its offsets.
    Key::of("neo4j.query", Text).or(""),
    Key::of("neo4j.query.force-maps-as-struct", Bool).or("true").until(6, 0).now("neo4j.query.map-encoding"),
    Key::of("neo4j.query.map-encoding", Text).since(6, 0).now("neo4j.query.force-maps-as-struct"),
    Key::of("neo4j.query.poll-duration", Duration).or("5s"),
    Key::of("neo4j.query.poll-interval", Duration).or("1s"),
    Key::of("neo4j.query.streaming-property", Text).or("timestamp"),
    Key::of("neo4j.query.timeout", Duration).or("0s"),
    Key::of("neo4j.query.topic", Text).or(""),
    Key::of("neo4j.source-strategy", Text).or("QUERY"),
    Key::of("neo4j.start-from", Text).or("NOW"),
    Key::of("neo4j.start-from.value", Text).or(""),
];

/// Of the sink.
pub(super) const SINK: &[Key] = &[
    Key::of("neo4j.batch-timeout", Duration).or("0s"),
    Key::of("neo4j.cdc.max-batched-queries", Number)
        .or("50")
        .since(5, 2)
        .until(5, 3)
        .now("neo4j.max-batched-queries"),
    Key::of("neo4j.cdc.schema.topics", Set).or(""),
    Key::of("neo4j.cdc.source-id.label-name", Text).or("SourceEvent"),
    Key::of("neo4j.cdc.source-id.property-name", Text).or("sourceId"),
    Key::of("neo4j.cdc.source-id.topics", Set).or(""),
    Key::of("neo4j.cud.topics", Set).or(""),
    Key::of("neo4j.cypher.bind-header-as", Text).or("__header"),
    Key::of("neo4j.cypher.bind-key-as", Text).or("__key"),
    Key::of("neo4j.cypher.bind-timestamp-as", Text).or("__timestamp"),
    Key::of("neo4j.cypher.bind-value-as", Text).or("__value"),
    Key::of("neo4j.cypher.bind-value-as-event", Bool).or("true"),
    Key::of("neo4j.eos-offset-label", Text).or("").since(5, 3),
    Key::of("neo4j.max-batched-queries", Number).or("50").since(5, 3).now("neo4j.cdc.max-batched-queries"),
    Key::of("neo4j.pattern.bind-header-as", Text).or("__header"),
    Key::of("neo4j.pattern.bind-key-as", Text).or("__key"),
    Key::of("neo4j.pattern.bind-timestamp-as", Text).or("__timestamp"),
    Key::of("neo4j.pattern.bind-value-as", Text).or("__value"),
    Key::of("neo4j.pattern.merge-node-properties", Bool).or("false"),
    Key::of("neo4j.pattern.merge-relationship-properties", Bool).or("false"),
];

/// What 5.1 and later ignore in silence, and what does its work there.
pub(super) const OLD: &[Key] = &[
    old("neo4j.batch.size", "neo4j.batch-size"),
    old("neo4j.batch.timeout.msecs", "neo4j.batch-timeout"),
    old("neo4j.connection.acquisition.timeout.msecs", "neo4j.pool.connection-acquisition-timeout"),
    old("neo4j.connection.liveness.check.timeout.msecs", "neo4j.pool.idle-time-before-connection-test"),
    old("neo4j.connection.max.lifetime.msecs", "neo4j.pool.max-connection-lifetime"),
    old("neo4j.connection.max.pool.size", "neo4j.pool.max-connection-pool-size"),
    old("neo4j.encryption.ca.certificate.path", "neo4j.security.cert-files"),
    old("neo4j.encryption.enabled", "neo4j.security.encrypted"),
    old("neo4j.encryption.trust.strategy", "neo4j.security.trust-strategy"),
    old("neo4j.retry-backoff-ms", "neo4j.max-retry-time"),
    old("neo4j.retry-max-attempts", "neo4j.max-retry-time"),
    old("neo4j.retry.backoff.msecs", "neo4j.max-retry-time"),
    old("neo4j.retry.max.attemps", "neo4j.max-retry-time"),
    old("neo4j.server.uri", "neo4j.uri"),
    old("neo4j.source.query", "neo4j.query"),
    old("neo4j.source.type", "neo4j.source-strategy"),
    old("neo4j.streaming.from", "neo4j.start-from"),
    old("neo4j.streaming.poll.interval.msecs", "neo4j.query.poll-interval"),
    old("neo4j.streaming.property", "neo4j.query.streaming-property"),
    old("neo4j.topic.cdc.schema", "neo4j.cdc.schema.topics"),
    old("neo4j.topic.cdc.sourceId", "neo4j.cdc.source-id.topics"),
    old("neo4j.topic.cdc.sourceId.idName", "neo4j.cdc.source-id.property-name"),
    old("neo4j.topic.cdc.sourceId.labelName", "neo4j.cdc.source-id.label-name"),
    old("neo4j.topic.cud", "neo4j.cud.topics"),
    old("neo4j.topic.pattern.merge.node.properties.enabled", "neo4j.pattern.merge-node-properties"),
    old(
        "neo4j.topic.pattern.merge.relationship.properties.enabled",
        "neo4j.pattern.merge-relationship-properties",
    ),
];

const fn old(name: &'static str, instead: &'static str) -> Key {
    Key::of(name, Text).until(5, 1).now(instead)
}

/// Returns what a setting of the source is whose name has a topic in it.
pub(super) fn of_source_topic(key: &str) -> Option<ValueType> {
    let below = key.strip_prefix("neo4j.cdc.topic.")?;
    for (ending, value_type) in [("key-strategy", Text), ("value-strategy", Text), ("patterns", Patterns)] {
        if let Some(topic) = below.strip_suffix(ending).and_then(|topic| topic.strip_suffix('.')) {
            return (!topic.is_empty()).then_some(value_type);
        }
    }
    let (topic, pattern) = below.rsplit_once(".patterns.")?;
    let (number, part) = pattern.split_once('.')?;
    let numbered = !topic.is_empty() && number.parse::<u32>().is_ok();
    let part = match part {
        "pattern" | "operation" => Some(Text),
        "changesTo" => Some(Set),
        metadata => metadata.starts_with("metadata.").then_some(Text),
    };
    part.filter(|_| numbered)
}

/// Returns what a setting of the sink is whose name has a topic in it.
pub(super) fn of_sink_topic(key: &str) -> Option<ValueType> {
    let topic =
        ["neo4j.cypher.topic.", "neo4j.pattern.topic."].iter().find_map(|prefix| key.strip_prefix(prefix))?;
    (!topic.is_empty()).then_some(Text)
}
