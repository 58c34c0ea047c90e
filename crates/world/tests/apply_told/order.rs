//! Which step may start when.

use super::{blocked_by, run};
use crate::apply_desk::{Applier, World, plan, silence, step, thing, timing};
use evenkeel_core::engine::apply::{Ended, Extra, Job, Precondition, Run};
use evenkeel_core::engine::id::StepId;
use evenkeel_core::engine::step::{Outcome, Step};

#[test]
fn a_step_that_needs_no_reading_is_sent_however_long_it_waited_for_its_turn() {
    let mut world = World::with(&[("a", 0), ("b", 0)]);
    let planned = |name: &str| {
        let (uid, value) = world.things[&thing(name)].clone();
        let seen = Some(Precondition::Version(uid, value.to_string().into()));
        (StepId::new(name), Extra { seen, ..Extra::default() })
    };
    let extras = [planned("a"), planned("b")].into();
    let run = Run { extras, ..plan("two", vec![step("a", 1, &[]), step("b", 1, &[])]) };
    let job = Job::Run(Box::new(run));
    let mut applier = Applier::with_parallelism("n1", job, timing(), 1).planned_now(&world);
    applier.start(&mut world);
    assert_eq!(applier.under_way(), ["a"]);
    applier.hang(400);
    applier.carry_out(&mut world);
    assert_eq!(applier.under_way(), ["b"]);
    applier.carry_out(&mut world);
    assert_eq!(applier.end.expect("it ends").exit_code(), 0);
}

#[test]
fn steps_that_need_nothing_start_at_once_as_many_as_their_system_takes() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let things: Vec<(&str, i64)> = names.iter().map(|name| (*name, 0)).collect();
    let mut world = World::with(&things);
    let mut applier = run(names.iter().map(|name| step(name, 1, &[])).collect(), &mut world);
    assert_eq!(applier.under_way(), ["a", "b", "c", "d"]);
    applier.carry_out(&mut world);
    assert_eq!(applier.under_way(), ["b", "c", "d", "e"]);
    applier.carry_out_all(&mut world);
    applier.pass(100, &mut world);
    assert_eq!(applier.end.unwrap().exit_code(), 0);
}

#[test]
fn a_step_starts_once_everything_it_needs_is_done() {
    let mut world = World::with(&[("a", 0), ("b", 0), ("c", 0)]);
    let steps = vec![step("a", 1, &[]), step("b", 1, &[]), step("c", 1, &["a", "b"])];
    let mut applier = run(steps, &mut world);
    applier.carry_out(&mut world);
    assert_eq!(applier.under_way(), ["b"]);
    applier.carry_out(&mut world);
    assert_eq!(applier.under_way(), ["c"]);
}

#[test]
fn a_failed_step_blocks_only_what_needs_it_and_the_culprit_is_named_however_far_up() {
    let mut world = World::with(&[("a", 0), ("b", 0), ("c", 0), ("d", 0)]);
    let steps = vec![step("a", 1, &[]), step("b", 1, &["a"]), step("c", 1, &["b"]), step("d", 1, &[])];
    let mut applier = run(steps, &mut world);
    let refused = applier.sends.remove(0);
    applier.answer(&refused, Outcome::Refused(silence()), &mut world);
    applier.carry_out_all(&mut world);
    applier.pass(100, &mut world);
    assert_eq!(applier.ended("a"), Ended::Refused(silence()));
    assert_eq!(applier.ended("b"), blocked_by("a"));
    assert_eq!(applier.ended("c"), blocked_by("a"));
    assert!(applier.ended("d").is_done());
    assert_eq!(applier.end.unwrap().exit_code(), 1);
}

fn in_wave(wave: u8, step: Step) -> Step {
    Step { wave, ..step }
}

#[test]
fn a_higher_wave_starts_once_every_step_of_lower_ones_is_settled() {
    let mut world = World::with(&[("a", 0), ("b", 0), ("c", 0)]);
    let steps = vec![in_wave(2, step("c", 1, &[])), step("a", 1, &[]), step("b", 1, &[])];
    let mut applier = run(steps, &mut world);
    assert_eq!(applier.under_way(), ["a", "b"]);
    applier.carry_out(&mut world);
    assert_eq!(applier.under_way(), ["b"]);
    applier.carry_out(&mut world);
    assert_eq!(applier.under_way(), ["c"]);
}

#[test]
fn a_higher_wave_starts_also_when_a_step_of_a_lower_one_failed() {
    let mut world = World::with(&[("a", 0), ("c", 0)]);
    let mut applier = run(vec![step("a", 1, &[]), in_wave(1, step("c", 1, &[]))], &mut world);
    let refused = applier.sends.remove(0);
    applier.answer(&refused, Outcome::Refused(silence()), &mut world);
    assert_eq!(applier.under_way(), ["c"]);
}

#[test]
fn two_steps_on_one_address_never_run_at_the_same_time() {
    let mut world = World::with(&[("a", 0)]);
    let second = Step { id: evenkeel_core::engine::id::StepId::new("a again"), ..step("a", 1, &[]) };
    let applier = run(vec![step("a", 1, &[]), second], &mut world);
    assert_eq!(applier.under_way(), ["a"]);
}

#[test]
fn what_was_changed_by_hand_since_the_plan_is_left_alone() {
    let mut world = World::with(&[("a", 7)]);
    let mut applier = run(vec![step("a", 1, &[])], &mut world);
    applier.pass(100, &mut world);
    assert!(matches!(applier.ended("a"), Ended::Stale(..)));
    assert_eq!(world.value("a"), Some(7));
    assert_eq!(applier.end.unwrap().exit_code(), 3);
}
