//! What stops an apply before it is through, and what is left then.

use super::approvals::approved;
use super::run;
use crate::apply_desk::{Applier, World, plan, silence, step, thing, timing};
use evenkeel_core::engine::apply::{
    Defect, EndReason, Ended, Event, NotStarted, Notice, StoreAnswer, StoreRequest, Suspension, Tenure,
};
use evenkeel_core::engine::step::{Condition, Gate, Readiness, Step};
use jiff::Timestamp;
use std::time::Duration;

fn suspension() -> Suspension {
    Suspension { until: Timestamp::MAX, reason: "a migration".into(), by: "alice".into() }
}

#[test]
fn a_suspension_is_looked_at_before_every_step() {
    let mut world = World::with(&[("a", 0), ("b", 0)]);
    let mut applier = run(vec![step("a", 1, &[]), step("b", 1, &["a"])], &mut world);
    world.store.suspend(Some(suspension()));
    applier.carry_out(&mut world);
    applier.pass(100, &mut world);
    assert!(applier.ended("a").is_done(), "what runs, ends");
    assert_eq!(applier.ended("b"), Ended::NotStarted(NotStarted::Stopped));
    let end = applier.end.unwrap();
    assert_eq!(end.reason, EndReason::Suspended(suspension()));
    assert_eq!(end.exit_code(), 6);
}

#[test]
fn a_suspension_stops_also_steps_that_wait_with_their_intent_for_their_turn() {
    let names = ["a", "b", "c", "d", "e"];
    let things: Vec<(&str, i64)> = names.iter().map(|name| (*name, 0)).collect();
    let mut world = World::with(&things);
    let mut applier = run(names.iter().map(|name| step(name, 1, &[])).collect(), &mut world);
    world.store.suspend(Some(suspension()));
    applier.pass(200, &mut world);
    applier.carry_out_all(&mut world);
    applier.pass(100, &mut world);
    assert_eq!(applier.ended("e"), Ended::NotDone);
    assert_eq!(applier.sent.len(), 4);
}

#[test]
fn an_interrupt_lets_what_runs_end_and_starts_nothing_more() {
    let mut world = World::with(&[("a", 0), ("b", 0)]);
    let mut applier = run(vec![step("a", 1, &[]), step("b", 1, &["a"])], &mut world);
    applier.happens(Event::Interrupted, &mut world);
    assert!(applier.end.is_none(), "it waits for the answer");
    applier.carry_out(&mut world);
    assert!(applier.ended("a").is_done());
    assert_eq!(applier.ended("b"), Ended::NotStarted(NotStarted::Stopped));
    assert_eq!(applier.end.unwrap().exit_code(), 5);
}

/// The lock as the store has it.
fn tenure(world: &World) -> Tenure {
    world.store.snapshot().lock.expect("there is a lock").0.tenure
}

fn creates(request: &StoreRequest) -> bool {
    matches!(request, StoreRequest::Create { .. })
}

#[test]
fn who_may_not_write_the_journal_is_told_so_before_anything_is_begun_and_keeps_nobody_waiting() {
    let mut world = World::with(&[("a", 0)]);
    world.refuses = Some(creates);
    let applier = run(vec![step("a", 1, &[])], &mut world);
    let end = applier.end.unwrap();
    assert!(
        matches!(&end.reason, EndReason::StoreUnusable(why) if why.message == "forbidden"),
        "{:?}",
        end.reason
    );
    assert_eq!(end.exit_code(), 7, "nothing was applied, not even in part");
    assert!(applier.sent.is_empty());
    assert_eq!(tenure(&world), Tenure::Released);
}

#[test]
fn a_lock_that_was_broken_is_not_given_back_before_its_last_holder_must_have_noticed() {
    let mut world = World::with(&[("a", 0)]);
    let mut holder = run(vec![step("a", 1, &[])], &mut world);
    world.store.break_lock("a person");
    world.refuses = Some(creates);
    let next = Applier::run("n2", plan("other", vec![step("a", 1, &[])]), &mut world);
    assert!(matches!(next.end.unwrap().reason, EndReason::StoreUnusable(_)));
    assert_eq!(tenure(&world), Tenure::Held, "whoever is next waits until it has run out");
    holder.carry_out_all(&mut world);
}

#[test]
fn an_interrupt_while_the_lock_is_taken_gives_it_back() {
    let mut world = World::with(&[("a", 0)]);
    let mut applier = Applier::prepared("n1", plan("tree", vec![step("a", 1, &[])]), &world, None, timing());
    applier.away = creates;
    applier.start(&mut world);
    assert_eq!(tenure(&world), Tenure::Held);
    applier.happens(Event::Interrupted, &mut world);
    let end = applier.end.unwrap();
    assert_eq!((end.reason.clone(), end.exit_code()), (EndReason::Interrupted, 5));
    assert_eq!(tenure(&world), Tenure::Released);
}

