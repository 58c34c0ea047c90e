//! Finds bugs of ours before they do harm: a need that the plan does not have, and steps that nothing will release.

use super::track::At;
use super::{Call, Defect, Machine, Phase, Run, Stop};
use crate::engine::id::StepId;
use std::collections::BTreeSet;

/// Looks for a need that was dropped: what waits for an unknown step would start too early without it.
pub(super) fn unknown_need(run: &Run) -> Option<Defect> {
    let known: BTreeSet<&StepId> = run.plan.steps.iter().map(|step| &step.id).collect();
    run.plan.steps.iter().find_map(|step| {
        let needs = step.after.iter().find(|needed| !known.contains(needed))?.clone();
        Some(Defect::UnknownNeed { step: step.id.clone(), needs })
    })
}

impl Machine {
    /// Stops if steps wait while nothing is under way that could release them: waiting on would be for ever.
    pub(super) fn stop_if_stalled(&mut self) {
        if self.is_left_waiting() || self.is_stalled() {
            let waiting = self.tracks.iter().filter(|(_, track)| !matches!(track.at, At::Ended(_)));
            let waiting = waiting.map(|(_, track)| track.key.step.clone()).collect();
            self.stop(Stop::Defect(Defect::Stalled(waiting)));
            self.read_and_send();
        }
    }

    /// Everything else is over, and what ended badly has ended what needs it: these wait for each other.
    fn is_left_waiting(&self) -> bool {
        let waits = |at: &At| matches!(at, At::Waiting);
        self.stop.is_none()
            && self.tracks.iter_active().next().is_none()
            && self.tracks.iter().any(|(_, track)| waits(&track.at))
    }

    fn is_stalled(&self) -> bool {
        let unanswered = |at: &At| matches!(at, At::Sent | At::Intending | At::Accepting(_));
        matches!(self.phase, Phase::Running)
            && self.stop.is_none()
            && self.may_start()
            && self.journal.is_idle()
            && self.checkpointing.is_idle()
            && self.calls.values().all(|call| matches!(call, Call::Lease))
            && !self.tracks.iter_active().any(|track| unanswered(&track.at))
            && self.tracks_wake().is_none_or(|at| at <= self.now)
            && self.tracks.iter().any(|(_, track)| !matches!(track.at, At::Ended(_)))
    }
}
