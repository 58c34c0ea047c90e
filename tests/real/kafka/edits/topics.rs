//! 500 changes of topics' settings by `kafka-configs`: set, set otherwise, spelt otherwise, set to the default, taken away.

use super::super::{CONFIGS, Story};
use super::{Drift, assert_exactly, seed, told};
use crate::support::broker::{Broker, Variant};
use crate::support::chance::Chance;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Each call of the tool is a JVM of its own, and changes this many settings of one topic.
const CALLS: usize = 36;
const CHANGES_OF_ONE: usize = 14;
const CALLS_AT_ONCE: usize = 3;

/// A setting, what holds where nobody set it, and what it is set to.
type Setting = (&'static str, &'static str, [&'static str; 3]);

const SETTINGS: [Setting; 18] = [
    ("cleanup.policy", "delete", ["delete", "compact,delete", "delete,compact"]),
    ("compression.type", "producer", ["producer", "zstd", "lz4"]),
    ("compression.zstd.level", "3", ["3", "5", "7"]),
    ("delete.retention.ms", "86400000", ["86400000", "3600000", "7200000"]),
    ("file.delete.delay.ms", "60000", ["60000", "1000", "2000"]),
    ("flush.messages", "9223372036854775807", ["9223372036854775807", "100", "200"]),
    ("flush.ms", "9223372036854775807", ["1000", "2000", "3000"]),
    ("index.interval.bytes", "4096", ["4096", "8192", "08192"]),
    ("max.message.bytes", "1048588", ["1048588", "1000000", "2000000"]),
    ("message.timestamp.type", "CreateTime", ["CreateTime", "LogAppendTime", "CreateTime"]),
    ("min.cleanable.dirty.ratio", "0.5", ["0.5", "0.25", "0.250"]),
    ("min.compaction.lag.ms", "0", ["0", "1000", "2000"]),
    ("retention.bytes", "-1", ["-1", "1000000000", "2000000000"]),
    ("retention.ms", "604800000", ["604800000", "-1", "704800000"]),
    ("segment.bytes", "1073741824", ["1073741824", "16777216", "33554432"]),
    ("segment.jitter.ms", "0", ["0", "100", "200"]),
    ("segment.ms", "604800000", ["604800000", "3600000", "7200000"]),
    ("unclean.leader.election.enable", "false", ["false", "true", "false"]),
];

/// What is set on one topic.
type Set = BTreeMap<&'static str, &'static str>;

#[test]
#[ignore = "needs Kafka: make test-real"]
fn drift_is_exactly_what_five_hundred_changes_by_kafkas_own_tool_left() {
    let seed = seed();
    Story::on_each(Variant::Plaintext, |story| {
        let mut chance = Chance::new(seed);
        let wanted: Vec<Set> = (0..CALLS).map(|_| drawn(&mut chance)).collect();
        story.write("topics.yaml", &documents(&wanted));
        story.apply();
        assert_exactly(&Drift::new(), &told(story, 0));
        let (mut edits, mut calls, mut changed) = (0, Vec::new(), Drift::new());
        for (number, wanted) in wanted.iter().enumerate() {
            let mut live = wanted.clone();
            let (call, count) = edit(&mut chance, number, &mut live);
            calls.push(call);
            edits += count;
            changed.extend(differences(number, wanted, &live));
        }
        assert!(edits >= 500, "{edits} changes");
        carry_out(story.broker, &calls);
        assert_exactly(&changed, &told(story, 2));
        eprintln!("{edits} changes, {} of them drift: 0 missed, 0 invented", changed.len());
    });
}

/// Draws what Git says of a topic: some settings, others are nobody's.
fn drawn(chance: &mut Chance) -> Set {
    let mut set = Set::new();
    for (key, _, values) in SETTINGS {
        if !chance.once_in(3) {
            set.insert(key, *chance.pick(&values));
        }
    }
    set
}

fn documents(wanted: &[Set]) -> String {
    let mut text = String::new();
    for (number, set) in wanted.iter().enumerate() {
        write!(
            text,
            "---\napiVersion: evenkeel.dev/v1alpha1\nkind: KafkaTopic\nmetadata: {{name: topic{number}}}\nspec:\n  \
             partitions: 1\n  replicationFactor: 1\n  config:\n"
        )
        .expect("a text");
        for (key, value) in set {
            writeln!(text, "    {key}: \"{value}\"").expect("a text");
        }
    }
    text
}

/// Draws changes to settings of a topic; returns the call of the tool that makes them, and how many they are.
fn edit(chance: &mut Chance, number: usize, live: &mut Set) -> (Vec<String>, usize) {
    let mut keys = BTreeSet::new();
    while keys.len() < CHANGES_OF_ONE {
        keys.insert(chance.below(SETTINGS.len()));
    }
    let (mut set, mut unset) = (Vec::new(), Vec::new());
    for (key, _, values) in keys.iter().map(|key| &SETTINGS[*key]) {
        // The tool refuses to take away what nobody set.
        if live.contains_key(key) && chance.once_in(3) {
            live.remove(key);
            unset.push(*key);
        } else {
            let value = *chance.pick(values);
            live.insert(key, value);
            set.push(format!("{key}=[{value}]"));
        }
    }
    let name = format!("topic{number}");
    let mut call = vec!["--entity-type", "topics", "--entity-name", &name, "--alter"];
    let (set, unset) = (set.join(","), unset.join(","));
    for (flag, keys) in [("--add-config", &set), ("--delete-config", &unset)] {
        if !keys.is_empty() {
            call.extend([flag, keys]);
        }
    }
    (call.into_iter().map(str::to_owned).collect(), keys.len())
}

/// Makes the calls, a few at once: each is of a topic of its own.
fn carry_out(broker: &Broker, calls: &[Vec<String>]) {
    for few in calls.chunks(CALLS_AT_ONCE) {
        std::thread::scope(|scope| {
            for call in few {
                scope.spawn(|| broker.tool(CONFIGS, &call.iter().map(String::as_str).collect::<Vec<_>>()));
            }
        });
    }
}

/// Returns where a topic is not as Git says: what holds counts, whoever says so.
fn differences(number: usize, wanted: &Set, live: &Set) -> Drift {
    let mut differences = Drift::new();
    for (key, default, _) in &SETTINGS {
        let holds = *live.get(key).unwrap_or(default);
        if wanted.get(key).is_some_and(|wanted| !is_same(wanted, holds)) {
            let at = (format!("kafka:Topic/main/topic{number}"), (*key).to_owned());
            differences.insert(at, Some(told_by_brokers(holds).to_owned()));
        }
    }
    differences
}

/// Brokers tell a number as they read it.
fn told_by_brokers(value: &str) -> &str {
    match value {
        "08192" => "8192",
        "0.250" => "0.25",
        other => other,
    }
}

/// Tells whether both mean the same to a broker.
fn is_same(one: &str, other: &str) -> bool {
    fn words(text: &str) -> BTreeSet<&str> {
        text.split(',').collect()
    }
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => (one - other).abs() < f64::EPSILON,
        _ => words(one) == words(other),
    }
}
