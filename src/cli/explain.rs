//! `evenkeel explain`: an error code, a policy, or one resource: whose, since when, why held or waiting, what would lift it.

use super::args::{Explain, Format};
use super::error::Failure;
use super::plan::{Choices, make};
use super::validate::findings;
use super::{Context, ui};
use crate::clock;
use evenkeel_core::diagnostic::Code;
use evenkeel_core::documents::codes;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::nearest::nearest;
use evenkeel_core::report::explain::{ExplainReport, json, markdown, text};
use evenkeel_core::report::policy::{self, PolicyReport};
use evenkeel_core::report::{self, Exit};

/// Runs the verb.
pub(super) async fn run(options: &Explain, context: &Context) -> Result<Exit, Failure> {
    if let Some(code) = code(&options.subject) {
        return explain_code(code, context.global.format);
    }
    if !options.subject.contains([':', '/']) {
        return explain_policy(&options.subject, context).await;
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
    })?;
    Ok(Exit::Done)
}

/// Shows a rule and its tests, which all passed: one that does not is told by `validate` and by every plan.
async fn explain_policy(name: &str, context: &Context) -> Result<Exit, Failure> {
    let opened = context.read().await?;
    let book = opened.repository.policies().map_err(|found| findings(&opened, &found, context))?;
    let rule = book.policies.iter().find(|rule| &*rule.name == name);
    let policy = book.written.iter().find(|policy| policy.metadata.name == name);
    let (Some(rule), Some(policy)) = (rule, policy) else {
        let names: Vec<&str> = book.policies.iter().map(|rule| &*rule.name).collect();
        let failure = Failure::usage(format!("`{name}` is no code, no address and no policy"));
        return Err(match (nearest(name, names.iter().copied()), names.is_empty()) {
            (Some(near), _) => failure.hint(format!("did you mean `{near}`?")),
            (None, true) => failure.hint("for example kubernetes:Secret/graph/orders-auth"),
            (None, false) => failure.hint(format!("the policies are {}", names.join(", "))),
        });
    };
    let report = PolicyReport { policy, at: &rule.at };
    ui::result(&match context.global.format {
        Format::Text => policy::text(report, context.terminal.results),
        Format::Markdown => policy::markdown(report),
        Format::Json => format!("{}\n", policy::json(report)),
    })?;
    Ok(Exit::Done)
}

async fn explain_address(
    address: &ResourceId,
    environment: &str,
    context: &Context,
) -> Result<Exit, Failure> {
    let session = context.open(environment).await?;
    let state = session.read_state().await?;
    let planned = make(&session, &state, Choices::default()).await;
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
    })?;
    Ok(Exit::Done)
}
