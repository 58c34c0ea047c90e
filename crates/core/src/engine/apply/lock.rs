//! Views of the lock and of what is open, for `lock show`, `lock break` and `explain`; pure functions of a snapshot.

use super::protocol::{Head, Snapshot, Suspension, Tenure};
use crate::engine::id::ResourceId;
use crate::engine::ledger::{HeldAddress, Lost, OpenApply, OpenStep, Salvaged};
use jiff::Timestamp;
use std::sync::Arc;

/// What `lock show` tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockView {
    /// The lock, if there ever was a holder.
    pub head: Option<Head>,
    /// The apply that has begun and not ended.
    pub apply: Option<OpenApply>,
    /// Steps that nobody has settled yet.
    pub open: Vec<OpenStep>,
    /// Addresses that only a person can clear.
    pub held: Vec<(ResourceId, HeldAddress)>,
    /// Pieces of the ledger that cannot be used; the rest is shown.
    pub lost: Vec<Lost>,
}

impl LockView {
    /// Reads the view out of one consistent list.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let Salvaged { book, lost } = Salvaged::of(snapshot);
        Self {
            head: snapshot.lock.as_ref().map(|(head, _)| head.clone()),
            apply: book.apply().cloned(),
            open: book.open().map(|(_, open)| open.clone()).collect(),
            held: book.held().map(|(address, held)| (address.clone(), held.clone())).collect(),
            lost,
        }
    }
}

/// Returns the lock as `lock break` writes it, by compare-and-set on what was shown.
///
/// Whoever acquires next waits L + ε before it starts anything, as the old holder may not have noticed yet.
#[must_use]
pub fn broken(head: &Head, by: impl Into<Arc<str>>) -> Head {
    Head { tenure: Tenure::Broken { by: by.into() }, renewal: head.renewal + 1, ..head.clone() }
}

impl Suspension {
    /// Tells whether it still holds.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.until
    }
}
