//! Makes sure that nothing of ledger and journal is missing: what is absent is only taken for absent with proof.

use super::{LedgerHead, Shard, ShardName};
use crate::engine::apply::Snapshot;
use crate::engine::journal::{Garbled, Position};
use std::collections::{BTreeMap, BTreeSet};

/// Checks one consistent list against what its head says, or against the whole journal if there is no head yet.
///
/// `shards` says how far each of the head's shards is folded, if it is there.
pub(super) fn check(
    snapshot: &Snapshot,
    head: &LedgerHead,
    shards: &[Option<Position>],
) -> Result<(), Garbled> {
    if snapshot.ledger.is_some() {
        shards_of_head(head, shards)?;
    } else {
        shards_without_head(snapshot)?;
    }
    journal_after(snapshot, head.folded)
}

/// Every shard is there and as new as the head knows it; it may be newer, as shards are written first.
fn shards_of_head(head: &LedgerHead, shards: &[Option<Position>]) -> Result<(), Garbled> {
    for ((expected, folded), index) in head.pieces.iter().zip(shards).zip(0..) {
        let name = ShardName { of: head.shards, index };
        let how = match folded {
            None => "it is missing",
            Some(folded) if folded < expected => "it is older than the ledger's head",
            Some(_) => continue,
        };
        return Err(lost(format!("shard {name} of the ledger"), how));
    }
    Ok(())
}

/// Shards without a head are those of a first checkpoint that got half-way: the journal still has everything then.
fn shards_without_head(snapshot: &Snapshot) -> Result<(), Garbled> {
    let written: BTreeSet<Position> = snapshot.batches.iter().map(|(position, _)| *position).collect();
    for (name, bytes, _) in &snapshot.shards {
        let folded = Shard::from_bytes(bytes)?.folded;
        if !written.contains(&folded) {
            let what = "the ledger's head".to_owned();
            return Err(lost(what, &format!("it is missing, and shard {name} is there")));
        }
    }
    Ok(())
}

/// Numbers are never skipped, so a gap is a batch that was lost before it was folded.
fn journal_after(snapshot: &Snapshot, folded: Position) -> Result<(), Garbled> {
    match gaps(snapshot, folded).first() {
        Some(missing) => Err(lost(format!("batch {missing} of the journal"), "it is missing")),
        None => Ok(()),
    }
}

/// Returns the first missing batch of each gap in what was not folded yet.
pub(super) fn gaps(snapshot: &Snapshot, folded: Position) -> Vec<Position> {
    let mut next: BTreeMap<u64, Position> = BTreeMap::from([(folded.epoch.0, folded.next())]);
    let mut positions: Vec<Position> = snapshot.batches.iter().map(|(position, _)| *position).collect();
    positions.sort();
    let mut gaps = Vec::new();
    for position in positions.into_iter().filter(|position| *position > folded) {
        let first = Position::first(position.epoch);
        let expected = next.insert(position.epoch.0, position.next()).unwrap_or(first);
        if position != expected {
            gaps.push(expected);
        }
    }
    gaps
}

fn lost(what: String, how: &str) -> Garbled {
    Garbled { what, cause: how.to_owned() }
}
