//! The laws of planning that rest on mechanisms of the planner itself: taken out of it, the law breaks.
//!
//! `cargo test -p evenkeel-world --features mutations --test laws_mutations`

mod laws;

use evenkeel_core::engine::plan::Mechanism;
use laws::Without;
use laws::planning::{
    broken, law_7_same_input_same_bytes, law_9_every_wanted_change_is_claimed_once,
    law_10_a_held_thing_would_violate_something,
};

#[test]
fn without_one_order_of_steps_law_7_breaks() {
    assert!(broken(law_7_same_input_same_bytes, Without::Planning(Mechanism::OneOrder)) > 0);
}

#[test]
fn when_what_waits_is_left_out_law_9_breaks() {
    let without = Without::Planning(Mechanism::WaitingIsHeld);
    assert!(broken(law_9_every_wanted_change_is_claimed_once, without) > 0);
}

#[test]
fn when_everything_waits_for_what_is_held_law_10_breaks() {
    let without = Without::Planning(Mechanism::OnlyWhatNeeds);
    assert!(broken(law_10_a_held_thing_would_violate_something, without) > 0);
}

#[test]
fn when_policies_deny_whatever_is_done_law_10_breaks() {
    let without = Without::Planning(Mechanism::WhatIsDone);
    assert!(broken(law_10_a_held_thing_would_violate_something, without) > 0);
}
