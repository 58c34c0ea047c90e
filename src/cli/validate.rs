//! `evenkeel validate`: every error of every file at once, with its line. Contacts nothing.

use super::args::{Format, Validate};
use super::error::Failure;
use super::{Context, ui};
use crate::clock;
use crate::run::specs::Opened;
use crate::source::Refused;
use evenkeel_core::diagnostic::{Diagnostic, Severity};
use evenkeel_core::documents::{PolicyBook, Repository};
use evenkeel_core::report::Exit;
use evenkeel_core::report::diagnostics::{Contacted, markdown, render};
use evenkeel_core::report::humane::count;
use std::collections::BTreeSet;

/// Runs the verb.
pub(super) async fn run(options: &Validate, context: &Context) -> Result<Exit, Failure> {
    let opened = context.read().await?;
    if context.global.base.is_some() {
        ui::talk("--base does not count here: what these specs say is validated by their own policies");
    }
    let repository = &opened.repository;
    let found = match options.environments.as_slice() {
        [] => repository.validate(),
        named => of_environments(repository, named)?,
    };
    let refused: Vec<Diagnostic> = opened.refused_specs().iter().map(Refused::finding).collect();
    if let Ok(book) = repository.policies() {
        tell_tests(book);
    }
    let wrong = found.iter().any(|finding| finding.severity == Severity::Error);
    let unread = (!refused.is_empty()).then_some(Exit::Unreadable);
    let environments = match options.environments.as_slice() {
        [] => repository.environments(),
        named => named.iter().map(|name| repository.find(name)).collect::<Result<_, _>>()?,
    };
    let ended = repository.ended_approvals(&environments, clock::now());
    let mut all = [found, refused, ended].concat();
    all.sort();
    ui::result(&drawn(&opened, &all, Contacted::Nobody, context))?;
    Ok(Exit::first([wrong.then_some(Exit::Failed), unread].into_iter().flatten()))
}

/// Tests of policies that pass are worth a line: nothing else shows that they were run.
fn tell_tests(book: &PolicyBook) {
    let tests: usize = book.written.iter().map(|policy| policy.spec.tests.len()).sum();
    if tests > 0 {
        let policies = match book.written.len() {
            1 => "1 policy".to_owned(),
            many => format!("{many} policies"),
        };
        ui::talk(&format!("{} of {policies} pass", count(tests, "test")));
    }
}

fn of_environments(repository: &Repository, named: &[String]) -> Result<Vec<Diagnostic>, Failure> {
    // A policy that cannot be used stops every environment.
    let mut found: BTreeSet<Diagnostic> = repository.policies().err().into_iter().flatten().collect();
    for name in named {
        let environment = repository.find(name)?;
        match repository.specs(&environment) {
            Ok(specs) => found.extend(specs.warnings),
            Err(findings) => found.extend(findings),
        }
    }
    Ok(found.into_iter().collect())
}

fn drawn(opened: &Opened, found: &[Diagnostic], contacted: Contacted, context: &Context) -> String {
    let repository = &opened.repository;
    let files = repository.files() + opened.refused_specs().len();
    let line = |file: &str, line| repository.line(file, line);
    match context.global.format {
        Format::Text => render(found, files, line, contacted, context.terminal.results),
        Format::Markdown => markdown(found, files, line, contacted),
        Format::Json => format!("{}\n", serde_json::json!({ "findings": found })),
    }
}

/// Draws what is wrong with the specs that another verb wanted to use.
pub(super) fn findings(opened: &Opened, found: &[Diagnostic], context: &Context) -> Failure {
    let failure = Failure::new(Exit::Failed, "the specs cannot be used as they stand");
    unusable(opened, found, (failure, context))
}

/// Draws what cannot be read of the specs that another verb wanted to use.
pub(super) fn refusals(opened: &Opened, refused: &[Refused], context: &Context) -> Failure {
    let found: Vec<Diagnostic> = refused.iter().map(Refused::finding).collect();
    let failure = Failure::new(Exit::Unreadable, "the specs cannot be read as they stand");
    unusable(opened, &found, (failure, context))
}

/// Draws findings: as talk for people, as the only result there is for forges and programs.
fn unusable(opened: &Opened, found: &[Diagnostic], (failure, context): (Failure, &Context)) -> Failure {
    let drawn = drawn(opened, found, Contacted::State, context);
    let written = match context.global.format {
        Format::Text => {
            ui::talk(drawn.trim_end());
            Ok(())
        }
        Format::Markdown | Format::Json => ui::result(&drawn),
    };
    written.err().unwrap_or(failure.hint(context.command("evenkeel validate")))
}
