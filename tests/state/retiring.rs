//! State that is emptied: whole at every moment on the way, and never emptied while it is about something.

use super::*;
use evenkeel_core::engine::apply::Snapshot;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::journal::{Batch, Record};
use evenkeel_core::engine::ledger::{
    Book, Generated, LedgerHead, Origin, Remembered, Retirement, Row, Shard,
};
use std::sync::atomic::{AtomicUsize, Ordering};

on_both!(
    emptying_that_is_stopped_anywhere_leaves_whole_state_and_is_ended_by_the_next,
    what_somebody_wrote_meanwhile_stays_with_all_its_parts,
    state_that_is_about_something_is_not_emptied,
);

/// Two epochs of a journal that is all folded into a ledger of two shards.
async fn settle(store: &Store, first: Shard) -> Snapshot {
    let folded = at(2, 1);
    for position in [at(1, 0), at(1, 1), at(2, 0), at(2, 1)] {
        let record = if position.sequence == 0 {
            Record::Open { holder: head(1, Tenure::Held).holder }
        } else {
            Record::Seal
        };
        let batch = Batch { by: Nonce::new("somebody"), records: vec![record] };
        create(store, position, &batch.to_bytes()).await;
    }
    for (index, shard) in [first, Shard::default()].into_iter().enumerate() {
        let name = ShardName { of: 2, index: u32::try_from(index).expect("small") };
        let bytes = Shard { folded, ..shard }.to_bytes();
        done(store.handle(StoreRequest::WriteShard { name, expected: None, bytes }).await);
    }
    let ledger = LedgerHead { folded, shards: 2, pieces: vec![folded, folded], ..LedgerHead::default() };
    done(write_ledger_head(store, None, &ledger.to_bytes()).await);
    done(swap_lock(store, None, head(2, Tenure::Released)).await);
    store.key().await.expect("a key");
    store.reader().read_all().await.expect("lists")
}

/// Empties state, and stops after so many looks at the clock; nothing if there was nothing to do.
async fn empty(store: &Store, looks: usize) -> Option<Emptied> {
    let snapshot = store.reader().read_all().await.expect("lists");
    let key = store.key_version().await.expect("reads");
    let Retirement::Ready { batches, head } = Retirement::of(&snapshot, key.as_ref()) else {
        assert_eq!(Retirement::of(&snapshot, key.as_ref()), Retirement::Nothing);
        return None;
    };
    let left = AtomicUsize::new(looks);
    let in_time =
        || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
    let rest = Rest { snapshot: &snapshot, key, head };
    Some(store.empty(batches, rest, &in_time).await.expect("answers"))
}

async fn emptying_that_is_stopped_anywhere_leaves_whole_state_and_is_ended_by_the_next(place: Location) {
    for looks in 0.. {
        let store = store(&place, &format!("prod{looks}"));
        let before = settle(&store, Shard::default()).await;
        let ended = empty(&store, looks).await;
        let left = store.reader().read_all().await.expect("lists");
        let book = Book::read(&left).unwrap_or_else(|damage| panic!("after {looks} looks: {damage}"));
        assert_eq!(book.row_count(), 0);
        assert_ne!(empty(&store, usize::MAX).await, Some(Emptied::Late), "after {looks} looks");
        let left = store.reader().read_all().await.expect("lists");
        assert_eq!(left.lock, before.lock, "no epoch is given twice");
        assert!(left.ledger.is_some() && left.batches.is_empty() && left.shards.is_empty());
        assert!(store.reader().read_key().await.expect("reads").is_none());
        if ended == Some(Emptied::Done) {
            assert!(looks > 3, "journal, shards and key were steps");
            return;
        }
    }
}

async fn what_somebody_wrote_meanwhile_stays_with_all_its_parts(place: Location) {
    let store = store(&place, "prod");
    let snapshot = settle(&store, Shard::default()).await;
    let key = store.key_version().await.expect("reads");
    let Retirement::Ready { batches: _, head } = Retirement::of(&snapshot, key.as_ref()) else {
        panic!("ready")
    };
    let name = ShardName { of: 2, index: 1 };
    let (_, _, version) = snapshot.shards.iter().find(|(shard, ..)| *shard == name).expect("a shard");
    let (expected, newer) = (Some(version.clone()), noise(3 << 20));
    let written = StoreRequest::WriteShard { name, expected, bytes: newer.as_slice().into() };
    done(store.handle(written).await);
    let rest = Rest { snapshot: &snapshot, key: key.clone(), head: head.clone() };
    assert_eq!(store.empty(Vec::new(), rest, &|| true).await.expect("stops"), Emptied::Written);
    let left = crate::state::store(&place, "prod").reader().read_all().await.expect("lists");
    let kept = left.shards.iter().find(|(shard, ..)| *shard == name).expect("it stays");
    assert!(*kept.1 == *newer, "with all its parts");
    assert!(store.reader().read_key().await.expect("reads").is_some(), "nothing more went");
    let rest = Rest { snapshot: &snapshot, key, head };
    let moved = store.empty(vec![at(1, 0)], rest, &|| true).await.expect("stops");
    assert_eq!(moved, Emptied::Written, "the head is another by now");
    assert_eq!(store.reader().read_all().await.expect("lists").batches.len(), 4);
}

async fn state_that_is_about_something_is_not_emptied(place: Location) {
    let row = Row {
        uid: "one".into(),
        remembered: Remembered::default(),
        since: NOON.parse().expect("a time"),
        revision: None,
        generated: Generated::Nothing,
        needs: Vec::new(),
        origin: Origin::Known,
    };
    let id = ResourceId::kubernetes("PersistentVolumeClaim", Some("graph"), "data");
    let store = store(&place, "prod");
    let kept = Shard { rows: [(id, row)].into(), ..Shard::default() };
    let snapshot = settle(&store, kept).await;
    assert_eq!(Retirement::of(&snapshot, None), Retirement::InUse);
}
