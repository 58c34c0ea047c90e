//! Ends a round in which one step failed: what waits for its turn there would wait for one that never comes back.

use super::track::{At, Track, TrackId};
use super::{Ended, Machine, NotStarted};
use crate::engine::id::ConnectionName;
use crate::engine::step::{Condition, Gate};

impl Machine {
    /// Lets nobody go after a step that was not done.
    pub(super) fn end_round(&mut self, id: TrackId) {
        let track = self.tracks.get(id);
        let rounds: Vec<ConnectionName> = rounds(track).cloned().collect();
        let culprit = match &track.at {
            At::Ended(Ended::NotStarted(NotStarted::Blocked { culprit })) => culprit.clone(),
            _ => track.key.step.clone(),
        };
        for other in self.tracks.active() {
            let track = self.tracks.get(other);
            let waits = matches!(track.at, At::Gated(_));
            if waits && gates(track).any(|gate| is_of(&gate.condition, &rounds)) {
                self.end(other, Ended::NotStarted(NotStarted::Blocked { culprit: culprit.clone() }));
            }
        }
    }
}

fn is_of(condition: &Condition, rounds: &[ConnectionName]) -> bool {
    condition.round().is_some_and(|round| rounds.contains(round))
}

fn gates(track: &Track) -> impl Iterator<Item = &Gate> {
    track.step.iter().flat_map(|step| &step.gates)
}

fn rounds(track: &Track) -> impl Iterator<Item = &ConnectionName> {
    gates(track).chain(&track.done_when).filter_map(|gate| gate.condition.round())
}
