//! `evenkeel ledger`: what is ours, and the rebuilding of a ledger that was lost.

use super::args::{Environment, Format, Ledger, Recover};
use super::error::Failure;
use super::{Context, apply, ui};
use crate::clock;
use evenkeel_core::report::Exit;
use evenkeel_core::report::ledger::{json, markdown, text};

/// Runs the verb.
pub(super) async fn run(verb: Ledger, context: &Context) -> Result<Exit, Failure> {
    match verb {
        Ledger::Show(options) => show(&options, context).await,
        Ledger::Recover(options) => recover(&options, context).await,
    }
}

async fn show(options: &Environment, context: &Context) -> Result<Exit, Failure> {
    let session = context.open_settings(&options.environment).await?;
    let ledger = session.read_state().await?.ledger;
    ui::result(&match context.global.format {
        Format::Text => text(&session.name, &ledger, clock::now()),
        Format::Markdown => markdown(&session.name, &ledger, clock::now()),
        Format::Json => format!("{}\n", json(&ledger)),
    })?;
    Ok(Exit::Done)
}

/// A lost ledger is rebuilt by an apply whose plan only records: nothing live is written by it.
async fn recover(options: &Recover, context: &Context) -> Result<Exit, Failure> {
    let approval = apply::Approval::of(options.auto_approve);
    apply::recover(&options.environment.environment, approval, context).await
}
