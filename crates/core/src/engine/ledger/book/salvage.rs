//! Reads what is left of a damaged ledger, and names every piece that is missing: nothing readable is forgotten.

use super::{Book, Guard, Slot};
use crate::engine::apply::Snapshot;
use crate::engine::journal::{Batch, Position};
use crate::engine::ledger::{LedgerHead, Shard, ShardName, whole};

/// What is left of ledger and journal, and what is not.
#[derive(Clone, Debug)]
pub struct Salvaged {
    /// Everything that can be read, every piece marked to be written anew.
    pub book: Book,
    /// What cannot; empty for a ledger that is whole.
    pub lost: Vec<Lost>,
}

/// A piece of ledger or journal that is of no use any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lost {
    /// Which.
    pub piece: Piece,
    /// What is wrong with it.
    pub harm: Harm,
}

/// The pieces of ledger and journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// The ledger's head.
    Head,
    /// One of its shards.
    Shard(ShardName),
    /// One batch of the journal.
    Batch(Position),
}

/// What can be wrong with a piece.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// It is not there.
    Missing,
    /// It is there and cannot be read, in the parser's words.
    Garbled(String),
    /// It is older than the ledger's head says.
    Old,
}

impl Salvaged {
    /// Reads whatever can be read.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        match Book::read(snapshot) {
            Ok(book) => Self { book, lost: Vec::new() },
            Err(_named_below) => Salvage::default().read(snapshot),
        }
    }
}

#[derive(Default)]
struct Salvage {
    book: Book,
    lost: Vec<Lost>,
}

impl Salvage {
    fn read(mut self, snapshot: &Snapshot) -> Salvaged {
        let head = self.head(snapshot);
        let shards = self.shards(snapshot, head.is_some());
        let newest = shards.iter().map(|(_, shard)| shard.folded).max().unwrap_or_default();
        let folded = head.as_ref().map_or(newest, |head| head.folded);
        if let Some(head) = &head {
            self.compare(head, &shards);
        }
        self.keep(shards, head.is_some());
        // Without a head nobody knows which apply is open: whatever the journal says of it counts.
        self.book.stored = head.as_ref().map_or_else(Position::default, |head| head.folded);
        self.journal(snapshot, folded);
        let Self { mut book, mut lost } = self;
        book.stored = folded;
        book.latest = book.latest.max(folded);
        book.worked = book.worked.max(folded);
        book.shards.iter_mut().for_each(|slot| slot.touched = true);
        lost.sort();
        Salvaged { book, lost }
    }

    fn lose(&mut self, piece: Piece, harm: Harm) {
        self.lost.push(Lost { piece, harm });
    }

    fn head(&mut self, snapshot: &Snapshot) -> Option<LedgerHead> {
        let read = snapshot.ledger.as_ref().map(|(bytes, version)| {
            self.book.head_version = Some(version.clone());
            LedgerHead::from_bytes(bytes)
        });
        let head = match read {
            Some(Ok(head)) => Some(head),
            Some(Err(garbled)) => {
                self.lose(Piece::Head, Harm::Garbled(garbled.cause));
                None
            }
            None => {
                if !snapshot.shards.is_empty() {
                    self.lose(Piece::Head, Harm::Missing);
                }
                None
            }
        };
        let widest = snapshot.shards.iter().map(|(name, _, _)| name.of).max();
        self.book.head = head.clone().unwrap_or_default();
        self.book.head.shards = head.as_ref().map_or(widest.unwrap_or(1), |head| head.shards).max(1);
        self.book.shards.resize_with(self.book.head.shards as usize, Slot::default);
        head
    }

    /// Reads the shards, oldest first; those of another number count only where no head says which number is right.
    fn shards(&mut self, snapshot: &Snapshot, has_head: bool) -> Vec<(ShardName, Shard)> {
        let of = self.book.head.shards;
        let mut shards = Vec::new();
        for (name, bytes, version) in &snapshot.shards {
            let slot = self.book.shards.get_mut(name.index as usize).filter(|_| name.of == of);
            if let Some(slot) = slot {
                slot.version = Some(version.clone());
            } else {
                self.book.leftovers.insert(*name, version.clone());
                if has_head {
                    continue;
                }
            }
            match Shard::from_bytes(bytes) {
                Ok(shard) => shards.push((*name, shard)),
                Err(garbled) => self.lose(Piece::Shard(*name), Harm::Garbled(garbled.cause)),
            }
        }
        shards.sort_by_key(|(name, shard)| (shard.folded, *name));
        shards
    }

    /// Names the shards that the head knows and nobody else.
    fn compare(&mut self, head: &LedgerHead, shards: &[(ShardName, Shard)]) {
        for (expected, index) in head.pieces.iter().zip(0..) {
            let name = ShardName { of: head.shards, index };
            let read = shards.iter().find(|(other, _)| *other == name);
            let garbled = self.lost.iter().any(|lost| lost.piece == Piece::Shard(name));
            match read {
                Some((_, shard)) if shard.folded < *expected => self.lose(Piece::Shard(name), Harm::Old),
                None if !garbled => self.lose(Piece::Shard(name), Harm::Missing),
                Some(_) | None => {}
            }
        }
    }

    fn keep(&mut self, shards: Vec<(ShardName, Shard)>, has_head: bool) {
        let of = self.book.head.shards;
        for (slot, index) in self.book.shards.iter().zip(0..) {
            let name = ShardName { of, index };
            if !has_head && of > 1 && slot.version.is_none() {
                self.lost.push(Lost { piece: Piece::Shard(name), harm: Harm::Missing });
            }
        }
        for (name, shard) in shards {
            if name.of == of {
                self.book.shards[name.index as usize].shard.folded = shard.folded;
            }
            let mut all: Vec<&mut Shard> = self.book.shards.iter_mut().map(|slot| &mut slot.shard).collect();
            shard.spread(&mut all, |address| ShardName::keeping(address, of).index as usize);
        }
    }

    /// Folds every batch that can be read; a gap before one does not make it untrue.
    fn journal(&mut self, snapshot: &Snapshot, folded: Position) {
        for missing in whole::gaps(snapshot, folded) {
            self.lose(Piece::Batch(missing), Harm::Missing);
        }
        let mut batches: Vec<_> = snapshot.batches.iter().collect();
        batches.sort_by_key(|(position, _)| *position);
        for (position, bytes) in batches {
            match Batch::from_bytes(*position, bytes) {
                Ok(batch) => self.book.fold(*position, &batch),
                Err(garbled) => {
                    let guard = if position.sequence == 0 { Guard::Opens } else { Guard::Nothing };
                    self.book.batches.insert(*position, guard);
                    self.book.latest = self.book.latest.max(*position);
                    if *position > folded {
                        self.lose(Piece::Batch(*position), Harm::Garbled(garbled.cause));
                    }
                }
            }
        }
    }
}
