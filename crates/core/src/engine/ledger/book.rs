//! Ledger and journal as one value in memory: what is ours, what is open, what is held, which epochs are sealed.
//!
//! Folding skips, shard by shard, what a shard already has, so that a checkpoint that got half-way does no harm.

mod retire;
mod salvage;

pub use retire::Retirement;
pub use salvage::{Harm, Lost, Piece, Salvaged};

use super::shard::{
    Awaited, HeldAddress, LedgerHead, OpenApply, OpenStep, SettledStep, Shard, ShardName, Standing,
};
use super::{Ledger, Row, whole};
use crate::engine::apply::{Snapshot, Version};
use crate::engine::id::{ConnectionId, ResourceId};
use crate::engine::journal::{Batch, Begin, Epoch, Garbled, Position, Record, Settled, StepKey};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `Open` and `Seal` are spared by truncation for so many epochs: they stop writers that wake up late.
const GUARDED_EPOCHS: u64 = 16;

/// The ledger with the journal's batches folded in.
#[derive(Clone, Debug, Default)]
pub struct Book {
    head: LedgerHead,
    head_version: Option<Version>,
    shards: Vec<Slot>,
    leftovers: BTreeMap<ShardName, Version>,
    batches: BTreeMap<Position, Guard>,
    latest: Position,
    worked: Position,
    stored: Position,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    shard: Shard,
    version: Option<Version>,
    touched: bool,
}

/// What a batch in the journal means to its epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guard {
    Nothing,
    Opens,
    Seals,
}

/// Whether truncation spares `Open` and `Seal` for a while, as it must; only tests say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guards {
    /// They stay for 16 epochs.
    Kept,
    /// They go with the rest.
    Gone,
}

/// What a checkpoint writes, in this order: all shards, the head; then the batches may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Shards with the versions that were read and their new bytes.
    pub shards: Vec<(ShardName, Option<Version>, Arc<[u8]>)>,
    /// The head's version that was read, and its new bytes.
    pub head: (Option<Version>, Arc<[u8]>),
    /// The batches that are folded in everywhere once the head is written, oldest first.
    pub obsolete: Vec<Position>,
}

impl Book {
    /// Reads ledger and journal as one list found them.
    pub fn read(snapshot: &Snapshot) -> Result<Self, Garbled> {
        let mut book = Self::default();
        if let Some((bytes, version)) = &snapshot.ledger {
            book.head = LedgerHead::from_bytes(bytes)?;
            book.head_version = Some(version.clone());
        }
        book.head.shards = book.head.shards.max(1);
        book.stored = book.head.folded;
        book.latest = book.head.folded;
        book.worked = book.head.folded;
        book.shards.resize_with(book.head.shards as usize, Slot::default);
        for (name, bytes, version) in &snapshot.shards {
            book.take_shard(*name, bytes, version)?;
        }
        let mut batches: Vec<_> = snapshot.batches.iter().collect();
        batches.sort_by_key(|(position, _)| *position);
        for (position, bytes) in batches {
            book.fold(*position, &Batch::from_bytes(*position, bytes)?);
        }
        let shards = book.shards.iter().map(|slot| slot.version.as_ref().map(|_| slot.shard.folded));
        whole::check(snapshot, &book.head, &shards.collect::<Vec<_>>())?;
        Ok(book)
    }

    fn take_shard(&mut self, name: ShardName, bytes: &[u8], version: &Version) -> Result<(), Garbled> {
        if name.of != self.head.shards {
            self.leftovers.insert(name, version.clone());
            return Ok(());
        }
        if let Some(slot) = self.shards.get_mut(name.index as usize) {
            let named = |garbled: Garbled| Garbled { what: format!("shard {name} of the ledger"), ..garbled };
            slot.shard = Shard::from_bytes(bytes).map_err(named)?;
            slot.version = Some(version.clone());
            self.latest = self.latest.max(slot.shard.folded);
        }
        Ok(())
    }

    /// Folds a batch that is known to be in the journal.
    pub fn fold(&mut self, position: Position, batch: &Batch) {
        let guard = match () {
            () if batch.is_seal() => Guard::Seals,
            () if batch.guards_epoch() => Guard::Opens,
            () => Guard::Nothing,
        };
        self.batches.insert(position, guard);
        self.latest = self.latest.max(position);
        if guard == Guard::Nothing {
            self.worked = self.worked.max(position);
        }
        for record in &batch.records {
            self.fold_record(position, record);
        }
    }

