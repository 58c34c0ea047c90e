//! Emptying the state of an environment that nothing is left of: when it may be, and what every moment in between is.

mod safety;

use evenkeel_core::engine::apply::{Snapshot, StoreAnswer, StoreRequest, Version};
use evenkeel_core::engine::ledger::{Book, Piece, Retirement};
use safety::{Bench, Until, create, delete};

/// Two were made and both are gone.
fn left() -> Bench {
    let mut bench = Bench::default();
    assert!(bench.run(vec![create("one", 0, &[]), create("two", 0, &[])], &Until::End).is_some());
    let end = bench.leave(vec![delete("one", &[]), delete("two", &[])]).expect("it ends");
    assert_eq!(end.exit_code(), 0);
    bench
}

fn key() -> Version {
    Version("1".into())
}

/// What is done to empty a state, one at a time and in order; shards are named, as the store has no request for them.
fn emptying(bench: &mut Bench) -> Vec<Snapshot> {
    let before = bench.store.snapshot();
    let Retirement::Ready { head: bytes, batches } = Retirement::of(&before, Some(&key())) else {
        panic!("it is about nothing")
    };
    let expected = before.ledger.as_ref().map(|(_, version)| version.clone());
    let mut moments = Vec::new();
    let written = bench.store.execute(&StoreRequest::WriteLedgerHead { expected, bytes });
    assert!(matches!(written, StoreAnswer::Done(_)));
    moments.push(bench.store.snapshot());
    for batch in batches {
        bench.store.execute(&StoreRequest::Delete(vec![batch]));
        moments.push(bench.store.snapshot());
    }
    for (shard, _, _) in before.shards {
        bench.store.lose(Piece::Shard(shard));
        moments.push(bench.store.snapshot());
    }
    moments
}

#[test]
fn at_no_moment_does_what_is_left_look_damaged_or_lost() {
    let moments = emptying(&mut left());
    assert!(moments.len() > 3, "head, journal and shards");
    for (number, moment) in moments.iter().enumerate() {
        let book = Book::read(moment).unwrap_or_else(|garbled| panic!("moment {number}: {garbled}"));
        assert_eq!(book.row_count(), 0);
        assert!(moment.ledger.is_some(), "a ledger of nothing is not a ledger that was lost");
        let again = Retirement::of(moment, Some(&key()));
        assert!(matches!(again, Retirement::Ready { .. }), "whoever was killed here can go on");
    }
    let last = moments.last().expect("the last one");
    assert_eq!(Retirement::of(last, None), Retirement::Nothing);
}

#[test]
fn no_epoch_is_given_twice_to_what_lives_again() {
    let mut bench = left();
    let before = Book::read(&bench.store.snapshot()).expect("it is whole").highest_epoch();
    emptying(&mut bench);
    assert!(bench.run(vec![create("one", 0, &[])], &Until::End).is_some_and(|end| end.exit_code() == 0));
    let book = Book::read(&bench.store.snapshot()).expect("it is whole");
    assert!(book.highest_epoch() > before);
    assert_eq!(book.row_count(), 1);
}

#[test]
fn state_that_is_about_anything_stays() {
    let mut bench = Bench::default();
    let never = bench.store.snapshot();
    assert_eq!(Retirement::of(&never, None), Retirement::Nothing);
    assert_eq!(Retirement::of(&never, Some(&key())), Retirement::Nothing, "of a lost ledger the key is left");
    bench.run(vec![create("one", 0, &[])], &Until::Sent(1));
    assert_eq!(Retirement::of(&bench.store.snapshot(), None), Retirement::InUse, "a step is open");
    assert!(bench.run(vec![create("one", 0, &[])], &Until::End).is_some());
    assert_eq!(Retirement::of(&bench.store.snapshot(), None), Retirement::InUse, "it is ours");
    bench.live.lingering.insert("one".into());
    bench.leave(vec![delete("one", &[])]);
    assert_eq!(Retirement::of(&bench.store.snapshot(), None), Retirement::InUse, "it is awaited");
    let shard = bench.store.snapshot().shards[0].0;
    bench.store.garble(Piece::Shard(shard));
    assert_eq!(Retirement::of(&bench.store.snapshot(), None), Retirement::InUse, "nobody knows");
}
