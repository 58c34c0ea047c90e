//! Each mechanism of apply is there for a law: taken out, some simulated history breaks one.
//!
//! `cargo test -p evenkeel-world --features mutations --test apply_mutations`

use evenkeel_core::engine::apply::Mechanism;
use evenkeel_world::store::Simulation;

/// Looks for a history that breaks a law once this mechanism is out.
fn breaks_without(mechanism: Mechanism) {
    let broken = (0..3_000).find_map(|seed| Simulation::new(seed).without(mechanism).run().err());
    assert!(broken.is_some(), "no law breaks without {mechanism:?}");
}

#[test]
fn without_the_time_for_late_requests_something_takes_effect_after_a_later_send() {
    breaks_without(Mechanism::Late);
}

#[test]
fn without_the_time_until_a_creation_shows_it_is_made_twice() {
    breaks_without(Mechanism::VisibleAfter);
}

#[test]
fn without_room_for_clock_differences_a_wait_is_too_short() {
    breaks_without(Mechanism::ClockDifference);
}

#[test]
fn without_the_quiet_time_a_retry_overtakes_the_first_attempt() {
    breaks_without(Mechanism::QuietAlive);
}

#[test]
fn without_the_look_at_the_lease_before_a_send_a_stale_holder_starts() {
    breaks_without(Mechanism::TimeCheckAtSend);
}

#[test]
fn without_the_reading_before_a_send_an_edit_is_overwritten() {
    breaks_without(Mechanism::ReadBeforeSend);
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

#[test]
fn without_seals_a_stale_holder_goes_on_writing() {
    breaks_without(Mechanism::Seals);
}
