//! State that is removed: whole at every moment on the way, and never removed while it is about something.

use super::*;
use evenkeel_core::engine::apply::Snapshot;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::journal::{Batch, Record};
use evenkeel_core::engine::ledger::{
    Book, Generated, LedgerHead, Origin, Remembered, Retirement, Row, Shard,
};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs each test on a directory and on a real API server.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod directory {
            $(#[tokio::test]
            async fn $test() {
                let root = tempfile::tempdir().expect("a directory");
                super::$test(super::Location::Directory(root.path().join("state"))).await;
            })*
        }

        mod real {
            $(#[tokio::test]
            #[ignore = "needs a control plane: make test-real"]
            async fn $test() {
                super::$test(crate::state::servers::namespace().await).await;
            })*
        }
    };
}

on_both!(
    a_removal_that_is_stopped_anywhere_leaves_whole_state_and_is_ended_by_the_next,
    what_somebody_wrote_meanwhile_stays,
    state_that_is_about_something_is_not_removed,
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

/// Removes state, and stops after so many looks at the clock.
async fn remove(store: &Store, looks: usize) -> bool {
    let snapshot = store.reader().read_all().await.expect("lists");
    let Retirement::Ready { batches, head: emptied } = Retirement::of(&snapshot) else {
        return matches!(Retirement::of(&snapshot), Retirement::Nothing);
    };
    let before = snapshot.lock.as_ref().map(|(_, version)| version);
    let lock = done(swap_lock(store, before, head(3, Tenure::Held)).await);
    let left = AtomicUsize::new(looks);
    let in_time =
        || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
    store.remove_all(batches, (&snapshot, lock), (emptied, &in_time)).await.expect("answers")
}

async fn a_removal_that_is_stopped_anywhere_leaves_whole_state_and_is_ended_by_the_next(place: Location) {
    for looks in 0.. {
        let store = store(&place, &format!("prod{looks}"));
        settle(&store, Shard::default()).await;
        let ended = remove(&store, looks).await;
        let left = store.reader().read_all().await.expect("lists");
        let book = Book::read(&left).unwrap_or_else(|damage| panic!("after {looks} looks: {damage}"));
        assert_eq!(book.row_count(), 0);
        assert!(remove(&store, usize::MAX).await, "after {looks} looks");
        assert_eq!(store.reader().read_all().await.expect("lists"), Snapshot::default());
        assert!(store.reader().read_key().await.expect("reads").is_none());
        if ended {
            assert!(looks > 8, "every object was a step");
            return;
        }
    }
}

async fn what_somebody_wrote_meanwhile_stays(place: Location) {
    let store = store(&place, "prod");
    let snapshot = settle(&store, Shard::default()).await;
    let Retirement::Ready { batches, head: emptied } = Retirement::of(&snapshot) else { panic!("ready") };
    let lock = snapshot.lock.clone().expect("a lock").1;
    let other = done(swap_lock(&store, Some(&lock), head(3, Tenure::Held)).await);
    let name = ShardName { of: 2, index: 1 };
    let (_, _, version) = snapshot.shards.iter().find(|(shard, ..)| *shard == name).expect("a shard");
    let newer = Shard { folded: at(3, 1), ..Shard::default() }.to_bytes();
    let expected = Some(version.clone());
    done(store.handle(StoreRequest::WriteShard { name, expected, bytes: newer.clone() }).await);
    store.remove_all(batches, (&snapshot, lock), (emptied, &|| true)).await.expect("answers");
    let left = store.reader().read_all().await.expect("lists");
    assert_eq!(left.lock, Some((head(3, Tenure::Held), other)), "it is another's");
    let shards: Vec<_> = left.shards.iter().map(|(name, bytes, _)| (*name, bytes.clone())).collect();
    assert_eq!(shards, [(name, newer)]);
}

async fn state_that_is_about_something_is_not_removed(place: Location) {
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
    assert_eq!(Retirement::of(&snapshot), Retirement::InUse);

    let unfolded = Batch { by: Nonce::new("somebody"), records: vec![Record::Seal] };
    let other = crate::state::store(&place, "staging");
    settle(&other, Shard::default()).await;
    create(&other, at(2, 2), &unfolded.to_bytes()).await;
    let snapshot = other.reader().read_all().await.expect("lists");
    assert_eq!(Retirement::of(&snapshot), Retirement::InUse, "the journal has more than the ledger");
}
