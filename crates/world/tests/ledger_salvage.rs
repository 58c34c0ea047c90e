//! A damaged ledger is taken over under the lock: whatever can be read is kept, open steps first of all.

mod safety;

use evenkeel_core::engine::apply::{EndReason, Ended};
use evenkeel_core::engine::id::Uid;
use evenkeel_core::engine::ledger::{Book, Generated, Harm, Piece, Salvaged, ShardName};
use evenkeel_core::engine::sketch::Sketch;
use evenkeel_core::engine::step::{Action, Expects, Operation, Remember, Step};
use safety::{Bench, Until, create, id, uid};

const SHARD: Piece = Piece::Shard(ShardName { of: 1, index: 0 });

/// Two rows in the ledger, and a third step that a kill left open in the journal.
fn killed() -> Bench {
    let mut bench = Bench::default();
    assert!(bench.run(vec![create("one", 0, &[]), create("two", 0, &[])], &Until::End).is_some());
    assert!(
        bench.run(vec![create("three", 0, &[]), create("four", 0, &["three"])], &Until::Settled(1)).is_none()
    );
    bench
}

fn applied() -> Bench {
    let mut bench = Bench::default();
    assert!(bench.run(vec![create("one", 0, &[]), create("two", 0, &[])], &Until::End).is_some());
    bench
}

fn ours(name: &str) -> Step {
    let (remember, generated) = (Remember::Nothing, Generated::Nothing);
    let expects = Expects::Seen(Sketch { uid: Some(uid(name)), places: Vec::new() });
    let action = Action::Operation(Operation::RecordOurs { uid: uid(name), remember, generated });
    Step { action, expects, ..create(name, 0, &[]) }
}

fn rows(bench: &Bench) -> Vec<String> {
    let book = Book::read(&bench.store.snapshot()).expect("it is whole again");
    book.rows().map(|(id, _)| id.name.to_string()).collect()
}

#[test]
fn a_whole_ledger_is_read_as_it_is() {
    let salvaged = Salvaged::of(&killed().store.snapshot());
    assert!(salvaged.lost.is_empty());
    assert_eq!(salvaged.book.row_count(), 3);
}

#[test]
fn every_missing_or_garbled_piece_is_named_and_the_rest_is_kept() {
    type Damage = fn(&mut Bench, Piece);
    type IsHarm = fn(&Harm) -> bool;
    let harms: [(Damage, IsHarm); 2] = [
        (|bench, piece| bench.store.lose(piece), |harm| *harm == Harm::Missing),
        (|bench, piece| bench.store.garble(piece), |harm| matches!(harm, Harm::Garbled(_))),
    ];
    for (damage, is_harm) in harms {
        for (piece, left) in [(SHARD, 1), (Piece::Head, 3)] {
            let mut bench = killed();
            damage(&mut bench, piece);
            let Salvaged { book, lost } = Salvaged::of(&bench.store.snapshot());
            assert!(
                lost.iter().any(|lost| lost.piece == piece && is_harm(&lost.harm)),
                "{piece:?}: {lost:?}"
            );
            assert_eq!(book.row_count(), left, "{piece:?}: what the journal has counts");
        }
    }
}

#[test]
fn a_ledger_that_is_taken_over_is_whole_afterwards_and_has_what_was_recorded() {
    for piece in [SHARD, Piece::Head] {
        for garbled in [true, false] {
            let mut bench = applied();
            if garbled {
                bench.store.garble(piece);
            } else {
                bench.store.lose(piece);
            }
            let end = bench.rebuild(vec![ours("one"), ours("two")]).expect("it ends");
            assert_eq!(end.reason, EndReason::Finished, "{piece:?}");
            assert_eq!(rows(&bench), ["one", "two"], "{piece:?}");
            assert_eq!(bench.sent(), ["one", "two"], "nothing is sent to rebuild a ledger");
        }
    }
}

#[test]
fn a_ledger_is_healed_even_if_nothing_is_to_be_recorded() {
    let mut bench = applied();
    bench.store.garble(Piece::Head);
    assert_eq!(bench.rebuild(Vec::new()).expect("it ends").reason, EndReason::Finished);
    assert_eq!(rows(&bench), ["one", "two"]);
    assert!(bench.run(vec![create("three", 0, &[])], &Until::End).is_some(), "the next apply goes on");
    assert_eq!(rows(&bench), ["one", "three", "two"]);
}

#[test]
fn what_an_apply_left_open_is_settled_before_anything_is_recorded() {
    let mut bench = killed();
    let open = |bench: &Bench| Salvaged::of(&bench.store.snapshot()).book.open().count();
    bench.store.lose(SHARD);
    let before = open(&bench);
    let end = bench.rebuild(vec![ours("one"), ours("two")]).expect("it ends");
    let again =
        if end.reason == EndReason::PlanAgain { bench.rebuild(vec![ours("one"), ours("two")]) } else { None };
    assert!(before == 0 || again.is_some(), "an open step is never forgotten: {end:?}");
    assert_eq!(open(&bench), 0);
    assert!(rows(&bench).iter().any(|name| name == "three"), "what the journal has is kept");
}

#[test]
fn what_is_another_by_now_is_not_recorded_as_ours() {
    let mut bench = applied();
    bench.store.lose(SHARD);
    let other = Expects::Seen(Sketch { uid: Some(Uid::new("before")), places: Vec::new() });
    let end = bench.rebuild(vec![Step { expects: other, ..ours("one") }]).expect("it ends");
    assert!(matches!(end.steps[0].how, Ended::Stale(..)), "{:?}", end.steps);
    assert!(Book::read(&bench.store.snapshot()).expect("whole").row(&id("one")).is_none());
}