    fn fold_record(&mut self, position: Position, record: &Record) {
        match record {
            Record::Open { holder: _ } | Record::Seal => {}
            Record::Begin(begin) => {
                if position > self.stored {
                    self.head.apply = Some(opened(begin));
                }
            }
            Record::End { apply, why: _ } => {
                if position > self.stored && self.head.apply.as_ref().is_some_and(|open| open.apply == *apply)
                {
                    self.head.apply = None;
                }
            }
            Record::Intent(intent) => {
                self.touch(position, &intent.what.address, |shard| shard.intend(position.epoch, intent));
            }
            Record::Accepted(accepted) => self.touch(position, &accepted.address, |shard| {
                if let Some(open) = shard.open.get_mut(&accepted.key) {
                    open.receipt = Some(accepted.receipt.clone());
                }
            }),
            Record::Settled(settled) => {
                self.head.consumed.extend(settled.consumed.iter().copied());
                self.touch(position, &settled.address, |shard| shard.settle(position, settled));
            }
            Record::Met { by, address } => self.touch(position, address, |shard| shard.meet(address, by)),
            Record::Pinned { connection, identity } => {
                self.head.pins.entry(connection.clone()).or_insert_with(|| identity.clone());
            }
            Record::Cleared(cleared) => self.touch(position, &cleared.address, |shard| {
                shard.held.remove(&cleared.address);
                shard.open.retain(|_, open| open.intent.what.address != cleared.address);
            }),
        }
    }

    fn touch(&mut self, position: Position, address: &ResourceId, change: impl FnOnce(&mut Shard)) {
        let name = ShardName::keeping(address, self.head.shards);
        let slot = &mut self.shards[name.index as usize];
        if position > slot.shard.folded {
            change(&mut slot.shard);
            slot.touched = true;
        }
    }

    /// Returns the highest epoch that anything here mentions.
    #[must_use]
    pub fn highest_epoch(&self) -> Epoch {
        self.latest.epoch
    }

    /// Returns the position of the last batch that did anything: a plan that was made at another one is checked
    /// step by step before its intents.
    #[must_use]
    pub fn position(&self) -> Position {
        self.worked
    }

    /// Returns the names under which seals are missing: the next number of every epoch below `below` that could
    /// still grow.
    #[must_use]
    pub fn unsealed(&self, below: Epoch) -> Vec<Position> {
        let folded = self.stored;
        (folded.epoch.0.max(1)..below.0)
            .map(Epoch)
            .filter_map(|epoch| {
                let range = Position::first(epoch)..Position::first(epoch.next());
                let mut batches = self.batches.range(range);
                if batches.clone().any(|(position, guard)| *guard == Guard::Seals && *position > folded) {
                    return None;
                }
                let written = batches.next_back().map(|(position, _)| *position);
                let folded = (folded.epoch == epoch).then_some(folded);
                Some(written.max(folded).map_or(Position::first(epoch), Position::next))
            })
            .collect()
    }

    /// Returns the apply that has begun and not ended.
    #[must_use]
    pub fn apply(&self) -> Option<&OpenApply> {
        self.head.apply.as_ref()
    }

    /// Returns whom each connection talked to at first contact.
    #[must_use]
    pub fn pins(&self) -> &BTreeMap<ConnectionId, Arc<str>> {
        &self.head.pins
    }

    /// Returns every open step.
    pub fn open(&self) -> impl Iterator<Item = (&StepKey, &OpenStep)> {
        self.shards.iter().flat_map(|slot| slot.shard.open.iter())
    }

    /// Returns every held address.
    pub fn held(&self) -> impl Iterator<Item = (&ResourceId, &HeldAddress)> {
        self.shards.iter().flat_map(|slot| slot.shard.held.iter())
    }

    /// Returns what became of a step of the running apply, and where the journal says so.
    #[must_use]
    pub fn settled(&self, key: &StepKey, address: &ResourceId) -> Option<&SettledStep> {
        self.keeping(address).settled.get(key)
    }

    /// Returns how many steps of an apply were carried out.
    #[must_use]
    pub fn done_in(&self, apply: &str) -> u32 {
        let settled = self.shards.iter().flat_map(|slot| &slot.shard.settled);
        let done = settled
            .filter(|(key, step)| *key.apply == *apply && matches!(step.how, Settled::Done { .. }))
            .count();
        u32::try_from(done).unwrap_or(u32::MAX)
    }

    /// Returns what was carried out and has not been seen to be done.
    pub fn awaited(&self) -> impl Iterator<Item = (&ResourceId, &Awaited)> {
        self.shards.iter().flat_map(|slot| slot.shard.awaited.iter())
    }

