//! A rehearsal: the plan carried out in a simulated world that starts from what is live. Nothing real is touched.

use super::apply::{ApplyError, Applying};
use super::driver::Observer;
use super::interrupts::Interrupts;
use super::planning::{self, Keep, Planned};
use super::sandbox::Sandbox;
use super::session::{Session, SessionError, StateRead};
use super::writable::Writable;
use crate::clock;
use crate::state::Store;
use evenkeel_core::engine::apply::{End, Head, Snapshot, StoreAnswer, StoreRequest, Tenure};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_world::{Fault, Faults, Hits, Verbs, World};
use std::path::PathBuf;
use std::sync::Arc;

/// What is rehearsed.
pub struct Rehearsal {
    /// The environment, as it is open for real.
    pub session: Session,
    /// Its state, as it was read.
    pub state: StateRead,
    /// The plan, with all that was answered: the world is made of it.
    pub planned: Planned,
    /// The resource whose step is to fail.
    pub fail: Option<ResourceId>,
    /// Seed of the world.
    pub seed: u64,
}

/// How a rehearsal went.
pub struct Rehearsed {
    /// The environment, in the simulated world.
    pub session: Session,
    /// The plan.
    pub planned: Planned,
    /// How carrying it out ended.
    pub end: End,
    /// What would be left to do afterwards.
    pub after: Planned,
}

/// Why there is no rehearsal.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The environment.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The apply cannot begin.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// There is no place for the rehearsal's state.
    #[error("no temporary directory can be made")]
    Place(#[source] std::io::Error),
    /// The ledger cannot be copied to where the rehearsal has its own.
    #[error("the ledger cannot be copied for the rehearsal: {0}")]
    Ledger(String),
}

/// Makes a world of what was seen, and carries the plan out there.
pub async fn rehearse(
    rehearsal: Rehearsal,
    observer: &mut dyn Observer,
) -> Result<Rehearsed, RehearsalError> {
    let Rehearsal { session, state, planned, fail, seed } = rehearsal;
    let mut faults = Faults::none(seed);
    if let Some(address) = fail {
        faults.always(Fault::Forbidden, hits(&address));
    }
    let sandbox = Sandbox::in_memory(World::from_live(&planned.live, seed, clock::now()), faults);
    let place = Place::make().map_err(RehearsalError::Place)?;
    let environment = Writable::rehearsing(session, sandbox, place.0.clone());
    copy_ledger(&environment.store, &state.snapshot).await?;
    let applying =
        Applying { environment: &environment, state: &state, planned: &planned, user: "rehearsal" };
    let end = applying.carry_out(Interrupts::never(), observer).await?;
    let session = &environment.session;
    let afterwards = StateRead { key: state.key, key_from: state.key_from, ..session.read_state().await? };
    let inputs = session.inputs(&afterwards).leading_to(planned.plan.goal.clone());
    let after = planning::make(session, &afterwards, &inputs, Keep::WhatDiffers).await;
    Ok(Rehearsed { session: environment.session, planned, end, after })
}

/// Gives the rehearsal a copy of lock, journal and ledger: what is ours there is ours in the simulated world, too.
async fn copy_ledger(store: &Store, snapshot: &Snapshot) -> Result<(), RehearsalError> {
    let Snapshot { lock, batches, ledger, shards } = snapshot.clone();
    let lock = lock.map(|(head, _)| {
        let new = Head { tenure: Tenure::Released, ..head };
        StoreRequest::SwapLock { expected: None, new }
    });
    let batches = batches.into_iter().map(|(position, bytes)| StoreRequest::Create { position, bytes });
    let shards =
        shards.into_iter().map(|(name, bytes, _)| StoreRequest::WriteShard { name, expected: None, bytes });
    let head = ledger.map(|(bytes, _)| StoreRequest::WriteLedgerHead { expected: None, bytes });
    for request in lock.into_iter().chain(batches).chain(shards).chain(head) {
        match store.handle(request).await {
            StoreAnswer::Done(_) => {}
            StoreAnswer::NoAnswer(why) | StoreAnswer::Refused(why) => {
                return Err(RehearsalError::Ledger(why.message));
            }
            other => return Err(RehearsalError::Ledger(format!("the copy is not new: {other:?}"))),
        }
    }
    Ok(())
}

fn hits(address: &ResourceId) -> Hits {
    Hits {
        verbs: Verbs::Writes,
        kind: Some(address.kind.clone()),
        namespace: address.namespace.clone(),
        name: Some(Arc::clone(&address.name)),
    }
}

/// A directory that is gone when the rehearsal is over.
struct Place(PathBuf);

impl Place {
    fn make() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("evenkeel-rehearsal-{}", crate::random::name()?));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _left_behind = std::fs::remove_dir_all(&self.0);
    }
}
