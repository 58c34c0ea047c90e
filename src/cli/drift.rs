//! `evenkeel drift`: shows what is live and neither in Git nor what was applied last: who, since when.

use super::args::{Environment, Format};
use super::error::Failure;
use super::plan::{Choices, make};
use super::{Context, ui};
use crate::clock;
use evenkeel_core::report::Exit;
use evenkeel_core::report::drift::{DriftReport, drifted, json, markdown, text};
use evenkeel_core::report::exit::of_drift;

/// Runs the verb.
pub(super) async fn run(options: &Environment, context: &Context) -> Result<Exit, Failure> {
    let (session, state) = context.open_and_read(&options.environment).await?;
    let planned = make(&session, &state, Choices::default()).await;
    let found = drifted(&planned.plan).len();
    let next = (found > 0).then(|| context.command(&format!("evenkeel plan {}", options.environment)));
    let report = DriftReport { plan: &planned.plan, now: clock::now(), next };
    ui::result(&match context.global.format {
        Format::Text => text(&report, context.terminal.results),
        Format::Markdown => markdown(&report),
        Format::Json => format!("{}\n", json(&report)),
    })?;
    Ok(of_drift(&planned.plan))
}
