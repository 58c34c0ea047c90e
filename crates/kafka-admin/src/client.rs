//! The client: one request at a time, one answer or its error, and the cause where none comes.

use crate::connection::Connection;
use crate::error::Failed;
use crate::health::{Failure, Health, Versions};
use crate::native::{Answer, ErrorIs, Intent, Owned, Request, next};
use crate::{Capabilities, Code, Error, Settings};
use rdkafka_sys::bindings as sys;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use sys::{rd_kafka_AdminOptions_t, rd_kafka_admin_op_t, rd_kafka_queue_t, rd_kafka_t};

/// What each of several things that were asked for came to, by name.
pub type Each<T> = BTreeMap<String, Result<T, Error>>;

/// Whether a write is carried out, or only checked by the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is carried out.
    Commit,
    /// The broker says what it would answer, and changes nothing.
    ValidateOnly,
}

/// Whether a description shall say what we may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// It shall.
    Ask,
    /// It need not: cheaper for the broker.
    Skip,
}

/// A cluster's administrator. Clones share their connections; all of them may be used at once.
///
/// Every call blocks, for [`Settings::patience`] at the most. In async code each one belongs in a thread for blocking work
/// (`tokio::task::spawn_blocking`) with a clone of the client: if the future is dropped there, the request goes on to its
/// end and its answer is thrown away; client and other requests are not touched.
#[derive(Clone)]
pub struct Client {
    connection: Arc<Connection>,
    settings: Arc<Settings>,
}

impl Client {
    /// Makes a client. It connects with the first request.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let connection = Arc::new(Connection::new(settings)?);
        Ok(Self { connection, settings: Arc::new(settings.clone()) })
    }

    /// Makes another client for the offsets of one group.
    pub(crate) fn of_group(&self, group: &str) -> Result<Self, Error> {
        let connection = Arc::new(Connection::of_group(&self.settings, group)?);
        Ok(Self { connection, settings: Arc::clone(&self.settings) })
    }

    /// Returns which requests the brokers take, and in which versions: those that *all* brokers met so far take.
    pub fn capabilities(&self) -> Result<Capabilities, Error> {
        let mut told: Option<Versions> = self.connection.health.versions(Duration::ZERO);
        if told.is_none() {
            self.describe_cluster(Rights::Skip)?;
            told = self.connection.health.versions(Duration::from_secs(2));
        }
        told.map(Capabilities::new).ok_or_else(|| Error::Unsupported {
            message: "the broker does not say what it offers".to_owned(),
        })
    }

    /// Refuses brokers that are known not to take a request; those that say nothing are found out by asking.
    pub fn require(&self, request: i16, name: &str) -> Result<(), Error> {
        match self.capabilities() {
            Ok(offers) if !offers.has(request) => {
                Err(Error::Unsupported { message: format!("the brokers do not take {name}") })
            }
            Ok(_) | Err(Error::Unsupported { message: _ }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn native(&self) -> *mut rd_kafka_t {
        self.connection.native()
    }

    pub(crate) fn patience(&self) -> Duration {
        self.settings.patience
    }

    pub(crate) fn health(&self) -> &Health {
        &self.connection.health
    }

    pub(crate) fn request(&self, operation: rd_kafka_admin_op_t, intent: Intent) -> Result<Request, Error> {
        // SAFETY: the client lives as long as `self`.
        unsafe { Request::new(self.native(), operation, intent, self.patience()) }
    }

    /// Sends a request and waits for its answer. A read is sent again if the connection breaks under it: the client learns
    /// that a broker is gone by speaking to it.
    pub(crate) fn ask(
        &self,
        request: &Request,
        mut send: impl FnMut(*mut rd_kafka_t, *const rd_kafka_AdminOptions_t, *mut rd_kafka_queue_t),
    ) -> Result<Answer, Error> {
        let since = Instant::now();
        loop {
            let answer = self.ask_once(request, &mut send)?;
            match answer.checked(request.error_is) {
                Ok(answer) => {
                    self.health().answered();
                    return Ok(answer);
                }
                Err(failed)
                    if failed.is_a_broken_connection()
                        && request.intent == Intent::Read
                        && since.elapsed() < self.settings.patience_to_connect => {}
                Err(failed) => return Err(self.explain(failed)),
            }
        }
    }

    /// Each request has a queue of its own: nobody else's answer can come on it, and if we stop waiting, librdkafka throws
    /// away what comes later.
    fn ask_once(
        &self,
        request: &Request,
        send: &mut impl FnMut(*mut rd_kafka_t, *const rd_kafka_AdminOptions_t, *mut rd_kafka_queue_t),
    ) -> Result<Answer, Error> {
        // SAFETY: the client lives as long as `self`; the queue is ours, and freed by `Owned`.
        let queue = unsafe {
            Owned::new(sys::rd_kafka_queue_new(self.native()), || "librdkafka makes no queue".to_owned())?
        };
        send(self.native(), request.options(), queue.as_ptr());
        let answer = self.wait(&queue, request, Instant::now());
        if answer.is_err() && request.error_is == ErrorIs::Dangling {
            std::mem::forget(queue); // what comes on it would be freed with it
        }
        answer
    }

    /// Waits for an answer; librdkafka gives one in any case, when the time is over. A read need not wait for that once it
    /// is known that nobody can be reached. A write does: only librdkafka knows whether it was sent.
    fn wait(
        &self,
        queue: &Owned<rd_kafka_queue_t>,
        request: &Request,
        since: Instant,
    ) -> Result<Answer, Error> {
        const ROUND: Duration = Duration::from_millis(50);
        let may_give_up = request.intent == Intent::Read && request.error_is == ErrorIs::Owned;
        let end = since + self.patience() + Duration::from_secs(5);
        loop {
            if let Some(answer) = next(queue, ROUND) {
                return Ok(answer);
            }
            if may_give_up && let Some(failure) = self.hopeless(since) {
                return Err(failure.error);
            }
            if Instant::now() >= end {
                let cause = "librdkafka gives no answer".to_owned();
                return Err(Error::NoAnswer { cause });
            }
        }
    }

    /// Returns why there is no use in waiting any longer.
    fn hopeless(&self, since: Instant) -> Option<Failure> {
        let failure = self.health().obstacle(since)?;
        (failure.is_final() || since.elapsed() >= self.settings.patience_to_connect).then_some(failure)
    }

    /// Names the cause behind a request that ran out of time.
    pub(crate) fn explain(&self, failed: Failed) -> Error {
        let error = Error::from(failed);
        let cause = self.health().last_failure().map(|failure| failure.error);
        match (&error, cause) {
            // It was not sent: what kept us from it is the whole truth.
            (Error::NotReady { cause: _ }, Some(cause)) => cause,
            // It may have been sent: the cause is told, and that the end is open stays.
            (Error::NoAnswer { cause: waited }, Some(cause)) => {
                Error::NoAnswer { cause: format!("{waited}; {cause}") }
            }
            _ => {
                if error.code().is_some_and(|code| code != Code(-1)) {
                    self.health().answered();
                }
                error
            }
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Client").finish_non_exhaustive()
    }
}
