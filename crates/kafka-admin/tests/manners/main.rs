//! What real brokers cannot be brought to do: to hang up in the middle, to be older or newer than the client.

#![expect(clippy::disallowed_methods, reason = "tests stand outside: they start servers")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod broker;

use broker::{Broker, Manner};
use evenkeel_kafka_admin::{
    Capabilities, Client, Code, ConfigChange, ConfigSource, Configured, Error, Mode, NewTopic, Outcome,
    PartitionId, Position, Rights, Settings,
};
use kafka_protocol::messages::create_topics_response::CreatableTopicResult;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult,
};
use kafka_protocol::messages::{
    ApiKey, CreateTopicsResponse, DescribeConfigsResponse, DescribeUserScramCredentialsResponse, RequestKind,
    ResponseKind, TopicName,
};
use kafka_protocol::protocol::StrBytes;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A code that Kafka does not have yet.
const UNHEARD_OF: i16 = 31_999;

fn client(broker: &Broker) -> Client {
    let mut settings = Settings::new(vec![broker.bootstrap()]);
    settings.patience_to_connect = Duration::from_secs(2);
    settings.patience = Duration::from_secs(5);
    Client::new(&settings).unwrap()
}

fn create(client: &Client) -> Result<(), Error> {
    let topic = NewTopic {
        name: "new".to_owned(),
        partitions: Some(1),
        replication_factor: Some(1),
        settings: BTreeMap::new(),
    };
    client.create_topics(&[topic], Mode::Commit)?.remove("new").unwrap()
}

fn known() -> Configured {
    Configured::Topic("known".to_owned())
}

fn answer(response: ResponseKind) -> Manner {
    Manner::Answer(Box::new(response))
}

/// One setting, from a source that nobody knows yet.
fn configs() -> Manner {
    let entry = DescribeConfigsResourceResult::default()
        .with_name(StrBytes::from_static_str("retention.ms"))
        .with_value(Some(StrBytes::from_static_str("1")))
        .with_config_source(42);
    let result = DescribeConfigsResult::default()
        .with_resource_type(2)
        .with_resource_name(StrBytes::from_static_str("known"))
        .with_configs(vec![entry]);
    answer(ResponseKind::DescribeConfigs(DescribeConfigsResponse::default().with_results(vec![result])))
}

#[test]
fn what_a_broker_does_not_offer_is_told_as_that_and_not_done() {
    let broker = Broker::start(&[(ApiKey::DescribeConfigs, 1)], |_| configs());
    let client = client(&broker);
    let offers = client.capabilities().unwrap();
    assert!(!offers.has(Capabilities::INCREMENTAL_ALTER_CONFIGS));
    assert_eq!(offers.versions(ApiKey::DescribeConfigs as i16), Some((0, 1)));
    let change = BTreeMap::from([("retention.ms".to_owned(), ConfigChange::Delete)]);
    let changes = BTreeMap::from([(known(), change)]);
    let error = client.incremental_alter_configs(&changes, Mode::Commit).unwrap_err();
    assert!(matches!(error, Error::Unsupported { message: _ }), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotDone);
    let lacks =
        client.require(Capabilities::INCREMENTAL_ALTER_CONFIGS, "IncrementalAlterConfigs").unwrap_err();
    assert!(lacks.to_string().contains("the brokers do not take IncrementalAlterConfigs"), "{lacks}");
    client.require(ApiKey::DescribeConfigs as i16, "DescribeConfigs").unwrap();
}

#[test]
fn a_write_after_which_the_broker_hangs_up_is_sent_once_and_its_end_is_open() {
    let broker = Broker::start(&[(ApiKey::CreateTopics, 4)], |_| Manner::HangUp);
    let error = create(&client(&broker)).unwrap_err();
    assert!(matches!(error, Error::NoAnswer { cause: _ }), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Unknown);
    let sent =
        broker.seen().into_iter().filter(|request| matches!(request, RequestKind::CreateTopics(_))).count();
    assert_eq!(sent, 1);
}

