//! Sorts of steps: dry runs that confirm, records that something is gone, repeats with a condition, unreadable things.

use super::run;
use crate::apply_desk::{Applier, World, config, invalid, plan, seen, silence, sketch, step, thing};
use evenkeel_core::engine::apply::{EndReason, Ended, Job};
use evenkeel_core::engine::id::Uid;
use evenkeel_core::engine::journal::{Cleared, Found, Moved, Remains};
use evenkeel_core::engine::question::Answer;
use evenkeel_core::engine::sketch::Sketch;
use evenkeel_core::engine::step::{
    Action, Condition, Expects, Gate, Operation, Outcome, Readiness, Repeat, Step,
};
use std::time::Duration;

fn confirm() -> Vec<Step> {
    let action = Action::Confirm { config: config(1).into(), wanted: sketch(1) };
    vec![Step { action, ..step("a", 1, &[]) }]
}

#[test]
fn a_doubtful_step_whose_dry_run_changes_nothing_is_done_without_a_write() {
    let mut world = World::with(&[("a", 0)]);
    let mut applier = run(confirm(), &mut world);
    applier.pass(100, &mut world);
    assert!(applier.sent.is_empty());
    assert_eq!(applier.ended("a"), Ended::Done(Found::ByAnswer));
}

#[test]
fn a_doubtful_step_whose_dry_run_differs_is_written() {
    let mut world = World::with(&[("a", 0)]);
    let uid = world.things[&thing("a")].0.clone();
    world.projections.insert(thing("a"), Answer::Seen(seen(&thing("a"), &uid, 1)));
    let mut applier = run(confirm(), &mut world);
    assert_eq!(applier.under_way(), ["a"]);
    applier.carry_out_all(&mut world);
    assert_eq!(world.value("a"), Some(1));
}

#[test]
fn a_doubtful_step_whose_dry_run_is_rejected_is_refused_in_the_servers_words() {
    let mut world = World::with(&[("a", 0)]);
    world.projections.insert(thing("a"), invalid("replicas: must not be negative"));
    let mut applier = run(confirm(), &mut world);
    applier.pass(100, &mut world);
    let Ended::Refused(why) = applier.ended("a") else { panic!("{:?}", applier.ended("a")) };
    assert_eq!(why.message, "replicas: must not be negative");
    assert_eq!(applier.end.unwrap().exit_code(), 1);
}

fn record_gone() -> Vec<Step> {
    vec![Step { action: Action::Operation(Operation::RecordGone), ..step("a", 0, &[]) }]
}

#[test]
fn what_is_gone_is_taken_off_the_ledger_and_nothing_is_sent() {
    let mut world = World::with(&[("a", 0)]);
    let mut first = run(vec![step("a", 1, &[])], &mut world);
    first.carry_out_all(&mut world);
    assert!(world.book().row(&thing("a")).is_some());
    world.things.clear();
    let second = Applier::run("n2", plan("gone", record_gone()), &mut world);
    assert!(second.sent.is_empty());
    assert!(second.ended("a").is_done());
    assert!(world.book().row(&thing("a")).is_none());
}

#[test]
fn what_was_to_be_gone_and_is_back_stays_on_the_ledger() {
    let mut world = World::with(&[("a", 0)]);
    let applier = run(record_gone(), &mut world);
    assert!(matches!(applier.ended("a"), Ended::Stale(..)));
}

#[test]
fn what_was_ours_is_taken_off_the_ledger_where_another_one_has_its_name() {
    let mut world = World::with(&[("a", 0)]);
    let mut first = run(vec![step("a", 1, &[])], &mut world);
    first.carry_out_all(&mut world);
    world.things.clear();
    let another = world.put(&thing("a"), 5);
    let seen = Sketch { uid: Some(another), places: Vec::new() };
    let gone = record_gone().into_iter().map(|step| Step { expects: Expects::Seen(seen.clone()), ..step });
    let second = Applier::run("n2", plan("gone", gone.collect()), &mut world);
    assert!(second.ended("a").is_done(), "{:?}", second.ended("a"));
    assert!(world.book().row(&thing("a")).is_none());
}

#[test]
fn a_step_with_a_condition_is_not_repeated_once_the_condition_holds() {
    let gate = Gate {
        condition: Condition::Ready(thing("a")),
        patience: Duration::from_secs(1),
        stable_for: Duration::ZERO,
    };
    let mut world = World::with(&[("a", 0)]);
    let mut applier = run(vec![Step { repeat: Repeat::IfNot(gate), ..step("a", 1, &[]) }], &mut world);
    let _lost = applier.lose_answer(&mut world);
    world.readiness.insert(thing("a"), Readiness::Ready);
    applier.pass(3000, &mut world);
    assert_eq!(applier.sent.len(), 1);
}

