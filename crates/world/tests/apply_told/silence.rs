//! Writes that nobody answers for: such that show in nothing, such that never take, and what is told of them.

use super::approvals::approved;
use super::run;
use crate::apply_desk::{Applier, World, config, plan, silence, sketch, step, thing};
use evenkeel_core::engine::apply::{EndReason, Ended, Event, Run};
use evenkeel_core::engine::fingerprint::LeafHash;
use evenkeel_core::engine::journal::{Found, Moved, Remains};
use evenkeel_core::engine::ledger::RememberedLeaf;
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::sketch::Sketch;
use evenkeel_core::engine::step::{Action, Expects, Outcome, Step, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::verdict::{Cause, FieldChange};

/// Sends another password, which no reading shows: the thing looks as before.
fn new_password() -> Run {
    let action = Action::Write { mode: WriteMode::Update, config: config(0).into(), wanted: sketch(0) };
    plan("password", vec![Step { action, ..step("a", 1, &[]) }])
}

#[test]
fn a_write_that_shows_in_nothing_is_sent_again_by_whoever_finds_it_open() {
    let mut world = World::with(&[("a", 0)]);
    let killed = Applier::run("n1", new_password(), &mut world);
    assert_eq!(killed.sent.len(), 1, "and nobody knows whether it came through");
    world.store.break_lock("a person");
    let mut next = Applier::run("n2", new_password(), &mut world);
    next.pass(4000, &mut world);
    next.carry_out_all(&mut world);
    assert_eq!(next.sent.len(), 1);
    assert_eq!(next.ended("a"), Ended::Done(Found::ByAnswer));
}

#[test]
fn a_write_that_shows_in_nothing_is_not_called_done_before_other_specs_are_planned() {
    let mut world = World::with(&[("a", 0)]);
    let killed = Applier::run("n1", new_password(), &mut world);
    assert_eq!(killed.sent.len(), 1);
    world.store.break_lock("a person");
    let mut next = Applier::run("n2", plan("another tree", vec![step("a", 2, &[])]), &mut world);
    next.pass(4000, &mut world);
    assert_eq!(next.end.as_ref().map(|end| end.reason.clone()), Some(EndReason::PlanAgain));
    assert!(world.book().row(&thing("a")).is_none(), "nothing is remembered as sent");
}

#[test]
fn a_write_that_shows_in_nothing_is_sent_again_when_its_answer_is_lost() {
    let mut world = World::with(&[("a", 0)]);
    let mut applier = Applier::run("n1", new_password(), &mut world);
    let _lost = applier.lose_answer(&mut world);
    applier.pass(3000, &mut world);
    applier.carry_out_all(&mut world);
    assert_eq!(applier.sent.len(), 2);
    assert_eq!(applier.ended("a"), Ended::Done(Found::ByAnswer));
}

#[test]
fn a_write_that_never_takes_ends_with_what_the_target_said() {
    let mut world = World::with(&[("a", 0)]);
    let mut applier = run(vec![step("a", 1, &[])], &mut world);
    for _lost in 0..3 {
        let _sending = applier.lose_answer(&mut world);
        applier.pass(3000, &mut world);
    }
    assert_eq!(applier.ended("a"), Ended::InVain(3, Some(silence())));
    assert_eq!(applier.sent.len(), 3);
    assert_eq!(applier.end.unwrap().exit_code(), 1);
    assert!(world.book().held_at(&thing("a")).is_none(), "the next plan begins anew");
}

/// Changes the value and one thing more, by two requests: a world of one value shows the first of them alone.
fn two_requests() -> Vec<Step> {
    let places = |value: i64, more: Option<&str>| {
        let more = more.map(|text| LeafHash::of(&Value::from(text)));
        let value = (Path::of(&["value"]), Some(LeafHash::of(&Value::from(value))));
        Sketch { uid: None, places: vec![value, (Path::of(&["more"]), more)] }
    };
    let action =
        Action::Write { mode: WriteMode::Update, config: config(1).into(), wanted: places(1, Some("a")) };
    vec![Step { action, expects: Expects::Seen(places(0, None)), ..step("a", 1, &[]) }]
}

#[test]
fn what_was_carried_out_in_part_is_carried_out_to_the_end() {
    let mut world = World::with(&[("a", 0)]);
    let mut applier = run(two_requests(), &mut world);
    let sending = applier.sends.remove(0);
    world.put(&thing("a"), 1);
    applier.answer(&sending, Outcome::Unknown(silence()), &mut world);
    applier.pass(3000, &mut world);
    applier.carry_out_all(&mut world);
    assert_eq!(applier.ended("a"), Ended::Done(Found::ByAnswer));
    assert_eq!(applier.sent.len(), 2);
}

#[test]
fn what_was_carried_out_in_part_and_is_refused_then_is_told_in_the_targets_words_and_holds_nothing() {
    let mut world = World::with(&[("a", 0)]);
    let steps = two_requests().into_iter().map(|step| approved(step, 600)).collect();
    let mut applier = run(steps, &mut world);
    let sending = applier.sends.remove(0);
    world.put(&thing("a"), 1);
    applier.answer(&sending, Outcome::Unknown(silence()), &mut world);
    applier.pass(3000, &mut world);
    let again = applier.sends.remove(0);
    let policy = Why { trouble: Trouble::Forbidden, message: "at most 3 partitions".to_owned() };
    applier.answer(&again, Outcome::Refused(policy.clone()), &mut world);
    applier.pass(100, &mut world);
    assert_eq!(applier.ended("a"), Ended::InPart(Box::new(Ended::Refused(policy))));
    assert!(world.book().held_at(&thing("a")).is_none());
    assert_eq!(world.book().ledger().consumed.len(), 1, "the part may be what the Approval was given for");
}

#[test]
fn what_was_carried_out_in_part_and_shows_no_more_is_not_told_as_if_nothing_showed() {
    let mut world = World::with(&[("a", 0)]);
    let mut applier = run(two_requests(), &mut world);
    world.put(&thing("a"), 1);
    for _lost in 0..3 {
        let _sending = applier.lose_answer(&mut world);
        applier.pass(3000, &mut world);
    }
    let in_vain = Ended::InVain(3, Some(silence()));
    assert_eq!(applier.ended("a"), Ended::InPart(Box::new(in_vain)));
    assert_eq!(applier.end.unwrap().exit_code(), 1);
}

#[test]
fn what_was_carried_out_in_part_is_remembered_as_our_own_work() {
    let mut world = World::with(&[("a", 5)]);
    let ours = Step { expects: Expects::Seen(sketch(5)), ..step("a", 0, &[]) };
    let mut first = Applier::run("n1", plan("ours", vec![ours]), &mut world);
    first.carry_out_all(&mut world);
    let mut second = Applier::run("n2", plan("two requests", two_requests()), &mut world);
    let sending = second.sends.remove(0);
    world.put(&thing("a"), 1);
    second.answer(&sending, Outcome::Unknown(silence()), &mut world);
    second.happens(Event::Interrupted, &mut world);
    second.pass(3000, &mut world);
    assert_eq!(second.ended("a"), Ended::InPart(Box::new(Ended::NotDone)));
    let book = world.book();
    let leaves = &book.row(&thing("a")).expect("it is ours").remembered.leaves;
    let (path, wanted) = (LeafHash::of(&Path::of(&["value"])), LeafHash::of(&Value::from(1)));
    assert_eq!(*leaves, [RememberedLeaf { path, wanted, live: None }]);
}

/// Changes the value; what else Git names is a default already, which nobody sets and nobody sends.
fn beside_a_default() -> Vec<Step> {
    let path = Path::of(&["value"]);
    let (live, wanted) = (Some(Value::from(0)), Some(Value::from(1)));
    let field = FieldChange { path, live, wanted, cause: Cause::SpecEdited };
    two_requests().into_iter().map(|step| Step { fields: vec![field.clone()], ..step }).collect()
}

#[test]
fn what_is_as_wanted_but_for_a_default_that_nobody_set_is_done() {
    let mut world = World::with(&[("a", 0)]);
    let mut applier = run(beside_a_default(), &mut world);
    let lost = applier.lose_answer(&mut world);
    drop(world.carry_out(&lost.address, &lost.action));
    applier.pass(3000, &mut world);
    assert_eq!(applier.ended("a"), Ended::Done(Found::ByReading));
    assert_eq!(applier.sent.len(), 1);
}

#[test]
fn what_is_neither_as_before_nor_as_wanted_is_told_with_what_the_target_said() {
    let mut world = World::with(&[("a", 0)]);
    let mut applier = run(vec![step("a", 1, &[])], &mut world);
    let sending = applier.sends.remove(0);
    world.put(&thing("a"), 7);
    applier.answer(&sending, Outcome::Unknown(silence()), &mut world);
    applier.pass(3000, &mut world);
    let moved = Moved::Places(vec![Path::of(&["value"])]);
    assert_eq!(applier.ended("a"), Ended::Stale(moved, Remains::Perhaps, Some(silence())));
    let book = world.book();
    let held = book.held_at(&thing("a")).expect("a person has to look");
    let told = evenkeel_core::report::lock::in_doubt(held);
    assert!(told.ends_with(": no answer"), "{told}");
}
