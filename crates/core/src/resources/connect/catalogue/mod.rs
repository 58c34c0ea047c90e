//! The settings that connectors of known classes have, by version: so that a slip of the finger is found, and a
//! habit of spelling is no drift.
//!
//! Workers take any setting and tell of none that nobody reads. Of a class that is not in here nothing is judged, save
//! what Connect itself reads.

mod every;
mod file;
mod key;
mod mirror;
mod neo4j;

use key::Key;
pub use key::{NoVersion, Version};

use crate::nearest::nearest;
use crate::resources::settings::ValueType;
use std::collections::BTreeMap;

/// A class of connectors whose settings are known.
#[derive(Debug)]
pub struct Class {
    /// Its Java name, with the package.
    pub name: &'static str,
    keys: &'static [&'static [Key]],
    open: &'static [&'static [&'static str]],
    of_topic: fn(&str) -> Option<ValueType>,
    extended_by: &'static [&'static str],
}

/// What there is to say of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It has its effect.
    Known,
    /// It has none from this version on, and another setting may do its work.
    Gone(Version, Option<&'static str>),
    /// It has none before this version, and another setting may do its work there.
    NotYet(Version, Option<&'static str>),
    /// No version has it; this one is called almost so.
    Unknown(Option<&'static str>),
}

fn none(_key: &str) -> Option<ValueType> {
    None
}

const MIRROR: &[&[Key]] = &[
    mirror::EACH,
    mirror::TOPICS_AND_GROUPS,
    // People write one set of settings for all three.
    mirror::SOURCE,
    mirror::CHECKPOINT,
    mirror::HEARTBEAT,
    every::EVERY,
    every::SOURCE,
];

const fn mirror(name: &'static str) -> Class {
    let open = &[every::OPEN, mirror::OPEN];
    Class { name, keys: MIRROR, open, of_topic: none, extended_by: mirror::EXTENDED_BY }
}

const CLASSES: &[Class] = &[
    Class {
        name: "org.apache.kafka.connect.file.FileStreamSinkConnector",
        keys: &[file::SINK, every::EVERY, every::SINK],
        open: &[every::OPEN],
        of_topic: none,
        extended_by: &[],
    },
    Class {
        name: "org.apache.kafka.connect.file.FileStreamSourceConnector",
        keys: &[file::SOURCE, every::EVERY, every::SOURCE],
        open: &[every::OPEN],
        of_topic: none,
        extended_by: &[],
    },
    mirror("org.apache.kafka.connect.mirror.MirrorCheckpointConnector"),
    mirror("org.apache.kafka.connect.mirror.MirrorHeartbeatConnector"),
    mirror("org.apache.kafka.connect.mirror.MirrorSourceConnector"),
    Class {
        name: "org.neo4j.connectors.kafka.sink.Neo4jConnector",
        keys: &[neo4j::SINK, neo4j::EACH, neo4j::OLD, every::EVERY, every::SINK],
        open: &[every::OPEN],
        of_topic: neo4j::of_sink_topic,
        extended_by: &[],
    },
    Class {
        name: "org.neo4j.connectors.kafka.source.Neo4jConnector",
        keys: &[neo4j::SOURCE, neo4j::EACH, neo4j::OLD, every::EVERY, every::SOURCE],
        open: &[every::OPEN],
        of_topic: neo4j::of_source_topic,
        extended_by: &[],
    },
];

/// What every class has, where the class is not known.
const ANY: Class = Class {
    name: "",
    keys: &[every::EVERY, every::SOURCE, every::SINK],
    open: &[every::OPEN],
    of_topic: none,
    extended_by: &[],
};

impl Class {
    /// Returns the class of this name, if its settings are known. Connect takes the last part of a name for the whole.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static Self> {
        let is_named = |class: &&Self| {
            let short = class.name.rsplit('.').next().unwrap_or_default();
            // Source and sink of Neo4j are called alike, and workers refuse what may mean either.
            class.name == name || (short != "Neo4jConnector" && short == name)
        };
        CLASSES.iter().find(is_named)
    }

    /// Says what there is to say of a setting.
    #[must_use]
    pub fn judge(&self, key: &str, version: Option<Version>, config: &BTreeMap<String, String>) -> Judgement {
        if let Some(known) = self.key(key) {
            return in_version(known, version);
        }
        if self.is_open(key) || (self.of_topic)(key).is_some() || self.is_extended(config) {
            return Judgement::Known;
        }
        let names = self.keys.iter().copied().flatten().filter(|key| key.until.is_none()).map(|key| key.name);
        Judgement::Unknown(nearest(key, names))
    }

    /// Returns the settings that a version has, as far as no name of somebody else's is part of theirs.
    pub fn settings(&self, version: Version) -> impl Iterator<Item = &'static str> {
        let keys = self.keys.iter().copied().flatten();
        keys.filter(move |key| in_version(key, Some(version)) == Judgement::Known).map(|key| key.name)
    }

    fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().copied().flatten().find(|key| key.name == name)
    }

    fn is_open(&self, key: &str) -> bool {
        // Which of these there are is said by `transforms`, `predicates` and `topic.creation.groups`.
        const NAMED: [&str; 3] = ["transforms.", "predicates.", "topic.creation."];
        let below = |prefix: &&str| key.strip_prefix(prefix).is_some_and(|below| !below.is_empty());
        NAMED.iter().any(below) || self.open.iter().copied().flatten().any(below)
    }

    /// Tells whether a class of somebody else's reads settings, too.
    fn is_extended(&self, config: &BTreeMap<String, String>) -> bool {
        let foreign =
            |key: &&str| config.get(*key).is_some_and(|class| !class.starts_with("org.apache.kafka."));
        self.extended_by.iter().any(foreign)
    }
}

