//! What is said of a snapshot: what is in it, how old it is, and that it contacted nobody.

use super::humane::{ago, count, date_and_time};
use super::plain::line;
use crate::engine::question::{Answer, Fact, FactId, Question};
use crate::engine::snapshot::Recorded;
use jiff::Timestamp;

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
         is live.\nnext: evenkeel plan {} --live {file}",
        count(recorded.live.iter().count(), "answer"),
        recorded.environment,
        clusters(recorded),
        recorded.environment,
    )
}

/// Returns what a plan was made from.
#[must_use]
pub fn planned_from(recorded: &Recorded, file: &str, now: Timestamp) -> String {
    format!(
        "planned from {file}, taken {} ({}) for {}{}; nothing was contacted",
        ago(now, recorded.taken),
        date_and_time(recorded.taken),
        line(recorded.revision.as_str()),
        clusters(recorded),
    )
}

/// Which clusters answered.
fn clusters(recorded: &Recorded) -> String {
    let identities =
        recorded.live.iter().filter_map(|(question, answered)| match (question, &answered.answer) {
            (Question::Fact(FactId::Identity(_)), Answer::Fact(Fact::Identity(identity))) => {
                Some(line(identity))
            }
            _ => None,
        });
    let identities: Vec<String> = identities.collect();
    if identities.is_empty() { String::new() } else { format!(" at {}", identities.join(", ")) }
}
