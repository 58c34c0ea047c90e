//! `evenkeel plan`: shows what would be done, why, and what is held back.

use super::args::{Format, Plan};
use super::error::Failure;
use super::snapshot::plan_from;
use super::{Context, ui};
use crate::clock;
use crate::run::import::covered;
use crate::run::look::set_by_others;
use crate::run::planning::{self, Keep, Planned};
use crate::run::session::{Session, StateRead};
use evenkeel_core::engine::plan::Goal;
use evenkeel_core::engine::plan::inputs::{Doubts, Inputs};
use evenkeel_core::report::exit::{PendingChanges, of_plan};
use evenkeel_core::report::plan::{PlanReport, file, json, markdown, text};
use evenkeel_core::report::{Exit, Style};
use evenkeel_core::report::{beside, coverage};
use std::path::Path;

/// Runs the verb.
pub(super) async fn run(options: &Plan, context: &Context) -> Result<Exit, Failure> {
    if let Some(file) = &options.live {
        return plan_from(file, options, context).await;
    }
    let (session, state) = context.open_and_read(&options.environment.environment).await?;
    let doubts = doubts(options.no_dry_run);
    let choices = Choices { expected_deletes: options.expect_deletes, doubts, ..Choices::default() };
    let planned = make(&session, &state, choices).await;
    let report = report(&session, &planned, &next(options, context));
    if let Some(told) = beside::told(&set_by_others(&planned, &state), &session.name) {
        ui::talk(&told);
    }
    if !options.coverage {
        return tell(&report, options, context);
    }
    let exit = keep(&report, options)?;
    let covered = covered(&session, &state, &planned.forms).await;
    ui::result(&match context.global.format {
        Format::Json => {
            let mut plan = json(&report);
            plan["coverage"] = coverage::json(&covered);
            format!("{plan}\n")
        }
        format @ (Format::Text | Format::Markdown) => {
            let plan = render(&report, format, context.terminal.results);
            format!("{plan}\n{}", coverage::text(&covered))
        }
    })?;
    if let Some(next) = coverage::next(&covered, session.name.as_str()) {
        ui::talk(&next);
    }
    let unreadable = (!covered.unreadable.is_empty()).then_some(Exit::Unreadable);
    Ok(Exit::first([exit].into_iter().chain(unreadable)))
}

/// Returns the command that carries the plan out.
pub(super) fn next(options: &Plan, context: &Context) -> String {
    let Plan { environment, out, expect_deletes, live: _, detailed_exitcode: _, coverage: _, no_dry_run: _ } =
        options;
    context.command(&match (out, expect_deletes) {
        // The file says how many deletions are expected.
        (Some(out), _) => format!("evenkeel apply {}", out.display()),
        (None, Some(deletes)) => {
            format!("evenkeel apply {} --expect-deletes {deletes}", environment.environment)
        }
        (None, None) => format!("evenkeel apply {}", environment.environment),
    })
}

/// Writes the plan file, prints the plan, and returns how the verb ends.
pub(super) fn tell(report: &PlanReport<'_>, options: &Plan, context: &Context) -> Result<Exit, Failure> {
    let exit = keep(report, options)?;
    ui::result(&render(report, context.global.format, context.terminal.results))?;
    Ok(exit)
}

/// Writes the plan file, if one is wanted, and returns how the verb ends.
fn keep(report: &PlanReport<'_>, options: &Plan) -> Result<Exit, Failure> {
    if let Some(out) = &options.out {
        write(out, report)?;
    }
    let pending = if options.detailed_exitcode { PendingChanges::Told } else { PendingChanges::Silent };
    Ok(of_plan(report.plan, pending))
}

fn doubts(no_dry_run: bool) -> Doubts {
    if no_dry_run { Doubts::Leave } else { Doubts::Settle }
}

/// What the user chose about a plan.
#[derive(Clone, Debug)]
pub(super) struct Choices {
    pub(super) expected_deletes: Option<u32>,
    pub(super) doubts: Doubts,
    pub(super) goal: Goal,
}

impl Default for Choices {
    fn default() -> Self {
        Self { expected_deletes: None, doubts: Doubts::Settle, goal: Goal::Converge }
    }
}

/// Makes a plan.
pub(super) async fn make(session: &Session, state: &StateRead, choices: Choices) -> Planned {
    make_keeping(session, state, choices, Keep::WhatDiffers).await
}

/// Makes a plan, and keeps so much of what was answered.
pub(super) async fn make_keeping(
    session: &Session,
    state: &StateRead,
    choices: Choices,
    keep: Keep,
) -> Planned {
    let Choices { expected_deletes, doubts, goal } = choices;
    let inputs = Inputs { expected_deletes, doubts, ..session.inputs(state) }.leading_to(goal);
    planning::make(session, state, &inputs, keep).await
}

/// Returns the report on a plan that was just made.
pub(super) fn report<'a>(session: &'a Session, planned: &'a Planned, next: &str) -> PlanReport<'a> {
    PlanReport {
        plan: &planned.plan,
        desired: Some(&session.specs.desired),
        now: clock::now(),
        systems: session.systems(),
        next: Some(next.to_owned()).filter(|_| !planned.plan.steps.is_empty()),
        offline: None,
    }
}

/// Returns the report in the format that was asked for.
pub(super) fn render(report: &PlanReport<'_>, format: Format, style: Style) -> String {
    match format {
        Format::Text => text(report, style),
        Format::Markdown => markdown(report),
        Format::Json => format!("{}\n", json(report)),
    }
}

pub(super) fn write(path: &Path, report: &PlanReport<'_>) -> Result<(), Failure> {
    std::fs::write(path, file(report)).map_err(|error| {
        let failure = Failure::of(Exit::Failed, &error);
        Failure { message: format!("{} cannot be written: {}", path.display(), failure.message), ..failure }
    })
}
