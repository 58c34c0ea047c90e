//! What librdkafka says beside its answers: who can be reached, what went wrong last, what the brokers offer.
//!
//! A request that cannot be sent is only "timed out" in its answer. The cause is in the log and the error events, which
//! come on a queue of their own; [`Health`] reads them there.

use crate::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A failed attempt to speak to a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) at: Instant,
    pub(crate) error: Error,
}

impl Failure {
    /// Tells whether trying again is of no use: the other side has answered, and said no.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self.error, Error::Untrusted { cause: _ } | Error::Unauthenticated { cause: _ })
    }
}

/// The requests that a broker takes, by their number in Kafka's protocol, with the oldest and the newest version.
pub(crate) type Versions = BTreeMap<i16, (i16, i16)>;

#[derive(Debug, Default)]
struct State {
    connected: BTreeSet<String>,
    failure: Option<Failure>,
    versions: BTreeMap<String, Versions>,
    /// What brokers are telling right now, a line for each request: complete once the connection goes on to its next state.
    telling: BTreeMap<String, Versions>,
}

/// What is known of the connections of one client.
#[derive(Debug, Default)]
pub(crate) struct Health {
    state: Mutex<State>,
    learned: Condvar,
}

impl Health {
    /// Reads a line of librdkafka's log.
    pub(crate) fn read_log(&self, facility: &str, line: &str) {
        match facility {
            "FAIL" => self.read_failure(line),
            "STATE" => self.read_state(line),
            "APIVERSION" => self.read_version(line),
            _ => {}
        }
    }

    /// Reads an error that concerns no request, such as a token that could not be had.
    pub(crate) fn read_error(&self, name: &str, reason: &str) {
        // Names that begin so are librdkafka's own; that all brokers are down is no cause.
        if name.starts_with('_') && name != "_ALL_BROKERS_DOWN" {
            self.failed(kind_of(name, cause_of(reason)));
        }
    }

    /// Forgets what went wrong: something has been answered.
    pub(crate) fn answered(&self) {
        self.locked().failure = None;
    }

    /// Returns what went wrong last, if nothing has been answered since.
    pub(crate) fn last_failure(&self) -> Option<Failure> {
        self.locked().failure.clone()
    }

    /// Returns what stands between us and the brokers *now*: what went wrong after `since`, if nobody is connected. One broker
    /// of many that cannot be trusted keeps no other from answering.
    pub(crate) fn obstacle(&self, since: Instant) -> Option<Failure> {
        let state = self.locked();
        let failure = state.failure.as_ref().filter(|failure| failure.at >= since)?;
        state.connected.is_empty().then(|| failure.clone())
    }

    /// Waits until it is known what the brokers offer, and returns what all of them do.
    pub(crate) fn versions(&self, patience: Duration) -> Option<Versions> {
        let unknown = |state: &mut State| state.versions.is_empty();
        let (state, _) = self
            .learned
            .wait_timeout_while(self.locked(), patience, unknown)
            .unwrap_or_else(PoisonError::into_inner);
        let mut brokers = state.versions.values();
        let first = brokers.next()?.clone();
        Some(brokers.fold(first, common_to))
    }

    fn read_failure(&self, line: &str) {
        // Each failure is told in a line for debugging, which ends in the code's name; a line for people may go with it.
        let Some(name) = line.rfind(" (_").map(|at| &line[at + 2..]) else { return };
        let name = name.split(')').next().unwrap_or_default();
        self.failed(kind_of(name, cause_of(line)));
    }

    fn read_state(&self, line: &str) {
        const CHANGED: &str = ": Broker changed state ";
        const NOBODY: &str = "/internal"; // a thread of librdkafka's own
        let Some((before, change)) = line.split_once(CHANGED) else { return };
        if before.ends_with(NOBODY) {
            return;
        }
        let broker = address(before).to_owned();
        let mut state = self.locked();
        if let Some(told) = state.telling.remove(before) {
            state.versions.insert(broker.clone(), told);
            self.learned.notify_all();
        }
        if change.ends_with("-> UP") {
            state.connected.insert(broker);
        } else {
            state.connected.remove(&broker);
        }
    }

    fn read_version(&self, line: &str) {
        let Some((before, api)) = line.split_once("ApiKey ") else { return };
        let Some((key, range)) = version_of(api) else { return };
        let connection = before.trim_end_matches([' ', ':']).to_owned();
        self.locked().telling.entry(connection).or_default().insert(key, range);
    }

    fn failed(&self, error: Error) {
        self.locked().failure = Some(Failure { at: Instant::now(), error });
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner) // every change is one assignment: none is half done
    }
}

fn kind_of(name: &str, cause: String) -> Error {
    match name {
        "_AUTHENTICATION" => Error::Unauthenticated { cause },
        "_SSL" => Error::Untrusted { cause },
        _ => Error::Unreachable { cause },
    }
}

/// Reads `Name (key) Versions first..last`.
fn version_of(api: &str) -> Option<(i16, (i16, i16))> {
    let (key, versions) = api.split_once('(')?.1.split_once(") Versions ")?;
    let (first, last) = versions.trim().split_once("..")?;
    Some((key.parse().ok()?, (first.parse().ok()?, last.parse().ok()?)))
}

fn common_to(one: Versions, other: &Versions) -> Versions {
    let overlap = |(key, (first, last)): (i16, (i16, i16))| {
        let (other_first, other_last) = other.get(&key)?;
        let both = (first.max(*other_first), last.min(*other_last));
        (both.0 <= both.1).then_some((key, both))
    };
    one.into_iter().filter_map(overlap).collect()
}

