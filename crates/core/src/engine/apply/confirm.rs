//! Decides on steps that are only read at first: a dry run that may confirm them, a record that something is gone.

use super::judge::{Match, expected};
use super::protocol::Reading;
use super::settled::Evidence;
use super::track::{At, TrackId, object};
use super::{Ended, Machine};
use crate::engine::journal::{Found, Moved, Remains, Settled};
use crate::engine::question::{Answer, Question, Rejection, Seen, Trouble, Why};

impl Machine {
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
