//! Removes the state of an environment that nothing is left of: under the lock, and readable at every moment.

use super::apply::ApplyError;
use super::writable::Writable;
use crate::clock::{self, Clock};
use crate::state::StateError;
use evenkeel_core::engine::apply::{Head, Snapshot, StoreAnswer, StoreRequest, Tenure, Version};
use evenkeel_core::engine::journal::{Epoch, Holder, Nonce};
use evenkeel_core::engine::ledger::Retirement;
use std::sync::Arc;

/// What became of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retired {
    /// It is gone.
    Removed,
    /// There was none.
    Never,
    /// It is still about something.
    InUse,
    /// Somebody has the lock.
    Busy,
    /// The lock would have run out before it was gone: the rest is left for another time.
    Late,
}

/// Removes the state, if it is about nothing any more.
pub async fn retire(environment: &Writable, user: &str) -> Result<Retired, ApplyError> {
    let read = || async { environment.store.reader().read_all().await.map_err(ApplyError::State) };
    let mut snapshot = read().await?;
    if Retirement::is_locked(&snapshot) {
        // A process that was killed here leaves the lock held: whoever renews it lives.
        tokio::time::sleep(environment.session.specs.desired.limits.lease).await;
        let later = read().await?;
        if later.lock != snapshot.lock {
            return Ok(Retired::Busy);
        }
        snapshot = later;
    }
    let (batches, head) = match Retirement::of(&snapshot) {
        Retirement::Nothing => return Ok(Retired::Never),
        Retirement::InUse => return Ok(Retired::InUse),
        Retirement::Ready { batches, head } => (batches, head),
    };
    let started = Clock::start();
    let Some(lock) = lock(environment, &snapshot, user).await? else { return Ok(Retired::Busy) };
    let lease = environment.session.specs.desired.limits.lease;
    let in_time = || started.elapsed() < lease * 2 / 3;
    let removed = environment.store.remove_all(batches, (&snapshot, lock), (head, &in_time)).await;
    Ok(if removed.map_err(ApplyError::State)? { Retired::Removed } else { Retired::Late })
}

/// Takes the lock in a new epoch, if it is as it was read.
async fn lock(
    environment: &Writable,
    snapshot: &Snapshot,
    user: &str,
) -> Result<Option<Version>, ApplyError> {
    let epoch = snapshot.lock.as_ref().map_or(Epoch(1), |(head, _)| head.epoch.next());
    let nonce = crate::random::name().map_err(ApplyError::Random)?;
    let holder = Holder { name: Arc::from(user), nonce: Nonce::new(nonce) };
    let new = Head { epoch, holder, tenure: Tenure::Held, renewal: 0, renewed: Some(clock::now()) };
    let expected = snapshot.lock.as_ref().map(|(_, version)| version.clone());
    match environment.store.handle(StoreRequest::SwapLock { expected, new }).await {
        StoreAnswer::Done(version) => Ok(version),
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
