//! What is said of a snapshot: what is in it, how old it is, and that it contacted nobody.

use super::humane::{ago, count, date_and_time};
use super::plain::{command, line};
use crate::engine::id::Revision;
use crate::engine::question::{Answer, Fact, FactId, Question};
use crate::engine::snapshot::Recorded;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Returns what was written.
#[must_use]
pub fn summary(recorded: &Recorded, file: &str) -> String {
    let unreadable = recorded.unreadable();
    let left = match unreadable {
        0 => String::new(),
        _ => format!(" {} could not be answered, and stay unknown in it.", count(unreadable, "question")),
    };
    format!(
        "{file}: {} of environment {}{}.{left}\nSecrets are in it as digests under a key that is not; everything else as it \
         is live.\nnext: {}",
        count(recorded.live.iter().count(), "answer"),
        recorded.environment,
        at(&clusters(recorded)),
        command(&format!("evenkeel plan {} --live {file}", recorded.environment)),
    )
}

/// What a plan says of the snapshot that it was made from; it is no part of the plan, nor of its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Offline {
    /// When the snapshot was begun.
    pub taken: Timestamp,
    /// The revision whose plan asked the questions.
    pub revision: Revision,
    /// Which clusters answered.
    pub clusters: Vec<String>,
}

impl Offline {
    /// Returns what is said of a snapshot.
    #[must_use]
    pub fn of(recorded: &Recorded) -> Self {
        let (taken, revision) = (recorded.taken, recorded.revision.clone());
        Self { taken, revision, clusters: clusters(recorded) }
    }
}

/// Returns what a plan was made from: a file, or whatever else it is to be called.
#[must_use]
pub fn planned_from(offline: &Offline, file: &str, now: Timestamp) -> String {
    let Offline { taken, revision, clusters } = offline;
    format!(
        "planned from {file}, taken {} ({}) for {}{}; nothing was contacted",
        ago(now, *taken),
        date_and_time(*taken),
        line(revision.as_str()),
        at(clusters),
    )
}

fn at(clusters: &[String]) -> String {
    let clusters: Vec<String> = clusters.iter().map(|identity| line(identity)).collect();
    if clusters.is_empty() { String::new() } else { format!(" at {}", clusters.join(", ")) }
}

/// Which clusters answered.
fn clusters(recorded: &Recorded) -> Vec<String> {
    let identities =
        recorded.live.iter().filter_map(|(question, answered)| match (question, &answered.answer) {
            (Question::Fact(FactId::Identity(_)), Answer::Fact(Fact::Identity(identity))) => {
                Some(identity.to_string())
            }
            _ => None,
        });
    identities.collect()
}
