//! The process's own clock: how much time has passed, counting the time that a laptop slept.

use jiff::Timestamp;
use std::time::{Duration, Instant, SystemTime};

/// Time since the process began its work.
///
/// `Instant` stands still while a machine is suspended, and the wall clock can be set back; leases need neither to be
/// believed too long, so the larger of the two counts (design-apply.md, "Time").
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    monotonic: Instant,
    wall: SystemTime,
}

impl Clock {
    /// Starts the clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
    pub fn start() -> Self {
        Self { monotonic: Instant::now(), wall: SystemTime::now() }
    }

    /// Returns how much time has passed.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.monotonic.elapsed().max(self.wall.elapsed().unwrap_or_default())
    }
}

/// Returns the present moment, for deadlines within this process.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
pub fn moment() -> Instant {
    Instant::now()
}

/// Returns the time of day, for reports and for what the ledger remembers.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
pub fn now() -> Timestamp {
    Timestamp::now()
}
