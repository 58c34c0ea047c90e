//! Reads a step's resource right before sending it, unless the target itself compares it with what the plan saw; sends
//! it once.

use super::judge::{Match, expected, expected_again};
use super::mechanism::Mechanism;
use super::protocol::{Command, Precondition, Purpose, Reading, Sending};
use super::track::{At, Conflicted, From, TrackId, object, precondition};
use super::unread::Unread;
use super::{Ended, Machine, Stop};
use crate::engine::id::Uid;
use crate::engine::journal::{Expected, Moved, Settled, What};
use crate::engine::question::{Answer, Question, Why};
use crate::engine::step::Repeat;

impl Machine {
    /// Reads and sends what has its intent in the journal, as far as slots allow.
    pub(super) fn read_and_send(&mut self) {
        if self.stop.is_some() {
            return self.withdraw_all();
        }
        self.send_read();
        for id in self.tracks.due(self.now) {
            if matches!(self.tracks.get(id).at, At::Intended(_) | At::Read(..)) {
                self.read(id);
            }
        }
    }

    /// Sends what was read a moment ago, as far as slots allow.
    fn send_read(&mut self) {
        if !self.may_send() || !self.looked_lately() {
            return;
        }
        let slot = |id: &TrackId| self.has_slot(self.tracks.get(*id).address.system);
        let next: Vec<TrackId> = self.tracks.read.iter().copied().filter(slot).take(self.slots()).collect();
        for id in next {
            let track = self.tracks.get(id);
            if let At::Read(precondition, until) = &track.at
                && self.now < *until
                && self.has_slot(track.address.system)
            {
                let precondition = precondition.clone();
                self.send(id, precondition);
            }
        }
    }

    /// Sends a step that was read and is as expected, now or as soon as there is a slot.
    fn send_in_turn(&mut self, id: TrackId, precondition: Precondition) {
        let track = self.tracks.get(id);
        // One that needs no reading comes here again when its time is over, and then waits for nobody but those before it.
        let its_turn = self.tracks.read.first().is_none_or(|first| *first >= id);
        if its_turn && self.has_slot(track.address.system) {
            return self.send(id, precondition);
        }
        let until = track.since + self.config.timing.fresh;
        self.move_to(id, At::Read(precondition, until));
    }

    fn withdraw_all(&mut self) {
        for id in self.tracks.active() {
            if matches!(self.tracks.get(id).at, At::Intended(_) | At::Read(..) | At::Ready) {
                self.withdraw(id);
            }
        }
    }

    /// Settles a step that has an intent and will not be sent any more.
    fn withdraw(&mut self, id: TrackId) {
        if self.tracks.get(id).attempt > 0 && self.stop != Some(Stop::LockLost) {
            self.settle(id, Settled::NotDone);
        }
    }

    /// The lease is looked at again right before the wire: an intent may have waited long.
    fn may_send(&self) -> bool {
        self.may_start() || !self.has(Mechanism::TimeCheckAtSend)
    }

    fn read(&mut self, id: TrackId) {
        if !self.may_send() || !self.looked_lately() {
            return;
        }
        if !self.has(Mechanism::ReadBeforeSend) {
            let precondition = self.assumed(id);
            return self.send_in_turn(id, precondition);
        }
        if let Some(precondition) = self.as_planned(id) {
            return self.send_in_turn(id, precondition);
        }
        let track = self.tracks.get(id);
        let purpose = Purpose::BeforeSend(track.key.step.clone());
        let question = Question::Object(track.address.clone());
        self.move_to(id, At::Reading);
        self.ask(id, purpose, vec![question]);
    }

    /// Returns the precondition of a send that needs no reading: the target itself refuses it unless everything is as
    /// the plan saw it. Once it has refused, whatever for, the resource is read as any other.
    pub(super) fn as_planned(&self, id: TrackId) -> Option<Precondition> {
        let track = self.tracks.get(id);
        let (Some(run), Some(step)) = (self.config.job.run(), &track.step) else { return None };
        let first = track.attempt == 1 && track.conflicted == Conflicted::Never && track.origin == From::Here;
        let seen = run.extras.get(&step.id).filter(|_| first)?.seen.clone()?;
        Some(if self.has(Mechanism::PlannedVersion) { seen } else { Precondition::Absent })
    }

    /// The precondition of a send that nothing was read for; only tests take the reading out.
    fn assumed(&self, id: TrackId) -> Precondition {
        match self.tracks.get(id).what.as_ref().map(|what| &what.expects) {
            Some(Expected::Seen(sketch)) => {
                Precondition::Version(sketch.uid.clone().unwrap_or(Uid::new("")), "".into())
            }
            Some(Expected::Absent) | None => Precondition::Absent,
        }
    }