#[test]
fn a_step_that_is_in_conflict_again_and_again_is_given_up_at_a_later_attempt_as_well() {
    let mut world = World::with(&[("a", 0)]);
    let mut applier = run(vec![step("a", 1, &[])], &mut world);
    let _lost = applier.lose_answer(&mut world);
    for _conflict in 0..2 {
        applier.pass(1000, &mut world);
        let sending = applier.sends.remove(0);
        applier.answer(&sending, Outcome::Stale(None), &mut world);
    }
    applier.pass(1000, &mut world);
    // What it was to change is as it was: nothing of ours is left there, and nothing stays blocked.
    let stale = Ended::Stale(Moved::Places(Vec::new()), Remains::NotTaken, Some(silence()));
    assert_eq!(applier.ended("a"), stale);
    assert_eq!(applier.sent.len(), 3);
}

#[test]
fn a_step_that_is_in_conflict_twice_is_not_told_as_never_sent() {
    let mut world = World::with(&[("a", 0)]);
    let mut applier = run(vec![step("a", 1, &[])], &mut world);
    for _conflict in 0..2 {
        let sending = applier.sends.remove(0);
        applier.answer(&sending, Outcome::Stale(None), &mut world);
    }
    assert_eq!(applier.ended("a"), Ended::Stale(Moved::Places(Vec::new()), Remains::NotTaken, None));
    assert_eq!(applier.sent.len(), 2);
}

#[test]
fn a_lost_answer_is_looked_up_and_the_step_is_not_sent_twice() {
    let mut world = World::with(&[("a", 0)]);
    let mut applier = run(vec![step("a", 1, &[])], &mut world);
    let lost = applier.lose_answer(&mut world);
    drop(world.carry_out(&lost.address, &lost.action));
    applier.pass(1000, &mut world);
    assert_eq!(applier.sent.len(), 1);
    assert_eq!(applier.ended("a"), Ended::Done(Found::ByReading));
}

#[test]
fn a_lost_request_is_sent_again_once_it_is_known_to_be_lost() {
    let mut world = World::with(&[("a", 0)]);
    let mut applier = run(vec![step("a", 1, &[])], &mut world);
    let _lost = applier.lose_answer(&mut world);
    applier.pass(1000, &mut world);
    assert_eq!(applier.under_way(), ["a"]);
    assert_eq!(applier.sends[0].attempt, 2);
    applier.carry_out_all(&mut world);
    assert!(applier.ended("a").is_done());
}

#[test]
fn what_cannot_be_read_is_not_sent_and_its_step_says_so() {
    let mut world = World::with(&[("a", 0), ("b", 0)]);
    world.unreadable.push(thing("a"));
    let mut applier = run(vec![step("a", 1, &[]), step("b", 1, &[])], &mut world);
    applier.carry_out_all(&mut world);
    applier.pass(6000, &mut world);
    assert_eq!(applier.ended("a"), Ended::Unreadable(silence()));
    assert!(applier.ended("b").is_done());
    assert_eq!(applier.end.unwrap().exit_code(), 7);
}

#[test]
fn a_deletion_goes_off_the_ledger_with_its_row() {
    let mut world = World::with(&[("a", 0)]);
    let mut first = run(vec![step("a", 1, &[])], &mut world);
    first.carry_out_all(&mut world);
    let uid: Uid = world.things[&thing("a")].0.clone();
    let expects = evenkeel_core::engine::step::Expects::Seen(sketch(1));
    let deletion = Step { action: Action::Delete { uid }, expects, ..step("a", 1, &[]) };
    let mut second = Applier::run("n2", plan("less", vec![deletion]), &mut world);
    second.carry_out_all(&mut world);
    assert!(world.book().row(&thing("a")).is_none());
}

#[test]
fn a_held_address_is_free_again_once_a_person_cleared_it() {
    let once = || vec![Step { repeat: Repeat::AtMostOnce, ..step("a", 1, &[]) }];
    let mut world = World::with(&[("a", 0)]);
    let mut first = run(once(), &mut world);
    let _lost = first.lose_answer(&mut world);
    first.pass(1000, &mut world);
    assert_eq!(first.ended("a"), Ended::Held);
    let cleared = Cleared { address: thing("a"), by: "alice".into(), reason: "looked at it".into() };
    let mut person = Applier::new("n2", Job::Clear(vec![cleared]), crate::apply_desk::timing());
    person.start(&mut world);
    assert_eq!(person.end.as_ref().map(|end| end.reason.clone()), Some(EndReason::Cleared));
    let next = Applier::run("n3", plan("again", once()), &mut world);
    assert_eq!(next.under_way(), ["a"]);
}