/// Returns `host:port` of a name such as `[thrd:app]: sasl_ssl://host:9092/1`: what comes before and after it changes
/// when librdkafka learns which broker it has met.
fn address(name: &str) -> &str {
    let name = name.rsplit(": ").next().unwrap_or(name);
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    name.rsplit_once('/').map_or(name, |(address, _)| address)
}

/// Leaves of a line what it says, and about which address: not which thread noticed, nor after how many milliseconds, nor
/// which of librdkafka's settings may help.
fn cause_of(line: &str) -> String {
    const ENDS: &[&str] = &[", verify that ssl.ca.location ", " (after ", " (_"];
    let line =
        line.strip_prefix("[thrd:").and_then(|rest| rest.split_once("]: ")).map_or(line, |(_, rest)| rest);
    let end = ENDS.iter().find_map(|end| line.rfind(end)).unwrap_or(line.len());
    match line[..end].split_once(": ") {
        Some((broker, what)) if broker.contains('/') => format!("{}: {what}", address(broker)),
        _ => line[..end].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = "[thrd:127.0.0.1:1/bootstrap]: 127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: \
                           Connection refused (after 0ms in state CONNECT) (_TRANSPORT): identical to last error";

    #[test]
    fn a_refused_connection_is_told_in_the_words_of_the_system() {
        let health = Health::default();
        let since = Instant::now();
        let own = "[thrd::0/internal]: :0/internal: Broker changed state TRY_CONNECT -> UP";
        health.read_log("STATE", own);
        health.read_log("FAIL", REFUSED);
        let cause = "127.0.0.1:1: Connect to ipv4#127.0.0.1:1 failed: Connection refused".to_owned();
        assert_eq!(health.obstacle(since).map(|failure| failure.error), Some(Error::Unreachable { cause }));
    }

    #[test]
    fn a_certificate_is_told_without_advice_about_settings_that_are_not_ours() {
        let line = "ssl://localhost:9093/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify \
                    failed: broker certificate could not be verified, verify that ssl.ca.location is correctly \
                    configured or root CA certificates are installed (install ca-certificates package) (after 7ms in \
                    state SSL_HANDSHAKE) (_SSL)";
        let said = "localhost:9093: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker \
                    certificate could not be verified";
        assert_eq!(cause_of(line), said);
    }

    #[test]
    fn a_broker_that_cannot_be_reached_is_no_obstacle_while_another_one_is_connected() {
        let health = Health::default();
        let since = Instant::now();
        health.read_log("STATE", "[thrd:a]: a:9092/bootstrap: Broker changed state APIVERSION_QUERY -> UP");
        health.read_log("FAIL", REFUSED);
        assert_eq!(health.obstacle(since), None);
        health.read_log("FAIL", "[thrd:b]: ssl://b:9092/2: SSL handshake failed: no trust (after 7ms in state SSL_HANDSHAKE) (_SSL)");
        assert_eq!(health.obstacle(since), None);
        health.read_log("STATE", "[thrd:a]: a:9092/1: Broker changed state UP -> DOWN");
        assert!(health.obstacle(since).is_some());
    }

    #[test]
    fn what_went_wrong_before_a_request_does_not_end_it() {
        let health = Health::default();
        health.read_log("FAIL", REFUSED);
        assert_eq!(health.obstacle(Instant::now() + Duration::from_millis(1)), None);
        assert!(health.last_failure().is_some());
        health.answered();
        assert_eq!(health.last_failure(), None);
    }

    #[test]
    fn what_is_offered_is_what_all_brokers_offer() {
        let health = Health::default();
        health.read_log("APIVERSION", "[thrd:a]: a:1/1: Broker API support:");
        assert_eq!(health.versions(Duration::ZERO), None);
        health.read_log("APIVERSION", "[thrd:a]: a:1/1:   ApiKey CreateTopics (19) Versions 0..7");
        health.read_log("APIVERSION", "[thrd:a]: a:1/1:   ApiKey Unknown-75? (75) Versions 0..0");
        health.read_log("STATE", "[thrd:a]: a:1/1: Broker changed state APIVERSION_QUERY -> UP");
        health.read_log("APIVERSION", "[thrd:b]: b:1/2:   ApiKey CreateTopics (19) Versions 2..9");
        health.read_log("STATE", "[thrd:b]: b:1/2: Broker changed state APIVERSION_QUERY -> UP");
        assert_eq!(health.versions(Duration::ZERO), Some(Versions::from([(19, (2, 7))])));
    }

    #[test]
    fn what_a_broker_is_still_telling_is_not_taken_for_all_that_it_offers() {
        let health = Health::default();
        health.read_log("APIVERSION", "[thrd:a]: a:1/1:   ApiKey CreateTopics (19) Versions 0..7");
        assert_eq!(health.versions(Duration::ZERO), None);
        health.read_log("APIVERSION", "[thrd:a]: a:1/1:   ApiKey IncrementalAlterConfigs (44) Versions 0..1");
        health.read_log("STATE", "[thrd:a]: a:1/1: Broker changed state APIVERSION_QUERY -> AUTH_REQ");
        let told = health.versions(Duration::ZERO).expect("it has told all");
        assert!(told.contains_key(&44));
        health.read_log("APIVERSION", "[thrd:a]: a:1/bootstrap:   ApiKey CreateTopics (19) Versions 0..7");
        assert_eq!(health.versions(Duration::ZERO), Some(told));
    }
}
