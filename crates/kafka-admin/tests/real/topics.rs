//! Topics, and the cluster they are in.

use crate::broker::{Broker, Variant, eventually};
use crate::{as_administrator, client, settings, unused};
use evenkeel_kafka_admin::{
    Capabilities, Client, Code, Configured, Error, Mode, NewTopic, Outcome, PartitionId, Position, Rights,
    Topic,
};
use std::collections::BTreeMap;

pub(crate) fn new_topic(name: &str, partitions: i32) -> NewTopic {
    NewTopic {
        name: name.to_owned(),
        partitions: Some(partitions),
        replication_factor: Some(1),
        settings: BTreeMap::new(),
    }
}

/// Makes a topic and waits until the broker knows it.
pub(crate) fn make(client: &Client, topic: &NewTopic) -> Topic {
    client.create_topics(std::slice::from_ref(topic), Mode::Commit).unwrap()[&topic.name].clone().unwrap();
    eventually("the topic is there", || described(client, &topic.name).ok())
}

pub(crate) fn made(client: &Client, prefix: &str, partitions: i32) -> String {
    let name = unused(prefix);
    make(client, &new_topic(&name, partitions));
    name
}

fn described(client: &Client, name: &str) -> Result<Topic, Error> {
    client.describe_topics(&[name], Rights::Skip).unwrap().remove(name).unwrap()
}

