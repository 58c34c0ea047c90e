//! The plan file: what `plan --out` writes, and `apply FILE` reads to the letter.
//!
//! It holds digests of secrets, under the environment's key, because `apply` compares what it derives with what was reviewed.
//! A checksum over all of it tells a slip of an editor; it proves nothing of who wrote it, so what a file says is never
//! done because the file says so.

use super::PlanReport;
use super::json::{document, serialised};
use crate::engine::fingerprint::Digest;
use crate::engine::id::EnvironmentName;
use crate::engine::plan::Plan;
use crate::report::plain;
use crate::report::snapshot::Offline;
use serde::Deserialize;
use serde_json::{Value as Json, json};

/// The version of our own keys; it changes when an older reader would misunderstand them.
pub const FORMAT: u64 = 1;

fn to_write() -> String {
    plain::command("evenkeel plan ENV --out FILE")
}

/// Why a text is no plan file that can be applied.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// It is no JSON, or was cut.
    #[error("this is no plan file, as it is no JSON")]
    NotJson(#[source] serde_json::Error),
    /// It is something else.
    #[error("this is no plan file: it has no `evenkeel.plan`; to write one: {}", to_write())]
    NotAPlan,
    /// It was written by another version.
    #[error(
        "this plan file has format {found} and this version reads format {FORMAT}: plan again, or apply it with \
         evenkeel {writer}, which wrote it"
    )]
    OtherFormat {
        /// The format that it names.
        found: String,
        /// The version that wrote it.
        writer: String,
    },
    /// It is what `--format json` prints.
    #[error(
        "this plan was printed, and what is printed holds no digests of secrets; to write one: {}",
        to_write()
    )]
    Printed,
    /// People would read something else in it than what would be done.
    #[error(
        "this plan file does not show what its plan does: it was changed after it was written, or evenkeel {writer} \
         wrote it, which shows plans in another way"
    )]
    ShowsAnother {
        /// The version that wrote it.
        writer: String,
        /// The environment that it is of.
        environment: EnvironmentName,
    },
    /// A byte of it is another than was written.
    #[error("this plan file was changed after it was written")]
    Changed {
        /// The environment that it is of.
        environment: EnvironmentName,
    },
    /// It was changed or cut.
    #[error("this plan file is damaged")]
    Damaged(#[source] serde_json::Error),
}

/// Renders the plan file: as [`json`](super::json()), and exact, so that [`parse`] gives the plan back.
#[must_use]
pub fn file(report: &PlanReport<'_>) -> String {
    let mut document = rendered(report);
    let checksum = checksum(&document);
    document["evenkeel"]["checksum"] = json!(checksum);
    format!("{document}\n")
}

fn rendered(report: &PlanReport<'_>) -> Json {
    document(report, &serialised(report.plan), "kept")
}

fn checksum(document: &Json) -> Digest {
    Digest::of([document.to_string().as_bytes()])
}

/// Reads a plan file. What people read in it must be what its plan says, and every byte as it was written.
pub fn parse(file: &[u8]) -> Result<Plan, PlanFileError> {
    let mut document: Json = serde_json::from_slice(file).map_err(PlanFileError::NotJson)?;
    let ours = document.get("evenkeel").ok_or(PlanFileError::NotAPlan)?;
    let told = |key: &str| ours.get(key).map_or_else(|| "unknown".to_owned(), told);
    if ours.get("format").and_then(Json::as_u64) != Some(FORMAT) {
        return Err(PlanFileError::OtherFormat { found: told("format"), writer: told("version") });
    }
    if ours.get("digests").and_then(Json::as_str) != Some("kept") {
        return Err(PlanFileError::Printed);
    }
    let plan = ours.get("plan").ok_or(PlanFileError::NotAPlan)?;
    let plan = Plan::deserialize(plan).map_err(PlanFileError::Damaged)?;
    let writer = told("version");
    if !is_as_written(file, &mut document) {
        return Err(PlanFileError::Changed { environment: plan.environment });
    }
    if !shows(&document, &plan) {
        return Err(PlanFileError::ShowsAnother { writer, environment: plan.environment });
    }
    Ok(plan)
}

/// Tells whether the checksum of a file is right, and takes it out. White space counts: nobody has to think about which
/// edits are harmless.
fn is_as_written(file: &[u8], document: &mut Json) -> bool {
    let exact = format!("{document}\n").as_bytes() == file;
    let written = document["evenkeel"].as_object_mut().and_then(|ours| ours.remove("checksum"));
    exact && written == Some(json!(checksum(document)))
}

/// Tells whether a file is, to the letter, what is rendered from its plan at its own time.
fn shows(written: &Json, plan: &Plan) -> bool {
    let at = written.get("timestamp").and_then(Json::as_str).and_then(|at| at.parse().ok());
    let Some(now) = at else { return false };
    let offline = written["evenkeel"].get("snapshot").map(Offline::deserialize);
    let Ok(offline) = offline.transpose() else { return false };
    let mut rendered = rendered(&PlanReport { plan, desired: None, now, systems: 0, next: None, offline });
    let writer = &written["evenkeel"]["version"];
    rendered["evenkeel_version"] = writer.clone();
    rendered["evenkeel"]["version"] = writer.clone();
    let (rendered, written) = (rendered.to_string(), written.to_string());
    rendered == written
}

fn told(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
