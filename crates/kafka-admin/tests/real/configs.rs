//! Settings of topics and brokers.

use crate::as_administrator;
use crate::broker::{Variant, eventually};
use crate::topics::made;
use evenkeel_kafka_admin::{Client, Code, ConfigChange, ConfigEntry, ConfigSource, Configured, Error, Mode};
use std::collections::BTreeMap;

fn entries(client: &Client, of: &Configured) -> BTreeMap<String, ConfigEntry> {
    client.describe_configs(std::slice::from_ref(of)).unwrap().remove(of).unwrap().unwrap()
}

fn alter(
    client: &Client,
    of: &Configured,
    changes: &[(&str, ConfigChange)],
    mode: Mode,
) -> Result<(), Error> {
    let changes = changes.iter().map(|(key, change)| ((*key).to_owned(), change.clone())).collect();
    client
        .incremental_alter_configs(&BTreeMap::from([(of.clone(), changes)]), mode)
        .unwrap()
        .remove(of)
        .unwrap()
}

fn set(value: &str) -> ConfigChange {
    ConfigChange::Set(value.to_owned())
}

/// Waits until a setting is what it shall be.
fn becomes(client: &Client, of: &Configured, key: &str, value: &str) -> ConfigEntry {
    eventually(key, || {
        let entry = entries(client, of).remove(key).unwrap();
        (entry.value.as_deref() == Some(value)).then_some(entry)
    })
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_setting_says_where_it_is_from_and_what_it_would_be_otherwise() {
    for variant in [Variant::Plaintext, Variant::Scram, Variant::Ssl] {
        as_administrator(variant, |_, client| {
            let topic = Configured::Topic(made(client, "sources", 1));
            let before = entries(client, &topic);
            assert_eq!(before["segment.bytes"].source, ConfigSource::Default);
            assert!(before.values().all(|entry| entry.source != ConfigSource::DynamicTopic), "{before:?}");
            alter(client, &topic, &[("segment.bytes", set("1073741824"))], Mode::Commit).unwrap();
            // Set to what the default is: somebody has set it all the same.
            let entry = eventually("somebody has set it", || {
                let entry = entries(client, &topic).remove("segment.bytes").unwrap();
                (entry.source == ConfigSource::DynamicTopic).then_some(entry)
            });
            assert!(!entry.read_only && !entry.sensitive);
            let sources: Vec<_> = entry.synonyms.iter().map(|one| (one.name.as_str(), one.source)).collect();
            let default = ("log.segment.bytes", ConfigSource::Default);
            assert_eq!(sources, [("segment.bytes", ConfigSource::DynamicTopic), default]);
        });
    }
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_change_leaves_all_other_settings_as_they_are() {
    as_administrator(Variant::Plaintext, |_, client| {
        let topic = Configured::Topic(made(client, "others", 1));
        let first = [("retention.ms", set("1000")), ("max.message.bytes", set("2000"))];
        alter(client, &topic, &first, Mode::Commit).unwrap();
        becomes(client, &topic, "max.message.bytes", "2000");
        alter(client, &topic, &[("segment.bytes", set("1048576"))], Mode::Commit).unwrap();
        becomes(client, &topic, "segment.bytes", "1048576");
        assert_eq!(entries(client, &topic)["retention.ms"].value.as_deref(), Some("1000"));
        alter(client, &topic, &[("retention.ms", ConfigChange::Delete)], Mode::Commit).unwrap();
        becomes(client, &topic, "retention.ms", "604800000");
        assert_eq!(entries(client, &topic)["max.message.bytes"].value.as_deref(), Some("2000"));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn lists_are_appended_to_and_subtracted_from() {
    as_administrator(Variant::Plaintext, |_, client| {
        let topic = Configured::Topic(made(client, "lists", 1));
        let append = ConfigChange::Append("compact".to_owned());
        alter(client, &topic, &[("cleanup.policy", append.clone())], Mode::Commit).unwrap();
        becomes(client, &topic, "cleanup.policy", "delete,compact");
        let subtract = ConfigChange::Subtract("delete".to_owned());
        alter(client, &topic, &[("cleanup.policy", subtract)], Mode::Commit).unwrap();
        becomes(client, &topic, "cleanup.policy", "compact");
        let error = alter(client, &topic, &[("retention.ms", append)], Mode::Commit).unwrap_err();
        assert!(error.to_string().contains("Can't APPEND to key retention.ms"), "{error}");
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn one_bad_change_of_two_and_neither_is_made() {
    as_administrator(Variant::Plaintext, |_, client| {
        let topic = Configured::Topic(made(client, "both", 1));
        let both = [("retention.ms", set("abc")), ("max.message.bytes", set("2000"))];
        let checked = alter(client, &topic, &both, Mode::ValidateOnly).unwrap_err();
        assert_eq!(alter(client, &topic, &both, Mode::Commit).unwrap_err(), checked);
        assert_eq!(checked.code(), Some(Code::INVALID_CONFIG));
        assert!(checked.to_string().contains("Not a number of type LONG"), "{checked}");
        alter(client, &topic, &[("max.message.bytes", set("2000"))], Mode::ValidateOnly).unwrap();
        assert_eq!(entries(client, &topic)["max.message.bytes"].source, ConfigSource::Default);
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn several_things_are_changed_and_read_at_once_and_a_missing_one_is_told_apart() {
    as_administrator(Variant::Plaintext, |_, client| {
        let topics = [made(client, "many", 1), made(client, "many", 1)].map(Configured::Topic);
        let change = BTreeMap::from([("retention.ms".to_owned(), set("5000"))]);
        let missing = Configured::Topic("not-there".to_owned());
        let all = topics.iter().chain([&missing]).map(|topic| (topic.clone(), change.clone())).collect();
        let answer = client.incremental_alter_configs(&all, Mode::Commit).unwrap();
        assert!(answer[&topics[0]].is_ok() && answer[&topics[1]].is_ok(), "{answer:?}");
        let unknown = answer[&missing].clone().unwrap_err();
        assert_eq!(unknown.code(), Some(Code::UNKNOWN_TOPIC_OR_PARTITION));
        becomes(client, &topics[1], "retention.ms", "5000");
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_brokers_secrets_come_without_their_values() {
    as_administrator(Variant::Scram, |broker, client| {
        let one = Configured::Broker("1".to_owned());
        let found = entries(client, &one);
        assert!(found["node.id"].read_only);
        assert_eq!(found["node.id"].source, ConfigSource::StaticBroker);
        let secrets: Vec<_> = found.values().filter(|entry| entry.sensitive).collect();
        assert!(!secrets.is_empty() && secrets.iter().all(|entry| entry.value.is_none()), "{secrets:?}");
        assert!(!format!("{found:?}").contains(&broker.known("KAFKA_PASSWORD")));
        let error = alter(client, &one, &[("log.dirs", set("/x"))], Mode::ValidateOnly).unwrap_err();
        assert!(error.to_string().contains("Cannot update these configs dynamically"), "{error}");
    });
}
