//! `evenkeel explain`: an error code, a policy, or one resource: whose, since when, why held or waiting, what would lift it.

use super::args::{Explain, Format, Global};
use super::error::Failure;
use super::plan::{Choices, make};
use super::{Context, specs_failure, ui};
use crate::clock;
use crate::run::look::{Sight, look};
use crate::run::specs::Opened;
use evenkeel_core::diagnostic::Code;
use evenkeel_core::documents::policy::Policy;
use evenkeel_core::documents::{PolicyBook, codes};
use evenkeel_core::engine::id::{ResourceId, Revision};
use evenkeel_core::nearest::nearest;
use evenkeel_core::report::exit::of_explain;
use evenkeel_core::report::explain::{Course, ExplainReport, json, markdown, text};
use evenkeel_core::report::policy::{self, PolicyReport};
use evenkeel_core::report::{self, Exit, plain};

/// Runs the verb.
pub(super) async fn run(options: &Explain, context: &Context) -> Result<Exit, Failure> {
    let (subject, environment) = in_order(options);
    if let Some(code) = code(subject) {
        return explain_code(code, context.global.format);
    }
    if !subject.contains([':', '/']) {
        return explain_policy(subject, context).await;
    }
    let address = subject.parse::<ResourceId>().map_err(|error| Failure::of(Exit::Usage, &error))?;
    match environment {
        Some(environment) => explain_address(&address, environment, context).await,
        None => explain_address(&address, &guessed(&address, context).await?, context).await,
    }
}

/// People write ENV first in every other verb, so that order is taken as well.
fn in_order(options: &Explain) -> (&str, Option<&str>) {
    let (subject, environment) = (options.subject.as_str(), options.environment.as_deref());
    match environment {
        Some(second) if subject.parse::<ResourceId>().is_err() && second.parse::<ResourceId>().is_ok() => {
            (second, Some(subject))
        }
        environment => (subject, environment),
    }
}

/// Returns the only environment that has an address in Git.
async fn guessed(address: &ResourceId, context: &Context) -> Result<String, Failure> {
    let opened = context.read().await?;
    let environments = opened.repository.environments();
    let named = environments.iter().map(|found| found.name.as_str());
    let (mut having, mut unread) = (Vec::new(), Vec::new());
    for name in named {
        match opened.environment(name) {
            Ok((_, specs, _)) if specs.desired.resources.contains_key(address) => having.push(name),
            Ok(_) => {}
            Err(_) => unread.push(name),
        }
    }
    let hint = |environment: &str| context.command(&format!("evenkeel explain {address} {environment}"));
    if !unread.is_empty() {
        let message = format!(
            "whether it is of one environment only cannot be told, as the specs of some have errors: {}",
            unread.join(", ")
        );
        return Err(Failure::usage(message).hint(hint(having.first().unwrap_or(&"ENV"))));
    }
    match having.as_slice() {
        [only] => {
            ui::talk(&format!("in environment {only}, the only one that has it in Git"));
            Ok((*only).to_owned())
        }
        [] => Err(Failure::usage("an address belongs to an environment, and none has this one in Git")
            .hint(hint("ENV"))),
        several => {
            let message = format!("several environments have it: {}", several.join(", "));
            Err(Failure::usage(message).hint(hint(several[0])))
        }
    }
}

fn code(subject: &str) -> Option<Code> {
    subject.strip_prefix(['E', 'e'])?.parse().ok().map(Code)
}

fn explain_code(code: Code, format: Format) -> Result<Exit, Failure> {
    let Some(entry) = codes::explain(code) else {
        let (first, last) = (codes::ALL.first(), codes::ALL.last());
        let range = first.zip(last).map(|(first, last)| format!(" from {} to {}", first.code, last.code));
        let message = format!("there is no {code}; the codes go{}", range.unwrap_or_default());
        return Err(Failure::usage(message).hint("the code stands in brackets: error[E0102]"));
    };
    ui::result(&match format {
        Format::Text => report::code::text(entry),
        Format::Markdown => report::code::markdown(entry),
        Format::Json => format!("{}\n", report::code::json(entry)),
    })?;
    if codes::is_of_specs(code) {
        ui::talk(&format!("once it is mended: {}", plain::command("evenkeel validate")));
    }
    Ok(Exit::Done)
}

