//! Tests that teach: each name is a sentence about the machine.

mod approvals;
mod ends;
mod gates;
mod order;
mod silence;
mod sorts;
mod speed;
mod stopping;

use super::apply_desk::{Applier, World, plan};
use evenkeel_core::engine::apply::{Ended, NotStarted};
use evenkeel_core::engine::id::StepId;
use evenkeel_core::engine::step::Step;

/// Starts a run of these steps.
fn run(steps: Vec<Step>, world: &mut World) -> Applier {
    Applier::run("n1", plan("tree", steps), world)
}

fn blocked_by(culprit: &str) -> Ended {
    Ended::NotStarted(NotStarted::Blocked { culprit: StepId::new(culprit) })
}
