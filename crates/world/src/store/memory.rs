//! The state store in memory: linearisable compare-and-set and create, consistent lists.

use evenkeel_core::engine::apply::{Head, Snapshot, StoreAnswer, StoreRequest, Suspension, Version, broken};
use evenkeel_core::engine::journal::Position;
use evenkeel_core::engine::ledger::{Piece, ShardName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lock, journal, ledger and suspension of one environment.
#[derive(Clone, Debug, Default)]
pub struct StateStore {
    lock: Option<(Head, u64)>,
    batches: BTreeMap<Position, Arc<[u8]>>,
    ledger: Option<(Arc<[u8]>, u64)>,
    shards: BTreeMap<ShardName, (Arc<[u8]>, u64)>,
    suspension: Option<Suspension>,
    versions: u64,
    checks: Checks,
}

/// What the store compares before it sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checks {
    /// Everything, as it must.
    #[default]
    All,
    /// Everything but shards and the ledger's head; only to show what that breaks.
    NotTheLedger,
}

impl StateStore {
    /// Returns an empty store.
    #[must_use]
    pub fn new(checks: Checks) -> Self {
        Self { checks, ..Self::default() }
    }

    /// Executes a request, now and whole.
    pub fn execute(&mut self, request: &StoreRequest) -> StoreAnswer {
        match request {
            StoreRequest::ReadAll => StoreAnswer::All(Box::new(self.snapshot())),
            StoreRequest::ReadLock => StoreAnswer::Lock(self.snapshot().lock),
            StoreRequest::SwapLock { expected, new } => self.swap_lock(expected.as_ref(), new),
            StoreRequest::Create { position, bytes } => self.create(*position, bytes),
            StoreRequest::ReadBatch(position) => StoreAnswer::Batch(self.batches.get(position).cloned()),
            StoreRequest::WriteShard { name, expected, bytes } => {
                self.write_shard(*name, expected.as_ref(), bytes)
            }
            StoreRequest::WriteLedgerHead { expected, bytes } => self.write_head(expected.as_ref(), bytes),
            StoreRequest::ReadLedgerHead => {
                StoreAnswer::LedgerHead(self.ledger.as_ref().map(|(bytes, at)| (bytes.clone(), version(*at))))
            }
            StoreRequest::Delete(positions) => {
                for position in positions {
                    self.batches.remove(position);
                }
                StoreAnswer::Done(None)
            }
            StoreRequest::ReadSuspension => StoreAnswer::Suspended(self.suspension.clone()),
        }
    }

    /// Returns everything as one consistent list.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let shards = self.shards.iter();
        Snapshot {
            lock: self.lock.as_ref().map(|(head, at)| (head.clone(), version(*at))),
            batches: self.batches.iter().map(|(position, bytes)| (*position, bytes.clone())).collect(),
            ledger: self.ledger.as_ref().map(|(bytes, at)| (bytes.clone(), version(*at))),
            shards: shards.map(|(name, (bytes, at))| (*name, bytes.clone(), version(*at))).collect(),
        }
    }

    /// Loses a piece of ledger or journal, as a person with kubectl may.
    pub fn lose(&mut self, piece: Piece) {
        match piece {
            Piece::Head => self.ledger = None,
            Piece::Shard(name) => drop(self.shards.remove(&name)),
            Piece::Batch(position) => drop(self.batches.remove(&position)),
        }
    }

    /// Makes a piece of ledger or journal unreadable.
    pub fn garble(&mut self, piece: Piece) {
        let garbage: Arc<[u8]> = b"{".as_slice().into();
        match piece {
            Piece::Head => self.ledger.iter_mut().for_each(|(bytes, _)| bytes.clone_from(&garbage)),
            Piece::Shard(name) => {
                self.shards.entry(name).and_modify(|(bytes, _)| bytes.clone_from(&garbage));
            }
            Piece::Batch(position) => {
                self.batches.entry(position).and_modify(|bytes| bytes.clone_from(&garbage));
            }
        }
    }

    /// Deletes the lock, as a person with kubectl may.
    pub fn delete_lock(&mut self) {
        self.lock = None;
    }

    /// Breaks the lock, as `lock break` does.
    pub fn break_lock(&mut self, by: &str) {
        if let Some((head, _)) = self.lock.take() {
            let at = self.next_version();
            self.lock = Some((broken(&head, by), at));
        }
    }

    /// Suspends the environment, or lets it go on.
    pub fn suspend(&mut self, suspension: Option<Suspension>) {
        self.suspension = suspension;
    }

    fn next_version(&mut self) -> u64 {
        self.versions += 1;
        self.versions
    }

    fn swap_lock(&mut self, expected: Option<&Version>, new: &Head) -> StoreAnswer {
        let current = self.lock.as_ref().map(|(_, at)| version(*at));
        if current.as_ref() != expected {
            return StoreAnswer::Conflict;
        }
        let at = self.next_version();
        self.lock = Some((new.clone(), at));
        StoreAnswer::Done(Some(version(at)))
    }

    fn create(&mut self, position: Position, bytes: &Arc<[u8]>) -> StoreAnswer {
        if let Some(taken) = self.batches.get(&position) {
            return StoreAnswer::Exists(taken.clone());
        }
        self.batches.insert(position, bytes.clone());
        StoreAnswer::Done(None)
    }

    fn write_shard(&mut self, name: ShardName, expected: Option<&Version>, bytes: &Arc<[u8]>) -> StoreAnswer {
        let current = self.shards.get(&name).map(|(_, at)| version(*at));
        if self.checks == Checks::All && current.as_ref() != expected {
            return StoreAnswer::Conflict;
        }
        let at = self.next_version();
        self.shards.insert(name, (bytes.clone(), at));
        StoreAnswer::Done(Some(version(at)))
    }

    fn write_head(&mut self, expected: Option<&Version>, bytes: &Arc<[u8]>) -> StoreAnswer {
        let current = self.ledger.as_ref().map(|(_, at)| version(*at));
        if self.checks == Checks::All && current.as_ref() != expected {
            return StoreAnswer::Conflict;
        }
        let at = self.next_version();
        self.ledger = Some((bytes.clone(), at));
        StoreAnswer::Done(Some(version(at)))
    }
}

fn version(at: u64) -> Version {
    Version(at.to_string().into())
}
