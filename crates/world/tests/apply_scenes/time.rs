//! Scenes about waiting long enough: for late requests, for what shows late, for clocks, and for the lease.

use super::{Law, needs, next_holder, one_step};
use crate::apply_desk::{Applier, World, body, plan, sketch, step, timing};
use evenkeel_core::engine::apply::{Mechanism, StoreRequest, Timing};
use evenkeel_core::engine::step::{Action, Expects, Repeat, Step, WriteMode};
use evenkeel_core::engine::value::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// A step that creates something under a name of the target's choice, which shows after half a second.
fn creation() -> Step {
    let config = Value::Map(BTreeMap::from([
        ("value".to_owned(), Value::from(1)),
        ("tag".to_owned(), Value::from("a")),
    ]));
    Step {
        action: Action::Write { mode: WriteMode::Create, config: config.into(), wanted: sketch(1) },
        expects: Expects::Absent,
        repeat: Repeat::CreateOnce {
            find_by: body("tag", Value::from("a")),
            visible_after: Duration::from_millis(500),
        },
        ..step("a", 1, &[])
    }
}

/// An answer is lost; the step may be sent again only once the first attempt cannot take effect any more.
fn is_quiet_for(after_deadline: u64, step: &Step, out: Option<Mechanism>) -> Law {
    let things: &[(&str, i64)] = if step.expects == Expects::Absent { &[] } else { &[("a", 0)] };
    let mut world = World::with(things);
    let mut applier = Applier::run_without("n1", plan("one", vec![step.clone()]), &mut world, out);
    let _first = applier.lose_answer(&mut world);
    applier.pass(after_deadline, &mut world);
    Law::holds_if(applier.sent.len() == 1)
}

#[test]
fn without_the_quiet_time_a_retry_overtakes_the_first_attempt() {
    needs(Mechanism::QuietAlive, |out| is_quiet_for(100, &step("a", 1, &[]), out));
}

#[test]
fn without_the_time_for_late_requests_something_takes_effect_after_a_later_send() {
    needs(Mechanism::Late, |out| is_quiet_for(590, &step("a", 1, &[]), out));
}

#[test]
fn without_room_for_clock_differences_a_wait_is_too_short() {
    needs(Mechanism::ClockDifference, |out| is_quiet_for(790, &step("a", 1, &[]), out));
}

#[test]
fn without_the_time_until_a_creation_shows_it_is_made_twice() {
    needs(Mechanism::VisibleAfter, |out| is_quiet_for(1290, &creation(), out));
}

#[test]
fn without_waiting_out_what_an_earlier_holder_sent_its_request_lands_after_ours() {
    needs(Mechanism::QuietTakeover, |out| {
        let mut world = World::with(&[("a", 0)]);
        let _killed = Applier::run("n1", one_step(), &mut world);
        let mut next = Applier::prepared("n2", one_step(), &world, out, timing());
        next.start(&mut world);
        // A lease of one second, the seals, and then D + Λ + ε.
        next.pass(1000 + 1790, &mut world);
        assert!(next.epoch().is_some(), "it has the lock by now");
        Law::holds_if(next.sent.is_empty())
    });
}

#[test]
fn without_counting_the_lease_from_the_sending_of_its_renewal_two_holders_start_things() {
    needs(Mechanism::LeaseFromSend, |out| {
        let mut world = World::with(&[("a", 0), ("b", 0)]);
        let run = plan("two", vec![step("a", 1, &[]), step("b", 1, &["a"])]);
        let mut applier = Applier::run_without("n1", run, &mut world, out);
        applier.away = |request| matches!(request, StoreRequest::SwapLock { .. });
        applier.pass(340, &mut world);
        // The renewal lands at once; its answer takes 0.6 s.
        let (call, answer) =
            applier.land(|request| matches!(request, StoreRequest::SwapLock { .. }), &mut world);
        applier.hang(600);
        applier.happens(evenkeel_core::engine::apply::Event::Store(call, answer), &mut world);
        // By now others may have taken a lease that nobody has renewed for more than a second.
        applier.hang(460);
        applier.carry_out(&mut world);
        Law::holds_if(!applier.under_way().contains(&"b"))
    });
}

#[test]
fn without_the_look_at_the_lease_before_a_send_a_stale_holder_starts() {
    needs(Mechanism::TimeCheckAtSend, |out| {
        let mut world = World::with(&[("a", 0)]);
        let slow = Timing { poll: Duration::from_secs(10), ..timing() };
        let mut applier = Applier::prepared("n1", one_step(), &world, out, slow);
        applier.away =
            |request| matches!(request, StoreRequest::Create { position, .. } if position.sequence > 0);
        applier.start(&mut world);
        // The intent lands, and its answer comes when the lease is long over.
        let (call, answer) =
            applier.land(|request| matches!(request, StoreRequest::Create { .. }), &mut world);
        applier.away = |request| matches!(request, StoreRequest::SwapLock { .. });
        applier.hang(900);
        applier.happens(evenkeel_core::engine::apply::Event::Store(call, answer), &mut world);
        Law::holds_if(applier.sent.is_empty())
    });
}

#[test]
fn without_a_wait_after_a_broken_lock_its_old_holder_still_starts_things() {
    needs(Mechanism::BreakWait, |out| {
        let mut world = World::with(&[("a", 0), ("b", 0)]);
        let first = plan("first", vec![step("a", 1, &[])]);
        let mut old = Applier::run("n1", first, &mut world);
        old.carry_out_all(&mut world);
        let mut old = Applier::prepared("n2", one_step(), &world, None, timing());
        old.start(&mut world);
        let mut next = next_holder("n3", plan("two", vec![step("b", 1, &[])]), &mut world, out);
        // L + ε: the old holder may not have noticed yet.
        next.pass(1190, &mut world);
        Law::holds_if(next.sent.is_empty())
    });
}
