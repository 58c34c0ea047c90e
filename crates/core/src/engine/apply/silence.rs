//! What the state store does not do, since when and why: nothing new starts meanwhile, and after a while the run ends.
//!
//! The lock may be renewed all the while that nothing can be written to the journal, so each sort of request counts by
//! itself.

use super::close::Closing;
use super::protocol::{Elapsed, StoreAnswer};
use super::{Call, EndReason, Machine, Notice, Phase, Stop};
use crate::engine::question::Why;
use std::collections::BTreeMap;

/// What the store is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Lock,
    Lease,
    Journal,
    Suspension,
}

impl Need {
    /// Returns what a request was needed for; a checkpoint may fail, and giving the lock back as well.
    fn of(call: Call) -> Option<Self> {
        match call {
            Call::Acquire => Some(Self::Lock),
            Call::Lease => Some(Self::Lease),
            Call::Journal => Some(Self::Journal),
            Call::Suspension => Some(Self::Suspension),
            Call::Checkpoint(_) | Call::Release | Call::Ask(_) | Call::Poll(_) => None,
        }
    }
}

/// What an answer says about the store itself.
pub(super) enum Heard {
    Yes,
    NoAnswer(Why),
    Refused(Why),
}

impl Heard {
    pub(super) fn of(answer: &StoreAnswer) -> Self {
        match answer {
            StoreAnswer::NoAnswer(why) => Self::NoAnswer(why.clone()),
            StoreAnswer::Refused(why) => Self::Refused(why.clone()),
            StoreAnswer::All(_)
            | StoreAnswer::Lock(_)
            | StoreAnswer::Batch(_)
            | StoreAnswer::LedgerHead(_)
            | StoreAnswer::Suspended(_)
            | StoreAnswer::Done(_)
            | StoreAnswer::Conflict
            | StoreAnswer::Exists(_) => Self::Yes,
        }
    }
}

/// What does not work, each since when and why the last time.
#[derive(Clone, Debug, Default)]
pub(super) struct Silences(BTreeMap<Need, (Elapsed, Why)>);

impl Silences {
    /// Takes note that something works.
    pub(super) fn over(&mut self, need: Need) {
        self.0.remove(&need);
    }

    fn has(&self, need: Need) -> bool {
        self.0.contains_key(&need)
    }

    /// Returns what has not worked for the longest.
    fn longest(&self) -> Option<&(Elapsed, Why)> {
        self.0.values().min_by_key(|(since, _)| *since)
    }

    /// Returns since when something does not work.
    pub(super) fn since(&self) -> Option<Elapsed> {
        self.longest().map(|(since, _)| *since)
    }
}

impl Machine {
    /// Takes note of whether the store does what it was asked; the user is told once.
    pub(super) fn listen(&mut self, call: Call, heard: Heard) {
        let Some(need) = Need::of(call).filter(|_| !self.is_giving_up()) else { return };
        match heard {
            Heard::NoAnswer(why) => self.missed(need, why, Notice::StoreSilent),
            Heard::Refused(why) => self.missed(need, why, Notice::StoreRefuses),
            // A look at what became of a batch says nothing yet: the writer knows when it is written.
            Heard::Yes if need == Need::Journal => {}
            Heard::Yes => self.silences.over(need),
        }
    }

    fn missed(&mut self, need: Need, why: Why, notice: fn(Why) -> Notice) {
        if self.silences.0.is_empty() {
            self.tell(notice(why.clone()));
        }
        let since = self.silences.0.get(&need).map_or(self.now, |(since, _)| *since);
        self.silences.0.insert(need, (since, why));
    }

    fn is_giving_up(&self) -> bool {
        match &self.phase {
            Phase::Over | Phase::Closing(Closing::Withdrawing(_) | Closing::Releasing(_)) => true,
            Phase::Idle
            | Phase::Acquiring(_)
            | Phase::Running
            | Phase::Closing(Closing::Flushing | Closing::Checkpointing) => false,
        }
    }

    /// Forgets what nobody waits for any more: it would end a run that goes on without it, for another reason than its own.
    ///
    /// A run that lost its lock still waits for its last records.
    pub(super) fn forget_needs(&mut self) {
        let is_lost = self.stop == Some(Stop::LockLost);
        if is_lost {
            self.silences.over(Need::Lock);
            self.silences.over(Need::Lease);
        }
        if self.silences.has(Need::Suspension) && (is_lost || !self.is_look_needed()) {
            self.silences.over(Need::Suspension);
        }
    }

    /// Ends the run, with what the store said last, once it has not worked for too long.
    pub(super) fn give_up_if_silent(&mut self) {
        let patience = self.config.timing.patience;
        let Some((since, why)) = self.silences.longest() else { return };
        if *since + patience > self.now {
            return;
        }
        let reason = if self.stop == Some(Stop::LockLost) {
            EndReason::LockLost
        } else {
            let message = format!("{}; it was tried for {} s", why.message, patience.as_secs());
            EndReason::StoreUnusable(Why { trouble: why.trouble, message })
        };
        self.finish(reason);
    }
}
