//! Brokers that are away, slow, strange or unwilling: the cause is told, and what became of a write.

use crate::broker::{Broker, Variant, eventually};
use crate::topics::made;
use crate::{client, scram, settings, unused};
use evenkeel_kafka_admin::{
    Client, ConfigChange, ConfigSource, Configured, Error, Login, Mode, Outcome, Rights, Settings, Tls,
};
use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn impatient(mut settings: Settings) -> Settings {
    settings.patience_to_connect = Duration::from_secs(1);
    settings.patience = Duration::from_secs(3);
    settings
}

fn retention(client: &Client, topic: &str) -> Result<(), Error> {
    let topic = Configured::Topic(topic.to_owned());
    let change = BTreeMap::from([("retention.ms".to_owned(), ConfigChange::Set("5000".to_owned()))]);
    client
        .incremental_alter_configs(&BTreeMap::from([(topic.clone(), change)]), Mode::Commit)?
        .remove(&topic)
        .unwrap()
}

/// Asks in each way in which a list comes about, and returns the errors.
fn asked(settings: &Settings) -> [Error; 2] {
    let client = client(settings);
    [client.describe_cluster(Rights::Skip).unwrap_err(), client.list_topics().unwrap_err()]
}

#[test]
fn a_port_where_nobody_listens_is_told_as_refused() {
    for error in asked(&impatient(Settings::new(vec!["127.0.0.1:1".to_owned()]))) {
        let Error::Unreachable { cause } = &error else { panic!("{error:?}") };
        assert!(cause.ends_with("Connect to ipv4#127.0.0.1:1 failed: Connection refused"), "{cause}");
    }
}

#[test]
fn a_host_that_nobody_knows_is_told_as_that() {
    for error in asked(&impatient(Settings::new(vec!["nowhere.invalid:9092".to_owned()]))) {
        let Error::Unreachable { cause } = &error else { panic!("{error:?}") };
        assert!(cause.contains("Failed to resolve 'nowhere.invalid:9092'"), "{cause}");
    }
}

#[test]
fn a_write_that_reached_nobody_was_certainly_not_done() {
    let client = client(&impatient(Settings::new(vec!["127.0.0.1:1".to_owned()])));
    let error = retention(&client, "any").unwrap_err();
    assert!(matches!(error, Error::Unreachable { cause: _ }), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotDone);
}

#[test]
fn settings_that_make_no_sense_are_refused_at_once() {
    let mut settings = Settings::new(vec!["127.0.0.1:1".to_owned()]);
    let authorities = Some(evenkeel_kafka_admin::Pem::Text("no certificate".to_owned()));
    settings.tls = Some(Tls { authorities, identity: None });
    let error = Client::new(&settings).unwrap_err();
    let Error::Invalid { message } = &error else { panic!("{error:?}") };
    assert!(message.contains("ssl.ca.pem: not in PEM format"), "{message}");
    assert!(matches!(Client::new(&Settings::new(Vec::new())), Err(Error::Invalid { message: _ })));
    settings.tls = None;
    settings.login = Some(scram("somebody", "hunter2\0secret".to_owned()));
    let error = Client::new(&settings).unwrap_err();
    assert!(
        matches!(error, Error::Invalid { message: _ }) && !format!("{error:?}").contains("hunter2"),
        "{error:?}"
    );
}