#[test]
fn a_journal_that_takes_nothing_any_more_ends_the_apply_although_the_lock_can_be_renewed() {
    let mut world = World::with(&[("a", 0), ("b", 0)]);
    let mut applier = run(vec![step("a", 1, &[]), step("b", 1, &["a"])], &mut world);
    world.refuses = Some(creates);
    applier.carry_out(&mut world);
    applier.pass(4_000, &mut world);
    assert!(applier.end.is_none(), "it may be for a moment only");
    applier.pass(2_000, &mut world);
    let end = applier.end.unwrap();
    let EndReason::StoreUnusable(why) = &end.reason else { panic!("{:?}", end.reason) };
    assert_eq!(why.message, "forbidden; it was tried for 5 s");
    assert_eq!(applier.sent.len(), 1, "nothing starts whose intent is not written");
    let told = applier.told.iter().filter(|notice| matches!(notice, Notice::StoreRefuses(_)));
    assert_eq!(told.count(), 1, "once, and not with every renewal that gets through");
}

#[test]
fn who_may_not_look_whether_the_environment_is_suspended_starts_nothing_and_does_not_wait_for_ever() {
    let mut world = World::with(&[("a", 0)]);
    world.refuses = Some(|request| matches!(request, StoreRequest::ReadSuspension));
    let mut applier = run(vec![step("a", 1, &[])], &mut world);
    applier.pass(6_000, &mut world);
    let end = applier.end.expect("patience ends although the lock is renewed");
    assert!(matches!(&end.reason, EndReason::StoreUnusable(why) if why.message.starts_with("forbidden")));
    assert_eq!(end.exit_code(), 7);
    assert!(applier.sent.is_empty());
}

fn looks(request: &StoreRequest) -> bool {
    matches!(request, StoreRequest::ReadSuspension)
}

/// One step that is followed for long, one that runs, and one after it.
fn followed_beside_two() -> Vec<Step> {
    let condition = Condition::Ready(thing("a"));
    let patience = Duration::from_secs(60);
    let done_when = Some(Gate { condition, patience, stable_for: Duration::ZERO });
    vec![Step { done_when, ..step("a", 1, &[]) }, step("c", 1, &[]), step("b", 1, &["c"])]
}

#[test]
fn a_look_that_nobody_needs_any_more_ends_nothing() {
    let mut world = World::with(&[("a", 0), ("b", 0), ("c", 0)]);
    world.readiness.insert(thing("a"), Readiness::Waiting("0 of 1".to_owned()));
    let mut steps = followed_beside_two();
    let late = steps.pop().map(|step| approved(step, 3));
    steps.extend(late);
    let mut applier = run(steps, &mut world);
    world.refuses = Some(looks);
    applier.carry_out_all(&mut world);
    applier.pass(12_000, &mut world);
    assert!(applier.end.is_none(), "its only step that could start does not any more: {:?}", applier.end);
    world.readiness.insert(thing("a"), Readiness::Ready);
    applier.pass(200, &mut world);
    assert!(matches!(applier.ended("b"), Ended::NotStarted(NotStarted::ApprovalEnded(_))));
    assert_eq!(applier.end.unwrap().exit_code(), 4);
}

#[test]
fn whoever_stops_an_apply_is_told_that_and_not_which_look_was_not_answered() {
    let mut world = World::with(&[("a", 0), ("b", 0), ("c", 0)]);
    let steps = vec![step("c", 1, &[]), step("b", 1, &["c"]), step("a", 1, &[])];
    let mut applier = run(steps, &mut world);
    world.refuses = Some(looks);
    applier.carry_out(&mut world);
    applier.pass(3_000, &mut world);
    applier.happens(Event::Interrupted, &mut world);
    applier.pass(3_000, &mut world);
    assert!(applier.end.is_none(), "it waits for the answer");
    applier.carry_out_all(&mut world);
    assert_eq!(applier.end.unwrap().reason, EndReason::Interrupted);
}

#[test]
fn a_lock_that_the_journal_shows_to_be_lost_is_told_so_although_it_could_not_be_renewed_for_long() {
    let renewals: fn(&StoreRequest) -> bool =
        |request| matches!(request, StoreRequest::SwapLock { .. } | StoreRequest::ReadLock);
    let mut world = World::with(&[("a", 0), ("b", 0)]);
    let mut holder = run(vec![step("a", 1, &[]), step("b", 1, &[])], &mut world);
    holder.away = renewals;
    holder.pass(3_000, &mut world);
    let lost: Vec<_> = holder.held.drain(..).map(|(call, _)| call).collect();
    for call in lost {
        holder.happens(Event::Store(call, StoreAnswer::NoAnswer(silence())), &mut world);
    }
    world.store.break_lock("a person");
    let _next = Applier::run("n2", plan("other", vec![step("a", 2, &[])]), &mut world);
    holder.carry_out(&mut world);
    holder.pass(100, &mut world);
    assert!(holder.told.contains(&Notice::LockLost));
    holder.pass(6_000, &mut world);
    assert!(holder.end.is_none(), "it waits for the other answer");
    holder.carry_out(&mut world);
    let end = holder.end.unwrap();
    assert_eq!((end.reason.clone(), end.exit_code()), (EndReason::LockLost, 6));
}

