//! Work grows with the number of steps, not with its square.

use super::run;
use crate::apply_desk::{World, step};
use evenkeel_core::engine::step::Step;

/// Runs so many steps to their end; returns how many requests the store had.
fn requests_for(count: usize) -> usize {
    let names: Vec<String> = (0..count).map(|number| format!("thing{number}")).collect();
    let things: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), 0)).collect();
    let mut world = World::with(&things);
    let steps: Vec<Step> = names.iter().map(|name| step(name, 1, &[])).collect();
    let mut applier = run(steps, &mut world);
    while applier.end.is_none() {
        for _ in 0..applier.sends.len() {
            applier.carry_out(&mut world);
        }
        applier.pass(10, &mut world);
    }
    assert_eq!(applier.sent.len(), count);
    assert_eq!(applier.end.as_ref().map(evenkeel_core::engine::apply::End::exit_code), Some(0));
    assert_eq!(world.book().row_count(), count);
    applier.requests
}

#[test]
fn the_store_is_asked_less_often_than_there_are_steps() {
    let requests = requests_for(1000);
    assert!(requests < 500, "{requests} requests to the store for 1000 steps");
}

#[test]
#[ignore = "for looking at its time: 5,000 steps take at most about five times as long as 1,000"]
fn five_thousand_steps_take_five_times_as_long_as_a_thousand() {
    let requests = requests_for(5000);
    assert!(requests < 2500, "{requests} requests to the store for 5000 steps");
}
