//! `evenkeel rehearse`: the plan, carried out in a simulated world that starts from what is live.

use super::apply::{Derived, PlanFile, reviewed};
use super::args::{Format, Rehearse};
use super::error::Failure;
use super::plan::{Choices, make_keeping, report};
use super::progress::Watcher;
use super::{Context, ui};
use crate::run::planning::{Keep, Planned};
use crate::run::rehearsal::{Rehearsal, RehearsalError, Rehearsed, rehearse};
use crate::run::session::{Session, StateRead};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::windows::Windows;
use evenkeel_core::report::apply::ApplyReport;
use evenkeel_core::report::exit::of_apply;
use evenkeel_core::report::rehearsal::{json, markdown, text};
use evenkeel_core::report::{Exit, RehearsalReport, plan};

/// Runs the verb.
pub(super) async fn run(options: &Rehearse, context: &Context) -> Result<Exit, Failure> {
    let fail = options.fail.as_ref().map(|address| address.parse::<ResourceId>());
    let fail = fail.transpose().map_err(|error| Failure::of(Exit::Usage, &error))?;
    let Staged { session, state, planned, moved } = staged(&options.target, context).await?;
    if let Some(address) = &fail {
        expect_step(&planned.plan, address)?;
    }
    let next = context.command(&format!("evenkeel apply {}", options.target));
    if context.global.format == Format::Text {
        let shown = plan::text(&report(&session, &planned, &next), context.terminal.results);
        ui::talk(shown.trim_end());
    }
    let mut watcher = Watcher::of(&planned.plan, context.terminal.progress, context.terminal.results);
    let rehearsal = Rehearsal { session, state, planned, fail, seed: options.seed };
    let rehearsed = rehearse(rehearsal, &mut watcher).await?;
    watcher.end();
    ui::result(&told(&rehearsed, &next, context))?;
    let exit = of_apply(&rehearsed.end, &rehearsed.planned.plan);
    Ok(Exit::first([exit, if moved { Exit::Stale } else { Exit::Done }]))
}

/// What is about to be rehearsed.
struct Staged {
    session: Session,
    state: StateRead,
    planned: Planned,
    /// Whether a plan file has steps that are not done now, or lacks some.
    moved: bool,
}

/// Plans an environment, or derives the steps of a plan file again, as `apply` would.
async fn staged(target: &str, context: &Context) -> Result<Staged, Failure> {
    if let Some(plan) = reviewed(target)? {
        let file = PlanFile { plan, context };
        let mut session = file.open().await?;
        always_open(&mut session);
        let state = session.read_state().await?;
        let Derived { planned, moved } = file.derive(&session, &state, Keep::Everything).await;
        return Ok(Staged { session, state, planned, moved });
    }
    let mut session = context.open(target).await?;
    always_open(&mut session);
    let state = session.read_state().await?;
    let planned = make_keeping(&session, &state, Choices::default(), Keep::Everything).await;
    Ok(Staged { session, state, planned, moved: false })
}

/// A simulated world needs no maintenance window.
fn always_open(session: &mut Session) {
    session.specs.desired.windows = Windows::default();
}

fn expect_step(plan: &Plan, address: &ResourceId) -> Result<(), Failure> {
    if plan.steps.iter().any(|step| step.address == *address) {
        return Ok(());
    }
    Err(Failure::usage(format!("no step of the plan is about {address}, so none can fail there")))
}

fn told(rehearsed: &Rehearsed, next: &str, context: &Context) -> String {
    let Rehearsed { session, planned, end, after } = rehearsed;
    let told = RehearsalReport {
        plan: report(session, planned, next),
        apply: ApplyReport { plan: &planned.plan, end, next: None },
        after: &after.plan,
    };
    match context.global.format {
        Format::Text => text(&told, context.terminal.results),
        Format::Markdown => markdown(&told),
        Format::Json => format!("{}\n", json(&told)),
    }
}

impl From<RehearsalError> for Failure {
    fn from(error: RehearsalError) -> Self {
        match error {
            RehearsalError::Session(error) => error.into(),
            RehearsalError::Apply(error) => error.into(),
            RehearsalError::Place(_) | RehearsalError::Ledger(_) => Self::of(Exit::Failed, &error),
        }
    }
}
