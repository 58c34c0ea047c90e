//! Shows how an apply goes, for terminals: what waits for what, and why.

use super::begin::Course;
use super::progress::{Progress, Stage, StepProgress, StepState};
use super::track::{At, From, Track, TrackId};
use super::{Ended, Machine, Phase};
use std::collections::BTreeSet;

impl Machine {
    /// Returns how the apply goes right now.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let those = |which: fn(&Track) -> bool| {
            let tracks = self.tracks.iter().filter(move |(_, track)| which(track));
            tracks.map(|(id, track)| self.progress_of(id, track)).collect()
        };
        Progress {
            stage: self.stage(),
            steps: those(|track| track.step.is_some()),
            awaited: those(|track| track.origin == From::Awaited && track.at.is_active()),
        }
    }

    fn progress_of(&self, id: TrackId, track: &Track) -> StepProgress {
        StepProgress {
            step: track.key.step.clone(),
            address: track.address.clone(),
            state: self.state(track),
            since: track.since,
            blocks: self.blocks(id),
        }
    }

    fn stage(&self) -> Stage {
        match &self.phase {
            Phase::Idle | Phase::Acquiring(_) => Stage::Acquiring,
            Phase::Running if self.stop.is_some() => Stage::Stopping,
            Phase::Running => match &self.course {
                Course::Plan | Course::Clear => Stage::Running,
                Course::Settle | Course::CloseEarlier(..) => {
                    let unknown = |track: &&Track| matches!(track.at, At::Unknown(_));
                    let times = self.tracks.iter_active().filter(unknown).filter_map(|track| track.at.due());
                    Stage::SettlingEarlier(times.max())
                }
            },
            Phase::Closing(_) => Stage::Closing,
            Phase::Over => Stage::Over,
        }
    }

    fn state(&self, track: &Track) -> StepState {
        match &track.at {
            At::Waiting => StepState::Waiting(self.waits_for(track)),
            At::Gated(watch) => StepState::Gated(watch.why.clone()),
            At::Ready => StepState::Ready,
            At::Checking
            | At::Confirming
            | At::Recording
            | At::Intending
            | At::Intended(_)
            | At::Reading
            | At::Read(..) => StepState::Starting,
            At::Sent => StepState::Sent,
            At::Accepting(_) => StepState::Accepted("accepted".to_owned()),
            At::Accepted(_, _, why) => StepState::Accepted(why.clone()),
            At::Unknown(at) => StepState::Unknown(*at, track.unanswered.cause.clone()),
            At::Looking => StepState::Unknown(self.now, track.unanswered.cause.clone()),
            At::Following(watch) => StepState::Following(watch.why.clone()),
            At::Ended(ended) => StepState::Ended(ended.clone()),
        }
    }

    fn waits_for(&self, track: &Track) -> Vec<crate::engine::id::StepId> {
        let after = track.step.iter().flat_map(|step| step.after.iter());
        let done = |id: TrackId| matches!(&self.tracks.get(id).at, At::Ended(ended) if Ended::is_done(ended));
        after.filter(|step| self.tracks.of_step(step).is_some_and(|id| !done(id))).cloned().collect()
    }

    /// Returns how many steps wait for this one; counted once, as it stays the same while the step goes on.
    fn blocks(&self, id: TrackId) -> u32 {
        let track = self.tracks.get(id);
        if matches!(track.at, At::Ended(_) | At::Waiting) || track.dependants.is_empty() {
            return 0;
        }
        *track.blocks.get_or_init(|| self.count_blocked(id))
    }

    fn count_blocked(&self, id: TrackId) -> u32 {
        let mut seen: BTreeSet<TrackId> = BTreeSet::new();
        let mut left = self.tracks.get(id).dependants.clone();
        while let Some(next) = left.pop() {
            if seen.insert(next) {
                left.extend(self.tracks.get(next).dependants.iter().copied());
            }
        }
        u32::try_from(seen.len()).unwrap_or(u32::MAX)
    }
}
