//! librdkafka's client: how it is set up, and the thread on which it tells what goes on.

use crate::Error;
use crate::context::Context;
use crate::health::Health;
use crate::settings::{Key, Login, Pem, Settings, Tls};
use crate::tokens::Tokens;
use rdkafka::ClientConfig;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka_sys::bindings::rd_kafka_t;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long an event may lie on the queue at the end of a client.
const ROUND: Duration = Duration::from_millis(100);

/// A client of librdkafka's. rdkafka's own admin client never reads the queue on which logs, errors and the wish for a token
/// come; its producer and its consumer do.
pub(crate) struct Connection {
    native: Native,
    pub(crate) health: Arc<Health>,
    stop: Arc<AtomicBool>,
}

/// What librdkafka takes us for.
#[derive(Clone)]
enum Native {
    /// A producer that produces nothing.
    Producer(Arc<BaseProducer<Context>>),
    /// A consumer that consumes nothing.
    Consumer(Arc<BaseConsumer<Context>>),
}

impl Connection {
    /// Makes a client for all requests but one.
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        Self::of(settings, |context| {
            let producer = BaseProducer::from_config_and_context(&config(settings)?, context)
                .map_err(|error| refused(&error))?;
            Ok(Native::Producer(Arc::new(producer)))
        })
    }

    /// Makes a client for the offsets of one group. librdkafka (2.12.1, its issue 5040) follows a null pointer when the
    /// answer to that request is that another broker keeps the group, unless its client is a consumer of a group.
    pub(crate) fn of_group(settings: &Settings, group: &str) -> Result<Self, Error> {
        Self::of(settings, |context| {
            let mut config = config(settings)?;
            config.set("group.id", group).set("enable.auto.commit", "false");
            let consumer =
                BaseConsumer::from_config_and_context(&config, context).map_err(|error| refused(&error))?;
            Ok(Native::Consumer(Arc::new(consumer)))
        })
    }

    fn of(settings: &Settings, make: impl FnOnce(Context) -> Result<Native, Error>) -> Result<Self, Error> {
        let health = Arc::new(Health::default());
        let native = make(Context { health: Arc::clone(&health) })?;
        let connection = Self { native, health, stop: Arc::default() };
        connection.listen(tokens(settings))?;
        Ok(connection)
    }

    /// Lends librdkafka's client; it is good as long as `self`.
    pub(crate) fn native(&self) -> *mut rd_kafka_t {
        self.native.as_ptr()
    }

    /// Reads what librdkafka tells until the client is dropped. The thread holds the client and may be the one that frees
    /// it, so that a drop does not wait.
    fn listen(&self, mut tokens: Option<Tokens>) -> Result<(), Error> {
        let (native, stop) = (self.native.clone(), Arc::clone(&self.stop));
        let listen = move || {
            while !stop.load(Ordering::Acquire) {
                if let Some(tokens) = &mut tokens {
                    // SAFETY: this thread holds the client.
                    unsafe { tokens.renew(native.as_ptr()) };
                }
                native.poll();
            }
        };
        let thread = std::thread::Builder::new().name("kafka-events".to_owned()).spawn(listen);
        thread.map(drop).map_err(|error| Error::Invalid { message: format!("no thread: {error}") })
    }
}

impl Native {
    fn as_ptr(&self) -> *mut rd_kafka_t {
        match self {
            Self::Producer(producer) => producer.client().native_ptr(),
            Self::Consumer(consumer) => consumer.client().native_ptr(),
        }
    }

