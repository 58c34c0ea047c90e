//! When state may be emptied, and of what: at no point in between may what is left look damaged.
//!
//! The lock and the ledger's head stay, as a few bytes: with them no epoch is ever given twice, and a process that
//! wakes up late finds that it was deposed, as it would have before.

use super::Book;
use crate::engine::apply::{Snapshot, Tenure, Version};
use crate::engine::journal::Position;
use crate::engine::ledger::LedgerHead;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whether the state of an environment may be emptied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retirement {
    /// There is none, or nothing is in it.
    Nothing,
    /// Something is ours, open, held or awaited.
    InUse,
    /// Nothing in it is about anything that is there.
    Ready {
        /// The ledger's head, written first: the whole journal is folded into it, and it names no shard.
        head: Arc<[u8]>,
        /// The batches of the journal, which go next.
        batches: Vec<Position>,
    },
}

impl Retirement {
    /// Decides from one consistent list, and from whether a key for digests is kept.
    #[must_use]
    pub fn of(snapshot: &Snapshot, key: Option<&Version>) -> Self {
        let Snapshot { lock: _, batches, ledger, shards } = snapshot;
        let is_bare = batches.is_empty() && shards.is_empty();
        // A key without a ledger may be all that is left of one that was lost: whoever restores it needs the key.
        if is_bare && (ledger.is_none() || key.is_none()) {
            return Self::Nothing;
        }
        let Ok(book) = Book::read(snapshot) else { return Self::InUse };
        if !book.is_of_nothing() {
            return Self::InUse;
        }
        let mut batches: Vec<Position> = batches.iter().map(|(position, _)| *position).collect();
        batches.sort();
        Self::Ready { head: book.emptied().to_bytes(), batches }
    }

    /// Tells whether somebody has the lock, as far as one look can tell.
    #[must_use]
    pub fn is_locked(snapshot: &Snapshot) -> bool {
        snapshot.lock.as_ref().is_some_and(|(head, _)| head.tenure != Tenure::Released)
    }
}

impl Book {
    /// Tells whether nothing in here is about anything that is there.
    fn is_of_nothing(&self) -> bool {
        let nothing_repeated = self.shards.iter().all(|slot| slot.shard.repeated.is_empty());
        self.apply().is_none()
            && self.row_count() == 0
            && self.open().next().is_none()
            && self.held().next().is_none()
            && self.awaited().next().is_none()
            && nothing_repeated
    }

    /// Whoever comes next is told which approvals were used up; whom connections talk to is learned anew.
    fn emptied(&self) -> LedgerHead {
        LedgerHead {
            folded: self.latest,
            shards: self.head.shards,
            pieces: Vec::new(),
            apply: None,
            consumed: self.head.consumed.clone(),
            pins: BTreeMap::new(),
        }
    }
}
