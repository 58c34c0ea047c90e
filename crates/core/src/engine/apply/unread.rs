//! Since when something gives no answer that counts, and how long it is asked for again: briefly where the system itself
//! says that these credentials may not look, as asking again does not change that.

use super::config::Timing;
use super::protocol::Elapsed;
use crate::engine::question::Why;

/// Since when something could not be read, without a break.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unread {
    since: Option<Elapsed>,
    /// Since when the system says that it may not be read.
    denied: Option<Elapsed>,
}

impl Unread {
    /// Takes note of one more answer that is none.
    pub(super) fn note(&mut self, why: &Why, now: Elapsed) {
        self.since.get_or_insert(now);
        self.denied = why.trouble.is_denial().then(|| self.denied.unwrap_or(now));
    }

    /// Tells whether it has been denied for so long that this is believed.
    pub(super) fn is_denied(&self, now: Elapsed, timing: &Timing) -> bool {
        self.denied.is_some_and(|since| now >= since + timing.denial)
    }

    /// Tells whether it is not asked for again.
    pub(super) fn is_enough(&self, now: Elapsed, timing: &Timing) -> bool {
        self.is_denied(now, timing) || self.since.is_some_and(|since| now >= since + timing.patience)
    }
}
