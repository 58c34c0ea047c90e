//! Drift as JSON: Terraform's `resource_drift`, and who wrote which field beside it.

use super::{DriftReport, Drifted, How, drifted};
use crate::engine::verdict::{Cause, Writer};
use crate::report::terraform;
use serde_json::{Value as Json, json};

/// Renders drift as JSON.
#[must_use]
pub fn json(report: &DriftReport<'_>) -> Json {
    let all = drifted(report.plan);
    json!({
        "format_version": terraform::FORMAT_VERSION,
        "evenkeel_version": env!("CARGO_PKG_VERSION"),
        "resource_drift": all.iter().map(Drifted::resource_drift).collect::<Vec<_>>(),
        "resource_changes": [],
        "timestamp": terraform::timestamp(report.now),
        "complete": report.plan.unknown.is_empty(),
        "errored": false,
        "evenkeel": {
            "environment": report.plan.environment,
            "resources": report.plan.tally.wanted,
            "drifted": all.iter().map(authors).collect::<Vec<_>>(),
            "unknown": report.plan.unknown,
        },
    })
}

fn authors(drifted: &Drifted<'_>) -> Json {
    let how = match drifted.how {
        How::Edited => "edited",
        How::Deleted => "deleted",
        How::Recreated(_) => "recreated",
    };
    let fields: Vec<Json> = drifted
        .fields
        .iter()
        .map(|field| json!({"path": field.path.to_string(), "by": writer(&field.cause)}))
        .collect();
    json!({"address": drifted.address, "how": how, "fields": fields})
}

fn writer(cause: &Cause) -> Option<&Writer> {
    match cause {
        Cause::Drifted(by) | Cause::EditedOverDrift(by) => Some(by),
        Cause::Contested(by) | Cause::NeverOurs(by) => Some(by),
        Cause::SpecEdited | Cause::EntryLost => None,
    }
}
