//! What every store keeps to; the machine in core rests on it.

use super::*;
use evenkeel_core::engine::apply::{Snapshot, Suspension};

on_both!(
    a_batch_is_created_once_and_the_second_attempt_is_shown_the_first,
    a_write_that_expects_another_version_changes_nothing,
    of_many_that_swap_at_once_one_wins,
    the_list_has_everything_of_its_environment_and_nothing_else,
    megabytes_come_back_as_they_were,
    nobody_ever_reads_half_of_a_write,
    deleted_batches_are_gone_and_deleting_them_again_does_not_matter,
    all_that_make_a_key_get_the_same_one,
    a_suspension_counts_until_its_time_is_over,
    reading_what_is_not_there_finds_nothing_and_makes_nothing,
);

async fn all(store: &Store) -> Snapshot {
    let mut snapshot = store.reader().read_all().await.expect("lists");
    snapshot.batches.sort();
    snapshot
}

async fn a_batch_is_created_once_and_the_second_attempt_is_shown_the_first(place: Location) {
    let (one, two) = (store(&place, "prod"), store(&place, "prod"));
    assert_eq!(create(&one, at(3, 0), b"first").await, StoreAnswer::Done(None));
    assert_eq!(create(&two, at(3, 0), b"second").await, StoreAnswer::Exists(b"first".as_slice().into()));
    assert_eq!(
        two.handle(StoreRequest::ReadBatch(at(3, 0))).await,
        StoreAnswer::Batch(Some(b"first".as_slice().into()))
    );
    assert_eq!(two.handle(StoreRequest::ReadBatch(at(3, 1))).await, StoreAnswer::Batch(None));
}

async fn a_write_that_expects_another_version_changes_nothing(place: Location) {
    let store = store(&place, "prod");
    let first = done(swap_lock(&store, None, head(1, Tenure::Held)).await);
    assert_eq!(swap_lock(&store, None, head(2, Tenure::Held)).await, StoreAnswer::Conflict);
    let broken = head(1, Tenure::Broken { by: "bob".into() });
    let second = done(swap_lock(&store, Some(&first), broken.clone()).await);
    assert_eq!(swap_lock(&store, Some(&first), head(2, Tenure::Held)).await, StoreAnswer::Conflict);
    assert_eq!(store.reader().read_lock().await.expect("reads"), Some((broken, second)));

    let first = done(write_shard(&store, None, b"one").await);
    let second = done(write_shard(&store, Some(&first), b"two").await);
    assert_ne!(first, second);
    assert_eq!(write_shard(&store, Some(&first), b"three").await, StoreAnswer::Conflict);
    assert_eq!(write_shard(&store, None, b"three").await, StoreAnswer::Conflict);

    assert_eq!(
        write_ledger_head(&store, Some(&first), b"head").await,
        StoreAnswer::Conflict,
        "is not there yet"
    );
    let version = done(write_ledger_head(&store, None, b"head").await);
    let answer = store.handle(StoreRequest::ReadLedgerHead).await;
    assert_eq!(answer, StoreAnswer::LedgerHead(Some((b"head".as_slice().into(), version))));
}

