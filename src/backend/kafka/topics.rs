//! Topics: how one is read, and which requests bring one to what is wanted.

use super::read::Found;
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Body, Seen};
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::resources::settings::DEFAULTS;
use evenkeel_kafka_admin::{
    Capabilities, Client, Code, ConfigChange, ConfigEntry, ConfigSource, Configured, Error, Mode, NewTopic,
    Rights, Topic,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Looks topics up: one request for what they are, one for how they are set.
///
/// Settings are changed by a request that leaves all others alone. Brokers without it are refused here, as otherwise the
/// plan would be made and the apply find out.
pub(super) fn look_up(client: &Client, ids: &[ResourceId]) -> Result<Found, Error> {
    client.require(
        Capabilities::INCREMENTAL_ALTER_CONFIGS,
        "IncrementalAlterConfigs (KIP-339, since Kafka 2.3)",
    )?;
    let names: Vec<&str> = ids.iter().map(|id| &*id.name).collect();
    let mut described = client.describe_topics(&names, Rights::Skip)?;
    let there = names.iter().filter(|name| matches!(described.get(**name), Some(Ok(_))));
    let there: Vec<Configured> = there.map(|name| Configured::Topic((*name).to_owned())).collect();
    let mut configs = client.describe_configs(&there)?;
    let one = |id: &ResourceId| {
        let topic = described.remove(&*id.name)?;
        let mut settings = || configs.remove(&Configured::Topic(id.name.to_string()));
        let found = match topic {
            Ok(topic) => match settings()? {
                Ok(settings) => Ok(Some(seen(id, &topic, settings))),
                Err(error) => Err(error),
            },
            Err(error) if error.code() == Some(Code::UNKNOWN_TOPIC_OR_PARTITION) => Ok(None),
            Err(error) => Err(error),
        };
        Some((id.clone(), found))
    };
    Ok(ids.iter().filter_map(one).collect())
}

fn seen(id: &ResourceId, topic: &Topic, settings: BTreeMap<String, ConfigEntry>) -> Seen {
    let (mut set, mut defaults) = (Map::new(), Map::new());
    for (key, entry) in settings {
        let Some(value) = entry.value else { continue };
        // Only this source means that somebody set it on the topic, also where that equals the default.
        let place = if entry.source == ConfigSource::DynamicTopic { &mut set } else { &mut defaults };
        place.insert(key, Value::from(value));
    }
    let leaderless = topic.partitions.iter().filter(|partition| partition.leader.is_none()).count();
    let copies = topic.partitions.iter().map(|partition| partition.replicas.len()).min();
    let body = Map::from([
        ("partitions".to_owned(), count(topic.partitions.len())),
        ("replicationFactor".to_owned(), count(copies.unwrap_or_default())),
        ("config".to_owned(), Value::Map(set)),
        (DEFAULTS.to_owned(), map("config", Value::Map(defaults))),
        ("status".to_owned(), map("leaderless", count(leaderless))),
    ]);
    // Brokers before 2.8 give topics no id: there one incarnation cannot be told from the next.
    let uid = Uid::new(topic.id.as_deref().unwrap_or(&id.name));
    Seen { id: id.clone(), uid, version: Arc::from(""), body: Body::Whole(Arc::new(Value::Map(body))) }
}

fn map(key: &str, value: Value) -> Value {
    Value::Map(Map::from([(key.to_owned(), value)]))
}

fn count(number: usize) -> Value {
    Value::from(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Returns the settings that are wanted, none where one is to go.
fn settings(config: &Value) -> impl Iterator<Item = (&str, Option<&str>)> {
    let settings = config.get("config").and_then(Value::as_map);
    settings.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_text()))
}

/// Makes a topic. What Git does not say is the brokers' affair.
pub(super) fn create(client: &Client, name: &str, config: &Value) -> Result<(), Error> {
    let number = |key| config.get(key).and_then(Value::as_integer);
    let settings = settings(config).filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())));
    let topic = NewTopic {
        name: name.to_owned(),
        partitions: number("partitions").and_then(|number| i32::try_from(number).ok()),
        replication_factor: number("replicationFactor").and_then(|number| i16::try_from(number).ok()),
        settings: settings.collect(),
    };
    single(client.create_topics(&[topic], Mode::Commit)?.remove(name))
}

