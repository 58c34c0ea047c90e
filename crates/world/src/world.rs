//! Everything that is simulated, as one value: it is saved, copied and compared like any other.

use crate::kubernetes::ApiServer;
use crate::random::Random;
use evenkeel_core::engine::live::Live;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A simulated platform. The same seed and the same requests give the same world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    now: Timestamp,
    kubernetes: ApiServer,
}

impl World {
    /// Begins a world with an empty cluster.
    #[must_use]
    pub fn new(seed: u64, start: Timestamp) -> Self {
        Self { now: start, kubernetes: ApiServer::new(Random::new(seed), start) }
    }

    /// Begins a world as a snapshot shows it: what was not read is not there.
    ///
    /// Secrets are their digests; the bodies of resources that were not kept are missing, too.
    #[must_use]
    pub fn from_live(live: &Live, seed: u64, start: Timestamp) -> Self {
        let mut world = Self::new(seed, start);
        world.kubernetes.restore(live);
        world
    }

    /// Returns what time it is there.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets time pass; controllers work while it does, second by second.
    pub fn advance(&mut self, by: Duration) {
        const TICK: Duration = Duration::from_secs(1);
        let mut left = by;
        while !left.is_zero() {
            let tick = left.min(TICK);
            left -= tick;
            let length = SignedDuration::try_from(tick).unwrap_or(SignedDuration::ZERO);
            self.now = self.now.checked_add(length).unwrap_or(Timestamp::MAX);
            self.kubernetes.tick(self.now);
        }
    }

    /// Returns the API server.
    #[must_use]
    pub fn cluster(&self) -> &ApiServer {
        &self.kubernetes
    }

    /// Returns the API server, for requests that change something.
    pub fn kubernetes(&mut self) -> &mut ApiServer {
        &mut self.kubernetes
    }
}
