//! What a killed apply leaves is taken up where it was left: readiness that was awaited, steps that were agreed to.

mod safety;

use evenkeel_core::engine::apply::{EndReason, Ended, Job, NotStarted};
use evenkeel_core::engine::id::StepId;
use evenkeel_core::engine::journal::Found;
use evenkeel_core::engine::ledger::{Book, OpenApply};
use evenkeel_core::engine::step::{Expects, Step};
use safety::{Bench, Planned, Until, create, delete, id, plan, ready, sketch};

/// `one` is not ready for now, and `two` needs it; the apply is killed once `one` is there.
fn killed_while_one_gets_ready() -> Bench {
    let mut bench = Bench::default();
    bench.needs.insert("two".into(), vec!["one".into()]);
    bench.live.not_ready.insert("one".into());
    let one = Step { done_when: Some(ready("one", 60)), ..create("one", 0, &[]) };
    assert!(bench.run(vec![one, create("two", 0, &["one"])], &Until::Settled(1)).is_none());
    bench
}

fn blocked_by_one() -> Ended {
    Ended::NotStarted(NotStarted::Blocked { culprit: StepId::new("one") })
}

#[test]
fn what_needs_a_resource_that_a_killed_apply_waited_for_does_not_start_before_it_is_ready() {
    let mut bench = killed_while_one_gets_ready();
    // `one` is as wanted, so the plan of whoever continues has no step for it.
    let end = bench.run(vec![create("two", 0, &[])], &Until::End).expect("it ends");
    assert_eq!(bench.sent(), ["one"]);
    assert_eq!((end.exit_code(), &end.steps[0].how), (5, &blocked_by_one()));
    assert_eq!(end.earlier, [(id("one"), Ended::OutOfPatience("0 of 1".to_owned()))]);
}

#[test]
fn it_starts_once_that_is_ready_and_nobody_waits_for_it_again() {
    let mut bench = killed_while_one_gets_ready();
    bench.live.not_ready.clear();
    let end = bench.run(vec![create("two", 0, &[])], &Until::End).expect("it ends");
    assert_eq!(bench.sent(), ["one", "two"]);
    assert_eq!((end.exit_code(), end.earlier), (0, Vec::new()));
    let book = Book::read(&bench.store.snapshot()).expect("it is whole");
    assert_eq!(book.awaited().count(), 0);
}

#[test]
fn a_step_that_was_done_before_and_is_only_waited_for_is_told_as_done_before() {
    let mut bench = killed_while_one_gets_ready();
    bench.live.not_ready.clear();
    // Whoever planned before it was killed has the step still.
    bench.planned = Planned::Earlier;
    let one = Step { done_when: Some(ready("one", 60)), ..create("one", 0, &[]) };
    let end = bench.run(vec![one, create("two", 0, &["one"])], &Until::End).expect("it ends");
    assert_eq!(bench.sent(), ["one", "two"]);
    let how: Vec<&Ended> = end.steps.iter().map(|step| &step.how).collect();
    assert_eq!(how, [&Ended::DoneBefore, &Ended::Done(Found::ByAnswer)]);
}

#[test]
fn an_apply_that_is_over_leaves_what_it_waited_for_in_vain_to_the_next_one() {
    let mut bench = killed_while_one_gets_ready();
    assert!(bench.run(vec![create("two", 0, &[])], &Until::End).is_some());
    assert!(bench.run(vec![create("two", 0, &[])], &Until::End).is_some_and(|end| end.exit_code() == 5));
    assert_eq!(bench.sent(), ["one"]);
    let elsewhere = bench.run(vec![create("three", 0, &[])], &Until::End).expect("it ends");
    assert_eq!(elsewhere.exit_code(), 0, "what does not need it does not wait for it");
    bench.live.not_ready.clear();
    assert!(bench.run(vec![create("two", 0, &[])], &Until::End).is_some_and(|end| end.exit_code() == 0));
}

#[test]
fn whoever_takes_everything_down_waits_for_what_goes_and_not_for_what_is_broken() {
    let mut bench = killed_while_one_gets_ready();
    bench.live.not_ready.insert("one".into());
    let end = bench.leave(Vec::new()).expect("it ends");
    assert_eq!((end.exit_code(), end.earlier), (0, Vec::new()), "`one` is kept as it is");
    bench.live.lingering.insert("one".into());
    let end = bench.leave(vec![delete("one", &[])]).expect("it ends");
    assert_eq!(end.exit_code(), 5);
    let end = bench.leave(Vec::new()).expect("it ends");
    assert_eq!(end.exit_code(), 5, "it is there still");
    bench.live.things.clear();
    assert!(bench.leave(Vec::new()).is_some_and(|end| end.exit_code() == 0));
}

#[test]
fn what_is_needed_through_something_that_has_no_step_is_waited_for_as_well() {
    let mut bench = killed_while_one_gets_ready();
    bench.live.not_ready.clear();
    bench.needs.insert("three".into(), vec!["two".into()]);
    assert!(bench.run(vec![create("two", 0, &[])], &Until::End).is_some());
    bench.live.not_ready.insert("one".into());
    let again = Step {
        expects: Expects::Seen(sketch(1)),
        done_when: Some(ready("one", 60)),
        ..create("one", 0, &[])
    };
    assert!(bench.run(vec![again, create("three", 0, &["one"])], &Until::Settled(1)).is_none());
    assert!(bench.run(vec![create("three", 0, &[])], &Until::End).is_some_and(|end| end.exit_code() == 5));
    assert_eq!(bench.sent(), ["one", "two", "one"]);
}

