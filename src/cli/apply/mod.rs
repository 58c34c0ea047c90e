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
use crate::run::interrupts::Interrupts;
use crate::run::writable::Writable;
use evenkeel_core::engine::plan::Goal;
use evenkeel_core::report::Exit;

/// Runs the verb.
pub(super) async fn run(options: &Apply, context: &Context) -> Result<Exit, Failure> {
    let listening = Listening::start();
    let interrupts = listening.interrupts();
    if let Some(plan) = reviewed(&options.target)? {
        let file = PlanFile { plan, context };
        return if options.abandon {
            let environment = file.plan.environment.as_str();
            file.check_base()?;
            abandon(environment, (options, context), interrupts).await
        } else {
            Box::pin(file.apply(options, interrupts)).await
        };
    }
    if options.destroy.is_some() {
        let message = format!("--destroy is for plan files, and {} is none", options.target);
        return Err(
            Failure::usage(message).hint(context.command(&format!("evenkeel destroy {}", options.target)))
        );
    }
    if options.abandon {
        return abandon(&options.target, (options, context), interrupts).await;
    }
    let deletes =
        options.expect_deletes.map_or_else(String::new, |deletes| format!(" --expect-deletes {deletes}"));
    let again = format!("evenkeel apply {}{deletes}", options.target);
    let choices = Choices { expected_deletes: options.expect_deletes, ..Choices::default() };
    let approval = Approval::of(options.auto_approve);
    errand(&options.target, (again, approval, context), interrupts).await?.apply(choices).await
}

/// Ends what a killed apply left in an environment, whichever plan it was of, and sends nothing new.
async fn abandon(
    environment: &str,
    (options, context): (&Apply, &Context),
    interrupts: Interrupts,
) -> Result<Exit, Failure> {
    let again = format!("evenkeel apply {} --abandon", options.target);
    let errand = errand(environment, (again, Approval::Given, context), interrupts).await?;
    errand.abandon(Choices::default()).await
}

async fn errand<'a>(
    environment: &str,
    (again, approval, context): (String, Approval, &'a Context),
    interrupts: Interrupts,
) -> Result<Errand<'a>, Failure> {
    let session = interrupts.clone().or(context.open(environment)).await??;
    let next = Next { anew: again.clone(), again };
    let environment = Writable::of(session);
    Ok(Errand { environment, context, goal: Goal::Converge, approval, interrupts, next })
}
