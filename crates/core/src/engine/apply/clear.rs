//! Clears addresses that only a person can clear: at once where nothing is in flight, else when nothing can be any more.

use super::begin::Course;
use super::protocol::Elapsed;
use super::{Machine, Phase};
use crate::engine::journal::{Cleared, Record};

/// An address that is cleared at this time.
pub(super) type Clearing = (Elapsed, Cleared);

impl Machine {
    /// Begins to clear addresses.
    ///
    /// A step that nobody settled may still take effect: its address is kept until that is over, as whoever writes
    /// there next must be the last one who does.
    pub(super) fn begin_clearing(&mut self, addresses: Vec<Cleared>) {
        self.course = Course::Clear;
        for cleared in addresses {
            let open = self.book.open().filter(|(_, open)| open.intent.what.address == cleared.address);
            let shows = open.map(|(_, open)| self.shows_after(&open.intent.what.repeat)).max();
            let from = self.watched.sealed.max(self.lease.not_before);
            let at = shows.map_or(self.now, |shows| from + self.in_flight_time(&cleared.address) + shows);
            self.clearing.push((at, cleared));
        }
    }

    /// Clears what is due; a run that stops clears nothing more.
    pub(super) fn clear_if_due(&mut self) {
        if self.stop.is_some() || !matches!(self.phase, Phase::Running) {
            self.clearing.clear();
            return;
        }
        let (due, later): (Vec<Clearing>, Vec<Clearing>) =
            std::mem::take(&mut self.clearing).into_iter().partition(|(at, _)| *at <= self.now);
        self.clearing = later;
        for (_, cleared) in due {
            self.journal.push(Record::Cleared(cleared));
        }
    }

    pub(super) fn clear_wake(&self) -> Option<Elapsed> {
        self.clearing.iter().map(|(at, _)| *at).min()
    }
}
