//! How time in a simulated world goes with the time outside.

use crate::clock;
use evenkeel_world::World;
use jiff::Timestamp;
use std::time::Duration;

/// Controllers that have had this long have done all they will do, however long nobody looked.
const LONGEST_ABSENCE: Duration = Duration::from_secs(600);

/// Since when, and how fast, time passes in a world.
pub(super) struct Pace {
    opened: Timestamp,
    /// What time it was there: later than outside where time went faster before.
    began: Timestamp,
    speed: u32,
}

impl Pace {
    /// Lets time pass, so many times as fast as outside, from the moment on at which the world was written.
    pub(super) fn new(world: &World, written: Option<Timestamp>, speed: u32) -> Self {
        let opened = clock::now();
        let away = opened.duration_since(written.unwrap_or(opened));
        let away = Duration::try_from(away).unwrap_or_default().min(LONGEST_ABSENCE);
        let began = world.now().checked_add(away.saturating_mul(speed)).unwrap_or(Timestamp::MAX);
        Self { opened, began: began.max(opened), speed }
    }

    /// Lets a world catch up.
    pub(super) fn keep(&self, world: &mut World) {
        let outside = Duration::try_from(clock::now().duration_since(self.opened)).unwrap_or_default();
        let now = self.began.checked_add(outside.saturating_mul(self.speed)).unwrap_or(Timestamp::MAX);
        let behind = Duration::try_from(now.duration_since(world.now())).unwrap_or_default();
        world.advance(behind.min(LONGEST_ABSENCE));
    }
}
