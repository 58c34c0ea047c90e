//! When state may be removed, and in which order: at no point in between may what is left look damaged.

use super::Book;
use crate::engine::apply::{Snapshot, Tenure};
use crate::engine::journal::Position;
use crate::engine::ledger::LedgerHead;
use std::sync::Arc;

/// Whether the state of an environment may be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retirement {
    /// There is none.
    Nothing,
    /// Something is ours, open, held, awaited, or not folded yet.
    InUse,
    /// Nothing in it is about anything that is there.
    Ready {
        /// The batches of the journal: all of them are in the ledger, so they go first.
        batches: Vec<Position>,
        /// The ledger's head, which names no shard any more: it is written next, so that shards may go one by one.
        head: Arc<[u8]>,
    },
}

impl Retirement {
    /// Decides from one consistent list.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let Snapshot { lock, batches, ledger, shards } = snapshot;
        let none = batches.is_empty() && ledger.is_none() && shards.is_empty();
        if none && lock.is_none() {
            return Self::Nothing;
        }
        let Ok(book) = Book::read(snapshot) else { return Self::InUse };
        let mut batches: Vec<Position> = batches.iter().map(|(position, _)| *position).collect();
        batches.sort();
        let folded = batches.last().is_none_or(|last| *last <= book.stored);
        if !folded || !book.is_of_nothing() {
            return Self::InUse;
        }
        Self::Ready { batches, head: book.emptied().to_bytes() }
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

    fn emptied(&self) -> LedgerHead {
        LedgerHead { pieces: Vec::new(), ..self.head.clone() }
    }
}
