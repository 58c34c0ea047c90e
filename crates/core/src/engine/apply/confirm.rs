//! Decides on steps that are only read at first: a dry run that may confirm them, a record that something is gone.

use super::dry_run::{DryRun, dry_run, unusable};
use super::judge::{Match, expected};
use super::protocol::Reading;
use super::settled::Evidence;
use super::track::{At, TrackId, object};
use super::{Ended, Machine};
use crate::engine::id::ResourceId;
use crate::engine::journal::{Expected, Found, Moved, Settled, What};
use crate::engine::question::{Answer, Why};
use crate::engine::step::{Action, Operation, Remember, Step};

impl Machine {
    /// Decides on the dry run of a step that may not change anything: sent only if it surely would.
    pub(super) fn confirmed(&mut self, id: TrackId, readings: &[Reading]) {
        let track = self.tracks.get(id);
        let Some(step) = track.step.clone() else { return };
        if self.stop.is_some() {
            return self.move_to(id, At::Ready);
        }
        let what = self.what(&step);
        let object = object(readings, &step.address);
        match dry_run(&what, readings) {
            DryRun::Unchanged(uid) => {
                let remembered = object.and_then(|object| object.remembered.clone());
                let left = what.wanted.clone();
                self.done(id, &what, Some(uid), Evidence { remembered, left, found: Found::ByAnswer });
            }
            DryRun::Changes => self.intend(id, &step),
            DryRun::Refused(why) => self.settle(id, Settled::Refused(why)),
            DryRun::Moved(moved) => self.settle(id, Settled::stale(moved)),
            DryRun::Unreadable(ref why) if self.patience_left(id, why) => self.ready_later(id),
            DryRun::Unreadable(why) | DryRun::NotAllowed(why) => {
                self.settle_as(id, Settled::NotDone, Ended::Unreadable(why));
            }
        }
    }

    /// Decides on the reading of a step that only records what is there or is not.
    pub(super) fn recorded(&mut self, id: TrackId, readings: &[Reading]) {
        let track = self.tracks.get(id);
        let Some(step) = track.step.clone() else { return };
        if let Action::Operation(Operation::RecordOurs { uid: _, remember, generated: _ }) = &step.action {
            return self.recorded_ours(id, &step, *remember, readings);
        }
        if let Action::Operation(Operation::RecordMovedFrom { from: _ }) = &step.action {
            return self.recorded_ours(id, &step, Remember::Nothing, readings);
        }
        let what = self.what(&step);
        let answer = object(readings, &track.address).map(|reading| reading.answer.clone());
        let evidence = Evidence { remembered: None, left: None, found: Found::ByAnswer };
        match answer {
            Some(Answer::NotFound) => self.done(id, &what, None, evidence),
            Some(Answer::Seen(seen)) => match expected(&what.expects, &Answer::Seen(seen.clone())) {
                Match::Moved(Moved::OtherIncarnation(_)) => self.done(id, &what, None, evidence),
                // The plan saw that another one has the name by now.
                Match::Same if names_another(&what) => self.done(id, &what, None, evidence),
                Match::Moved(moved) => self.settle(id, Settled::stale(moved)),
                Match::Same => {
                    let moved = Moved::Appeared(seen.uid);
                    self.settle(id, Settled::stale(moved));
                }
            },
            answer @ (Some(
                Answer::Unreadable(_) | Answer::Inventory { .. } | Answer::Fact(_) | Answer::Rejected(_),
            )
            | None) => self.record_later(id, unusable(answer.as_ref())),
        }
    }

    /// Decides on the reading of a step that records that something is ours.
    fn recorded_ours(&mut self, id: TrackId, step: &Step, remember: Remember, readings: &[Reading]) {
        let what = self.what(step);
        let reading = object(readings, &step.address);
        match reading.map(|reading| (&reading.answer, &reading.remembered)) {
            Some((answer @ Answer::Seen(seen), remembered)) => match expected(&what.expects, answer) {
                Match::Same => {
                    let remembered = remembered.clone().filter(|_| remember == Remember::Looks);
                    let evidence = Evidence { remembered, left: None, found: Found::ByAnswer };
                    self.done(id, &what, Some(seen.uid.clone()), evidence);
                }
                Match::Moved(moved) => self.settle(id, Settled::stale(moved)),
            },
            Some((Answer::NotFound, _)) => {
                let gone = Settled::stale(Moved::Vanished);
                self.settle(id, gone);
            }
            answer => self.record_later(id, unusable(answer.map(|(answer, _)| answer))),
        }
    }

    /// Records that a resource has another address by now, if the ledger has this very incarnation there.
    pub(super) fn recorded_moved(&mut self, id: TrackId, step: &Step, to: &ResourceId) {
        let uid = |address: &ResourceId| self.book.row(address).map(|row| row.uid.clone());
        let there = uid(to);
        if there.is_some() && there == uid(&step.address) {
            let what = self.what(step);
            let evidence = Evidence { remembered: None, left: None, found: Found::ByAnswer };
            return self.done(id, &what, None, evidence);
        }
        self.settle(id, Settled::stale(Moved::Vanished));
    }

    /// Records what nobody can look at.
    pub(super) fn recorded_unseen(&mut self, id: TrackId, step: &Step) {
        let what = self.what(step);
        self.done(id, &what, None, Evidence { remembered: None, left: None, found: Found::ByAnswer });
    }

    fn record_later(&mut self, id: TrackId, why: Why) {
        if self.patience_left(id, &why) {
            self.ready_later(id);
        } else {
            self.settle_as(id, Settled::NotDone, Ended::Unreadable(why));
        }
    }
}

/// Tells whether the plan saw something under the name that is not what the ledger has.
fn names_another(what: &What) -> bool {
    matches!(&what.expects, Expected::Seen(sketch) if sketch.uid.is_some())
}
