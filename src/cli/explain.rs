//! `evenkeel explain`: an error code, or one resource: whose, since when, why held or waiting, what would lift it.

use super::args::{Explain, Format};
use super::error::Failure;
use super::plan::{Choices, make};
use super::{Context, ui};
use crate::clock;
use evenkeel_core::diagnostic::Code;
use evenkeel_core::documents::codes;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::inputs::Doubts;
use evenkeel_core::report::explain::{ExplainReport, json, markdown, text};
use evenkeel_core::report::{self, Exit};

/// Runs the verb.
pub(super) async fn run(options: &Explain, context: &Context) -> Result<Exit, Failure> {
    if let Some(code) = code(&options.subject) {
        return explain_code(code, context.global.format);
    }
    let address = options.subject.parse::<ResourceId>().map_err(|error| Failure::of(Exit::Usage, &error))?;
    let Some(environment) = &options.environment else {
        let hint = format!("evenkeel explain {address} ENV");
        return Err(Failure::usage("an address belongs to an environment").hint(hint));
    };
    explain_address(&address, environment, context).await
}

fn code(subject: &str) -> Option<Code> {
    subject.strip_prefix(['E', 'e'])?.parse().ok().map(Code)
}

fn explain_code(code: Code, format: Format) -> Result<Exit, Failure> {
    let Some(explanation) = codes::explain(code) else {
        let (first, last) = (codes::ALL.first(), codes::ALL.last());
        let range = first.zip(last).map(|(first, last)| format!(" from {} to {}", first.code, last.code));
        return Err(Failure::usage(format!("there is no {code}; the codes go{}", range.unwrap_or_default())));
    };
    ui::result(&match format {
        Format::Text => report::code::text(code, explanation),
        Format::Markdown => report::code::markdown(code, explanation),
        Format::Json => format!("{}\n", report::code::json(code, explanation)),
    });
    Ok(Exit::Done)
}

async fn explain_address(
    address: &ResourceId,
    environment: &str,
    context: &Context,
) -> Result<Exit, Failure> {
    let session = context.open(environment).await?;
    let state = session.read_state().await?;
    let planned = make(&session, &state, Choices { expected_deletes: None, doubts: Doubts::Settle }).await;
    let report = ExplainReport {
        address,
        plan: &planned.plan,
        desired: &session.specs.desired,
        row: state.ledger.rows.get(address),
        now: clock::now(),
    };
    ui::result(&match context.global.format {
        Format::Text => text(&report, context.terminal.results),
        Format::Markdown => markdown(&report),
        Format::Json => format!("{}\n", json(&report)),
    });
    Ok(Exit::Done)
}
