//! Getting the lock: the head by compare-and-set, seals on every older epoch, `Open`, and only then the reading.

use super::close::Closing;
use super::lease::Hold;
use super::mechanism::Mechanism;
use super::protocol::{Elapsed, Head, Snapshot, StoreAnswer, StoreRequest, Tenure, Version};
use super::setup::Damage;
use super::writer::Written;
use super::{Call, EndReason, Machine, Notice, Phase};
use crate::engine::journal::{Epoch, Garbled, Position, Record};
use crate::engine::ledger::LedgerHead;
use crate::engine::question::{Trouble, Why};
use std::collections::VecDeque;

/// How far acquiring is.
#[derive(Clone, Debug)]
pub(super) enum Acquiring {
    /// Watching the lock until it may be taken.
    Looking,
    /// Reading everything, to take the lock with the right epoch.
    Surveying,
    /// Swapping the lock, by a request sent then.
    Swapping(Head, Elapsed),
    /// Reading everything again, for what must be sealed.
    Listing,
    /// Sealing these, one after the other; those are sealed.
    Sealing(VecDeque<Position>, Vec<Position>),
    /// Reading the ledger's head again: has it reached one of these seals?
    SecondLook(Vec<Position>),
    /// Creating `Open`.
    Opening,
    /// Reading ledger and journal, now.
    Reading,
}

/// What is remembered while the lock is watched.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    /// The version that is watched, since then on our own clock.
    unchanged: Option<(Version, Elapsed)>,
    /// The first swap that we sent and whose landing we do not know.
    swapped: Option<Elapsed>,
    /// Our epoch turned out to be taken: a higher one is needed.
    burned: Option<Epoch>,
    /// The lock was missing or broken when we took it.
    broken: bool,
    /// When the next request is due.
    due: Option<Elapsed>,
    /// When the seals were done.
    pub(super) sealed: Elapsed,
}

/// What the lock's state allows.
enum Chance {
    Take,
    Ours(Head, Version, Elapsed),
    Wait(Elapsed),
    GiveUp(Head),
}

impl Machine {
    /// Issues the request that the acquiring is at.
    pub(super) fn acquire(&mut self) {
        self.watched.due = None;
        let Phase::Acquiring(stage) = &self.phase else { return };
        let request = match stage {
            Acquiring::Looking | Acquiring::Swapping(..) => StoreRequest::ReadLock,
            Acquiring::Surveying | Acquiring::Listing | Acquiring::Reading => StoreRequest::ReadAll,
            Acquiring::SecondLook(_) => StoreRequest::ReadLedgerHead,
            Acquiring::Sealing(..) | Acquiring::Opening => return,
        };
        self.store(Call::Acquire, request);
    }

    pub(super) fn acquire_if_due(&mut self) {
        if self.watched.due.is_some_and(|due| due <= self.now) {
            self.acquire();
        }
    }

    fn at_stage(&mut self, stage: Acquiring) {
        self.phase = Phase::Acquiring(stage);
        self.acquire();
    }

    /// Takes the answer to a request of the acquiring.
    pub(super) fn acquire_answered(&mut self, answer: StoreAnswer) {
        let Phase::Acquiring(stage) = self.phase.clone() else { return };
        match (stage, answer) {
            // A store that says no will say no again.
            (_, StoreAnswer::Refused(why)) => self.withdraw_with(EndReason::StoreUnusable(why)),
            (_, StoreAnswer::NoAnswer(_)) => {
                self.watched.due = Some(self.now + self.config.timing.retry);
            }
            (Acquiring::Looking | Acquiring::Swapping(..), StoreAnswer::Lock(lock)) => self.look(lock),
            (Acquiring::Surveying, StoreAnswer::All(all)) => self.surveyed(&all),
            (Acquiring::Swapping(head, sent), StoreAnswer::Done(version)) => {
                self.swapped(&head, version, sent);
            }
            (Acquiring::Swapping(..), _) => self.at_stage(Acquiring::Looking),
            (Acquiring::Listing, StoreAnswer::All(all)) => self.listed(&all),
            (Acquiring::SecondLook(seals), StoreAnswer::LedgerHead(head)) => {
                self.second_look(&seals, head.as_ref().map(|(bytes, _)| &**bytes));
            }
            (Acquiring::Reading, StoreAnswer::All(all)) => match self.book_of(&all) {
                Ok(book) => self.begin(book),
                Err(garbled) => self.garbled(&garbled),
            },
            (_, _) => self.watched.due = Some(self.now + self.config.timing.retry),
        }
    }

