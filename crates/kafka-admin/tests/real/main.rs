//! Every call on real brokers of each version that `KAFKA` names: `make test-real`.

#![expect(clippy::disallowed_methods, reason = "tests stand outside: they start servers, and look at clocks")]
#![expect(
    clippy::unwrap_used,
    reason = "what is shared by tests is a test as well: the line says what was not as expected"
)]

#[expect(dead_code, reason = "the tests of the whole use the rest of it")]
#[path = "../../../../tests/support/broker.rs"]
mod broker;

mod acls;
mod configs;
mod groups;
mod logins;
mod topics;
mod trouble;

use broker::{Broker, Variant};
use evenkeel_kafka_admin::{Client, Login, Password, Pem, ScramMechanism, Settings, Tls};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// Returns a name that no other test uses.
fn unused(prefix: &str) -> String {
    static NAMES: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}-{}", NAMES.fetch_add(1, Ordering::Relaxed))
}

/// Returns how to reach a broker as whoever may do everything there.
fn settings(broker: &Broker, variant: Variant) -> Settings {
    let mut settings = Settings::new(vec![broker.bootstrap()]);
    match variant {
        Variant::Plaintext => {}
        Variant::Scram => settings.login = Some(scram("admin", broker.known("KAFKA_PASSWORD"))),
        Variant::Ssl => {
            let authorities = Some(Pem::File(PathBuf::from(broker.known("KAFKA_CA"))));
            settings.tls = Some(Tls { authorities, identity: None });
        }
    }
    settings
}

fn scram(user: &str, password: String) -> Login {
    let (user, password) = (user.to_owned(), Password::new(password));
    Login::Scram { mechanism: ScramMechanism::Sha512, user, password }
}

fn client(settings: &Settings) -> Client {
    Client::new(settings).expect("the settings make a client")
}

/// Runs a test on each version, as whoever may do everything.
fn as_administrator(variant: Variant, test: impl Fn(&Broker, &Client)) {
    Broker::on_each(variant, |broker| test(broker, &client(&settings(broker, variant))));
}
