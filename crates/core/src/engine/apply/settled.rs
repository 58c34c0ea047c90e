//! Puts into the journal what became of a step, with what that makes of the ledger, and lets others go on or not.

use super::begin::Course;
use super::mechanism::Mechanism;
use super::track::{At, CarriedOut, Conflicted, From, Track, TrackId, Watch};
use super::{Ended, Machine, NotStarted, Notice};
use crate::engine::fingerprint::Fingerprint;
use crate::engine::id::Uid;
use crate::engine::journal::{
    Doing, Expected, Found, Moved, Record, Remains, RowChange, Settled, SettledRecord, What,
};
use crate::engine::ledger::{Origin, Remembered, Row};
use crate::engine::sketch::Sketch;
use crate::engine::step::{Operation, Repeat};
use crate::engine::wanted::Approval;
use crate::resources;

impl Machine {
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
        let track = self.tracks.get_mut(id);
        if track.done_when.is_some() {
            track.done = done;
            self.move_to(id, At::Following(Watch::new(self.now)));
        } else {
            self.end(id, done);
        }
    }

    fn row_change(&self, what: &What, uid: Option<&Uid>, evidence: &Evidence) -> RowChange {
        let before = self.book.row(&what.address);
        match (&what.doing, uid, before) {
            (
                Doing::Delete(_)
                | Doing::Operation(
                    Operation::RecordGone
                    | Operation::RecordUnseen
                    | Operation::Release { .. }
                    | Operation::RecordMovedTo { to: _ },
                ),
                _,
                _,
            ) => RowChange::Remove,
            (Doing::Operation(Operation::RecordMovedFrom { from }), _, _) => {
                let moved = self.book.row(from).cloned();
                moved.map_or(RowChange::Keep, |row| RowChange::Put(Box::new(row)))
            }
            (Doing::Operation(Operation::RecordOurs { uid, remember: _, generated }), _, before) => {
                let before = before.filter(|row| resources::is_known_by((&what.address, uid), row));
                let row = self.row(what, uid, evidence, before);
                RowChange::Put(Box::new(Row { generated: *generated, ..row }))
            }
            (Doing::Operation(Operation::MigrateManagers { managers: _, left: _ }), _, Some(row)) => {
                let remembered = evidence.remembered.clone().unwrap_or_else(|| row.remembered.clone());
                RowChange::Put(Box::new(Row { remembered, ..row.clone() }))
            }
            // None of them changes what Git says.
            (
                Doing::Operation(
                    Operation::Restart
                    | Operation::Stop { left: _ }
                    | Operation::Evict { uid: _ }
                    | Operation::Cordon
                    | Operation::Deallocate { moves: _ }
                    | Operation::CarryOffsets { from: _, own: _ },
                ),
                _,
                _,
            )
            | (Doing::Operation(Operation::MigrateManagers { .. }), _, None)
            | (Doing::Write(_) | Doing::Confirm, None, _) => RowChange::Keep,
            (Doing::Write(_) | Doing::Confirm, Some(uid), before) => {
                let before = before.filter(|row| resources::is_known_by((&what.address, uid), row));
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
        let carried_out = &self.tracks.get(id).carried_out;
        let (row, ended) = match carried_out {
            CarriedOut::Part(_) if !how.holds_address() => {
                (carried_out.row(), Ended::InPart(Box::new(ended)))
            }
            CarriedOut::Part(_) | CarriedOut::Nothing => (RowChange::Keep, ended),
        };
        self.journal_settled(id, how, row);
        self.end(id, ended);
    }

    /// Settles a step for which something else is there than it expects; nothing of ours is in it.
    pub(super) fn stale(&mut self, id: TrackId, moved: Moved) {
        let track = self.tracks.get(id);
        let was_sent = track.attempt > 1 || track.conflicted != Conflicted::Never;
        let remains = if was_sent { Remains::NotTaken } else { Remains::Nothing };
        let cause = track.unanswered.cause.clone();
        self.settle(id, Settled::Stale { moved, remains, cause });
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

    /// Returns the approvals that a step used up: if it was carried out, may have been, or was in part, as the part may be
    /// what they were given for.
    fn consumed(&self, id: TrackId, how: &Settled) -> Vec<Fingerprint> {
        let track = self.tracks.get(id);
        let in_part = track.carried_out != CarriedOut::Nothing;
        let used = matches!(how, Settled::Done { .. }) || how.holds_address() || in_part;
        let what = track.what.as_ref().filter(|_| used);
        what.into_iter().flat_map(|what| &what.approvals).map(Approval::fingerprint).collect()
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
            self.end_round(id);
        }
    }
}

impl Machine {
    /// Tells how a step ended; of those that were left only what stays in doubt, the others are counted.
    fn tell_end(&mut self, id: TrackId, ended: &Ended) {
        let track = self.tracks.get(id);
        if !track.is_earlier() && track.origin != From::Awaited {
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
        (
            Doing::Write(_)
            | Doing::Confirm
            | Doing::Operation(Operation::Release { .. } | Operation::Stop { left: _ }),
            _,
        ) => what.wanted.clone(),
        (Doing::Operation(_), Expected::Seen(sketch)) => Some(sketch.clone()),
        (Doing::Operation(_), Expected::Absent) | (Doing::Delete(_), _) => None,
    }
}