    /// Decides on what was read right before the send.
    pub(super) fn read_before_send(&mut self, id: TrackId, readings: &[Reading]) {
        let now = self.now;
        let track = self.tracks.get(id);
        let (Some(what), Some(reading)) = (track.what.clone(), object(readings, &track.address)) else {
            return self.move_to(id, At::Intended(now + self.config.timing.retry));
        };
        if let Answer::Unreadable(why) = &reading.answer {
            return self.unreadable_before_send(id, why.clone());
        }
        self.tracks.get_mut(id).unread = Unread::default();
        if self.stop.is_some() {
            self.move_to(id, At::Intended(now));
            return self.withdraw(id);
        }
        if !self.may_send() {
            return self.move_to(id, At::Intended(now + self.config.timing.retry));
        }
        if reading.running.is_some() {
            return self.move_to(id, At::Intended(now + self.config.timing.poll));
        }
        let answer = match self.tracks.get(id).attempt {
            1 => expected(&what.expects, &reading.answer),
            _ => expected_again(&what, &reading.answer),
        };
        match self.known_by_row(&what).unwrap_or(answer) {
            Match::Same => self.send_in_turn(id, precondition(reading)),
            Match::Moved(moved) if self.tracks.get(id).attempt == 1 => {
                self.stale(id, moved);
            }
            Match::Moved(_) => self.unknown_now(id),
        }
    }

    /// Decides on what was read before the intent of a step whose plan may be older than the ledger.
    pub(super) fn checked(&mut self, id: TrackId, readings: &[Reading]) {
        let track = self.tracks.get(id);
        let (Some(step), Some(reading)) = (track.step.clone(), object(readings, &track.address)) else {
            return;
        };
        let what = self.what(&step);
        let answer = expected(&what.expects, &reading.answer);
        match (&reading.answer, self.known_by_row(&what).unwrap_or(answer)) {
            (Answer::Unreadable(why), _) if !self.patience_left(id, why) => {
                let why = why.clone();
                self.settle_as(id, Settled::NotDone, Ended::Unreadable(why));
            }
            (Answer::Unreadable(_), _) => self.ready_later(id),
            (_, _) if self.stop.is_some() || !self.may_start() => self.move_to(id, At::Ready),
            (_, Match::Same) => self.intend(id, &step),
            (_, Match::Moved(moved)) => {
                self.stale(id, moved);
            }
        }
    }

    /// What has a name of the target's choice is not found by ours: if the ledger has one, it was made meanwhile.
    fn known_by_row(&self, what: &What) -> Option<Match> {
        let row = self.book.row(&what.address)?;
        let once = matches!(what.repeat, Repeat::CreateOnce { .. });
        once.then(|| Match::Moved(Moved::Appeared(row.uid.clone())))
    }

    /// Looks for an earlier attempt that may have landed after all; nothing of ours is in flight.
    pub(super) fn unknown_now(&mut self, id: TrackId) {
        let now = self.now;
        self.tracks.get_mut(id).quiet = now;
        self.move_to(id, At::Unknown(now));
    }

    fn unreadable_before_send(&mut self, id: TrackId, why: Why) {
        if self.patience_left(id, &why) && self.stop.is_none() {
            let again = self.now + self.config.timing.retry;
            return self.move_to(id, At::Intended(again));
        }
        if self.stop == Some(Stop::LockLost) {
            return self.end(id, Ended::LeftOpen(Some(why)));
        }
        self.settle_as(id, Settled::NotDone, Ended::Unreadable(why));
    }

    /// Tells whether an unreadable resource is tried again.
    pub(super) fn patience_left(&mut self, id: TrackId, why: &Why) -> bool {
        let now = self.now;
        let unread = &mut self.tracks.get_mut(id).unread;
        unread.note(why, now);
        !unread.is_enough(now, &self.config.timing)
    }

    /// Lets a step that could not be read start again after a while.
    pub(super) fn ready_later(&mut self, id: TrackId) {
        self.tracks.get_mut(id).again = self.now + self.config.timing.retry;
        self.move_to(id, At::Ready);
    }

    fn send(&mut self, id: TrackId, precondition: Precondition) {
        let track = self.tracks.get(id);
        let (Some(step), Some(what)) = (track.step.clone(), track.what.clone()) else { return };
        let quiet = self.now + self.in_flight_time(&track.address) + self.shows_after(&what.repeat);
        let sending = Sending {
            step: step.id.clone(),
            attempt: track.attempt,
            address: track.address.clone(),
            action: step.action.clone(),
            precondition,
            expects: what.expects.clone(),
            takes_over: step.takes_over.clone(),
        };
        self.tracks.get_mut(id).quiet = quiet;
        self.move_to(id, At::Sent);
        self.out.push(Command::Send(Box::new(sending)));
    }
}
