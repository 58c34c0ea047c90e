//! Topics: how one is read, and which requests bring one to what is wanted.

use super::read::Found;
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Body, Seen};
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::resources::settings::DEFAULTS;
use evenkeel_kafka_admin::{
    Client, Code, ConfigChange, ConfigEntry, ConfigSource, Configured, Error, Mode, NewTopic, Rights, Topic,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Looks topics up: one request for what they are, one for how they are set.
pub(super) fn look_up(client: &Client, ids: &[ResourceId]) -> Result<Found, Error> {
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

/// Returns the requests that bring what is live to what is wanted; what is the same is not sent.
///
/// Settings come first: the brokers check them, and partitions never go again.
pub(super) fn changes(config: &Value, live: &Value) -> Vec<Change> {
    let is = |place: &[&str]| live.at(place).and_then(Value::as_text);
    let change = |(key, wanted): (&str, Option<&str>)| {
        let set = is(&["config", key]);
        let change = match wanted {
            Some(wanted) if set == Some(wanted) => return None,
            Some(wanted) if set.is_none() && is(&[DEFAULTS, "config", key]) == Some(wanted) => return None,
            Some(wanted) => ConfigChange::Set(wanted.to_owned()),
            None if set.is_none() => return None,
            None => ConfigChange::Delete,
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
    fn what_is_the_same_is_not_sent() {
        let live = value(
            r#"{"partitions": 3, "config": {"retention.ms": "1", "segment.ms": "5"},
                "defaults": {"config": {"cleanup.policy": "delete"}}}"#,
        );
        let same = value(r#"{"partitions": 3, "config": {"retention.ms": "1", "cleanup.policy": "delete"}}"#);
        assert_eq!(changes(&same, &live), []);
    }

    #[test]
    fn a_setting_that_goes_is_deleted_and_only_if_it_is_set() {
        let live = value(r#"{"partitions": 3, "config": {"retention.ms": "1"}}"#);
        let wanted = value(r#"{"partitions": 5, "config": {"retention.ms": null, "segment.ms": null}}"#);
        let settings = BTreeMap::from([("retention.ms".to_owned(), ConfigChange::Delete)]);
        assert_eq!(changes(&wanted, &live), [Change::Settings(settings), Change::Partitions(5)]);
    }
}