/// Without a version, what any of them from 5.1 on has is taken to be meant.
fn in_version(key: &Key, version: Option<Version>) -> Judgement {
    let outgrown = |until: &Version| match version {
        Some(version) => version >= *until,
        None => *until <= OLDEST && key.name.starts_with("neo4j."),
    };
    let early = |since: &Version| version.is_some_and(|version| version < *since);
    match (key.until.filter(outgrown), key.since.filter(early)) {
        (Some(until), _) => Judgement::Gone(until, key.instead),
        (None, Some(since)) => Judgement::NotYet(since, key.instead),
        (None, None) => Judgement::Known,
    }
}

/// The first version of the Neo4j connector whose settings are known.
const OLDEST: Version = Version::of(5, 1);

/// Returns what a setting of this class is. Of what is not known, every character counts.
#[must_use]
pub fn value_type(class: &str, key: &str) -> ValueType {
    let class = Class::of(class).unwrap_or(&ANY);
    let known = class.key(key).map(|key| key.value_type);
    known.or_else(|| (class.of_topic)(key)).unwrap_or(ValueType::Text)
}

/// Returns what holds in this class where nobody sets it.
#[must_use]
pub fn default_of(class: &str, key: &str) -> Option<&'static str> {
    Class::of(class).unwrap_or(&ANY).key(key)?.default
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINK: &str = "org.neo4j.connectors.kafka.sink.Neo4jConnector";
    const SOURCE: &str = "org.neo4j.connectors.kafka.source.Neo4jConnector";

    fn judged(class: &str, key: &str, version: Option<(u32, u32)>) -> Judgement {
        let version = version.map(|(major, minor)| Version::of(major, minor));
        Class::of(class).expect("a known class").judge(key, version, &BTreeMap::new())
    }

    #[test]
    fn a_slip_of_the_finger_is_told_with_what_was_meant() {
        let meant = |class, key| judged(class, key, None);
        assert_eq!(meant(SINK, "neo4j.batchsize"), Judgement::Unknown(Some("neo4j.batch-size")));
        assert_eq!(
            meant(SOURCE, "neo4j.cdc.poll.interval"),
            Judgement::Unknown(Some("neo4j.cdc.poll-interval"))
        );
        assert_eq!(meant(SINK, "error.tolerance"), Judgement::Unknown(Some("errors.tolerance")));
        assert_eq!(meant(SOURCE, "neo4j.cdc.topic.orders.pattern"), Judgement::Unknown(None));
    }

    #[test]
    fn settings_that_came_and_went_are_told_with_what_does_their_work() {
        let gone = |major, minor, instead| Judgement::Gone(Version::of(major, minor), Some(instead));
        let maps = "neo4j.query.force-maps-as-struct";
        assert_eq!(judged(SOURCE, maps, Some((6, 0))), gone(6, 0, "neo4j.query.map-encoding"));
        assert_eq!(judged(SOURCE, maps, Some((5, 5))), Judgement::Known);
        assert_eq!(judged(SOURCE, maps, None), Judgement::Known);
        let encoding = judged(SOURCE, "neo4j.query.map-encoding", Some((5, 5)));
        assert_eq!(encoding, Judgement::NotYet(Version::of(6, 0), Some(maps)));
        let never = judged(SINK, "neo4j.retry-backoff-ms", None);
        assert_eq!(never, gone(5, 1, "neo4j.max-retry-time"));
        let queries = judged(SINK, "neo4j.cdc.max-batched-queries", Some((5, 4)));
        assert_eq!(queries, gone(5, 3, "neo4j.max-batched-queries"));
    }

    #[test]
    fn what_has_a_name_of_somebody_elses_in_it_is_known_by_its_shape() {
        for key in [
            "neo4j.cdc.topic.a.patterns.b.patterns",
            "neo4j.cdc.topic.orders.patterns.0.metadata.txMetadata.app",
            "neo4j.cdc.topic.orders.key-strategy",
            "value.converter.schemas.enable",
            "transforms.drop.type",
            "topic.creation.default.partitions",
        ] {
            assert_eq!(judged(SOURCE, key, None), Judgement::Known, "{key}");
        }
        assert_eq!(judged(SINK, "neo4j.cypher.topic.orders", None), Judgement::Known);
        assert!(matches!(judged(SINK, "neo4j.cypher.topic.", None), Judgement::Unknown(_)));
    }

    #[test]
    fn a_filter_of_somebody_elses_may_read_anything() {
        let mirror = Class::of("MirrorSourceConnector").expect("a known class");
        let own = BTreeMap::from([("topic.filter.class".to_owned(), "com.example.Filter".to_owned())]);
        assert_eq!(mirror.judge("example.topics", None, &own), Judgement::Known);
        assert!(matches!(mirror.judge("example.topics", None, &BTreeMap::new()), Judgement::Unknown(_)));
    }

    #[test]
    fn no_class_is_judged_that_nobody_knows() {
        assert!(Class::of("com.example.Connector").is_none());
        assert!(Class::of("Neo4jConnector").is_none());
        assert_eq!(value_type("com.example.Connector", "errors.tolerance"), ValueType::Keyword);
        assert_eq!(value_type("com.example.Connector", "example.flag"), ValueType::Text);
    }

    #[test]
    fn every_default_is_a_value_of_its_type() {
        for class in CLASSES {
            for key in class.keys.iter().copied().flatten() {
                let Some(default) = key.default.filter(|default| !default.is_empty()) else { continue };
                assert!(key.value_type.reads(default), "{} of {}: {default}", key.name, class.name);
            }
        }
    }
}
