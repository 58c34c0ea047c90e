//! Writes the ledger, a checkpoint of the journal: shards, then the head, and only then are batches deleted.
//!
//! Each write is a compare-and-set on what was read. A conflict or a lost answer drops the checkpoint, for good: the
//! journal still has everything, and the next holder reads both anew.

use super::mechanism::Mechanism;
use super::protocol::{StoreAnswer, StoreRequest, Version};
use super::{Call, Machine, Notice, Phase};
use crate::engine::journal::Position;
use crate::engine::ledger::{Checkpoint, Guards, ShardName};
use std::sync::Arc;

/// A batch may cause so many rows to be written again, on average; elsewise a long apply writes its ledger all the time.
const ROWS_PER_BATCH: usize = 8;

/// How far the writing of the ledger is.
#[derive(Clone, Debug, Default)]
pub(super) struct Checkpointing {
    at: At,
    /// Batches written since the last one.
    batches: u32,
}

#[derive(Clone, Debug, Default)]
enum At {
    #[default]
    Idle,
    Shards(Writing),
    Head(Writing),
    Deleting,
    Dropped,
}

#[derive(Clone, Debug)]
struct Writing {
    left: usize,
    written: Vec<(ShardName, Version)>,
    head: (Option<Version>, Arc<[u8]>),
    obsolete: Vec<Position>,
}

/// Which piece a request wrote.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece {
    Shard(ShardName),
    Head,
    Obsolete,
}

impl Checkpointing {
    /// Counts a batch.
    pub(super) fn batch_written(&mut self) {
        self.batches += 1;
    }

    /// Makes a checkpoint due at the end, whether anything is journaled until then or not.
    pub(super) fn demand(&mut self) {
        self.batches = self.batches.max(1);
    }

    /// Tells whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.at, At::Idle | At::Dropped)
    }
}

impl Machine {
    /// Begins a checkpoint when enough has gathered: the more there is to write, the more must have.
    pub(super) fn checkpoint_if_due(&mut self) {
        let enough = self.config.timing.checkpoint_batches.max(1) as usize;
        let enough = enough.max(self.book.row_count() / ROWS_PER_BATCH);
        let due = self.checkpointing.batches as usize >= enough;
        if due && matches!(self.phase, Phase::Running) {
            self.checkpoint();
        }
    }

    /// Begins a checkpoint of everything that is known to be in the journal.
    pub(super) fn checkpoint(&mut self) {
        if !matches!(self.checkpointing.at, At::Idle) || self.checkpointing.batches == 0 {
            return;
        }
        self.checkpointing.batches = 0;
        let guards = if self.has(Mechanism::GuardsKept) { Guards::Kept } else { Guards::Gone };
        let Checkpoint { shards, head, obsolete } =
            self.book.checkpoint(self.config.timing.shard_rows, self.lease.epoch, guards);
        let writing = Writing { left: shards.len(), written: Vec::new(), head, obsolete };
        if !self.has(Mechanism::TruncateLast) {
            let request = StoreRequest::Delete(writing.obsolete.clone());
            self.store(Call::Checkpoint(Piece::Obsolete), request);
        }
        for (name, expected, bytes) in shards {
            self.store(
                Call::Checkpoint(Piece::Shard(name)),
                StoreRequest::WriteShard { name, expected, bytes },
            );
        }
        self.checkpointing.at = At::Shards(writing);
        self.head_if_shards_written();
    }

    fn head_if_shards_written(&mut self) {
        if let At::Shards(writing) = &self.checkpointing.at
            && writing.left == 0
        {
            let writing = writing.clone();
            let (expected, bytes) = writing.head.clone();
            self.checkpointing.at = At::Head(writing);
            self.store(Call::Checkpoint(Piece::Head), StoreRequest::WriteLedgerHead { expected, bytes });
        }
    }

    /// Takes the answer to a write of the checkpoint.
    pub(super) fn checkpoint_answered(&mut self, piece: Piece, answer: StoreAnswer) {
        let version = match (piece, answer) {
            (Piece::Obsolete, answer) => return self.obsolete_answered(answer),
            (Piece::Shard(_) | Piece::Head, StoreAnswer::Done(Some(version))) => version,
            (Piece::Shard(_) | Piece::Head, _) => return self.drop_checkpoint(),
        };
        match (&mut self.checkpointing.at, piece) {
            (At::Shards(writing), Piece::Shard(name)) => {
                writing.written.push((name, version));
                writing.left -= 1;
                self.head_if_shards_written();
            }
            (At::Head(writing), Piece::Head) => {
                let (written, obsolete) = (std::mem::take(&mut writing.written), writing.obsolete.clone());
                self.book.checkpointed(written, version, &obsolete);
                self.checkpointing.at = At::Deleting;
                self.store(Call::Checkpoint(Piece::Obsolete), StoreRequest::Delete(obsolete));
            }
            (At::Idle | At::Shards(_) | At::Head(_) | At::Deleting | At::Dropped, _) => {}
        }
    }

    fn obsolete_answered(&mut self, answer: StoreAnswer) {
        if matches!(self.checkpointing.at, At::Deleting) {
            self.checkpointing.at = At::Idle;
        }
        if let StoreAnswer::Refused(why) = answer {
            self.tell(Notice::JournalKept(why));
        }
    }

    fn drop_checkpoint(&mut self) {
        if !matches!(self.checkpointing.at, At::Dropped) {
            self.checkpointing.at = At::Dropped;
            self.tell(Notice::CheckpointDropped);
        }
    }
}
