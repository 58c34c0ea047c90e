//! Each mechanism of apply is there for a law: taken out, the law breaks; in place, it holds in the same scene.
//!
//! `cargo test -p evenkeel-world --features mutations --test apply_mutations`

mod apply_desk;
mod apply_scenes;

use evenkeel_core::engine::apply::Mechanism;
use evenkeel_world::store::Simulation;

/// Looks for a history that breaks a law once this mechanism is out, and none while it is in.
fn breaks_without(mechanism: Mechanism) {
    let broken = (0..3_000).find(|seed| Simulation::new(*seed).without(mechanism).run().is_err());
    let broken = broken.unwrap_or_else(|| panic!("no law breaks without {mechanism:?}"));
    assert_eq!(
        Simulation::new(broken).run().err(),
        None,
        "seed {broken} breaks a law with {mechanism:?}, too"
    );
}

#[test]
fn without_the_reading_before_a_send_an_edit_is_overwritten() {
    breaks_without(Mechanism::ReadBeforeSend);
}

#[test]
fn without_the_version_of_the_plan_an_edit_is_overwritten() {
    breaks_without(Mechanism::PlannedVersion);
}

#[test]
fn without_settling_first_an_intent_precedes_what_it_needs() {
    breaks_without(Mechanism::SettledFirst);
}

#[test]
fn without_waiting_until_a_step_is_ready_its_intent_comes_too_early() {
    breaks_without(Mechanism::OnlyReady);
}

#[test]
fn without_an_intent_a_step_is_sent_that_nobody_could_find_again() {
    breaks_without(Mechanism::IntentFirst);
}

#[test]
fn without_leaving_alone_what_is_neither_an_edit_is_overwritten() {
    breaks_without(Mechanism::Neither);
}

#[test]
fn without_truncating_last_the_journal_forgets() {
    breaks_without(Mechanism::TruncateLast);
}
