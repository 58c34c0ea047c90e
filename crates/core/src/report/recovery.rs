//! What `ledger recover` found: what is left of a ledger, what will be ours again, and what could not be rebuilt.

use super::humane::count;
use super::plain::{line, wrapped};
use super::style::{Role, Style};
use super::words;
use crate::engine::id::ResourceId;
use crate::engine::ledger::{Harm, Lost, Piece};
use crate::engine::plan::{Plan, Unknown};
use crate::engine::question::Trouble;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Everything that is told about a ledger that is rebuilt.
#[derive(Clone, Copy)]
pub struct RecoveryReport<'a> {
    /// What will be recorded, and which kinds could not be searched.
    pub plan: &'a Plan,
    /// What is left of the ledger.
    pub left: Left,
    /// What of it cannot be read.
    pub lost: &'a [Lost],
    /// Tells what Git wants.
    pub is_wanted: &'a dyn Fn(&ResourceId) -> bool,
    /// How many objects carry the marker and were never applied by us.
    pub copies: usize,
}

/// What is left of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing of any sort.
    Nothing,
    /// So much.
    Rows {
        /// Resources that are ours.
        rows: usize,
        /// Steps that nobody has settled yet.
        open: usize,
    },
}

/// Renders it as text.
#[must_use]
pub fn text(report: &RecoveryReport<'_>, style: Style) -> String {
    let environment = &report.plan.environment;
    let mut parts =
        vec![format!("{}\n", style.paint(Role::Heading, &format!("{environment}: {}", headline(report))))];
    parts.push(section("Ours again", &regained(report), style));
    parts.push(section("Not searched", &unsearched(report), style));
    parts.push(section("Not rebuilt", &not_rebuilt(report), style));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// Renders it as JSON.
#[must_use]
pub fn json(report: &RecoveryReport<'_>) -> Json {
    let regained = report
        .plan
        .steps
        .iter()
        .map(|step| json!({"address": step.address, "in_git": (report.is_wanted)(&step.address)}));
    let unsearched = report
        .plan
        .unknown
        .iter()
        .map(|unknown| json!({"scope": unknown.scope.to_string(), "why": words::why(&unknown.why)}));
    json!({
        "evenkeel_version": env!("CARGO_PKG_VERSION"),
        "environment": report.plan.environment,
        "whole": report.lost.is_empty() && report.left != Left::Nothing,
        "ours_again": regained.collect::<Vec<_>>(),
        "not_searched": unsearched.collect::<Vec<_>>(),
        "not_rebuilt": not_rebuilt(report),
        "copies": report.copies,
    })
}

fn section(heading: &str, lines: &[String], style: Style) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let heading = format!("{}\n", style.paint(Role::Heading, heading));
    lines.iter().fold(heading, |out, text| out + &wrapped(text, 2, style.width))
}

fn headline(report: &RecoveryReport<'_>) -> String {
    match (report.left, report.lost.len(), report.plan.steps.len()) {
        (Left::Nothing, _, 0) => "there is no ledger, and nothing carries our marker".to_owned(),
        (Left::Nothing, _, _) => "there is no ledger".to_owned(),
        (Left::Rows { rows, open: _ }, 0, 0) => {
            format!("the ledger is whole, and has all that is ours: {}", count(rows, "resource"))
        }
        (Left::Rows { rows, open: _ }, 0, _) => {
            format!(
                "the ledger is whole, with {}, and does not have all that is ours",
                count(rows, "resource")
            )
        }
        (Left::Rows { rows, open }, damaged, _) => format!(
            "the ledger is damaged: {} of it cannot be used; {} and {} are left",
            count(damaged, "piece"),
            count(rows, "resource"),
            count(open, "open step")
        ),
    }
}

fn regained(report: &RecoveryReport<'_>) -> Vec<String> {
    let line = |address: &ResourceId| {
        let leaves = if (report.is_wanted)(address) { "" } else { "   not in Git: a later plan deletes it" };
        format!("= {address}{leaves}")
    };
    report.plan.steps.iter().map(|step| line(&step.address)).collect()
}

/// Kinds that could not be listed, those with the same trouble together.
fn unsearched(report: &RecoveryReport<'_>) -> Vec<String> {
    let mut by_trouble: BTreeMap<Trouble, Vec<&Unknown>> = BTreeMap::new();
    for unknown in &report.plan.unknown {
        by_trouble.entry(unknown.why.trouble).or_default().push(unknown);
    }
    let mut lines = Vec::new();
    for unknown in by_trouble.into_values() {
        let kinds: Vec<&str> = unknown.iter().map(|unknown| unknown.scope.kind.as_str()).collect();
        let first = unknown.first().map(|unknown| words::why(&unknown.why)).unwrap_or_default();
        lines.push(format!("? {}: {first}", kinds.join(", ")));
    }
    if !lines.is_empty() {
        lines.push(
            "What is ours among them stays out of the ledger. Run it again when they can be read.".to_owned(),
        );
    }
    lines
}

fn not_rebuilt(report: &RecoveryReport<'_>) -> Vec<String> {
    let mut lines: Vec<String> = report.lost.iter().map(|lost| format!("! {}", self::lost(lost))).collect();
    if report.left == Left::Nothing && !report.plan.steps.is_empty() {
        let all =
            "! what was open or held in doubt, which approvals were used up, whom connections talked to";
        lines.push(all.to_owned());
    }
    if !report.plan.steps.is_empty() {
        lines.push(
            "Of what is ours again nobody knows what was applied last: where it differs from Git, the plan shows an \
             edit and no drift, and a Secret that Git lacks is taken for the only copy."
                .to_owned(),
        );
    }
    if report.copies > 0 {
        let copies = match report.copies {
            1 => "1 object carries".to_owned(),
            many => format!("{many} objects carry"),
        };
        lines.push(format!(
            "{copies} our label and was never applied by us (controllers copy labels): left alone."
        ));
    }
    lines
}

/// Says what is wrong with a piece of the ledger, and what is not known because of it.
#[must_use]
pub fn lost(lost: &Lost) -> String {
    let Lost { piece, harm } = lost;
    let (piece, unknown) = match piece {
        Piece::Head => (
            "the ledger's head".to_owned(),
            "which approvals were used up is not known, so one in Git that is not over counts again; connections are \
             pinned anew",
        ),
        Piece::Shard(name) => (
            format!("shard {name} of the ledger"),
            "which of its steps were open, and which of its addresses were held in doubt, is not known",
        ),
        Piece::Batch(position) => {
            (format!("batch {position} of the journal"), "what began, was sent or ended in it is not known")
        }
    };
    let harm = match harm {
        Harm::Missing => "is missing".to_owned(),
        Harm::Garbled(cause) => format!("cannot be read ({})", line(cause)),
        Harm::Old => "is older than the ledger's head".to_owned(),
    };
    format!("{piece} {harm}: {unknown}")
}
