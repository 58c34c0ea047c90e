//! Ends a run: `End` into the journal, the ledger written, the lock given back unless something is in flight.

use super::begin::Course;
use super::progress::{End, EndReason, StepEnd};
use super::protocol::{Command, StoreRequest, Tenure};
use super::track::{At, From, Track, TrackId};
use super::{Call, Ended, Job, Machine, NotStarted, Phase, Stop, reason_of};
use crate::engine::id::StepId;
use crate::engine::journal::EndedWhy;

/// How far closing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// The last records are on their way into the journal.
    Flushing,
    /// The ledger is being written.
    Checkpointing,
    /// Nothing was begun, for this reason: the lock goes back as soon as no renewal of it is under way.
    Withdrawing(Box<EndReason>),
    /// The lock is being given back; the run ends with this.
    Releasing(Box<EndReason>),
}

impl Machine {
    /// Ends the run once nothing is left to do or to wait for.
    pub(super) fn close_if_through(&mut self) {
        let waits = !self.clearing.is_empty();
        if waits || self.tracks.iter_active().any(|track| self.is_awaited(track)) {
            return;
        }
        self.end_the_rest();
        for record in std::mem::take(&mut self.delayed) {
            self.journal.push(record);
        }
        if self.stop != Some(Stop::LockLost) {
            match self.course.clone() {
                Course::CloseEarlier(apply, why) => self.end_apply(apply, why),
                Course::Plan => {
                    if let Some(apply) = self.tracks.apply.clone() {
                        let why = self.ended_why();
                        self.end_apply(apply, why);
                    }
                }
                Course::Settle | Course::Clear => {}
            }
        }
        self.phase = Phase::Closing(Closing::Flushing);
    }

    /// Tells whether a step must be waited for before the run may end.
    fn is_awaited(&self, track: &Track) -> bool {
        match (&self.stop, &track.at) {
            (None, _) => true,
            (Some(Stop::LockLost), at) => matches!(at, At::Sent),
            (Some(Stop::Interrupted | Stop::Suspended(_) | Stop::OutsideWindow(_) | Stop::Defect(_)), _) => {
                track.is_begun()
            }
        }
    }

    /// Gives every step that is not over its end: first those that were begun, as others need them.
    fn end_the_rest(&mut self) {
        for id in self.tracks.active() {
            if self.tracks.get(id).is_begun() {
                self.move_to(id, At::Ended(Ended::LeftOpen(None)));
                self.block_dependants(id);
            }
        }
        let rest = self.tracks.iter().filter(|(_, track)| !matches!(track.at, At::Ended(_)));
        let rest: Vec<TrackId> = rest.map(|(id, _)| id).collect();
        for id in rest {
            self.move_to(id, At::Ended(Ended::NotStarted(NotStarted::Stopped)));
        }
    }

    /// Returns the step that is to blame for this one not starting; whoever is blocked knows who blocked it.
    pub(super) fn culprit(&self, id: TrackId) -> Option<StepId> {
        let step = self.tracks.get(id).step.as_ref()?;
        let in_plan = step.after.iter().filter_map(|needed| self.tracks.of_step(needed)).find_map(|needed| {
            let At::Ended(ended) = &self.tracks.get(needed).at else { return None };
            match ended {
                Ended::NotStarted(NotStarted::Blocked { culprit }) => Some(culprit.clone()),
                Ended::NotStarted(NotStarted::Stopped) | Ended::Done(_) | Ended::DoneBefore => None,
                Ended::NotStarted(NotStarted::AddressHeld(_) | NotStarted::ApprovalEnded(_))
                | Ended::Refused(_)
                | Ended::Stale(..)
                | Ended::InVain(..)
                | Ended::Held
                | Ended::Ambiguous(_)
                | Ended::NotDone
                | Ended::InPart(_)
                | Ended::Unreadable(_)
                | Ended::LeftOpen(_)
                | Ended::Failed(_)
                | Ended::Unseen(_)
                | Ended::OutOfPatience(_)
                | Ended::StoppedWaiting(_) => Some(self.tracks.get(needed).key.step.clone()),
            }
        });
        in_plan.or_else(|| self.awaited_in_vain(id))
    }