/// Shows a rule and its tests, which all passed: one that does not is told by `validate` and by every plan.
async fn explain_policy(name: &str, context: &Context) -> Result<Exit, Failure> {
    let opened = context.read().await?;
    let book = opened.book().map_err(|error| specs_failure(error, &opened, context))?;
    let rule = book.policies.iter().find(|rule| &*rule.name == name);
    let (Some(rule), Some(policy)) = (rule, written(book, name)) else {
        return Err(not_in_force(name, (&opened, book), context));
    };
    let report = PolicyReport { policy, at: &rule.at };
    ui::result(&match context.global.format {
        Format::Text => policy::text(report, context.terminal.results),
        Format::Markdown => policy::markdown(report),
        Format::Json => format!("{}\n", policy::json(report)),
    })?;
    if let Some(base) = &opened.base {
        tell_pending(policy, (&opened, &base.revision()));
    }
    Ok(Exit::Done)
}

fn written<'a>(book: &'a PolicyBook, name: &str) -> Option<&'a Policy> {
    book.written.iter().find(|policy| policy.metadata.name == name)
}

/// Says that a policy is another one in the specs than in the protected revision, whose it is what counts.
fn tell_pending(policy: &Policy, (opened, base): (&Opened, &Revision)) {
    let name = &policy.metadata.name;
    let own = opened.repository.policies().map(|book| written(book, name));
    let told = match own {
        Ok(Some(own)) if own == policy => return,
        Ok(Some(_)) => ", which is in force; these specs change it",
        Ok(None) => ", which is in force; these specs remove it",
        Err(_) => "; the policies of these specs cannot be used",
    };
    ui::talk(&format!("this is {name} of {base}{told}"));
}

fn not_in_force(name: &str, (opened, book): (&Opened, &PolicyBook), context: &Context) -> Failure {
    let own = opened.repository.policies().ok().and_then(|own| written(own, name));
    if let (Some(base), Some(_)) = (&opened.base, own) {
        let message = format!("policy `{name}` is not in force: {} does not have it", base.revision());
        let without = Global { base: None, ..context.global.clone() };
        let see = without.command(&format!("evenkeel explain {name}"));
        return Failure::usage(message).hint(format!("to see it: {see}"));
    }
    let names: Vec<&str> = book.policies.iter().map(|rule| &*rule.name).collect();
    let failure = Failure::usage(format!("`{name}` is no code, no address and no policy"));
    match (nearest(name, names.iter().copied()), names.is_empty()) {
        (Some(near), _) => failure.hint(format!("did you mean `{near}`?")),
        (None, true) => failure.hint("for example kubernetes:Secret/graph/orders-auth"),
        (None, false) => failure.hint(format!("the policies are {}", names.join(", "))),
    }
}

async fn explain_address(
    address: &ResourceId,
    environment: &str,
    context: &Context,
) -> Result<Exit, Failure> {
    let (session, state) = context.open_and_read(environment).await?;
    let planned = make(&session, &state, Choices::default()).await;
    let course = Course::of(&state.book, address);
    let Sight { readiness, foreign, managers, glimpse } =
        look(&session, &state, &planned.forms, address).await;
    let report = ExplainReport {
        address,
        foreign,
        managers,
        glimpse,
        plan: &planned.plan,
        desired: &session.specs.desired,
        row: state.ledger.rows.get(address),
        course: Course { now: readiness, ..course },
        now: clock::now(),
    };
    ui::result(&match context.global.format {
        Format::Text => text(&report, context.terminal.results),
        Format::Markdown => markdown(&report),
        Format::Json => format!("{}\n", json(&report)),
    })?;
    Ok(of_explain(&planned.plan, address, report.glimpse.as_ref()))
}
