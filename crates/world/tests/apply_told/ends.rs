//! Exit codes: where several fit, the first of 1 6 3 5 4 7 0.

use crate::apply_desk::{silence, thing};
use evenkeel_core::engine::apply::{End, EndReason, Ended, NotStarted, StepEnd};
use evenkeel_core::engine::id::StepId;
use evenkeel_core::engine::journal::{Found, Moved, Remains, StepKey};
use evenkeel_core::engine::ledger::Ledger;

fn code(reason: EndReason, ended: &[Ended]) -> u8 {
    let step = |how: &Ended| StepEnd { step: StepId::new("a"), address: thing("a"), how: how.clone() };
    let steps = ended.iter().map(step).collect();
    End { reason, steps, earlier: Vec::new(), ledger: Ledger::default() }.exit_code()
}

fn in_doubt() -> Ended {
    Ended::NotStarted(NotStarted::AddressHeld(StepKey { apply: "1".into(), step: StepId::new("a") }))
}

#[test]
fn an_apply_in_which_everything_was_done_exits_with_0() {
    assert_eq!(code(EndReason::Finished, &[Ended::Done(Found::ByAnswer), Ended::DoneBefore]), 0);
}

#[test]
fn a_refused_step_outdoes_every_other_outcome() {
    let all = [Ended::Unreadable(silence()), in_doubt(), Ended::Refused(silence())];
    assert_eq!(code(EndReason::LockLost, &all), 1);
}

#[test]
fn a_lost_lock_outdoes_a_stale_step_and_that_one_an_interrupt() {
    let stale = Ended::Stale(Moved::Vanished, Remains::Nothing, None);
    assert_eq!(code(EndReason::LockLost, std::slice::from_ref(&stale)), 6);
    assert_eq!(code(EndReason::Interrupted, &[stale]), 3);
    assert_eq!(code(EndReason::Interrupted, &[in_doubt()]), 5);
}

#[test]
fn an_address_in_doubt_outdoes_one_that_could_not_be_read() {
    assert_eq!(code(EndReason::Finished, &[Ended::Unreadable(silence()), in_doubt()]), 4);
    assert_eq!(code(EndReason::Finished, &[Ended::Unreadable(silence())]), 7);
}