    /// Returns the row of an address.
    #[must_use]
    pub fn row(&self, address: &ResourceId) -> Option<&Row> {
        self.keeping(address).rows.get(address)
    }

    /// Returns every row.
    pub fn rows(&self) -> impl Iterator<Item = (&ResourceId, &Row)> {
        self.shards.iter().flat_map(|slot| slot.shard.rows.iter())
    }

    /// Returns how many rows there are.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.shards.iter().map(|slot| slot.shard.rows.len()).sum()
    }

    /// Returns what an earlier step left in doubt at an address.
    #[must_use]
    pub fn held_at(&self, address: &ResourceId) -> Option<&HeldAddress> {
        self.keeping(address).held.get(address)
    }

    /// Returns how an address stands beside its row.
    #[must_use]
    pub fn standing(&self, address: &ResourceId) -> Standing<'_> {
        let shard = self.keeping(address);
        if let Some(held) = shard.held.get(address) {
            return Standing::Held(held);
        }
        let open = shard.open.values().find(|open| open.intent.what.address == *address);
        open.map_or(Standing::Free, Standing::Open)
    }

    /// Returns all rows as the planner reads them.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        Ledger {
            rows: self.rows().map(|(address, row)| (address.clone(), row.clone())).collect(),
            consumed: self.head.consumed.clone(),
            pins: self.head.pins.clone(),
        }
    }

    fn keeping(&self, address: &ResourceId) -> &Shard {
        &self.shards[ShardName::keeping(address, self.head.shards).index as usize].shard
    }

    /// Prepares a checkpoint up to the latest batch; `rows` bounds the rows of one shard.
    #[must_use]
    pub fn checkpoint(&mut self, rows: usize, epoch: Epoch, guards: Guards) -> Checkpoint {
        self.reshard(rows);
        let folded = self.latest;
        self.head.folded = folded;
        let apply = self.head.apply.as_ref().map(|open| open.apply.clone());
        let of = self.head.shards;
        let touched =
            self.shards.iter_mut().zip(0..).filter(|(slot, _)| slot.touched || slot.version.is_none());
        let shards = touched
            .map(|(slot, index)| {
                slot.shard.folded = folded;
                slot.shard.settled.retain(|key, _| Some(&key.apply) == apply.as_ref());
                (ShardName { of, index }, slot.version.clone(), slot.shard.to_bytes())
            })
            .collect();
        self.head.pieces = self.shards.iter().map(|slot| slot.shard.folded).collect();
        let old = |position: &Position, guard: &Guard| {
            *guard == Guard::Nothing || guards == Guards::Gone || position.epoch.0 + GUARDED_EPOCHS <= epoch.0
        };
        let obsolete = self.batches.range(..=folded).filter(|(position, guard)| old(position, guard));
        Checkpoint {
            shards,
            head: (self.head_version.clone(), self.head.to_bytes()),
            obsolete: obsolete.map(|(position, _)| *position).collect(),
        }
    }

    /// Takes note that the head of a checkpoint is written, and its shards before it.
    pub fn checkpointed(&mut self, shards: Vec<(ShardName, Version)>, head: Version, gone: &[Position]) {
        self.head_version = Some(head);
        self.stored = self.head.folded;
        for (name, version) in shards {
            if let Some(slot) = self.shards.get_mut(name.index as usize) {
                slot.version = Some(version);
                slot.touched = slot.shard.folded < self.latest && slot.touched;
            }
        }
        for position in gone {
            self.batches.remove(position);
        }
    }

    /// Doubles the number of shards until none has too many rows to be stored in one piece.
    fn reshard(&mut self, rows: usize) {
        let total = self.row_count();
        let mut of = self.head.shards;
        while total > rows.max(1) * of as usize {
            of *= 2;
        }
        if of == self.head.shards {
            return;
        }
        let mut slots: Vec<Slot> = Vec::new();
        for index in 0..of {
            let version = self.leftovers.remove(&ShardName { of, index });
            slots.push(Slot { shard: Shard::default(), version, touched: true });
        }
        let shard_of = |address: &ResourceId| ShardName::keeping(address, of).index as usize;
        for old in std::mem::take(&mut self.shards) {
            let mut new: Vec<&mut Shard> = slots.iter_mut().map(|slot| &mut slot.shard).collect();
            old.shard.spread(&mut new, shard_of);
        }
        self.head.shards = of;
        self.shards = slots;
    }
}

fn opened(begin: &Begin) -> OpenApply {
    let Begin { apply, tree, plan, steps, agreed } = begin.clone();
    OpenApply { apply, tree, plan, steps, agreed }
}