#[test]
fn a_token_that_cannot_be_had_is_told_in_its_givers_words() {
    let mut settings = impatient(Settings::new(vec!["127.0.0.1:1".to_owned()]));
    settings.login = Some(Login::Token(Arc::new(|| Err("the vault is closed".to_owned()))));
    let error = client(&settings).describe_cluster(Rights::Skip).unwrap_err();
    let Error::Unauthenticated { cause } = &error else { panic!("{error:?}") };
    assert!(cause.contains("the vault is closed"), "{cause}");
    settings.login = Some(Login::Token(Arc::new(|| panic!("a bug"))));
    let error = client(&settings).describe_cluster(Rights::Skip).unwrap_err();
    assert!(error.to_string().contains("the source of tokens panicked"), "{error}");
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_wrong_password_is_told_at_once_and_as_that() {
    Broker::on_each(Variant::Scram, |broker| {
        let mut settings = settings(broker, Variant::Scram);
        settings.login = Some(scram("admin", "wrong".to_owned()));
        let began = Instant::now();
        for error in asked(&settings) {
            let Error::Unauthenticated { cause } = &error else { panic!("{error:?}") };
            assert!(cause.contains("invalid credentials"), "{cause}");
        }
        assert!(began.elapsed() < settings.patience, "it waited for the end");
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_broker_that_an_unknown_authority_vouches_for_is_not_trusted() {
    Broker::on_each(Variant::Ssl, |broker| {
        let mut settings = settings(broker, Variant::Ssl);
        settings.tls = Some(Tls::default());
        for error in asked(&settings) {
            let Error::Untrusted { cause } = &error else { panic!("{error:?}") };
            assert!(cause.contains("certificate verify failed"), "{cause}");
        }
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_certificate_for_another_address_is_not_trusted() {
    Broker::on_each(Variant::Ssl, |broker| {
        let mut settings = settings(broker, Variant::Ssl);
        settings.bootstrap = vec![forwarded(broker.bootstrap())];
        for error in asked(&settings) {
            let Error::Untrusted { cause } = &error else { panic!("{error:?}") };
            assert!(cause.contains("certificate verify failed"), "{cause}");
        }
    });
}

/// Returns another address at which a broker is reached, one that its certificate does not name.
fn forwarded(to: String) -> String {
    let listener = TcpListener::bind("127.0.0.2:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for near in listener.incoming() {
            let (near, far) = (near.unwrap(), TcpStream::connect(&to).unwrap());
            let ways = [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)];
            for (mut from, mut to) in ways {
                std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
    address
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_broker_that_hangs_up_because_it_speaks_tls_is_told_as_that() {
    Broker::on_each(Variant::Ssl, |broker| {
        let mut settings = impatient(settings(broker, Variant::Ssl));
        settings.tls = None;
        for error in asked(&settings) {
            let Error::Unreachable { cause } = &error else { panic!("{error:?}") };
            assert!(cause.contains("Disconnected"), "{cause}");
        }
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_broker_that_stands_still_leaves_the_end_of_a_write_open_and_may_do_it_later() {
    Broker::own_on_each(Variant::Plaintext, &[], |broker| {
        let client = client(&impatient(settings(broker, Variant::Plaintext)));
        let topic = made(&client, &unused("frozen"), 1);
        broker.freeze();
        let error = retention(&client, &topic).unwrap_err();
        assert!(matches!(error, Error::NoAnswer { cause: _ }), "{error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown);
        let read = client.describe_cluster(Rights::Skip).unwrap_err();
        assert!(
            matches!(read, Error::NoAnswer { .. } | Error::NotReady { .. } | Error::Unreachable { .. }),
            "{read:?}"
        );
        broker.thaw();
        let of = Configured::Topic(topic);
        eventually("it was done all the same", || {
            let configs = client.describe_configs(std::slice::from_ref(&of)).ok()?;
            let entry = configs[&of].clone().ok()?.remove("retention.ms")?;
            (entry.source == ConfigSource::DynamicTopic).then_some(())
        });
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_client_outlives_a_crash_of_its_broker() {
    Broker::own_on_each(Variant::Plaintext, &[], |broker| {
        let client = client(&impatient(settings(broker, Variant::Plaintext)));
        let topic = made(&client, &unused("crash"), 1);
        broker.kill();
        let error = client.describe_cluster(Rights::Skip).unwrap_err();
        assert!(error.to_string().contains("Connection refused"), "{error:?}");
        let write = retention(&client, &topic).unwrap_err();
        assert!(write.to_string().contains("Connection refused"), "{write:?}");
        assert_eq!(write.outcome(), Outcome::NotDone, "{write:?}");
        broker.up(&[]);
        eventually("it is back", || client.describe_cluster(Rights::Skip).ok());
        eventually("it takes writes", || retention(&client, &topic).ok());
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_caller_that_stops_waiting_disturbs_nobody() {
    Broker::own_on_each(Variant::Plaintext, &[], |broker| {
        let client = client(&impatient(settings(broker, Variant::Plaintext)));
        client.describe_cluster(Rights::Skip).unwrap();
        broker.freeze();
        let abandoned: Vec<_> = (0..8)
            .map(|_| {
                let client = client.clone();
                std::thread::spawn(move || client.describe_cluster(Rights::Skip).is_err())
            })
            .collect();
        drop(client.clone());
        broker.thaw();
        for one in abandoned {
            one.join().unwrap();
        }
        eventually("it answers", || client.describe_cluster(Rights::Skip).ok());
    });
}
