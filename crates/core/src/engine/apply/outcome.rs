//! Takes in how a send ended, and puts into the journal what became of a step.

use super::begin::Course;
use super::judge::{Match, expected};
use super::mechanism::Mechanism;
use super::protocol::{Polled, Reading, Sent};
use super::track::{At, Conflicted, Poll, Track, TrackId, Watch, object};
use super::{Call, Command, Ended, Machine, NotStarted, Notice, Stop};
use crate::engine::fingerprint::Fingerprint;
use crate::engine::id::Uid;
use crate::engine::journal::{
    Accepted, Doing, Expected, Found, Moved, Record, Remains, RowChange, Settled, SettledRecord, What,
};
use crate::engine::ledger::{Origin, Remembered, Row};
use crate::engine::question::{Answer, Question, Rejection, Seen, Trouble, Why};
use crate::engine::sketch::Sketch;
use crate::engine::step::{Outcome, Receipt, Repeat};
use crate::engine::wanted::Approval;

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
            Outcome::Refused(why) if sent.attempt == 1 => self.settle(id, Settled::Refused(why)),
            Outcome::Refused(why) => {
                self.tracks.get_mut(id).refused = Some(why);
                self.unknown_now(id);
            }
            Outcome::Stale(seen) => self.conflict(id, seen),
            Outcome::Unknown(_) => {
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

    /// The target found something else than the precondition: read again, once; a later attempt is looked for.
    fn conflict(&mut self, id: TrackId, seen: Option<Seen>) {
        let now = self.now;
        let track = self.tracks.get_mut(id);
        if track.attempt > 1 {
            return self.unknown_now(id);
        }
        if track.conflicted == Conflicted::Never {
            track.conflicted = Conflicted::Once;
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
        self.settle(id, Settled::Stale { moved, remains: Remains::Nothing });
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

    /// Decides on the dry run of a step that may not change anything.
    pub(super) fn confirmed(&mut self, id: TrackId, readings: &[Reading]) {
        let track = self.tracks.get(id);
        let Some(step) = track.step.clone() else { return };
        let object = object(readings, &track.address);
        let project = readings.iter().find(|reading| matches!(reading.question, Question::Project(..)));
        if self.stop.is_some() {
            return self.move_to(id, At::Ready);
        }
        match (object.map(|it| (&it.answer, &it.remembered)), project.map(|project| &project.answer)) {
            (Some((Answer::Seen(live), remembered)), Some(Answer::Seen(projected)))
                if unchanged(live, projected) =>
            {
                let what = self.what(&step);
                let evidence = Evidence {
                    remembered: remembered.clone(),
                    left: what.wanted.clone(),
                    found: Found::ByAnswer,
                };
                self.done(id, &what, Some(live.uid.clone()), evidence);
            }
            (_, Some(Answer::Rejected(Rejection::Invalid { message, immutable: _ }))) => {
                let why = Why { trouble: Trouble::Forbidden, message: message.clone() };
                self.settle(id, Settled::Refused(why));
            }
            (Some((Answer::Unreadable(why), _)), _) | (_, Some(Answer::Unreadable(why))) => {
                let why = why.clone();
                if self.patience_left(id) {
                    self.move_to(id, At::Ready);
                } else {
                    self.settle_as(id, Settled::NotDone, Ended::Unreadable(why));
                }
            }
            (_, _) => self.intend(id, &step),
        }
    }

    /// Decides on the reading of a step that only records that something is gone.
    pub(super) fn recorded(&mut self, id: TrackId, readings: &[Reading]) {
        let track = self.tracks.get(id);
        let Some(step) = track.step.clone() else { return };
        let what = self.what(&step);
        let answer = object(readings, &track.address).map(|reading| reading.answer.clone());
        let evidence = Evidence { remembered: None, left: None, found: Found::ByReading };
        match answer {
            Some(Answer::NotFound) => self.done(id, &what, None, evidence),
            Some(Answer::Seen(seen)) => match expected(&what.expects, &Answer::Seen(seen.clone())) {
                Match::Moved(Moved::OtherIncarnation(_)) => self.done(id, &what, None, evidence),
                Match::Moved(moved) => self.settle(id, Settled::Stale { moved, remains: Remains::Nothing }),
                Match::Same => {
                    let moved = Moved::Appeared(seen.uid);
                    self.settle(id, Settled::Stale { moved, remains: Remains::Nothing });
                }
            },
            Some(Answer::Unreadable(why)) if !self.patience_left(id) => {
                self.settle_as(id, Settled::NotDone, Ended::Unreadable(why));
            }
            Some(_) | None => self.move_to(id, At::Ready),
        }
    }

    /// Settles a step as done: the ledger's row goes into the record, so that the journal yields the ledger.
    pub(super) fn done(&mut self, id: TrackId, what: &What, uid: Option<Uid>, evidence: Evidence) {
        let row = self.row_change(what, uid.as_ref(), &evidence);
        let left = evidence.left.or_else(|| left_by(what)).map(|left| Sketch { uid: uid.clone(), ..left });
        let left = left.filter(|_| uid.is_some());
        self.tracks.get_mut(id).left = Some(left.clone().map_or(Expected::Absent, Expected::Seen));
        self.journal_settled(id, Settled::Done { uid, left, found: evidence.found }, row);
        self.follow(id, Ended::Done(evidence.found));
    }

    /// Watches what makes a step done, or releases what needs it at once.
    pub(super) fn follow(&mut self, id: TrackId, done: Ended) {
        let watched = self.tracks.get(id).step.as_ref().is_some_and(|step| step.done_when.is_some());
        if watched {
            self.move_to(id, At::Following(Watch::new(self.now)));
        } else {
            self.end(id, done);
        }
    }

    fn row_change(&self, what: &What, uid: Option<&Uid>, evidence: &Evidence) -> RowChange {
        let before = self.book.row(&what.address);
        match (&what.doing, uid, before) {
            (Doing::Delete(_), _, _)
            | (Doing::Operation(crate::engine::step::Operation::RecordGone), _, _) => RowChange::Remove,
            (Doing::Operation(_), _, Some(row)) => {
                let remembered = evidence.remembered.clone().unwrap_or_else(|| row.remembered.clone());
                RowChange::Put(Box::new(Row { remembered, ..row.clone() }))
            }
            (Doing::Operation(_), _, None) | (Doing::Write(_) | Doing::Confirm, None, _) => RowChange::Keep,
            (Doing::Write(_) | Doing::Confirm, Some(uid), before) => {
                let before = before.filter(|row| row.uid == *uid);
                RowChange::Put(Box::new(self.row(what, uid, evidence, before)))
            }
        }
    }

    fn row(&self, what: &What, uid: &Uid, evidence: &Evidence, before: Option<&Row>) -> Row {
        let created = matches!(what.repeat, Repeat::CreateOnce { .. });
        let origin = match evidence.found {
            Found::ByReading if created => Origin::FoundAfterCrash,
            Found::ByReading | Found::ByAnswer => before.map(|row| row.origin).unwrap_or_default(),
        };
        Row {
            uid: uid.clone(),
            remembered: evidence.remembered.clone().unwrap_or_default(),
            since: before.map_or_else(|| self.config.timestamp(self.now), |row| row.since),
            revision: what.revision.clone(),
            generated: what.generated,
            needs: what.needs.clone(),
            origin,
        }
    }

    /// Settles a step that was not carried out.
    pub(super) fn settle(&mut self, id: TrackId, how: Settled) {
        let ended = Ended::of(&how);
        self.settle_as(id, how, ended);
    }

    /// Settles a step, and tells the user more than the journal needs.
    pub(super) fn settle_as(&mut self, id: TrackId, how: Settled, ended: Ended) {
        self.journal_settled(id, how, RowChange::Keep);
        self.end(id, ended);
    }

    pub(super) fn journal_settled(&mut self, id: TrackId, how: Settled, row: RowChange) {
        let track = self.tracks.get(id);
        let patient = may_wait(&how, track.what.as_deref());
        let record = Record::Settled(Box::new(SettledRecord {
            key: track.key.clone(),
            address: track.address.clone(),
            attempt: track.attempt,
            consumed: self.consumed(id, &how),
            how,
            row,
        }));
        if !self.has(Mechanism::SettledFirst) {
            self.delayed.push(record);
        } else if patient {
            self.journal.push_patiently(record, self.now + self.config.timing.poll / 4);
        } else {
            self.journal.push(record);
        }
    }

    /// Returns the approval that a step used up: if it was carried out, or may have been.
    fn consumed(&self, id: TrackId, how: &Settled) -> Option<Fingerprint> {
        let used = matches!(how, Settled::Done { .. }) || how.holds_address();
        let what = self.tracks.get(id).what.as_ref().filter(|_| used)?;
        what.approval.as_ref().map(Approval::fingerprint)
    }

    /// Ends a step; what needs it is released if it is done, or blocked if it is not.
    pub(super) fn end(&mut self, id: TrackId, ended: Ended) {
        self.tell_end(id, &ended);
        let release = ended.is_done() && self.course == Course::Plan;
        self.move_to(id, At::Ended(ended));
        self.tell_earlier(id);
        if release {
            for dependant in self.tracks.get(id).dependants.clone() {
                self.tracks.get_mut(dependant).unmet -= 1;
                self.release(dependant);
            }
        } else {
            self.block_dependants(id);
        }
    }
}

impl Machine {
    /// Tells how a step ended; of those that were left only what stays in doubt, the others are counted.
    fn tell_end(&mut self, id: TrackId, ended: &Ended) {
        let track = self.tracks.get(id);
        if !track.is_earlier() {
            self.tell(Notice::StepEnded(track.key.step.clone(), ended.clone()));
        } else if !ended.is_done() && *ended != Ended::NotDone {
            self.tell(Notice::EarlierSettled(track.address.clone(), ended.clone()));
        }
    }

    /// Tells what became of the steps that were left, when the last of them is known.
    fn tell_earlier(&mut self, id: TrackId) {
        let over = |track: &Track| matches!(track.at, At::Ended(_));
        let earlier = || self.tracks.iter().map(|(_, track)| track).filter(|track| track.is_earlier());
        if !self.tracks.get(id).is_earlier() || !earlier().all(over) {
            return;
        }
        let count = |ended: fn(&Ended) -> bool| {
            let so = earlier().filter(|track| matches!(&track.at, At::Ended(how) if ended(how)));
            u32::try_from(so.count()).unwrap_or(u32::MAX)
        };
        let (done, not_done) = (count(Ended::is_done), count(|ended| *ended == Ended::NotDone));
        if done + not_done > 0 {
            self.tell(Notice::EarlierKnown { done, not_done });
        }
    }

    /// Ends the steps that need one that was not done, and names the culprit.
    pub(super) fn block_dependants(&mut self, id: TrackId) {
        let track = self.tracks.get(id);
        let culprit = if let At::Ended(Ended::NotStarted(NotStarted::Blocked { culprit })) = &track.at {
            culprit.clone()
        } else {
            track.key.step.clone()
        };
        for dependant in self.tracks.get(id).dependants.clone() {
            if matches!(self.tracks.get(dependant).at, At::Waiting) {
                let blocked = NotStarted::Blocked { culprit: culprit.clone() };
                self.end(dependant, Ended::NotStarted(blocked));
            }
        }
    }
}

/// What is known of a step that was carried out.
pub(super) struct Evidence {
    pub(super) remembered: Option<Remembered>,
    pub(super) left: Option<Sketch>,
    pub(super) found: Found,
}

/// Tells whether losing the record would cost a reading at most: then it waits for others to share its batch.
fn may_wait(how: &Settled, what: Option<&What>) -> bool {
    let again = what.is_some_and(|what| matches!(what.repeat, Repeat::Idempotent | Repeat::IfNot(_)));
    again && matches!(how, Settled::Done { .. })
}

/// Returns how a resource looks after a step.
fn left_by(what: &What) -> Option<Sketch> {
    match (&what.doing, &what.expects) {
        (Doing::Write(_) | Doing::Confirm, _) => what.wanted.clone(),
        (Doing::Operation(_), Expected::Seen(sketch)) => Some(sketch.clone()),
        (Doing::Operation(_), Expected::Absent) | (Doing::Delete(_), _) => None,
    }
}

/// Tells whether a dry run says that nothing would change: what the server keeps for itself does not count.
fn unchanged(live: &Seen, projected: &Seen) -> bool {
    use crate::engine::question::Body;
    match (&live.body, &projected.body) {
        (Body::Whole(live), Body::Whole(projected)) => {
            without_bookkeeping(live) == without_bookkeeping(projected)
        }
        (Body::Remembered, _) | (_, Body::Remembered) => false,
    }
}

fn without_bookkeeping(body: &crate::engine::value::Value) -> crate::engine::value::Value {
    let mut body = body.clone();
    if let Some(map) = body.as_map_mut() {
        map.remove("status");
        if let Some(metadata) = map.get_mut("metadata").and_then(|metadata| metadata.as_map_mut()) {
            for key in ["managedFields", "resourceVersion", "generation"] {
                metadata.remove(key);
            }
        }
    }
    body
}