    fn garbled(&mut self, garbled: &Garbled) {
        let why = Why { trouble: Trouble::Garbled, message: garbled.to_string() };
        self.withdraw_with(EndReason::StoreUnusable(why));
    }

    /// Ends a run that has begun nothing. If it has the lock already, it gives it back, so that nobody waits for it;
    /// not where the lock was broken, as its last holder may not have noticed: there it runs out.
    pub(super) fn withdraw_with(&mut self, reason: EndReason) {
        if self.lease.hold != Hold::Held || self.watched.broken {
            return self.finish(reason);
        }
        self.watched.due = None;
        self.journal.abandon();
        self.phase = Phase::Closing(Closing::Withdrawing(Box::new(reason)));
    }

    fn look(&mut self, lock: Option<(Head, Version)>) {
        match self.chance(lock) {
            Chance::Take => self.at_stage(Acquiring::Surveying),
            Chance::Ours(head, version, sent) => self.swapped(&head, Some(version), sent),
            Chance::Wait(until) => {
                self.phase = Phase::Acquiring(Acquiring::Looking);
                self.watched.due = Some(until);
            }
            Chance::GiveUp(head) => self.finish(EndReason::LockHeld(head)),
        }
    }

    /// Decides what the lock allows; others' times are never compared with ours, only whether it changed.
    fn chance(&mut self, lock: Option<(Head, Version)>) -> Chance {
        let Some((head, version)) = lock else { return Chance::Take };
        if head.tenure != Tenure::Held {
            return Chance::Take;
        }
        if head.holder.nonce == self.config.holder.nonce {
            let sent = self.watched.swapped.unwrap_or_default();
            let burned = self.watched.burned.is_some_and(|burned| head.epoch <= burned);
            return if burned { Chance::Take } else { Chance::Ours(head, version, sent) };
        }
        let timing = &self.config.timing;
        match &self.watched.unchanged {
            Some((watched, since)) if *watched == version => {
                let free = *since + timing.lease;
                if self.now >= free { Chance::Take } else { Chance::Wait(free.min(self.now + timing.poll)) }
            }
            Some(_) if self.now >= timing.lock_patience => Chance::GiveUp(head),
            Some(_) | None => {
                if self.watched.unchanged.is_none() {
                    self.tell(Notice::LockHeld(head.holder));
                }
                self.watched.unchanged = Some((version, self.now));
                Chance::Wait(self.now + self.config.timing.poll)
            }
        }
    }

    /// Swaps the lock to us if it still may be taken.
    fn surveyed(&mut self, all: &Snapshot) {
        match self.chance(all.lock.clone()) {
            Chance::Take => {}
            Chance::Ours(..) | Chance::Wait(_) | Chance::GiveUp(_) => return self.look(all.lock.clone()),
        }
        let book = match self.book_of(all) {
            Ok(book) => book,
            Err(garbled) => return self.garbled(&garbled),
        };
        let before = all.lock.as_ref().map(|(head, _)| head);
        let epoch = before.map_or(Epoch(0), |head| head.epoch).max(book.highest_epoch());
        self.lease.epoch = epoch.max(self.watched.burned.unwrap_or_default()).next();
        let renewal = before.map_or(0, |head| head.renewal) + 1;
        self.watched.broken |= match before {
            // Nobody can have started anything where there never was an `Open`.
            None => book.highest_epoch() > Epoch(0),
            Some(head) => matches!(head.tenure, Tenure::Broken { .. }) || self.watched.burned.is_some(),
        };
        self.watched.swapped = Some(self.watched.swapped.unwrap_or(self.now));
        let new = self.head(Tenure::Held, renewal);
        let expected = all.lock.as_ref().map(|(_, version)| version.clone());
        self.phase = Phase::Acquiring(Acquiring::Swapping(new.clone(), self.now));
        self.store(Call::Acquire, StoreRequest::SwapLock { expected, new });
    }

