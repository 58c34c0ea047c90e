//! Faults that a machine must survive without harm: odd waves, lost needs and shards, broken locks, refused dry runs.

mod safety;

use evenkeel_core::engine::apply::{Defect, EndReason, Ended, NotStarted, Snapshot};
use evenkeel_core::engine::id::StepId;
use evenkeel_core::engine::ledger::Book;
use evenkeel_core::engine::question::{Answer, Question, Rejection, Trouble, Why};
use evenkeel_core::engine::step::{Action, Expects, Operation, Step};
use safety::{Bench, Until, confirm, create, id, seen, sketch, unreadable};

#[test]
fn a_step_of_a_low_wave_that_waits_for_one_of_a_high_wave_takes_that_ones_place() {
    let mut bench = Bench::default();
    let steps =
        vec![create("late", 2, &["early"]), create("early", 198, &[]), create("last", 199, &["late"])];
    let end = bench.run(steps, &Until::End).expect("it ends");
    assert_eq!(end.exit_code(), 0);
    assert_eq!(bench.sent(), ["early", "late", "last"]);
}

#[test]
fn steps_that_wait_for_each_other_end_the_apply_as_our_bug_and_give_the_lock_back() {
    let mut bench = Bench::default();
    let steps = vec![create("one", 0, &["two"]), create("two", 0, &["one"]), create("free", 0, &[])];
    let end = bench.run(steps, &Until::End).expect("it ends");
    assert_eq!(end.reason, EndReason::Defect(Defect::Stalled(vec![StepId::new("one"), StepId::new("two")])));
    assert_eq!(end.exit_code(), 70);
    assert_eq!(bench.sent(), ["free"]);
    assert!(bench.run(vec![create("next", 0, &[])], &Until::End).is_some_and(|end| end.exit_code() == 0));
}

#[test]
fn a_need_that_the_plan_does_not_have_starts_nothing() {
    let mut bench = Bench::default();
    let end =
        bench.run(vec![create("one", 0, &["gone"]), create("two", 0, &[])], &Until::End).expect("it ends");
    let defect = Defect::UnknownNeed { step: StepId::new("one"), needs: StepId::new("gone") };
    assert_eq!(end.reason, EndReason::Defect(defect));
    assert!(end.steps.iter().all(|step| step.how == Ended::NotStarted(NotStarted::Stopped)));
    assert!(bench.sent().is_empty());
}

#[test]
fn whoever_continues_is_told_which_steps_were_agreed_to() {
    let mut bench = Bench::default();
    let steps = vec![create("one", 0, &[]), create("two", 1, &["one"])];
    assert!(bench.run(steps, &Until::Settled(1)).is_none());
    let book = Book::read(&bench.store.snapshot()).expect("it is whole");
    let begun = book.apply().expect("it was killed");
    let agreed = [create("one", 0, &[]).agreement(), create("two", 1, &["one"]).agreement()];
    assert_eq!((begun.steps, &*begun.agreed), (2, &agreed[..]));
}

#[test]
fn what_was_done_deleted_by_hand_and_planned_again_is_done_again() {
    let mut bench = Bench::default();
    let steps = || vec![create("one", 0, &[]), create("two", 1, &["one"])];
    assert!(bench.run(steps(), &Until::Settled(1)).is_none());
    bench.live.things.clear();
    let end = bench.run(steps(), &Until::End).expect("it ends");
    assert_eq!(end.exit_code(), 0, "{:?}", end.steps);
    assert_eq!(bench.sent(), ["one", "one", "two"]);
}

#[test]
fn a_living_holder_whose_lock_is_broken_starts_nothing_more() {
    let mut bench = Bench::default();
    let mut steps = vec![create("s0", 0, &[]), create("s1", 0, &["s0"])];
    steps.extend([create("s2", 0, &["s1"]), create("s3", 0, &["s2"])]);
    steps[3].gates = vec![safety::ready("s2", 60)];
    bench.live.not_ready.insert("s2".into());
    let end = bench.run(steps, &Until::Broken(3)).expect("it ends");
    assert_eq!(end.reason, EndReason::LockLost);
    assert_eq!(bench.sent(), ["s0", "s1", "s2"]);
    assert!(bench.run(vec![create("next", 0, &[])], &Until::End).is_some_and(|end| end.exit_code() == 0));
}

