//! The settings of topics: which there are, what holds where nobody set one, and which values are refused.

use super::{Refusal, Release};
use evenkeel_core::resources::kafka::value_type;
use evenkeel_core::resources::settings::ValueType;
use serde::{Deserialize, Serialize};

/// What holds for every topic where nobody set it. Source: `DescribeConfigs` of a fresh topic on 4.3.1 (33 settings).
const DEFAULTS: [(&str, &str); 33] = [
    ("cleanup.policy", "delete"),
    ("compression.gzip.level", "-1"),
    ("compression.lz4.level", "9"),
    ("compression.type", "producer"),
    ("compression.zstd.level", "3"),
    ("delete.retention.ms", "86400000"),
    ("file.delete.delay.ms", "60000"),
    ("flush.messages", "9223372036854775807"),
    ("flush.ms", "9223372036854775807"),
    ("follower.replication.throttled.replicas", ""),
    ("index.interval.bytes", "4096"),
    ("leader.replication.throttled.replicas", ""),
    ("local.retention.bytes", "-2"),
    ("local.retention.ms", "-2"),
    ("max.compaction.lag.ms", "9223372036854775807"),
    ("max.message.bytes", "1048588"),
    ("message.timestamp.after.max.ms", "3600000"),
    ("message.timestamp.before.max.ms", "9223372036854775807"),
    ("message.timestamp.type", "CreateTime"),
    (DIRTY_RATIO, "0.5"),
    ("min.compaction.lag.ms", "0"),
    (MIN_IN_SYNC, "1"),
    ("preallocate", "false"),
    ("remote.copy.disable", "false"),
    ("remote.log.delete.on.disable", "false"),
    ("remote.storage.enable", "false"),
    ("retention.bytes", "-1"),
    ("retention.ms", "604800000"),
    ("segment.bytes", "1073741824"),
    ("segment.index.bytes", "10485760"),
    ("segment.jitter.ms", "0"),
    ("segment.ms", "604800000"),
    ("unclean.leader.election.enable", "false"),
];

/// What 3.9 has besides, and 4.0 dropped.
const DROPPED: [(&str, &str); 3] = [
    ("message.downconversion.enable", "true"),
    ("message.format.version", "3.0-IV1"),
    ("message.timestamp.difference.max.ms", "9223372036854775807"),
];

const MIN_IN_SYNC: &str = "min.insync.replicas";

/// The one setting that is no whole number.
const DIRTY_RATIO: &str = "min.cleanable.dirty.ratio";

/// Settings whose value may be -1 and not less.
const AT_LEAST_MINUS_ONE: [&str; 2] = ["retention.ms", "retention.bytes"];

/// Who says that a setting is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Somebody set it on the topic, be it to the default.
    DynamicTopic,
    /// Somebody set it for all brokers at run time.
    DynamicDefaultBroker,
    /// Nobody did.
    Default,
}

/// An effective setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its value.
    pub value: String,
    /// Who says so.
    pub source: Source,
}

/// One change of one setting, as `IncrementalAlterConfigs` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is this.
    Set(String),
    /// Nobody sets it any more; no error where nobody did.
    Delete,
}

/// Returns what holds where nobody set anything on the topic.
pub(super) fn defaults(release: Release) -> impl Iterator<Item = (String, Setting)> {
    let dropped = if release == Release::Kafka3 { &DROPPED[..] } else { &[] };
    DEFAULTS.iter().chain(dropped).map(move |(key, value)| {
        // A fresh cluster of 4.x sets this one for all brokers by itself: "not a default" does not mean "somebody set it".
        let source = match release {
            Release::Kafka4 if *key == MIN_IN_SYNC => Source::DynamicDefaultBroker,
            Release::Kafka3 | Release::Kafka4 | Release::EventHubs => Source::Default,
        };
        ((*key).to_owned(), Setting { value: (*value).to_owned(), source })
    })
}

/// Returns how brokers tell a value: a number as they read it, `08192` as `8192`; everything else as it was sent.
pub(super) fn told(key: &str, value: &str) -> String {
    match value_type(key) {
        ValueType::Number if key == DIRTY_RATIO => {
            value.parse::<f64>().map_or_else(|_| value.to_owned(), |number| format!("{number:?}"))
        }
        ValueType::Number => {
            value.parse::<i64>().map_or_else(|_| value.to_owned(), |number| number.to_string())
        }
        ValueType::Bool | ValueType::Keyword | ValueType::Text => value.to_owned(),
        ValueType::Set | ValueType::List | ValueType::Patterns => value.to_owned(),
        ValueType::Duration | ValueType::Bytes => value.to_owned(),
    }
}

/// Refuses a setting that there is none of and a value that it cannot have. Each is looked at by itself only: a
/// `min.insync.replicas` above the number of copies is taken.
pub(super) fn check(release: Release, key: &str, value: &str) -> Result<(), Refusal> {
    let invalid = |why: &str| {
        let message = format!("Invalid value {value} for configuration {key}: {why}");
        Err(Refusal::InvalidConfiguration(message))
    };
    if !defaults(release).any(|(known, _)| known == key) {
        return Err(Refusal::InvalidConfiguration(format!("Unknown topic config name: {key}")));
    }
    match value_type(key) {
        ValueType::Number if key == DIRTY_RATIO => match value.parse::<f64>() {
            Ok(_) => Ok(()),
            Err(_) => invalid("Not a number of type DOUBLE"),
        },
        ValueType::Number => match value.parse::<i64>() {
            Ok(number) if number < -1 && AT_LEAST_MINUS_ONE.contains(&key) => {
                invalid("Value must be at least -1")
            }
            Ok(_) => Ok(()),
            Err(_) => invalid("Not a number of type LONG"),
        },
        ValueType::Bool if !matches!(value, "true" | "false") => {
            invalid("Expected value to be either true or false")
        }
        ValueType::Set if key == "cleanup.policy" => {
            let known = value.split(',').all(|word| matches!(word.trim(), "compact" | "delete" | ""));
            if known { Ok(()) } else { invalid("String must be one of: compact, delete") }
        }
        ValueType::Text | ValueType::Keyword | ValueType::Set | ValueType::List => Ok(()),
        ValueType::Bool | ValueType::Duration | ValueType::Patterns | ValueType::Bytes => Ok(()),
    }
}
