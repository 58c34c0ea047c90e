//! Groups of consumers and offsets.

use crate::broker::{Broker, Variant, eventually};
use crate::topics::{made, make, new_topic};
use crate::{as_administrator, unused};
use evenkeel_kafka_admin::{Client, Code, GroupState, PartitionId, Position};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::collections::BTreeMap;
use std::time::Duration;

fn partition(topic: &str, number: i32) -> PartitionId {
    PartitionId { topic: topic.to_owned(), number }
}

/// Writes records with the times 1000, 2000, … into partition 0.
fn write(broker: &Broker, topic: &str, count: i64) {
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", broker.bootstrap()).create().unwrap();
    for number in 1..=count {
        let record = BaseRecord::<(), [u8]>::to(topic).partition(0).payload(b"x").timestamp(number * 1000);
        producer.send(record).unwrap();
    }
    producer.flush(Duration::from_secs(20)).unwrap();
}

fn place(client: &Client, topic: &str, number: i32, place: Position) -> Option<i64> {
    let at = partition(topic, number);
    let found = client.list_offsets(&BTreeMap::from([(at.clone(), place)])).unwrap();
    found[&at].clone().unwrap()
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_partition_says_where_it_begins_where_it_ends_and_where_a_time_is() {
    as_administrator(Variant::Plaintext, |broker, client| {
        let mut wanted = new_topic(&unused("offsets"), 2);
        // Records of 1970 are kept.
        wanted.settings.insert("retention.ms".to_owned(), "-1".to_owned());
        make(client, &wanted);
        let topic = wanted.name;
        write(broker, &topic, 5);
        assert_eq!(place(client, &topic, 0, Position::Earliest), Some(0));
        assert_eq!(place(client, &topic, 0, Position::Latest), Some(5));
        assert_eq!(place(client, &topic, 0, Position::At(2500)), Some(2));
        assert_eq!(place(client, &topic, 0, Position::At(9999)), None);
        assert_eq!(place(client, &topic, 1, Position::Latest), Some(0));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn offsets_of_a_group_are_set_read_and_forgotten() {
    as_administrator(Variant::Plaintext, |_, client| {
        let (topic, group) = (made(client, "read", 2), unused("group"));
        assert_eq!(client.group_offsets(&group).unwrap(), BTreeMap::new());
        let wanted = BTreeMap::from([(partition(&topic, 0), 3), (partition(&topic, 1), 0)]);
        let altered = client.alter_group_offsets(&group, &wanted).unwrap();
        assert!(altered.len() == 2 && altered.values().all(Result::is_ok), "{altered:?}");
        let read = client.group_offsets(&group).unwrap();
        assert_eq!(read, wanted.into_iter().map(|(partition, offset)| (partition, Ok(offset))).collect());
        assert_eq!(client.list_groups().unwrap().get(&group), Some(&GroupState::Empty));

        let forgotten = client.delete_group_offsets(&group, &[partition(&topic, 1)].into()).unwrap();
        assert_eq!(forgotten, BTreeMap::from([(partition(&topic, 1), Ok(()))]));
        let left = client.group_offsets(&group).unwrap();
        assert_eq!(left, BTreeMap::from([(partition(&topic, 0), Ok(3))]));

        client.delete_groups(&[&group]).unwrap()[&group].clone().unwrap();
        let gone = client.delete_groups(&[&group]).unwrap()[&group].clone().unwrap_err();
        assert_eq!(gone.code(), Some(Code::GROUP_ID_NOT_FOUND));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_group_that_reads_names_its_members_and_keeps_its_offsets() {
    as_administrator(Variant::Plaintext, |broker, client| {
        let (topic, group) = (made(client, "busy", 2), unused("busy"));
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", broker.bootstrap())
            .set("group.id", &group)
            .set("client.id", "reader")
            .create()
            .unwrap();
        consumer.subscribe(&[&topic]).unwrap();
        let described = eventually("the group reads", || {
            let _record = consumer.poll(Duration::from_millis(100));
            let found = client.describe_groups(&[&group]).unwrap().remove(&group).unwrap().ok()?;
            (found.state == GroupState::Stable && !found.members[0].partitions.is_empty()).then_some(found)
        });
        let [member] = described.members.as_slice() else { panic!("{described:?}") };
        assert_eq!(member.client, "reader");
        assert_eq!(member.partitions, [partition(&topic, 0), partition(&topic, 1)].into());

        let wanted = BTreeMap::from([(partition(&topic, 0), 0)]);
        let refused =
            client.alter_group_offsets(&group, &wanted).map(|mut each| each.remove(&partition(&topic, 0)));
        assert!(!matches!(refused, Ok(Some(Ok(())))), "{refused:?}");
        let busy = client.delete_groups(&[&group]).unwrap()[&group].clone().unwrap_err();
        assert_eq!(busy.code(), Some(Code::NON_EMPTY_GROUP));
    });
}