fn confirmed_with(answer: Answer) -> (Bench, Ended) {
    let mut bench = Bench::default();
    bench.live.things.insert("one".into(), 1);
    bench.live.answers.insert(Question::Project(id("one"), sketch(1).fingerprint()), answer);
    let end = bench.run(vec![confirm("one")], &Until::End).expect("it ends");
    let how = end.steps[0].how.clone();
    (bench, how)
}

#[test]
fn a_dry_run_that_is_forbidden_not_served_or_unreadable_sends_nothing() {
    let forbidden = Rejection::Forbidden("no".to_owned());
    for answer in [
        Answer::Rejected(forbidden),
        Answer::Rejected(Rejection::NotServed),
        Answer::Unreadable(unreadable()),
        Answer::NotFound,
    ] {
        let (bench, how) = confirmed_with(answer.clone());
        assert!(matches!(how, Ended::Unreadable(_)), "{answer:?}: {how:?}");
        assert!(bench.sent().is_empty(), "{answer:?}");
    }
}

#[test]
fn a_dry_run_that_differs_is_sent_and_one_that_does_not_is_done() {
    let (bench, how) = confirmed_with(seen(&id("one"), 2));
    assert!(how.is_done());
    assert_eq!(bench.sent(), ["one"]);
    let (bench, how) = confirmed_with(seen(&id("one"), 1));
    assert!(how.is_done());
    assert!(bench.sent().is_empty());
}

#[test]
fn recording_that_something_is_gone_whose_kind_is_not_served_ends_as_unreadable_and_blocks_nothing_else() {
    let answers = [Answer::Unreadable(unreadable()), Answer::Rejected(Rejection::NotServed)];
    for answer in answers {
        let mut bench = Bench::default();
        bench.live.answers.insert(Question::Object(id("gone")), answer);
        let gone = Step {
            action: Action::Operation(Operation::RecordGone),
            expects: Expects::Seen(sketch(1)),
            ..create("gone", 0, &[])
        };
        let end = bench.run(vec![gone, create("other", 3, &[])], &Until::End).expect("it ends");
        assert!(matches!(end.steps[0].how, Ended::Unreadable(_)), "{:?}", end.steps);
        assert_eq!(bench.sent(), ["other"]);
        assert_eq!(end.exit_code(), 7);
    }
}

/// Returns a store with a written ledger and a journal after it.
fn stored() -> Snapshot {
    let mut bench = Bench::default();
    assert!(bench.run(vec![create("one", 0, &[]), create("two", 0, &[])], &Until::End).is_some());
    assert!(bench.run(vec![create("three", 0, &[])], &Until::Settled(1)).is_none());
    bench.store.snapshot()
}

fn refused(snapshot: &Snapshot, what: &str) {
    let garbled = Book::read(snapshot).map(|_| ()).expect_err(what);
    assert!(garbled.to_string().contains("cannot be read: it is "), "{what}: {garbled}");
}

#[test]
fn a_ledger_without_a_shard_or_with_an_older_one_is_not_taken_for_the_ledger() {
    let whole = stored();
    assert!(Book::read(&whole).is_ok());
    refused(&Snapshot { shards: Vec::new(), ..whole.clone() }, "no shard");
    let mut older = whole;
    older.shards[0].1 = evenkeel_core::engine::ledger::Shard::default().to_bytes();
    refused(&older, "an older shard");
}

#[test]
fn shards_without_a_head_and_a_journal_with_a_gap_are_refused() {
    let whole = stored();
    refused(&Snapshot { ledger: None, ..whole.clone() }, "no head");
    let mut gap = whole;
    gap.batches.sort_by_key(|(position, _)| *position);
    gap.batches.remove(gap.batches.len() - 2);
    refused(&gap, "a gap");
}

#[test]
fn a_dry_run_that_the_system_would_refuse_says_so() {
    let invalid = Rejection::Invalid { message: "no".to_owned(), immutable: Vec::new() };
    let (bench, how) = confirmed_with(Answer::Rejected(invalid));
    assert_eq!(how, Ended::Refused(Why { trouble: Trouble::Forbidden, message: "no".to_owned() }));
    assert!(bench.sent().is_empty());
}