#[test]
fn a_read_under_which_the_connection_breaks_is_sent_again() {
    let asked = AtomicUsize::new(0);
    let broker = Broker::start(&[(ApiKey::DescribeConfigs, 1)], move |_| {
        if asked.fetch_add(1, Ordering::Relaxed) == 0 { Manner::HangUp } else { configs() }
    });
    let found = client(&broker).describe_configs(&[known()]).unwrap();
    assert_eq!(found[&known()].clone().unwrap()["retention.ms"].value.as_deref(), Some("1"));
}

#[test]
fn a_number_that_nobody_knows_yet_stays_a_number() {
    let offers = [(ApiKey::DescribeConfigs, 1), (ApiKey::CreateTopics, 4)];
    let broker = Broker::start(&offers, |request| match request {
        RequestKind::CreateTopics(_) => {
            let name = TopicName(StrBytes::from_static_str("new"));
            let topic = CreatableTopicResult::default().with_name(name).with_error_code(UNHEARD_OF);
            let made = CreateTopicsResponse::default().with_topics(vec![topic]);
            answer(ResponseKind::CreateTopics(made))
        }
        _ => configs(),
    });
    let client = client(&broker);
    assert_eq!(create(&client).unwrap_err().code(), Some(Code(i32::from(UNHEARD_OF))));
    let found = client.describe_configs(&[known()]).unwrap();
    assert_eq!(found[&known()].clone().unwrap()["retention.ms"].source, ConfigSource::Other(42));
}

#[test]
fn a_broker_that_refuses_to_list_users_is_heard_every_time() {
    let broker = Broker::start(&[(ApiKey::DescribeUserScramCredentials, 0)], |_| {
        let refused =
            DescribeUserScramCredentialsResponse::default().with_error_code(UNHEARD_OF).with_error_message(
                Some(StrBytes::from_static_str("a text that is long enough to be kept elsewhere")),
            );
        answer(ResponseKind::DescribeUserScramCredentials(refused))
    });
    let client = client(&broker);
    for _ in 0..100 {
        let error = client.describe_scram_users(&["somebody"]).unwrap_err();
        assert_eq!(error.code(), Some(Code(i32::from(UNHEARD_OF))), "{error:?}");
    }
}

/// While a request waits, librdkafka looks for a broker again with each change of a connection; it must not connect each time.
#[test]
fn a_broker_that_hangs_up_on_everybody_is_called_a_few_times_in_a_second() {
    let broker = Broker::start(&[(ApiKey::CreateTopics, 4)], |_| Manner::HangUp);
    for met in [false, true] {
        let client = client(&broker);
        if met {
            client.describe_cluster(Rights::Skip).unwrap();
        }
        let known = broker.connections();
        broker.leave();
        // Over a connection whose end was not noticed yet a request is sent, and then nobody knows.
        for _try in 0..500 {
            if !met || broker.connections() > known {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let before = broker.connections();
        let error = create(&client).unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotDone, "{error:?}");
        let calls = broker.connections() - before;
        assert!((2..30).contains(&calls), "met {met}: {calls} connections in 5 s");
        broker.come_back();
    }
}

#[test]
fn no_question_lets_a_broker_create_topics() {
    let broker = Broker::start(&[(ApiKey::DescribeConfigs, 1)], |_| configs());
    let client = client(&broker);
    client.describe_topics(&["known", "missing"], Rights::Ask).unwrap()["missing"].clone().unwrap_err();
    client.list_topics().unwrap();
    client.describe_configs(&[known()]).unwrap();
    let partition = PartitionId { topic: "missing".to_owned(), number: 0 };
    client.list_offsets(&BTreeMap::from([(partition.clone(), Position::Latest)])).unwrap()[&partition]
        .clone()
        .unwrap_err();
    let metadata: Vec<_> =
        broker.seen().into_iter().filter(|one| matches!(one, RequestKind::Metadata(_))).collect();
    let allows = |request: &RequestKind| matches!(request, RequestKind::Metadata(one) if one.allow_auto_topic_creation);
    assert!(metadata.len() >= 4 && !metadata.iter().any(allows), "{metadata:?}");
}
