//! `evenkeel rehearse`: the plan, carried out in a simulated world that starts from what is live.

use super::args::Rehearse;
use super::error::Failure;
use super::plan::{render, report};
use super::progress::Watcher;
use super::{Context, ui};
use crate::run::planning::{self, Keep};
use crate::run::rehearsal::{Rehearsal, RehearsalError, rehearse};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::report::Exit;
use evenkeel_core::report::apply::{ApplyReport, text};
use evenkeel_core::report::exit::of_apply;
use evenkeel_core::report::plan::Counts;

/// Runs the verb.
pub(super) async fn run(options: &Rehearse, context: &Context) -> Result<Exit, Failure> {
    let fail = options.fail.as_ref().map(|address| address.parse::<ResourceId>());
    let fail = fail.transpose().map_err(|error| Failure::of(Exit::Usage, &error))?;
    let environment = match super::apply::reviewed(&options.target)? {
        Some(plan) => plan.environment.to_string(),
        None => options.target.clone(),
    };
    let session = context.open(&environment).await?;
    let state = session.read_state().await?;
    let planned = planning::make(&session, &state, &session.inputs(&state), Keep::WhatDiffers).await;
    if let Some(address) = &fail
        && !planned.plan.steps.iter().any(|step| step.address == *address)
    {
        return Err(Failure::usage(format!(
            "no step of the plan is about {address}, so none can fail there"
        )));
    }
    let next = format!("evenkeel apply {environment}");
    ui::talk(
        render(&report(&session, &planned, &next), context.global.format, context.terminal.results)
            .trim_end(),
    );
    let mut watcher = Watcher::of(&planned.plan, context.terminal.progress, context.terminal.results);
    let rehearsed = rehearse(Rehearsal { session, state, fail, seed: options.seed }, &mut watcher).await?;
    watcher.end();
    let told = ApplyReport { plan: &rehearsed.planned.plan, end: &rehearsed.end, next: None };
    let left = Counts::of(&rehearsed.after.plan).sentence();
    ui::result(&format!(
        "{}\nRehearsed in a simulated world; nothing real was touched. Left to do there: {left}\n",
        text(&told, context.terminal.results).trim_end()
    ));
    Ok(of_apply(&rehearsed.end, &rehearsed.planned.plan))
}

impl From<RehearsalError> for Failure {
    fn from(error: RehearsalError) -> Self {
        match error {
            RehearsalError::Session(error) => error.into(),
            RehearsalError::Apply(error) => error.into(),
            RehearsalError::Place(_) => Self::of(Exit::Failed, &error),
        }
    }
}
