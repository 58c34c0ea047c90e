//! Decides on steps that are only read at first: a dry run that may confirm them, a record that something is gone.

use super::dry_run::{DryRun, dry_run, unusable};
use super::judge::{Match, expected};
use super::protocol::Reading;
use super::settled::Evidence;
use super::track::{At, TrackId, object};
use super::{Ended, Machine};
use crate::engine::journal::{Found, Moved, Remains, Settled};
use crate::engine::question::Answer;

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
            DryRun::Moved(moved) => self.settle(id, Settled::Stale { moved, remains: Remains::Nothing }),
            DryRun::Unreadable(_) if self.patience_left(id) => self.ready_later(id),
            DryRun::Unreadable(why) | DryRun::NotAllowed(why) => {
                self.settle_as(id, Settled::NotDone, Ended::Unreadable(why));
            }
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
            answer @ (Some(
                Answer::Unreadable(_) | Answer::Inventory { .. } | Answer::Fact(_) | Answer::Rejected(_),
            )
            | None) => {
                let why = unusable(answer.as_ref());
                if self.patience_left(id) {
                    self.ready_later(id);
                } else {
                    self.settle_as(id, Settled::NotDone, Ended::Unreadable(why));
                }
            }
        }
    }
}
