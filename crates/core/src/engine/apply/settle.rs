//! Finds out by reading what became of a step that nobody answered for, once nothing of it is in flight any more.

use super::begin::Course;
use super::judge::{Judgement, judge, questions};
use super::mechanism::Mechanism;
use super::protocol::Reading;
use super::proved::left_as_seen;
use super::settled::Evidence;
use super::track::{At, CarriedOut, Conflicted, TrackId};
use super::unread::Unread;
use super::{Ended, Machine, NotStarted, Stop};
use crate::engine::id::Uid;
use crate::engine::journal::{Found, HeldWhy, Moved, Record, Remains, Settled, What};
use crate::engine::question::Why;
use crate::engine::step::Repeat;
use std::collections::BTreeSet;

impl Machine {
    /// Takes the answers of live systems to whatever the step asked for.
    pub(super) fn answered(&mut self, id: TrackId, readings: &[Reading]) {
        match &self.tracks.get(id).at {
            At::Checking => self.checked(id, readings),
            At::Reading => self.read_before_send(id, readings),
            At::Confirming => self.confirmed(id, readings),
            At::Recording => self.recorded(id, readings),
            At::Looking => self.looked_for(id, readings),
            At::Gated(_) | At::Following(_) => self.gate_answered(id, readings),
            At::Waiting
            | At::Ready
            | At::Intending
            | At::Intended(_)
            | At::Read(..)
            | At::Sent
            | At::Accepting(_)
            | At::Accepted(..)
            | At::Unknown(_)
            | At::Ended(_) => {}
        }
    }

    /// Moves steps on whose records are in the journal now.
    pub(super) fn written(&mut self, records: &[Record]) {
        for record in records {
            match record {
                Record::Intent(intent) => {
                    let id = self.tracks.of_key(&intent.key);
                    if let Some(id) = id.filter(|id| matches!(self.tracks.get(*id).at, At::Intending)) {
                        self.move_to(id, At::Intended(self.now));
                    }
                }
                Record::Accepted(accepted) => {
                    let id = self.tracks.of_key(&accepted.key);
                    let Some(id) = id else { continue };
                    if let At::Accepting(receipt) = self.tracks.get(id).at.clone() {
                        let poll = super::track::Poll::Due(self.now);
                        self.move_to(id, At::Accepted(receipt, poll, "accepted".to_owned()));
                    }
                }
                Record::Open { .. }
                | Record::Seal
                | Record::Begin(_)
                | Record::Settled(_)
                | Record::End { .. }
                | Record::Cleared(_)
                | Record::Met { .. }
                | Record::Pinned { .. } => {}
            }
        }
    }

    /// Reads what is unknown and quiet.
    pub(super) fn settle_unknown(&mut self) {
        if self.stop == Some(Stop::LockLost) {
            return;
        }
        for id in self.tracks.due(self.now) {
            let track = self.tracks.get(id);
            let (At::Unknown(_), Some(what)) = (&track.at, track.what.clone()) else { continue };
            if what.repeat == Repeat::AtMostOnce && self.has(Mechanism::AtMostOnce) {
                self.settle(id, Settled::Held(HeldWhy::AtMostOnce));
            } else {
                let purpose = self.settle_purpose(id);
                self.move_to(id, At::Looking);
                self.ask(id, purpose, questions(&what));
            }
        }
    }

    fn looked_for(&mut self, id: TrackId, readings: &[Reading]) {
        let track = self.tracks.get(id);
        let Some(what) = track.what.clone() else { return };
        let judgement = judge(&what, readings, &self.known(&what));
        if !matches!(judgement, Judgement::Unreadable(_)) {
            self.tracks.get_mut(id).unread = Unread::default();
        }
        match judgement {
            Judgement::Unreadable(why) => self.unreadable(id, why),
            Judgement::Running => {
                let again = self.now + self.config.timing.poll;
                self.move_to(id, At::Unknown(again));
            }
            Judgement::Reached(uid) => {
                let remembered = self.remembered(&self.tracks.get(id).key, &what, readings);
                let left = left_as_seen(&what, readings);
                self.done(id, &what, uid, Evidence { remembered, left, found: Found::ByReading });
            }
            Judgement::Several(uids) => self.settle(id, Settled::Ambiguous(uids)),
            Judgement::Neither(moved) if self.has(Mechanism::Neither) => {
                let track = self.tracks.get(id);
                let cause = track.refused.clone().or_else(|| track.unanswered.cause.clone());
                self.settle(id, Settled::Stale { moved, remains: Remains::Perhaps, cause });
            }
            Judgement::Begun => {
                let row = self.row_in_part(&what, readings);
                self.tracks.get_mut(id).carried_out = CarriedOut::Part(row.map(Box::new));
                self.untouched(id);
            }
            Judgement::Untouched | Judgement::Neither(_) => self.untouched(id),
        }
    }

    /// The step was not carried out, or not to its end: it is repeated if it is still wanted.
    fn untouched(&mut self, id: TrackId) {
        let track = self.tracks.get(id);
        let wanted = self.course == Course::Plan && self.stop.is_none() && track.step.is_some();
        match track.refused.clone() {
            Some(why) => self.settle(id, Settled::Refused(why)),
            // Something that shows in no reading moves it all the time.
            None if track.conflicted == Conflicted::Often => {
                self.stale(id, Moved::Places(Vec::new()));
            }
            None if track.unanswered.is_enough() => {
                let (times, cause) = (track.unanswered.times, track.unanswered.cause.clone());
                self.settle_as(id, Settled::NotDone, Ended::InVain(times, cause));
            }
            None if wanted && track.unmet > 0 => self.wait_again(id),
            None if wanted => self.move_to(id, At::Ready),
            None => self.settle(id, Settled::NotDone),
        }
    }

    /// A step that another plan had begun, and that needs more in this one, begins anew when that is done.
    fn wait_again(&mut self, id: TrackId) {
        let row = self.tracks.get(id).carried_out.row();
        self.journal_settled(id, Settled::NotDone, row);
        let track = self.tracks.get_mut(id);
        track.attempt = 0;
        track.what = None;
        track.carried_out = CarriedOut::Nothing;
        self.move_to(id, At::Waiting);
        if let Some(culprit) = self.culprit(id) {
            self.end(id, Ended::NotStarted(NotStarted::Blocked { culprit }));
        }
    }

    /// An unreadable step stays open; at the end only its address stays locked.
    fn unreadable(&mut self, id: TrackId, why: Why) {
        if self.patience_left(id, &why) && self.stop.is_none() {
            let again = self.now + self.config.timing.retry;
            self.move_to(id, At::Unknown(again));
        } else {
            self.end(id, Ended::LeftOpen(Some(why)));
        }
    }

    /// Returns the incarnations that the ledger has: what a lost creation left is none of them.
    fn known(&self, what: &What) -> BTreeSet<Uid> {
        match &what.repeat {
            Repeat::CreateOnce { .. } => self.book.rows().map(|(_, row)| row.uid.clone()).collect(),
            Repeat::Idempotent | Repeat::IfNot(_) | Repeat::AtMostOnce => BTreeSet::new(),
        }
    }
}
