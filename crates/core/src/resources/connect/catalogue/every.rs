//! Settings of Connect itself, which connectors of every class have.
//!
//! Source: `GET /connector-plugins/CLASS/config` of workers of Kafka 3.9.2 and 4.3.1, both taken together. What a
//! worker sets for all (converters) has no default here.

use super::key::Key;
use crate::resources::settings::ValueType::{Bool, Keyword, List, Number, Set, Text};

/// Of sources and sinks.
pub(super) const EVERY: &[Key] = &[
    Key::of("config.action.reload", Keyword).or("restart"),
    Key::of("connector.plugin.version", Text).since(4, 1),
    Key::of("errors.log.enable", Bool).or("false"),
    Key::of("errors.log.include.messages", Bool).or("false"),
    Key::of("errors.retry.delay.max.ms", Number).or("60000"),
    Key::of("errors.retry.timeout", Number).or("0"),
    Key::of("errors.tolerance", Keyword).or("none"),
    Key::of("header.converter", Text),
    Key::of("header.converter.plugin.version", Text).since(4, 1),
    Key::of("key.converter", Text),
    Key::of("key.converter.plugin.version", Text).since(4, 1),
    Key::of("predicates", Set).or(""),
    Key::of("tasks.max", Number).or("1"),
    Key::of("tasks.max.enforce", Bool).or("true"),
    // Each takes what the one before it made.
    Key::of("transforms", List).or(""),
    Key::of("value.converter", Text),
    Key::of("value.converter.plugin.version", Text).since(4, 1),
];

/// Of sources.
pub(super) const SOURCE: &[Key] = &[
    Key::of("exactly.once.support", Keyword).or("requested"),
    Key::of("offsets.storage.topic", Text),
    Key::of("topic.creation.groups", List).or(""),
    Key::of("transaction.boundary", Keyword).or("poll"),
    Key::of("transaction.boundary.interval.ms", Number),
];

/// Of sinks.
pub(super) const SINK: &[Key] = &[
    Key::of("errors.deadletterqueue.context.headers.enable", Bool).or("false"),
    Key::of("errors.deadletterqueue.topic.name", Text).or(""),
    Key::of("errors.deadletterqueue.topic.replication.factor", Number).or("3"),
    Key::of("topics", Set).or(""),
    Key::of("topics.regex", Text).or(""),
];

/// What stands below these belongs to somebody else: a converter, a client.
pub(super) const OPEN: &[&str] = &[
    "admin.override.",
    "consumer.override.",
    "header.converter.",
    "key.converter.",
    "producer.override.",
    "value.converter.",
];
