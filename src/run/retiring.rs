//! Empties the state of an environment that nothing is left of: under the lock, and readable at every moment.

use super::apply::ApplyError;
use super::writable::Writable;
use crate::clock::{self, Clock};
use crate::state::{Emptied, Rest, StateError};
use evenkeel_core::engine::apply::{Head, Snapshot, StoreAnswer, StoreRequest, Suspension, Tenure, Version};
use evenkeel_core::engine::journal::{Epoch, Holder, Nonce};
use evenkeel_core::engine::ledger::Retirement;
use std::sync::Arc;

/// What became of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retired {
    /// Nothing is left but the lock and the ledger's head, and nothing is in them.
    Emptied,
    /// The same, but for the key for digests, which these credentials may not delete.
    EmptiedButForTheKey,
    /// There was nothing in it.
    Never,
    /// It is still about something.
    InUse,
    /// The environment is suspended.
    Suspended(Suspension),
    /// Somebody has the lock, or wrote meanwhile.
    Busy,
    /// The lock would have run out before it was done: the rest is left for another time.
    Late,
}

/// Empties the state, if it is about nothing any more.
pub async fn retire(environment: &Writable, user: &str) -> Result<Retired, ApplyError> {
    let Some(snapshot) = unlocked(environment).await? else { return Ok(Retired::Busy) };
    let key = environment.store.key_version().await.map_err(ApplyError::State)?;
    let (batches, head) = match Retirement::of(&snapshot, key.as_ref()) {
        Retirement::Nothing => return Ok(Retired::Never),
        Retirement::InUse => return Ok(Retired::InUse),
        Retirement::Ready { head, batches } => (batches, head),
    };
    let started = Clock::start();
    let Some(lock) = Lock::take(environment, &snapshot, user).await? else { return Ok(Retired::Busy) };
    let lease = environment.session.specs.desired.limits.lease;
    let in_time = || started.elapsed() < lease * 2 / 3;
    let retired = match environment.store.reader().read_suspension().await {
        Ok(Some(suspension)) => Ok(Retired::Suspended(suspension)),
        Ok(None) => {
            let rest = Rest { snapshot: &snapshot, key, head };
            environment.store.empty(batches, rest, &in_time).await.map(|emptied| match emptied {
                Emptied::Done => Retired::Emptied,
                Emptied::ButForTheKey => Retired::EmptiedButForTheKey,
                Emptied::Late => Retired::Late,
                Emptied::Written => Retired::Busy,
            })
        }
        Err(error) => Err(error),
    };
    lock.release(environment).await;
    retired.map_err(ApplyError::State)
}

/// Reads the state once nobody renews the lock; nothing if somebody does.
async fn unlocked(environment: &Writable) -> Result<Option<Snapshot>, ApplyError> {
    let read = || async { environment.store.reader().read_all().await.map_err(ApplyError::State) };
    let snapshot = read().await?;
    if !Retirement::is_locked(&snapshot) {
        return Ok(Some(snapshot));
    }
    // A process that was killed here leaves the lock held: whoever renews it lives.
    tokio::time::sleep(environment.session.specs.desired.limits.lease).await;
    let later = read().await?;
    Ok((later.lock == snapshot.lock).then_some(later))
}

/// The lock, in an epoch of our own.
struct Lock {
    head: Head,
    version: Version,
}

impl Lock {
    /// Takes the lock in a new epoch, if it is as it was read.
    async fn take(
        environment: &Writable,
        snapshot: &Snapshot,
        user: &str,
    ) -> Result<Option<Self>, ApplyError> {
        let epoch = snapshot.lock.as_ref().map_or(Epoch(1), |(head, _)| head.epoch.next());
        let nonce = crate::random::name().map_err(ApplyError::Random)?;
        let holder = Holder { name: Arc::from(user), nonce: Nonce::new(nonce) };
        let head = Head { epoch, holder, tenure: Tenure::Held, renewal: 0, renewed: Some(clock::now()) };
        let expected = snapshot.lock.as_ref().map(|(_, version)| version.clone());
        match environment.store.handle(StoreRequest::SwapLock { expected, new: head.clone() }).await {
            StoreAnswer::Done(version) => Ok(version.map(|version| Self { head, version })),
            StoreAnswer::NoAnswer(why) => Err(ApplyError::State(StateError::NoAnswer(why))),
            StoreAnswer::Refused(why) => Err(ApplyError::State(StateError::Refused(why))),
            StoreAnswer::All(_)
            | StoreAnswer::Lock(_)
            | StoreAnswer::Batch(_)
            | StoreAnswer::LedgerHead(_)
            | StoreAnswer::Suspended(_)
            | StoreAnswer::Conflict
            | StoreAnswer::Exists(_) => Ok(None),
        }
    }

    /// Gives the lock back. Whoever comes next waits for its time to run out if that does not arrive.
    async fn release(self, environment: &Writable) {
        let Self { head, version } = self;
        let new = Head { tenure: Tenure::Released, renewal: 1, ..head };
        let _released =
            environment.store.handle(StoreRequest::SwapLock { expected: Some(version), new }).await;
    }
}
