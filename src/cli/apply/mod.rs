//! `evenkeel apply`: shows the plan, asks, carries it out, and tells how it went.

mod errand;
mod reviewed;

pub(super) use errand::Approval;
pub(super) use reviewed::{Derived, PlanFile, reviewed};

use super::args::Apply;
use super::error::Failure;
use super::plan::Choices;
use super::{Context, ui};
use crate::run::planning::{self, Keep, Planned};
use crate::run::session::{Session, StateRead};
use crate::run::writable::Writable;
use errand::Errand;
use evenkeel_core::engine::plan::inputs::{Doubts, History, Inputs};
use evenkeel_core::report::Exit;

/// Runs the verb.
pub(super) async fn run(options: &Apply, context: &Context) -> Result<Exit, Failure> {
    let choices = Choices { expected_deletes: options.expect_deletes, doubts: Doubts::Settle };
    if let Some(reviewed) = reviewed(&options.target)? {
        return PlanFile { plan: reviewed, context }.apply().await;
    }
    let session = context.open(&options.target).await?;
    let errand =
        Errand { environment: Writable::of(session), context, approval: Approval::of(options.auto_approve) };
    if options.abandon {
        return errand.abandon(choices).await;
    }
    errand.apply(choices).await
}

/// Rebuilds a lost ledger: a plan that takes marked objects for ours.
pub(super) async fn recover(
    environment: &str,
    approval: Approval,
    context: &Context,
) -> Result<Exit, Failure> {
    let mut errand =
        Errand { environment: Writable::of(context.open(environment).await?), context, approval };
    let session = &errand.environment.session;
    let state = session.read_state().await?;
    if session.inputs(&state).history != History::Never {
        ui::talk(&format!("{}: the ledger is there", session.name));
        return Ok(Exit::Done);
    }
    let planned = recovering(session, &state).await;
    if errand.approval == Approval::Asked {
        errand.show(&planned);
        let unattended = format!("evenkeel ledger recover {environment} --auto-approve");
        if !ui::asked(context.terminal.prompts, "Take these objects for ours again?", &unattended)? {
            return Ok(Exit::Done);
        }
        errand.approval = Approval::Given;
    }
    errand.keep_key().await?;
    let state = errand.environment.session.read_state().await?;
    let planned = recovering(&errand.environment.session, &state).await;
    errand.carry_out(&state, &planned).await
}

/// Makes the plan that takes marked objects for ours.
async fn recovering(session: &Session, state: &StateRead) -> Planned {
    let inputs = Inputs { history: History::Recovering, ..session.inputs(state) };
    planning::make(session, state, &inputs, Keep::WhatDiffers).await
}