/// Deletes a topic, and all that is in it.
pub(super) fn delete(client: &Client, name: &str) -> Result<(), Error> {
    match single(client.delete_topics(&[name])?.remove(name)) {
        Err(error) if error.code() == Some(Code::UNKNOWN_TOPIC_OR_PARTITION) => Ok(()),
        deleted => deleted,
    }
}

/// One request that brings a topic nearer to what is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Settings, all or none of them.
    Settings(BTreeMap<String, ConfigChange>),
    /// More partitions.
    Partitions(usize),
}

/// Returns the requests that bring what is live to what is wanted: of the settings those that differ, and null where one
/// goes that is there.
///
/// Settings come first: the brokers check them, and partitions never go again.
pub(super) fn changes(config: &Value, live: &Value, differing: &BTreeSet<&str>) -> Vec<Change> {
    let change = |(key, wanted): (&str, Option<&str>)| {
        let change = match wanted {
            Some(wanted) if differing.contains(key) => ConfigChange::Set(wanted.to_owned()),
            None if live.at(&["config", key]).is_some() => ConfigChange::Delete,
            Some(_) | None => return None,
        };
        Some((key.to_owned(), change))
    };
    let settings: BTreeMap<String, ConfigChange> = settings(config).filter_map(change).collect();
    let partitions = |of: &Value| of.get("partitions").and_then(Value::as_integer);
    let grown = partitions(config).filter(|wanted| partitions(live) != Some(*wanted));
    let settings = (!settings.is_empty()).then_some(Change::Settings(settings));
    let grown = grown.and_then(|wanted| usize::try_from(wanted).ok()).map(Change::Partitions);
    settings.into_iter().chain(grown).collect()
}

/// Sends one of them.
pub(super) fn change(client: &Client, name: &str, change: Change) -> Result<(), Error> {
    match change {
        Change::Settings(settings) => {
            let topic = Configured::Topic(name.to_owned());
            let changes = BTreeMap::from([(topic.clone(), settings)]);
            single(client.incremental_alter_configs(&changes, Mode::Commit)?.remove(&topic))
        }
        Change::Partitions(total) => {
            let totals = BTreeMap::from([(name.to_owned(), total)]);
            single(client.create_partitions(&totals, Mode::Commit)?.remove(name))
        }
    }
}

fn single(result: Option<Result<(), Error>>) -> Result<(), Error> {
    result.unwrap_or_else(|| {
        Err(Error::NoAnswer { cause: "the brokers left the topic out of their answer".to_owned() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        serde_json::from_str(json).expect("reads")
    }

    #[test]
    fn only_settings_that_differ_are_sent_whatever_their_spelling() {
        let live = value(
            r#"{"partitions": 3, "config": {"retention.ms": "1", "cleanup.policy": "delete,compact"}}"#,
        );
        let wanted = value(
            r#"{"partitions": 3, "config": {"retention.ms": "2", "cleanup.policy": "compact, delete"}}"#,
        );
        assert_eq!(changes(&wanted, &live, &BTreeSet::new()), []);
        let settings = BTreeMap::from([("retention.ms".to_owned(), ConfigChange::Set("2".to_owned()))]);
        let differing = BTreeSet::from(["retention.ms"]);
        assert_eq!(changes(&wanted, &live, &differing), [Change::Settings(settings)]);
    }

    #[test]
    fn a_setting_that_goes_is_deleted_and_only_if_it_is_set() {
        let live = value(r#"{"partitions": 3, "config": {"retention.ms": "1"}}"#);
        let wanted = value(r#"{"partitions": 5, "config": {"retention.ms": null, "segment.ms": null}}"#);
        let settings = BTreeMap::from([("retention.ms".to_owned(), ConfigChange::Delete)]);
        let both = [Change::Settings(settings), Change::Partitions(5)];
        assert_eq!(changes(&wanted, &live, &BTreeSet::new()), both);
    }
}