#[test]
fn whoever_continues_an_apply_ends_it_only_when_all_that_it_awaits_is_there() {
    let mut bench = killed_while_one_gets_ready();
    let end = bench.run(Vec::new(), &Until::End).expect("it ends");
    assert_eq!((end.reason.clone(), end.exit_code()), (EndReason::Finished, 5));
}

#[test]
fn what_was_needed_by_something_that_is_still_going_is_not_deleted_under_it() {
    let mut bench = Bench::default();
    bench.needs.insert("user".into(), vec!["used".into()]);
    let made = bench.run(vec![create("used", 0, &[]), create("user", 0, &["used"])], &Until::End);
    assert!(made.is_some_and(|end| end.exit_code() == 0));
    bench.needs.clear();
    bench.live.lingering.insert("user".into());
    let steps = vec![delete("user", &[]), delete("used", &["delete-user"])];
    assert!(bench.run(steps, &Until::Settled(1)).is_none());
    let end = bench.run(vec![delete("used", &[])], &Until::End).expect("it ends");
    assert_eq!(end.exit_code(), 5, "{:?} {:?}", end.steps, end.earlier);
    assert_eq!(bench.sent(), ["used", "user", "delete-user"]);
    bench.live.things.remove("user");
    assert!(bench.run(vec![delete("used", &[])], &Until::End).is_some_and(|end| end.exit_code() == 0));
}

#[test]
fn a_replacement_that_was_done_does_not_count_after_another_deletion() {
    let mut bench = Bench::default();
    bench.live.things.insert("one".into(), 1);
    let steps = || vec![delete("one", &[]), create("one", 0, &["delete-one"]), create("two", 1, &["one"])];
    assert!(bench.run(steps(), &Until::Settled(2)).is_none(), "killed once it was replaced");
    assert!(bench.run(steps(), &Until::Settled(1)).is_none(), "replaced again, and killed half-way");
    // Whoever planned before all that knows a creation that was carried out: the first one.
    bench.planned = Planned::Earlier;
    let end = bench.run(steps(), &Until::End).expect("it ends");
    assert_eq!(bench.sent(), ["delete-one", "one", "delete-one", "one", "two"]);
    assert_eq!(end.exit_code(), 0, "{:?}", end.steps);
}

#[test]
fn a_step_that_was_done_and_begun_anew_is_not_done_before_somebody_has_looked() {
    let mut bench = Bench::default();
    let steps = || vec![create("one", 0, &[]), create("two", 1, &["one"])];
    assert!(bench.run(steps(), &Until::Settled(1)).is_none());
    bench.live.things.clear();
    assert!(bench.run(steps(), &Until::Settled(1)).is_none(), "killed right after it was sent again");
    bench.live.things.clear();
    // Whoever planned before all that takes the steps as they were.
    bench.planned = Planned::Earlier;
    let end = bench.run(steps(), &Until::End).expect("it ends");
    assert_eq!(end.exit_code(), 0, "{:?}", end.steps);
    assert_eq!(bench.sent(), ["one", "one", "one", "two"]);
}

#[test]
fn what_was_left_open_is_settled_first_and_what_was_begun_stays_begun() {
    let mut bench = Bench::default();
    assert!(bench.run(vec![create("one", 0, &[]), create("two", 0, &["one"])], &Until::Sent(1)).is_none());
    let end = bench.do_job(Job::Settle("tree".into()), &Until::End).expect("it ends");
    assert_eq!(end.reason, EndReason::PlanAgain);
    assert_eq!(bench.sent(), ["one"]);
    let book = Book::read(&bench.store.snapshot()).expect("it is whole");
    assert_eq!((book.open().count(), book.row_count()), (0, 1));
    let begun = book.apply().expect("it is not over").clone();
    assert_eq!(book.done_in(&begun.apply), 1);
    assert!(begun.covers(&plan(vec![create("two", 0, &[])])));
    assert!(bench.run(vec![create("two", 0, &[])], &Until::End).is_some_and(|end| end.exit_code() == 0));
    let book = Book::read(&bench.store.snapshot()).expect("it is whole");
    assert!(book.apply().is_none());
}

fn begun() -> OpenApply {
    let mut bench = Bench::default();
    assert!(bench.run(vec![create("one", 0, &[]), create("two", 1, &["one"])], &Until::Settled(1)).is_none());
    let book = Book::read(&bench.store.snapshot()).expect("it is whole");
    book.apply().expect("it was killed").clone()
}

#[test]
fn the_rest_of_what_was_agreed_to_is_agreed_to() {
    assert!(begun().covers(&plan(vec![create("two", 1, &[])])));
    assert!(begun().covers(&plan(Vec::new())));
}

#[test]
fn a_new_step_another_target_or_other_specs_are_agreed_to_anew() {
    assert!(!begun().covers(&plan(vec![create("three", 0, &[])])));
    let edited_since = Step { expects: Expects::Seen(sketch(5)), ..create("two", 1, &[]) };
    assert!(!begun().covers(&plan(vec![edited_since])));
    let mut other = plan(vec![create("two", 1, &[])]);
    other.tree = "another tree".into();
    assert!(!begun().covers(&other));
}

#[test]
fn steps_of_a_chain_that_were_all_done_are_done_for_whoever_planned_them_before_that() {
    let mut bench = Bench::default();
    let steps = || vec![create("one", 0, &[]), create("two", 0, &["one"]), create("three", 0, &["two"])];
    assert!(bench.run(steps(), &Until::Settled(2)).is_none());
    bench.planned = Planned::Earlier;
    assert!(bench.run(steps(), &Until::End).is_some_and(|end| end.exit_code() == 0));
    assert_eq!(bench.sent(), ["one", "two", "three"]);
}