    fn poll(&self) {
        match self {
            Self::Producer(producer) => producer.poll(ROUND),
            Self::Consumer(consumer) => drop(consumer.poll(ROUND)), // errors have gone to the context
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

/// rdkafka's own words have the value of a setting that is refused, which may be a secret.
fn refused(error: &KafkaError) -> Error {
    let message = match error {
        KafkaError::ClientConfig(_, _, key, _) => format!("librdkafka refuses the value of `{key}`"),
        KafkaError::ClientCreation(why) => why.clone(),
        _ => "librdkafka makes no client of these settings".to_owned(),
    };
    Error::Invalid { message }
}

fn tokens(settings: &Settings) -> Option<Tokens> {
    match &settings.login {
        Some(Login::Token(source)) => Some(Tokens::from(Arc::clone(source))),
        Some(Login::Plain { .. } | Login::Scram { .. }) | None => None,
    }
}

fn config(settings: &Settings) -> Result<ClientConfig, Error> {
    if settings.bootstrap.is_empty() {
        return Err(Error::Invalid { message: "no address of a broker is given".to_owned() });
    }
    let mut config = ClientConfig::new();
    let milliseconds =
        |duration: Duration, least: u128| duration.as_millis().clamp(least, 300_000).to_string();
    config
        .set("bootstrap.servers", settings.bootstrap.join(","))
        .set("client.id", "evenkeel")
        .set("security.protocol", protocol(settings))
        // A producer's default is to create what it asks after.
        .set("allow.auto.create.topics", "false")
        .set("enable.metrics.push", "false")
        .set("topic.metadata.refresh.interval.ms", "-1")
        .set("log.connection.close", "false")
        // Where connections are made on demand, as is the default, librdkafka (2.12.1) forgets the pause before the next attempt
        // each time that a waiting request looks for its broker, which it does after each attempt: hundreds in a second. The
        // price is a connection to every broker.
        .set("enable.sparse.connections", "false")
        .set("reconnect.backoff.ms", "100")
        .set("reconnect.backoff.max.ms", "1000")
        .set("socket.timeout.ms", milliseconds(settings.patience, 1_000))
        .set("socket.connection.setup.timeout.ms", milliseconds(settings.patience_to_connect, 1_000))
        // Not for people: connections and what brokers offer are told nowhere else.
        .set("debug", "broker,feature")
        .set_log_level(RDKafkaLogLevel::Debug);
    if let Some(tls) = &settings.tls {
        set_tls(&mut config, tls)?;
    }
    if let Some(login) = &settings.login {
        set_login(&mut config, login);
    }
    Ok(config)
}

fn protocol(settings: &Settings) -> &'static str {
    match (settings.tls.is_some(), settings.login.is_some()) {
        (false, false) => "plaintext",
        (false, true) => "sasl_plaintext",
        (true, false) => "ssl",
        (true, true) => "sasl_ssl",
    }
}

fn set_tls(config: &mut ClientConfig, tls: &Tls) -> Result<(), Error> {
    match &tls.authorities {
        None => {}
        Some(Pem::Text(text)) => _ = config.set("ssl.ca.pem", text),
        Some(Pem::File(path)) => _ = config.set("ssl.ca.location", text_of(path)?),
    }
    let Some(identity) = &tls.identity else { return Ok(()) };
    match &identity.certificate {
        Pem::Text(text) => _ = config.set("ssl.certificate.pem", text),
        Pem::File(path) => _ = config.set("ssl.certificate.location", text_of(path)?),
    }
    match &identity.key {
        Key::Text(text) => _ = config.set("ssl.key.pem", text.reveal()),
        Key::File(path) => _ = config.set("ssl.key.location", text_of(path)?),
    }
    if let Some(password) = &identity.key_password {
        config.set("ssl.key.password", password.reveal());
    }
    Ok(())
}

fn text_of(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| Error::Invalid { message: format!("`{}` is no UTF-8", path.display()) })
}

fn set_login(config: &mut ClientConfig, login: &Login) {
    match login {
        Login::Plain { user, password } => config
            .set("sasl.mechanisms", "PLAIN")
            .set("sasl.username", user)
            .set("sasl.password", password.reveal()),
        Login::Scram { mechanism, user, password } => config
            .set("sasl.mechanisms", mechanism.name())
            .set("sasl.username", user)
            .set("sasl.password", password.reveal()),
        Login::Token(_) => config.set("sasl.mechanisms", "OAUTHBEARER"),
    };
}
