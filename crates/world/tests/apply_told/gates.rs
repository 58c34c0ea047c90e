//! Gates: what must hold before a step starts, and before it counts as done.

use super::{blocked_by, run};
use crate::apply_desk::{World, denial, step, thing};
use evenkeel_core::engine::apply::{EndReason, Ended, Event};
use evenkeel_core::engine::journal::Found;
use evenkeel_core::engine::step::{Condition, Gate, Readiness, Step};
use std::time::Duration;

fn ready(name: &str, stable_for: u64) -> Gate {
    Gate {
        condition: Condition::Ready(thing(name)),
        patience: Duration::from_secs(2),
        stable_for: Duration::from_millis(stable_for),
    }
}

fn gated(stable_for: u64) -> Vec<Step> {
    vec![Step { gates: vec![ready("other", stable_for)], ..step("a", 1, &[]) }, step("b", 1, &["a"])]
}

fn followed() -> Vec<Step> {
    vec![Step { done_when: Some(ready("a", 0)), ..step("a", 1, &[]) }, step("b", 1, &["a"])]
}

fn world(readiness: Readiness) -> World {
    let mut world = World::with(&[("a", 0), ("b", 0), ("other", 0)]);
    world.readiness.insert(thing("other"), readiness.clone());
    world.readiness.insert(thing("a"), readiness);
    world
}

fn waiting() -> Readiness {
    Readiness::Waiting("1 of 3 pods are ready".to_owned())
}

#[test]
fn a_gate_is_polled_until_it_holds() {
    let mut world = world(waiting());
    let mut applier = run(gated(0), &mut world);
    applier.pass(500, &mut world);
    assert!(applier.sent.is_empty());
    world.readiness.insert(thing("other"), Readiness::Ready);
    applier.pass(110, &mut world);
    assert_eq!(applier.under_way(), ["a"]);
}

#[test]
fn a_gate_that_must_be_steady_starts_its_time_again_when_it_breaks() {
    let mut world = world(Readiness::Ready);
    let mut applier = run(gated(500), &mut world);
    applier.pass(400, &mut world);
    world.readiness.insert(thing("other"), waiting());
    applier.pass(200, &mut world);
    world.readiness.insert(thing("other"), Readiness::Ready);
    applier.pass(450, &mut world);
    assert!(applier.sent.is_empty());
    applier.pass(200, &mut world);
    assert_eq!(applier.under_way(), ["a"]);
}

#[test]
fn a_gate_out_of_patience_ends_its_step_and_says_why() {
    let mut world = world(waiting());
    let mut applier = run(gated(0), &mut world);
    applier.pass(2200, &mut world);
    assert_eq!(applier.ended("a"), Ended::OutOfPatience("1 of 3 pods are ready".to_owned()));
    assert_eq!(applier.ended("b"), blocked_by("a"));
    assert_eq!(applier.end.unwrap().exit_code(), 5);
}

#[test]
fn what_needs_a_step_waits_until_what_makes_it_done_holds() {
    let mut world = world(waiting());
    let mut applier = run(followed(), &mut world);
    applier.carry_out(&mut world);
    applier.pass(300, &mut world);
    assert!(applier.under_way().is_empty());
    world.readiness.insert(thing("a"), Readiness::Ready);
    applier.pass(110, &mut world);
    assert_eq!(applier.under_way(), ["b"]);
}

#[test]
fn a_step_that_was_found_done_by_reading_is_told_so_when_it_is_ready() {
    let mut world = world(waiting());
    let mut applier = run(followed(), &mut world);
    let sending = applier.lose_answer(&mut world);
    let _lost = world.carry_out(&sending.address, &sending.action);
    applier.pass(1000, &mut world);
    world.readiness.insert(thing("a"), Readiness::Ready);
    applier.pass(110, &mut world);
    applier.carry_out_all(&mut world);
    assert_eq!(applier.ended("a"), Ended::Done(Found::ByReading));
}

#[test]
fn a_step_whose_outcome_will_not_come_by_itself_failed() {
    let mut world = world(Readiness::Failed("the image does not exist".to_owned()));
    let mut applier = run(followed(), &mut world);
    applier.carry_out(&mut world);
    applier.pass(200, &mut world);
    assert_eq!(applier.ended("a"), Ended::Failed("the image does not exist".to_owned()));
    assert_eq!(applier.end.unwrap().exit_code(), 1);
}

#[test]
fn what_was_on_its_way_when_the_rights_went_stays_open_with_the_reason_that_nobody_may_look() {
    let mut world = world(Readiness::Ready);
    let mut applier = run(vec![step("a", 1, &[])], &mut world);
    world.denied = vec![thing("a")];
    let _lost = applier.lose_answer(&mut world);
    applier.pass(4_000, &mut world);
    assert_eq!(applier.ended("a"), Ended::LeftOpen(Some(denial())));
    let end = applier.end.unwrap();
    assert_eq!((end.exit_code(), end.lacks_rights()), (5, true), "the next one looks, with the rights");
}

#[test]
fn what_was_made_and_may_no_longer_be_read_is_told_so_long_before_patience_ends() {
    let mut world = world(waiting());
    let mut applier = run(followed(), &mut world);
    applier.carry_out(&mut world);
    applier.pass(200, &mut world);
    world.denied = vec![thing("a")];
    applier.pass(750, &mut world);
    assert_eq!(applier.ended("a"), Ended::Unseen(denial()));
    assert_eq!(applier.ended("b"), blocked_by("a"));
    let end = applier.end.unwrap();
    assert_eq!((end.exit_code(), end.lacks_rights()), (7, true));
}

#[test]
fn a_gate_whose_object_may_not_be_read_ends_its_step_before_anything_is_sent() {
    let mut world = world(waiting());
    world.denied = vec![thing("other")];
    let mut applier = run(gated(0), &mut world);
    applier.pass(750, &mut world);
    assert_eq!(applier.ended("a"), Ended::Unreadable(denial()));
    assert!(applier.sent.is_empty());
    assert_eq!(applier.end.unwrap().exit_code(), 7);
}

#[test]
fn a_denial_is_believed_once_it_has_lasted_and_silence_is_none() {
    let mut world = world(waiting());
    let mut applier = run(followed(), &mut world);
    applier.carry_out(&mut world);
    for _ in 0..2 {
        world.denied = vec![thing("a")];
        applier.pass(400, &mut world);
        world.unreadable = vec![thing("a")];
        applier.pass(200, &mut world);
        world.unreadable.clear();
    }
    world.denied.clear();
    world.readiness.insert(thing("a"), Readiness::Ready);
    applier.pass(110, &mut world);
    assert_eq!(applier.under_way(), ["b"]);
}

#[test]
fn a_step_that_is_followed_when_somebody_stops_the_apply_ran_out_of_nothing() {
    let mut world = world(waiting());
    let mut applier = run(followed(), &mut world);
    applier.carry_out(&mut world);
    applier.pass(300, &mut world);
    applier.happens(Event::Interrupted, &mut world);
    applier.carry_out_all(&mut world);
    assert_eq!(applier.ended("a"), Ended::StoppedWaiting("1 of 3 pods are ready".to_owned()));
    let end = applier.end.unwrap();
    assert_eq!((end.reason.clone(), end.exit_code()), (EndReason::Interrupted, 5));
}
