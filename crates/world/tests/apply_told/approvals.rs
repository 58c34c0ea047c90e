//! An approval holds until it ends: what was planned under it and starts later is not done.

use super::run;
use crate::apply_desk::{World, step};
use evenkeel_core::diagnostic::Location;
use evenkeel_core::engine::apply::{Ended, NotStarted};
use evenkeel_core::engine::step::Step;
use evenkeel_core::engine::wanted::{Approval, ApprovedAction};
use jiff::{SignedDuration, Timestamp};

/// The step, approved until so many seconds after the apply began.
pub(super) fn approved(step: Step, seconds: i64) -> Step {
    let approval = Approval {
        address: step.address.clone(),
        action: ApprovedAction::LoseData,
        policy: None,
        uid: None,
        until: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds),
        reason: "it was looked at".to_owned(),
        at: Location::start_of("approvals.yaml"),
    };
    Step { approvals: vec![approval], ..step }
}

#[test]
fn an_approval_that_ends_while_another_step_runs_lets_its_own_not_start() {
    let mut world = World::with(&[("a", 0), ("b", 0)]);
    let mut applier = run(vec![step("a", 1, &[]), approved(step("b", 1, &["a"]), 60)], &mut world);
    applier.pass(70_000, &mut world);
    applier.carry_out_all(&mut world);
    assert!(applier.ended("a").is_done());
    let ended = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(60);
    assert_eq!(applier.ended("b"), Ended::NotStarted(NotStarted::ApprovalEnded(ended)));
    assert_eq!(applier.end.unwrap().exit_code(), 4);
}

#[test]
fn an_approval_that_still_holds_lets_its_step_start() {
    let mut world = World::with(&[("a", 0), ("b", 0)]);
    let mut applier = run(vec![step("a", 1, &[]), approved(step("b", 1, &["a"]), 60)], &mut world);
    applier.carry_out_all(&mut world);
    assert!(applier.ended("b").is_done());
}
