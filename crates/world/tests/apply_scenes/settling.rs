//! Scenes about finding out what became of a step that nobody answered for.

use super::{Law, needs, next_holder};
use crate::apply_desk::{Applier, World, plan, step, thing};
use evenkeel_core::engine::apply::{Ended, Extra, Mechanism, NotStarted, Polled, Run};
use evenkeel_core::engine::id::StepId;
use evenkeel_core::engine::step::{Condition, Gate, Outcome, Readiness, Receipt, Repeat, Step};
use std::collections::BTreeMap;
use std::time::Duration;

fn at_most_once() -> Run {
    plan("once", vec![Step { repeat: Repeat::AtMostOnce, ..step("a", 1, &[]) }])
}

#[test]
fn without_at_most_once_a_step_that_may_not_be_repeated_is() {
    needs(Mechanism::AtMostOnce, |out| {
        let mut world = World::with(&[("a", 0)]);
        let mut applier = Applier::run_without("n1", at_most_once(), &mut world, out);
        let _first = applier.lose_answer(&mut world);
        applier.pass(3000, &mut world);
        Law::holds_if(applier.sent.len() == 1)
    });
}

#[test]
fn without_held_addresses_that_outlive_their_apply_the_next_one_does_what_may_have_been_done() {
    needs(Mechanism::HeldOutlives, |out| {
        let mut world = World::with(&[("a", 0)]);
        let mut first = Applier::run("n1", at_most_once(), &mut world);
        let _sent = first.lose_answer(&mut world);
        first.pass(2000, &mut world);
        assert_eq!(first.ended("a"), Ended::Held);
        let next = Applier::run_without("n2", plan("again", at_most_once().plan.steps), &mut world, out);
        let told =
            next.end.is_some() && matches!(next.ended("a"), Ended::NotStarted(NotStarted::AddressHeld(_)));
        Law::holds_if(next.sent.is_empty() && told)
    });
}

#[test]
fn without_remembering_what_is_awaited_a_dependant_starts_before_it_is_ready() {
    needs(Mechanism::AwaitedOutlives, |out| {
        let mut world = World::with(&[("a", 0), ("b", 0)]);
        world.readiness.insert(thing("a"), Readiness::Waiting("1 of 3 pods are ready".to_owned()));
        let (patience, stable_for) = (Duration::from_secs(30), Duration::ZERO);
        let ready = Gate { condition: Condition::Ready(thing("a")), patience, stable_for };
        let first = Step { done_when: Some(ready), ..step("a", 1, &[]) };
        let mut killed = Applier::run("n1", plan("one", vec![first, step("b", 1, &["a"])]), &mut world);
        killed.carry_out(&mut world);
        killed.pass(200, &mut world);
        assert_eq!(killed.sent.len(), 1, "`a` is carried out, and awaited");
        // `a` is as wanted by now, so the next plan has no step for it.
        let extra = Extra { needs: [thing("a")].into(), ..Extra::default() };
        let extras = BTreeMap::from([(StepId::new("b"), extra)]);
        let rest = Run { extras, ..plan("one", vec![step("b", 1, &[])]) };
        let mut next = next_holder("n2", rest, &mut world, out);
        next.pass(4000, &mut world);
        Law::holds_if(next.sent.is_empty())
    });
}

#[test]
fn without_asking_the_receipt_first_an_operation_that_runs_is_started_again() {
    needs(Mechanism::ReceiptFirst, |out| {
        let mut world = World::with(&[("a", 0)]);
        let run = plan("slow", vec![step("a", 1, &[])]);
        let mut killed = Applier::run("n1", run.clone(), &mut world);
        let sending = killed.sends.remove(0);
        killed.answer(&sending, Outcome::Accepted(Receipt::default()), &mut world);
        // The resource does not show that the operation runs; only the receipt tells.
        let mut next = next_holder("n2", run, &mut world, out);
        for _ in 0..40 {
            next.pass(100, &mut world);
            if !next.polls.is_empty() {
                next.poll_answered(Polled::Running("it runs".to_owned()), &mut world);
            }
        }
        Law::holds_if(next.sent.is_empty())
    });
}
