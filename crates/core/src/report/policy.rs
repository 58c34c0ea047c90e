//! One policy, told: what it looks at, what it denies, what it says, and which tests show it.

use super::markdown::fenced;
use super::plain;
use super::style::{Role, Style};
use crate::diagnostic::Location;
use crate::documents::policy::{Expectation, Match, Over, Policy, PolicySpec, Severity};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// A policy and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct PolicyReport<'a> {
    /// What it says.
    pub policy: &'a Policy,
    /// Where it stands.
    pub at: &'a Location,
}

/// Renders it as text.
#[must_use]
pub fn text(report: PolicyReport<'_>, style: Style) -> String {
    const LABEL: usize = 8;
    let PolicyReport { policy, at } = report;
    let PolicySpec { over, matching, deny, message, severity, tests } = &policy.spec;
    let name = plain::line(&policy.metadata.name);
    let heading = format!("{name} {}", doing(*over, *severity));
    let mut out = format!("{}\n", style.paint(Role::Heading, &heading));
    let lines = [
        ("at", plain::line(&at.to_string())),
        ("only", limits(matching)),
        ("if", plain::line(&deny.split_whitespace().collect::<Vec<_>>().join(" "))),
        ("says", plain::line(message.trim())),
        ("lift", lift(&name, *severity)),
    ];
    for (label, told) in lines.iter().filter(|(_, told)| !told.is_empty()) {
        let told = plain::wrapped(told, LABEL + 2, style.width);
        let _infallible = write!(out, "  {label:LABEL$}{}", told.trim_start());
    }
    let _infallible = writeln!(out, "  {:LABEL$}{} of {} pass", "tests", tests.len(), tests.len());
    for test in tests {
        let line = format!("{:8} {}", expected(test.expect), plain::line(&test.name));
        out.push_str(&plain::wrapped(&line, LABEL + 2, style.width));
    }
    out
}

/// Renders it as Markdown.
#[must_use]
pub fn markdown(report: PolicyReport<'_>) -> String {
    fenced("", &text(report, Style::plain()))
}

/// Renders it as JSON.
#[must_use]
pub fn json(report: PolicyReport<'_>) -> Json {
    let PolicyReport { policy, at } = report;
    let PolicySpec { over, matching, deny, message, severity, tests } = &policy.spec;
    let Match { environments, kinds, namespaces, actions } = matching;
    let tests = tests.iter().map(|test| json!({"name": test.name, "expect": expected(test.expect)}));
    json!({
        "policy": policy.metadata.name,
        "at": at.to_string(),
        "over": looked_at(*over),
        "match": {
            "environments": environments,
            "kinds": kinds,
            "namespaces": namespaces,
            "actions": actions.iter().map(|action| action.as_str()).collect::<Vec<_>>(),
        },
        "deny": deny,
        "message": message,
        "severity": match severity {
            Severity::Deny => "deny",
            Severity::Warn => "warn",
        },
        "tests": tests.collect::<Vec<_>>(),
    })
}

fn doing(over: Over, severity: Severity) -> String {
    let does = match severity {
        Severity::Deny => "denies",
        Severity::Warn => "warns of",
    };
    format!("{does} {}", looked_at(over))
}

fn looked_at(over: Over) -> &'static str {
    match over {
        Over::Changes => "changes",
        Over::Objects => "objects",
        Over::Documents => "documents",
        Over::Environment => "environments",
    }
}

fn limits(matching: &Match) -> String {
    let Match { environments, kinds, namespaces, actions } = matching;
    let actions: Vec<String> = actions.iter().map(|action| action.as_str().to_owned()).collect();
    let limits =
        [("environments", environments), ("kinds", kinds), ("namespaces", namespaces), ("actions", &actions)];
    let told = limits.into_iter().filter(|(_, names)| !names.is_empty());
    let told: Vec<String> = told.map(|(what, names)| format!("{what} {}", names.join(", "))).collect();
    plain::line(&told.join("; "))
}

fn lift(name: &str, severity: Severity) -> String {
    match severity {
        Severity::Deny => format!("once, with an Approval `exempt` and `policy: {name}`"),
        Severity::Warn => String::new(),
    }
}

fn expected(expectation: Expectation) -> &'static str {
    match expectation {
        Expectation::Denied => "denied",
        Expectation::Allowed => "allowed",
    }
}
