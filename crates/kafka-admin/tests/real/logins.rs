//! Who comes in, and how: passwords, certificates, tokens.

use crate::broker::{Broker, Variant, eventually};
use crate::{as_administrator, client, scram, settings, unused};
use evenkeel_kafka_admin::{
    Client, Code, Error, Identity, Key, Login, Password, Pem, Rights, ScramChange, ScramMechanism, Settings,
    Tls, Token,
};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::SystemTime;

fn upsert(user: &str, mechanism: ScramMechanism, password: &str, salt: Option<Vec<u8>>) -> ScramChange {
    let (user, password) = (user.to_owned(), Password::new(password.to_owned()));
    ScramChange::Upsert { user, mechanism, iterations: 8192, password, salt }
}

fn comes_in(settings: &Settings) -> bool {
    client(settings).describe_cluster(Rights::Skip).is_ok()
}

fn changed(client: &Client, change: ScramChange, user: &str) {
    client.alter_scram_users(&[change]).unwrap()[user].clone().unwrap();
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_user_is_made_gets_another_password_and_goes() {
    as_administrator(Variant::Scram, |broker, client| {
        let user = unused("user");
        let by = |mechanism, password: &str| {
            let mut settings = settings(broker, Variant::Scram);
            let (user, password) = (user.clone(), Password::new(password.to_owned()));
            settings.login = Some(Login::Scram { mechanism, user, password });
            settings
        };
        changed(client, upsert(&user, ScramMechanism::Sha512, "first", None), &user);
        eventually("they come in", || comes_in(&by(ScramMechanism::Sha512, "first")).then_some(()));
        changed(client, upsert(&user, ScramMechanism::Sha512, "second", Some(vec![7; 32])), &user);
        eventually("they come in", || comes_in(&by(ScramMechanism::Sha512, "second")).then_some(()));
        assert!(!comes_in(&by(ScramMechanism::Sha512, "first")));
        changed(client, upsert(&user, ScramMechanism::Sha256, "other", None), &user);
        eventually("they come in", || comes_in(&by(ScramMechanism::Sha256, "other")).then_some(()));

        let both = BTreeMap::from([(ScramMechanism::Sha256, 8192), (ScramMechanism::Sha512, 8192)]);
        assert_eq!(client.describe_scram_users(&[&user]).unwrap()[&user], Ok(both));
        assert!(client.describe_scram_users(&[]).unwrap().contains_key("admin"));

        for mechanism in [ScramMechanism::Sha256, ScramMechanism::Sha512] {
            changed(client, ScramChange::Delete { user: user.clone(), mechanism }, &user);
        }
        let gone = eventually("they are gone", || {
            client.describe_scram_users(&[&user]).unwrap()[&user].clone().err()
        });
        assert_eq!(gone.code(), Some(Code::RESOURCE_NOT_FOUND));
        let again = ScramChange::Delete { user: user.clone(), mechanism: ScramMechanism::Sha256 };
        let again = client.alter_scram_users(&[again]).unwrap()[&user].clone().unwrap_err();
        assert_eq!(again.code(), Some(Code::RESOURCE_NOT_FOUND));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn too_few_iterations_are_refused_in_the_brokers_words() {
    as_administrator(Variant::Scram, |_, client| {
        let user = unused("hasty");
        let ScramChange::Upsert { mechanism, password, salt, .. } =
            upsert(&user, ScramMechanism::Sha256, "x", None)
        else {
            unreachable!()
        };
        let hasty = ScramChange::Upsert { user: user.clone(), mechanism, iterations: 1, password, salt };
        let error = client.alter_scram_users(&[hasty]).unwrap()[&user].clone().unwrap_err();
        assert!(error.to_string().contains("Too few iterations"), "{error}");
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_plain_password_comes_in() {
    Broker::on_each(Variant::Scram, |broker| {
        let mut settings = settings(broker, Variant::Scram);
        let password = Password::new(broker.known("KAFKA_PASSWORD"));
        settings.login = Some(Login::Plain { user: "admin".to_owned(), password });
        assert!(comes_in(&settings));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_certificate_comes_in_as_text_and_as_a_file() {
    Broker::on_each(Variant::Ssl, |broker| {
        let read = |name: &str| std::fs::read_to_string(broker.known(name)).unwrap();
        let texts = Tls {
            authorities: Some(Pem::Text(read("KAFKA_CA"))),
            identity: Some(Identity {
                certificate: Pem::Text(read("KAFKA_CLIENT_CERT")),
                key: Key::Text(Password::new(read("KAFKA_CLIENT_KEY"))),
                key_password: None,
            }),
        };
        let file = |name: &str| broker.known(name).into();
        let files = Tls {
            authorities: Some(Pem::File(file("KAFKA_CA"))),
            identity: Some(Identity {
                certificate: Pem::File(file("KAFKA_CLIENT_CERT")),
                key: Key::File(file("KAFKA_CLIENT_KEY")),
                key_password: None,
            }),
        };
        for tls in [texts, files] {
            let mut settings = settings(broker, Variant::Ssl);
            settings.tls = Some(tls);
            assert!(comes_in(&settings));
        }
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_password_goes_over_tls_and_is_refused_there_as_that() {
    Broker::on_each(Variant::Ssl, |authority| {
        let certificate = PathBuf::from(authority.known("KAFKA_CA"));
        let keystore = certificate.with_file_name("broker.keystore.pem");
        let broker = authority.another(
            Variant::Scram,
            &[
                "listener.security.protocol.map=CLIENT:SASL_SSL,CONTROLLER:SASL_PLAINTEXT",
                "ssl.keystore.type=PEM",
                &format!("ssl.keystore.location={}", keystore.display()),
                "ssl.truststore.type=PEM",
                &format!("ssl.truststore.location={}", certificate.display()),
            ],
        );
        let mut settings = settings(&broker, Variant::Scram);
        settings.tls = Some(Tls { authorities: Some(Pem::File(certificate)), identity: None });
        client(&settings).describe_cluster(Rights::Skip).unwrap();
        settings.login = Some(scram("admin", "wrong".to_owned()));
        let error = client(&settings).describe_cluster(Rights::Skip).unwrap_err();
        assert!(matches!(error, Error::Unauthenticated { cause: _ }), "{error:?}");
        settings.tls = Some(Tls::default());
        let error = client(&settings).describe_cluster(Rights::Skip).unwrap_err();
        assert!(matches!(error, Error::Untrusted { cause: _ }), "{error:?}");
    });
}

/// A token without a signature: `{"alg":"none"}` and claims that never end, in base64.
const UNSIGNED: &str =
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjo0MTAwMDAwMDAwfQ.";

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_token_is_asked_for_and_comes_in() {
    Broker::on_each(Variant::Scram, |broker| {
        let mut settings = settings(broker, Variant::Scram);
        settings.login = Some(Login::Token(Arc::new(|| {
            let text = Password::new(UNSIGNED.to_owned());
            let extensions = BTreeMap::from([("logicalCluster".to_owned(), "lkc-1".to_owned())]);
            Ok(Token { text, principal: "admin".to_owned(), ends_at: 4_100_000_000_000, extensions })
        })));
        client(&settings).describe_cluster(Rights::Skip).unwrap();
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_token_is_asked_for_again_before_it_ends() {
    Broker::on_each(Variant::Scram, |broker| {
        let mut settings = settings(broker, Variant::Scram);
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        settings.login = Some(Login::Token(Arc::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
            let text = Password::new(UNSIGNED.to_owned());
            let ends_at = i64::try_from(now).unwrap() + 1_000;
            Ok(Token { text, principal: "admin".to_owned(), ends_at, extensions: BTreeMap::new() })
        })));
        let client = client(&settings);
        client.describe_cluster(Rights::Skip).unwrap();
        let before = asked.load(Ordering::SeqCst);
        eventually("it is asked for again", || (asked.load(Ordering::SeqCst) > before + 1).then_some(()));
        client.describe_cluster(Rights::Skip).unwrap();
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn an_extension_that_kafka_does_not_take_is_named() {
    Broker::on_each(Variant::Scram, |broker| {
        let mut settings = settings(broker, Variant::Scram);
        settings.login = Some(Login::Token(Arc::new(|| {
            let text = Password::new(UNSIGNED.to_owned());
            let extensions = BTreeMap::from([("auth".to_owned(), "x".to_owned())]);
            Ok(Token { text, principal: "admin".to_owned(), ends_at: 4_100_000_000_000, extensions })
        })));
        let error = client(&settings).describe_cluster(Rights::Skip).unwrap_err();
        assert!(matches!(&error, Error::Unauthenticated { cause } if cause.contains("auth")), "{error:?}");
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_password_is_printed_nowhere() {
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| LOG.clone()).init();
    Broker::on_each(Variant::Scram, |broker| {
        let administrator = settings(broker, Variant::Scram);
        let mut wrong = administrator.clone();
        wrong.login = Some(scram("admin", "hunter2-secret".to_owned()));
        assert!(!format!("{wrong:?}").contains("hunter2"), "{wrong:?}");
        let error = client(&wrong).describe_cluster(Rights::Skip).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
        let (user, administrator) = (unused("quiet"), client(&administrator));
        changed(&administrator, upsert(&user, ScramMechanism::Sha512, "hunter2-other", None), &user);
    });
    let log = String::from_utf8_lossy(&LOG.0.lock().unwrap()).into_owned();
    assert!(log.contains("Broker changed state") && log.contains("invalid credentials"), "{log}");
    assert!(!log.contains("hunter2"), "{log}");
}

/// Everything that this process logs, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

static LOG: LazyLock<Log> = LazyLock::new(Log::default);

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
