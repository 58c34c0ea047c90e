//! What is ours: every row of the ledger, since when, and from which revision.

use super::humane::{ago, count};
use super::markdown::code;
use crate::engine::id::EnvironmentName;
use crate::engine::ledger::Ledger;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// Returns what `ledger show` tells.
#[must_use]
pub fn text(environment: &EnvironmentName, ledger: &Ledger, now: Timestamp) -> String {
    let mut text = format!("{environment}, {} in the ledger\n", count(ledger.rows.len(), "resource"));
    let width = ledger.rows.keys().map(|id| id.to_string().chars().count()).max().unwrap_or(0);
    for (id, row) in &ledger.rows {
        let revision = row.revision.as_ref().map(|revision| format!(" at {revision}")).unwrap_or_default();
        let _infallible =
            writeln!(text, "  {:width$}   ours since {}{revision}", id.to_string(), ago(now, row.since));
    }
    text
}

/// Returns the same for a forge, a row for each resource.
#[must_use]
pub fn markdown(environment: &EnvironmentName, ledger: &Ledger, now: Timestamp) -> String {
    let title =
        format!("{}, {} in the ledger", code(environment.as_str()), count(ledger.rows.len(), "resource"));
    let head = format!("{title}\n\n| resource | ours since | revision |\n|---|---|---|\n");
    ledger.rows.iter().fold(head, |text, (id, row)| {
        let revision = row.revision.as_ref().map(|revision| code(revision)).unwrap_or_default();
        text + &format!("| {} | {} | {revision} |\n", code(&id.to_string()), ago(now, row.since))
    })
}

/// Returns the same for programs: addresses, uids and times, no hash of any value.
#[must_use]
pub fn json(ledger: &Ledger) -> Json {
    let rows = ledger.rows.iter().map(
        |(id, row)| json!({"address": id, "uid": row.uid, "since": row.since, "revision": row.revision}),
    );
    json!({"resources": rows.collect::<Vec<_>>()})
}