fn all_variants(test: impl Fn(&Broker, &Client)) {
    for variant in [Variant::Plaintext, Variant::Scram, Variant::Ssl] {
        as_administrator(variant, &test);
    }
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_cluster_says_who_it_is_and_what_it_offers() {
    all_variants(|broker, client| {
        let cluster = client.describe_cluster(Rights::Ask).unwrap();
        assert_eq!(cluster.id, broker.known("KAFKA_CLUSTER_ID"));
        assert_eq!(cluster.controller, Some(1));
        let [one] = cluster.brokers.as_slice() else { panic!("{cluster:?}") };
        assert_eq!(format!("{}:{}", one.host, one.port), broker.bootstrap());
        assert!(!cluster.rights.unwrap().is_empty());
        assert_eq!(client.describe_cluster(Rights::Skip).unwrap().rights, None);

        let offers = client.capabilities().unwrap();
        assert_eq!(offers.versions(Capabilities::INCREMENTAL_ALTER_CONFIGS), Some((0, 1)));
        assert!(offers.has(Capabilities::ALTER_SCRAM_USERS) && offers.iter().count() > 40);
        assert!(!offers.has(9_999));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_topic_is_made_grown_deleted_and_another_one_by_its_name() {
    all_variants(|_, client| {
        let mut wanted = new_topic(&unused("life"), 2);
        wanted.settings.insert("retention.ms".to_owned(), "60000".to_owned());
        let first = make(client, &wanted);
        assert_eq!(first.partitions.len(), 2);
        assert_eq!((first.partitions[1].number, &first.partitions[1].replicas), (1, &vec![1]));
        assert_eq!((first.partitions[0].leader, &first.partitions[0].in_sync), (Some(1), &vec![1]));
        assert!(!first.internal && first.rights.is_none());
        assert_eq!(client.list_topics().unwrap().get(&wanted.name), Some(&2));

        let total = BTreeMap::from([(wanted.name.clone(), 5)]);
        client.create_partitions(&total, Mode::ValidateOnly).unwrap()[&wanted.name].clone().unwrap();
        assert_eq!(described(client, &wanted.name).unwrap().partitions.len(), 2);
        client.create_partitions(&total, Mode::Commit).unwrap()[&wanted.name].clone().unwrap();
        eventually("it has grown", || {
            (described(client, &wanted.name).unwrap().partitions.len() == 5).then_some(())
        });

        client.delete_topics(&[&wanted.name]).unwrap()[&wanted.name].clone().unwrap();
        let gone = eventually("it is gone", || described(client, &wanted.name).err());
        assert_eq!(gone.code(), Some(Code::UNKNOWN_TOPIC_OR_PARTITION));
        let second = make(client, &wanted);
        assert!(first.id.is_some() && first.id != second.id, "{:?} {:?}", first.id, second.id);
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn an_id_is_written_as_kafkas_own_tools_write_it() {
    as_administrator(Variant::Plaintext, |broker, client| {
        let names: Vec<String> = (0..4).map(|_| made(client, "id", 1)).collect();
        let told = broker.tool("org.apache.kafka.tools.TopicCommand", &["--describe"]);
        for name in &names {
            let id = described(client, name).unwrap().id.unwrap();
            assert!(told.contains(&format!("{name}\tTopicId: {id}\t")), "{id}: {told}");
        }
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn checking_a_new_topic_makes_none() {
    as_administrator(Variant::Plaintext, |_, client| {
        let wanted = new_topic(&unused("checked"), 1);
        let answer = client.create_topics(std::slice::from_ref(&wanted), Mode::ValidateOnly).unwrap();
        assert_eq!(answer[&wanted.name], Ok(()));
        assert!(!client.list_topics().unwrap().contains_key(&wanted.name));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn what_cannot_be_is_refused_in_the_brokers_words_and_was_certainly_not_done() {
    as_administrator(Variant::Plaintext, |_, client| {
        let name = made(client, "refused", 3);
        let refused = |wanted: &NewTopic| {
            let answer = client.create_topics(std::slice::from_ref(wanted), Mode::Commit).unwrap();
            answer[&wanted.name].clone().unwrap_err()
        };
        let again = refused(&new_topic(&name, 3));
        assert_eq!(again.to_string(), format!("Topic '{name}' already exists. (TOPIC_ALREADY_EXISTS)"));
        assert_eq!((again.code(), again.outcome()), (Some(Code::TOPIC_ALREADY_EXISTS), Outcome::NotDone));
        let wide = NewTopic { replication_factor: Some(3), ..new_topic(&unused("wide"), 1) };
        assert_eq!(refused(&wide).code(), Some(Code::INVALID_REPLICATION_FACTOR));
        let mut odd = new_topic(&unused("odd"), 1);
        odd.settings.insert("no.such".to_owned(), "1".to_owned());
        assert_eq!(refused(&odd).to_string(), "Unknown topic config name: no.such (INVALID_CONFIG)");

        for (total, words) in [(3, "already has 3 partition(s)"), (2, "2 would not be an increase")] {
            let totals = BTreeMap::from([(name.clone(), total)]);
            let answer = client.create_partitions(&totals, Mode::Commit).unwrap();
            let error = answer[&name].clone().unwrap_err();
            assert_eq!(error.code(), Some(Code::INVALID_PARTITIONS));
            assert!(error.to_string().contains(words), "{error}");
        }
        let unknown = client.delete_topics(&["not-there"]).unwrap()["not-there"].clone().unwrap_err();
        assert_eq!(unknown.code(), Some(Code::UNKNOWN_TOPIC_OR_PARTITION));
        assert!(matches!(client.delete_topics(&["a\0b"]), Err(Error::Invalid { message: _ })));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn asking_after_a_topic_does_not_create_it_even_where_brokers_create_on_demand() {
    Broker::own_on_each(Variant::Plaintext, &["auto.create.topics.enable=true"], |broker| {
        let client = client(&settings(broker, Variant::Plaintext));
        let missing = described(&client, "missing").unwrap_err();
        assert_eq!(missing.code(), Some(Code::UNKNOWN_TOPIC_OR_PARTITION));
        let topic = Configured::Topic("missing".to_owned());
        assert!(client.describe_configs(std::slice::from_ref(&topic)).unwrap()[&topic].is_err());
        let partition = PartitionId { topic: "missing".to_owned(), number: 0 };
        let offsets = client.list_offsets(&BTreeMap::from([(partition.clone(), Position::Latest)])).unwrap();
        let unknown = offsets[&partition].clone().unwrap_err();
        assert_eq!(unknown.code(), Some(Code::UNKNOWN_TOPIC_OR_PARTITION));
        let totals = BTreeMap::from([("missing".to_owned(), 2)]);
        client.create_partitions(&totals, Mode::ValidateOnly).unwrap()["missing"].clone().unwrap_err();
        client.delete_topics(&["missing"]).unwrap()["missing"].clone().unwrap_err();
        assert_eq!(client.group_offsets("nobody").unwrap(), BTreeMap::new());
        assert!(!client.list_topics().unwrap().contains_key("missing"));
        let told = broker.tool("org.apache.kafka.tools.TopicCommand", &["--list"]);
        assert!(!told.contains("missing"), "{told}");
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_thousand_topics_are_one_request_each_to_make_describe_and_read_settings_of() {
    Broker::own_on_each(Variant::Plaintext, &[], |broker| {
        let client = client(&settings(broker, Variant::Plaintext));
        let wanted: Vec<_> = (0..1000).map(|number| new_topic(&format!("t{number:03}"), 1)).collect();
        let made = client.create_topics(&wanted, Mode::Commit).unwrap();
        assert_eq!(made.values().filter(|one| one.is_ok()).count(), 1000, "{made:?}");
        let names: Vec<&str> = wanted.iter().map(|topic| topic.name.as_str()).collect();
        eventually("all are there", || {
            let described = client.describe_topics(&names, Rights::Skip).unwrap();
            (described.len() == 1000 && described.values().all(Result::is_ok)).then_some(())
        });
        let topics: Vec<_> = names.iter().map(|name| Configured::Topic((*name).to_owned())).collect();
        let configs = client.describe_configs(&topics).unwrap();
        assert_eq!(configs.len(), 1000);
        assert!(configs.values().all(|one| one.as_ref().is_ok_and(|entries| entries.len() > 20)));
        assert_eq!(client.list_topics().unwrap().len(), 1000);
    });
}
