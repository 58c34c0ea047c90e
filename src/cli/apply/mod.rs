//! `evenkeel apply`: shows the plan, asks, carries it out, and tells how it went.

mod errand;
mod leave;
mod permission;
mod recover;
mod reviewed;

pub(super) use errand::{Approval, Errand, Next};
pub(super) use leave::deletions;
pub(super) use recover::recover;
pub(super) use reviewed::{Derived, PlanFile, reviewed};

use super::Context;
use super::args::Apply;
use super::error::Failure;
use super::interrupts::Listening;
use super::plan::Choices;
use crate::run::writable::Writable;
use evenkeel_core::engine::plan::Goal;
use evenkeel_core::report::Exit;

/// Runs the verb.
pub(super) async fn run(options: &Apply, context: &Context) -> Result<Exit, Failure> {
    let listening = Listening::start();
    let interrupts = listening.interrupts();
    let choices = Choices { expected_deletes: options.expect_deletes, ..Choices::default() };
    if let Some(reviewed) = reviewed(&options.target)? {
        return PlanFile { plan: reviewed, context }.apply(options, interrupts).await;
    }
    if options.destroy.is_some() {
        let message = format!("--destroy is for plan files, and {} is none", options.target);
        return Err(
            Failure::usage(message).hint(context.command(&format!("evenkeel destroy {}", options.target)))
        );
    }
    let session = interrupts.clone().or(context.open(&options.target)).await??;
    let (environment, approval) = (Writable::of(session), Approval::of(options.auto_approve));
    let deletes =
        options.expect_deletes.map_or_else(String::new, |deletes| format!(" --expect-deletes {deletes}"));
    let again = format!("evenkeel apply {}{deletes}", options.target);
    let next = Next { anew: again.clone(), again };
    let errand = Errand { environment, context, goal: Goal::Converge, approval, interrupts, next };
    if options.abandon {
        return errand.abandon(choices).await;
    }
    errand.apply(choices).await
}