async fn of_many_that_swap_at_once_one_wins(place: Location) {
    let version = done(swap_lock(&store(&place, "prod"), None, head(1, Tenure::Released)).await);
    let racers = (2..10).map(|epoch| {
        let (store, version) = (store(&place, "prod"), version.clone());
        async move { swap_lock(&store, Some(&version), head(epoch, Tenure::Held)).await }
    });
    let answers = futures::future::join_all(racers).await;
    let winners = answers.iter().filter(|answer| matches!(answer, StoreAnswer::Done(_))).count();
    assert_eq!(winners, 1, "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer, StoreAnswer::Done(_) | StoreAnswer::Conflict)));
}

async fn the_list_has_everything_of_its_environment_and_nothing_else(place: Location) {
    let (store, other) = (store(&place, "prod"), store(&place, "prod-eu"));
    create(&other, at(1, 0), b"other").await;
    done(swap_lock(&other, None, head(1, Tenure::Held)).await);
    let lock = done(swap_lock(&store, None, head(9, Tenure::Held)).await);
    for sequence in 0..20 {
        create(&store, at(9, sequence), format!("batch {sequence}").as_bytes()).await;
    }
    let shard = done(write_shard(&store, None, b"shard").await);
    let ledger = done(write_ledger_head(&store, None, b"ledger").await);
    store.key().await.expect("a key");

    let snapshot = all(&store).await;
    assert_eq!(snapshot.lock, Some((head(9, Tenure::Held), lock)));
    assert_eq!(snapshot.ledger, Some((b"ledger".as_slice().into(), ledger)));
    assert_eq!(snapshot.shards, [(ShardName { of: 4, index: 2 }, b"shard".as_slice().into(), shard)]);
    let batches = (0..20).map(|sequence| (at(9, sequence), format!("batch {sequence}").into_bytes().into()));
    assert_eq!(snapshot.batches, batches.collect::<Vec<_>>());
}

async fn megabytes_come_back_as_they_were(place: Location) {
    let store = store(&place, "prod");
    let (large, larger) = (noise(2 << 20), noise(5 << 20));
    let version = done(write_shard(&store, None, &large).await);
    let version = done(write_shard(&store, Some(&version), &larger).await);
    assert_eq!(create(&store, at(1, 0), &large).await, StoreAnswer::Done(None));
    assert_eq!(create(&store, at(1, 0), b"late").await, StoreAnswer::Exists(large.as_slice().into()));

    let snapshot = all(&super::store(&place, "prod")).await;
    assert!(snapshot.shards[0].1.as_ref() == larger, "the shard has other bytes");
    assert!(snapshot.batches[0].1.as_ref() == large, "the batch has other bytes");
    done(write_shard(&store, Some(&version), b"small").await);
    assert_eq!(all(&store).await.shards[0].1.as_ref(), b"small");
}

async fn nobody_ever_reads_half_of_a_write(place: Location) {
    let writer = store(&place, "prod");
    // Noise that begins and ends with the number of the write, more than one object takes on the second and so on.
    let content =
        |number: u8| [&[number], noise(usize::from(number % 2) << 20).as_slice(), &[number]].concat();
    let mut version = done(write_shard(&writer, None, &content(0)).await);
    let writing = async {
        for number in 1..12 {
            version = done(write_shard(&writer, Some(&version), &content(number)).await);
        }
    };
    let reading = async {
        let reader = store(&place, "prod");
        for _ in 0..12 {
            let shards = all(&reader).await.shards;
            let bytes = &shards[0].1;
            assert!(bytes.as_ref() == content(bytes[0]), "half of write {}", bytes[0]);
        }
    };
    futures::join!(writing, reading);
}

async fn deleted_batches_are_gone_and_deleting_them_again_does_not_matter(place: Location) {
    let one = store(&place, "prod");
    create(&one, at(1, 0), b"open").await;
    create(&one, at(1, 1), &noise(1 << 20)).await;
    create(&one, at(1, 2), b"last").await;
    for store in [&one, &store(&place, "prod")] {
        let answer = store.handle(StoreRequest::Delete(vec![at(1, 0), at(1, 1), at(7, 7)])).await;
        assert_eq!(answer, StoreAnswer::Done(None));
        assert_eq!(all(store).await.batches, [(at(1, 2), b"last".as_slice().into())]);
    }
}

async fn all_that_make_a_key_get_the_same_one(place: Location) {
    let racers = (0..6).map(|_| {
        let store = store(&place, "prod");
        async move { store.key().await.expect("a key").digest(b"canary") }
    });
    let digests = futures::future::join_all(racers).await;
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
    let kept = store(&place, "prod").reader().read_key().await.expect("reads").expect("is there");
    assert_eq!(kept.digest(b"canary"), digests[0]);
    let other = store(&place, "staging").key().await.expect("a key");
    assert_ne!(other.digest(b"canary"), digests[0], "each environment has a key of its own");
}

async fn a_suspension_counts_until_its_time_is_over(place: Location) {
    let store = store(&place, "prod");
    let until = |until| Suspension { until, reason: "maintenance".into(), by: "alice".into() };
    store.suspend(&until(later(0))).await.expect("suspends");
    assert_eq!(store.handle(StoreRequest::ReadSuspension).await, StoreAnswer::Suspended(None));
    store.suspend(&until(later(2))).await.expect("takes the place of the earlier one");
    let answer = store.handle(StoreRequest::ReadSuspension).await;
    assert_eq!(answer, StoreAnswer::Suspended(Some(until(later(2)))));
    store.resume().await.expect("resumes");
    store.resume().await.expect("resumes again");
    assert_eq!(store.reader().read_suspension().await.expect("reads"), None);
}

async fn reading_what_is_not_there_finds_nothing_and_makes_nothing(place: Location) {
    let reader = store(&place, "prod").into_reader();
    assert_eq!(reader.read_all().await.expect("lists"), Snapshot::default());
    assert_eq!(reader.read_lock().await.expect("reads"), None);
    assert!(reader.read_key().await.expect("reads").is_none());
    match place {
        Location::Directory(path) => assert!(!path.exists()),
        Location::Closed { namespace, why } => panic!("no place to keep anything: {namespace}: {why:?}"),
        Location::Cluster { client, namespace } => {
            assert!(!crate::state::servers::has_namespace(client, &namespace).await);
        }
    }
}