    fn swapped(&mut self, head: &Head, version: Option<Version>, sent: Elapsed) {
        self.watched.swapped = None;
        self.lease.take(head, version, sent);
        self.at_stage(Acquiring::Listing);
    }

    /// Finds the epochs that must be sealed, and seals them.
    fn listed(&mut self, all: &Snapshot) {
        match self.book_of(all) {
            Ok(book) => {
                let below = self.lease.epoch;
                let seals = if self.has(Mechanism::Seals) { book.unsealed(below) } else { Vec::new() };
                self.seal_next(seals.into(), Vec::new());
            }
            Err(garbled) => self.garbled(&garbled),
        }
    }

    fn seal_next(&mut self, mut left: VecDeque<Position>, mut done: Vec<Position>) {
        if let Some(position) = left.pop_front() {
            self.journal.write_at(position, Record::Seal, self.now);
            done.push(position);
            self.phase = Phase::Acquiring(Acquiring::Sealing(left, done));
        } else if self.has(Mechanism::SecondLook) && !done.is_empty() {
            self.at_stage(Acquiring::SecondLook(done));
        } else {
            self.open();
        }
    }

    /// A seal that the ledger has reached meanwhile stands where a batch stood that is truncated: it seals nothing.
    fn second_look(&mut self, seals: &[Position], head: Option<&[u8]>) {
        let folded = match head.map(LedgerHead::from_bytes).transpose() {
            Ok(head) => head.unwrap_or_default().folded,
            // It is about to be written anew, and nobody but the holder writes it.
            Err(_garbled) if self.damage == Damage::TakenOver => Position::default(),
            Err(garbled) => return self.garbled(&garbled),
        };
        if seals.iter().any(|seal| *seal <= folded) {
            self.at_stage(Acquiring::Listing);
        } else {
            self.open();
        }
    }

    fn open(&mut self) {
        self.watched.sealed = self.now;
        let broken = self.watched.broken && self.has(Mechanism::BreakWait);
        let timing = &self.config.timing;
        let drift =
            if self.has(Mechanism::ClockDifference) { timing.drift } else { std::time::Duration::ZERO };
        self.lease.not_before = if broken { self.now + timing.lease + drift } else { self.now };
        let record = Record::Open { holder: self.config.holder.clone() };
        self.journal.write_at(Position::first(self.lease.epoch), record, self.now);
        self.phase = Phase::Acquiring(Acquiring::Opening);
    }

    /// Takes note of what became of a seal or of `Open`.
    pub(super) fn acquire_written(&mut self, written: &Written) {
        let Phase::Acquiring(stage) = self.phase.clone() else { return };
        match (stage, written) {
            (Acquiring::Sealing(left, done), Written::Yes(..)) => self.seal_next(left, done),
            (Acquiring::Sealing(..), Written::Taken) => self.at_stage(Acquiring::Listing),
            (Acquiring::Opening, Written::Yes(..)) => self.at_stage(Acquiring::Reading),
            (Acquiring::Opening, Written::Taken) => {
                self.watched.burned = Some(self.lease.epoch);
                self.watched.unchanged = None;
                self.lease.hold = Hold::Never;
                self.at_stage(Acquiring::Looking);
            }
            (
                Acquiring::Looking
                | Acquiring::Surveying
                | Acquiring::Swapping(..)
                | Acquiring::Listing
                | Acquiring::SecondLook(_)
                | Acquiring::Reading,
                _,
            ) => {}
        }
    }

    pub(super) fn acquire_wake(&self) -> Option<Elapsed> {
        self.watched.due
    }
}
