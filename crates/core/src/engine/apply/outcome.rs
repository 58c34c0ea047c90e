//! Takes in how a send ended, and how it goes on with what the target took on.

use super::judge::{Match, expected};
use super::mechanism::Mechanism;
use super::protocol::{Polled, Sent};
use super::settled::Evidence;
use super::track::{At, Conflicted, Poll, TrackId};
use super::{Call, Command, Machine, Stop};
use crate::engine::id::Uid;
use crate::engine::journal::{Accepted, Doing, Expected, Found, Moved, Record, Settled};
use crate::engine::ledger::Remembered;
use crate::engine::question::{Answer, Seen};
use crate::engine::sketch::Sketch;
use crate::engine::step::{Outcome, Receipt};

impl Machine {
    /// Takes in how a send ended.
    pub(super) fn sent(&mut self, sent: Sent) {
        let Some(id) = self.tracks.of_step(&sent.step) else { return };
        let track = self.tracks.get(id);
        if !matches!(track.at, At::Sent) || track.attempt != sent.attempt {
            return;
        }
        match sent.outcome {
            Outcome::Done(receipt) => self.answered_done(id, &receipt, sent.remembered, sent.left),
            Outcome::Accepted(receipt) => self.accepted(id, receipt),
            // Somebody may have changed it since the plan, which says more than a refusal.
            Outcome::Refused(_) if self.as_planned(id).is_some() => self.conflict(id, None),
            Outcome::Refused(why) if sent.attempt == 1 => self.settle(id, Settled::Refused(why)),
            Outcome::Refused(why) => {
                self.tracks.get_mut(id).refused = Some(why);
                self.unknown_now(id);
            }
            Outcome::Stale(seen) => self.conflict(id, seen),
            Outcome::Unknown(why) => {
                self.tracks.get_mut(id).unanswered.again(why);
                let quiet = self.tracks.get(id).quiet;
                let at = if self.has(Mechanism::QuietAlive) { quiet } else { self.now };
                self.move_to(id, At::Unknown(at));
            }
        }
    }

    fn answered_done(
        &mut self,
        id: TrackId,
        receipt: &Receipt,
        remembered: Option<Remembered>,
        left: Option<Sketch>,
    ) {
        let seen = receipt.seen.as_ref().map(|seen| seen.uid.clone());
        let uid = receipt.uid.clone().or(seen).or_else(|| self.expected_uid(id));
        let Some(what) = self.tracks.get(id).what.clone() else { return };
        if uid.is_none() && !matches!(what.doing, Doing::Delete(_)) {
            return self.unknown_now(id);
        }
        self.done(id, &what, uid, Evidence { remembered, left, found: Found::ByAnswer });
    }

    /// Returns the incarnation that a step was to change.
    fn expected_uid(&self, id: TrackId) -> Option<Uid> {
        match &self.tracks.get(id).what.as_ref()?.expects {
            Expected::Seen(sketch) => sketch.uid.clone(),
            Expected::Absent => None,
        }
    }

    fn accepted(&mut self, id: TrackId, receipt: Receipt) {
        let track = self.tracks.get(id);
        self.journal.push_first(Record::Accepted(Box::new(Accepted {
            key: track.key.clone(),
            address: track.address.clone(),
            attempt: track.attempt,
            receipt: receipt.clone(),
        })));
        self.move_to(id, At::Accepting(receipt));
    }

    /// The target found something else than the precondition: read again, once; an earlier attempt is looked for.
    fn conflict(&mut self, id: TrackId, seen: Option<Seen>) {
        let now = self.now;
        let track = self.tracks.get_mut(id);
        let before = track.conflicted;
        track.conflicted = before.again();
        if track.attempt > 1 {
            return self.unknown_now(id);
        }
        if before == Conflicted::Never {
            return self.move_to(id, At::Intended(now));
        }
        let expects = track.what.as_ref().map(|what| what.expects.clone());
        let moved = match (expects, seen) {
            (Some(expects), Some(seen)) => match expected(&expects, &Answer::Seen(seen)) {
                Match::Moved(moved) => moved,
                Match::Same => Moved::Places(Vec::new()),
            },
            (_, _) => Moved::Places(Vec::new()),
        };
        self.stale(id, moved);
    }

    /// Asks the target how accepted steps go.
    pub(super) fn poll_accepted(&mut self) {
        if self.stop == Some(Stop::LockLost) {
            return;
        }
        for id in self.tracks.due(self.now) {
            if let At::Accepted(receipt, Poll::Due(_), why) = self.tracks.get(id).at.clone() {
                let call = self.call(Call::Poll(id));
                let track = self.tracks.get(id);
                let (step, address) = (track.key.step.clone(), track.address.clone());
                self.out.push(Command::Poll(call, step, address, receipt.clone()));
                self.tracks.put(id, At::Accepted(receipt, Poll::Asked, why));
            }
        }
    }

    /// Takes in how an accepted step goes.
    pub(super) fn polled(&mut self, id: TrackId, polled: Polled) {
        let At::Accepted(receipt, Poll::Asked, _) = self.tracks.get(id).at.clone() else { return };
        let again = Poll::Due(self.now + self.config.timing.poll);
        match polled {
            Polled::Running(why) => self.tracks.put(id, At::Accepted(receipt, again, why)),
            Polled::Unreadable(why) => self.tracks.put(id, At::Accepted(receipt, again, why.message)),
            Polled::Done(done) => self.answered_done(id, &done.receipt, done.remembered, None),
            Polled::Failed(why) => self.settle(id, Settled::Refused(why)),
            Polled::Forgotten => {
                let quiet = self.tracks.get(id).quiet;
                self.move_to(id, At::Unknown(quiet));
            }
        }
    }
}