#[test]
fn whoever_lost_the_lock_and_cannot_write_its_last_records_waits_for_them_no_longer_than_for_anything() {
    let mut world = World::with(&[("a", 0)]);
    let mut holder = run(vec![step("a", 1, &[])], &mut world);
    world.store.break_lock("a person");
    world.refuses = Some(creates);
    holder.pass(400, &mut world);
    assert!(holder.told.contains(&Notice::LockLost));
    holder.carry_out(&mut world);
    holder.pass(4_000, &mut world);
    assert!(holder.end.is_none(), "it may be for a moment only");
    holder.pass(2_000, &mut world);
    let end = holder.end.expect("patience ends");
    assert_eq!((end.reason.clone(), end.exit_code()), (EndReason::LockLost, 6));
    let told = holder.told.iter().filter(|notice| matches!(notice, Notice::StoreRefuses(_)));
    assert_eq!(told.count(), 1, "once, and not with every try");
}

#[test]
fn a_bug_of_the_shell_lets_what_runs_end_and_ends_as_one() {
    let mut world = World::with(&[("a", 0), ("b", 0)]);
    let mut applier = run(vec![step("a", 1, &[]), step("b", 1, &["a"])], &mut world);
    applier.happens(Event::Panicked, &mut world);
    applier.carry_out(&mut world);
    assert!(applier.ended("a").is_done());
    let end = applier.end.unwrap();
    assert_eq!((end.reason.clone(), end.exit_code()), (EndReason::Defect(Defect::Panicked), 70));
}

#[test]
fn what_an_interrupt_left_is_done_by_the_next_apply_of_the_same_specs() {
    let mut world = World::with(&[("a", 0), ("b", 0)]);
    let steps = vec![step("a", 1, &[]), step("b", 1, &["a"])];
    let mut first = run(steps, &mut world);
    first.happens(Event::Interrupted, &mut world);
    first.carry_out_all(&mut world);
    let mut second = Applier::run("n2", plan("tree", vec![step("b", 1, &[])]), &mut world);
    second.carry_out_all(&mut world);
    assert_eq!(world.value("b"), Some(1));
    assert_eq!(second.end.unwrap().exit_code(), 0);
}

#[test]
fn a_holder_that_lost_its_lock_starts_nothing_more() {
    let mut world = World::with(&[("a", 0), ("b", 0)]);
    let mut applier = run(vec![step("a", 1, &[]), step("b", 1, &["a"])], &mut world);
    world.store.break_lock("a person");
    applier.pass(400, &mut world);
    assert!(applier.told.contains(&Notice::LockLost));
    applier.carry_out_all(&mut world);
    assert_eq!(applier.sent.len(), 1);
    let end = applier.end.unwrap();
    assert_eq!(end.reason, EndReason::LockLost);
    assert_eq!(end.exit_code(), 6);
}

#[test]
fn a_lock_that_is_alive_is_not_taken() {
    let mut world = World::with(&[("a", 0)]);
    let mut holder = run(vec![step("a", 1, &[])], &mut world);
    let mut other = Applier::run("n2", plan("other", vec![step("a", 1, &[])]), &mut world);
    for _ in 0..160 {
        holder.pass(100, &mut world);
        other.pass(100, &mut world);
    }
    let end = other.end.unwrap();
    assert!(matches!(end.reason, EndReason::LockHeld(_)));
    assert_eq!(end.exit_code(), 6);
}

#[test]
fn of_steps_that_a_kill_left_the_user_reads_one_line_and_not_one_each() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let things: Vec<(&str, i64)> = names.iter().map(|name| (*name, 0)).collect();
    let mut world = World::with(&things);
    let mut killed = run(names.iter().map(|name| step(name, 1, &[])).collect(), &mut world);
    let landed = killed.sends.remove(0);
    drop(world.carry_out(&landed.address, &landed.action));
    world.store.break_lock("a person");
    let mut next = Applier::run("n2", plan("another tree", vec![step("a", 2, &[])]), &mut world);
    next.pass(4000, &mut world);
    assert_eq!(next.end.as_ref().map(|end| end.reason.clone()), Some(EndReason::PlanAgain));
    let told: Vec<&Notice> = next
        .told
        .iter()
        .filter(|notice| matches!(notice, Notice::EarlierKnown { .. } | Notice::EarlierSettled(..)))
        .collect();
    assert_eq!(told, [&Notice::EarlierKnown { done: 1, not_done: 5 }]);
    assert_eq!(world.things[&thing("b")].1, 0);
}
