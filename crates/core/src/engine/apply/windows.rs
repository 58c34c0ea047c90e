//! Stops a run when no window is open and something is left to start: what runs is ended, nothing new is begun.

use super::begin::Course;
use super::track::{At, Track};
use super::{Machine, Stop};
use crate::engine::windows::Standing;

impl Machine {
    /// Looks at the windows before anything starts, again once the one that was open is over.
    pub(super) fn stop_outside_windows(&mut self) {
        if self.windows.is_empty() || self.stop.is_some() || self.course != Course::Plan {
            return;
        }
        let now = self.config.timestamp(self.now);
        if self.open_until.is_some_and(|until| now < until) || !self.has_something_to_start() {
            return;
        }
        match self.windows.at(now) {
            Standing::Open { until } => self.open_until = until,
            Standing::Closed { opens } => self.stop(Stop::OutsideWindow(opens)),
        }
    }

    fn has_something_to_start(&self) -> bool {
        let waits = |track: &Track| match track.at {
            At::Waiting | At::Gated(_) | At::Ready => track.step.is_some(),
            At::Checking
            | At::Confirming
            | At::Recording
            | At::Intending
            | At::Intended(_)
            | At::Reading
            | At::Read(..) => true,
            At::Sent
            | At::Accepting(_)
            | At::Accepted(..)
            | At::Unknown(_)
            | At::Looking
            | At::Following(_)
            | At::Ended(_) => false,
        };
        self.tracks.iter_active().any(waits)
    }
}