    fn ended_why(&self) -> EndedWhy {
        let done = |at: &At| matches!(at, At::Ended(ended) if ended.is_done());
        match &self.stop {
            Some(Stop::Suspended(_)) => EndedWhy::Suspended,
            Some(Stop::OutsideWindow(_)) => EndedWhy::OutsideWindow,
            Some(Stop::Interrupted | Stop::LockLost | Stop::Defect(_)) => EndedWhy::Interrupted,
            None if self.tracks.iter().all(|(_, track)| done(&track.at)) => EndedWhy::Complete,
            None => EndedWhy::InPart,
        }
    }

    /// Takes the next step of closing, if the last one is through.
    pub(super) fn close_on(&mut self) {
        let Phase::Closing(closing) = self.phase.clone() else { return };
        let lost = self.stop == Some(Stop::LockLost);
        match closing {
            Closing::Flushing if self.journal.is_idle() => {
                if !lost {
                    self.checkpoint();
                }
                self.phase = Phase::Closing(Closing::Checkpointing);
                self.close_on();
            }
            Closing::Checkpointing if lost || self.checkpointing.is_idle() => {
                let in_flight = self.tracks.iter().any(|(_, track)| track.in_flight(self.now));
                if lost || in_flight {
                    self.finish(self.reason());
                } else if self.lease_is_settled() {
                    self.give_back(Box::new(self.reason()));
                }
            }
            Closing::Withdrawing(reason) if self.lease_is_unclear() => self.finish(*reason),
            Closing::Withdrawing(reason) if self.lease_is_settled() => self.give_back(reason),
            Closing::Flushing | Closing::Checkpointing | Closing::Withdrawing(_) | Closing::Releasing(_) => {}
        }
    }

    fn give_back(&mut self, reason: Box<EndReason>) {
        self.phase = Phase::Closing(Closing::Releasing(reason));
        let (expected, new) = (self.lease.version(), self.head_released());
        debug_assert_eq!(new.tenure, Tenure::Released);
        self.store(Call::Release, StoreRequest::SwapLock { expected, new });
    }

    /// Ends the run, whatever became of giving the lock back.
    pub(super) fn released(&mut self) {
        if let Phase::Closing(Closing::Releasing(reason)) = self.phase.clone() {
            self.finish(*reason);
        }
    }

    /// Returns the reason that the course of the run gives.
    fn reason(&self) -> EndReason {
        match (&self.stop, &self.course) {
            (Some(stop), _) => reason_of(stop),
            (None, Course::CloseEarlier(_, EndedWhy::Superseded) | Course::Settle) => EndReason::PlanAgain,
            (None, Course::CloseEarlier(..)) => EndReason::Abandoned,
            (None, Course::Clear) => EndReason::Cleared,
            (None, Course::Plan) => EndReason::Finished,
        }
    }

    /// Ends now.
    pub(super) fn finish(&mut self, reason: EndReason) {
        if matches!(self.phase, Phase::Over) {
            return;
        }
        self.load_plan_if_never_begun();
        self.end_the_rest();
        self.phase = Phase::Over;
        let mut steps = Vec::new();
        let mut earlier = Vec::new();
        for (_, track) in self.tracks.iter() {
            let At::Ended(how) = track.at.clone() else { continue };
            match (&track.step, track.origin) {
                (Some(step), _) => {
                    steps.push(StepEnd { step: step.id.clone(), address: track.address.clone(), how });
                }
                (None, From::Awaited) if how.is_done() => {}
                (None, From::Here | From::Earlier | From::Awaited) => {
                    earlier.push((track.address.clone(), how));
                }
            }
        }
        let end = End { reason, steps, earlier, ledger: self.book.ledger() };
        self.out.push(Command::Finished(Box::new(end)));
    }

    /// Lists the plan's steps as not started if the run ended before it came to them.
    fn load_plan_if_never_begun(&mut self) {
        let none = self.tracks.iter().all(|(_, track)| track.step.is_none());
        if let (Job::Run(run), true) = (self.config.job.clone(), none) {
            self.add_plan(&run, &"".into());
        }
    }
}
