//! Decides from a dry run whether a step that may not change anything would; pure.

use super::judge::{Match, expected};
use super::protocol::Reading;
use super::track::object;
use crate::engine::id::Uid;
use crate::engine::journal::{Moved, What};
use crate::engine::question::{Answer, Body, Question, Rejection, Seen, Trouble, Why};
use crate::engine::value::Value;

/// What a dry run says. Whatever is not surely a change is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DryRun {
    /// Nothing would change on this incarnation.
    Unchanged(Uid),
    /// Something would.
    Changes,
    /// The system would refuse the write.
    Refused(Why),
    /// What is there is not what was expected.
    Moved(Moved),
    /// Nobody can tell now.
    Unreadable(Why),
    /// We may not dry-run it, or its kind is not served: asking again does not help.
    NotAllowed(Why),
}

/// Judges the readings of a resource and of its projection.
pub(super) fn dry_run(what: &What, readings: &[Reading]) -> DryRun {
    let live = object(readings, &what.address).map(|reading| &reading.answer);
    let projection = readings.iter().find(|reading| matches!(reading.question, Question::Project(..)));
    match (live, projection.map(|reading| &reading.answer)) {
        (_, Some(Answer::Rejected(rejection))) => rejected(rejection),
        (Some(Answer::Seen(live)), Some(Answer::Seen(projected))) => compared(live, projected),
        (Some(live @ Answer::NotFound), Some(Answer::Seen(_))) => match expected(&what.expects, live) {
            Match::Same => DryRun::Changes,
            Match::Moved(moved) => DryRun::Moved(moved),
        },
        (Some(Answer::Seen(_) | Answer::NotFound), projection) => DryRun::Unreadable(unusable(projection)),
        (live, _) => DryRun::Unreadable(unusable(live)),
    }
}

fn rejected(rejection: &Rejection) -> DryRun {
    let why = |trouble, message: &str| Why { trouble, message: message.to_owned() };
    match rejection {
        Rejection::Invalid { message, immutable: _ } => DryRun::Refused(why(Trouble::Forbidden, message)),
        Rejection::Forbidden(message) => DryRun::NotAllowed(why(Trouble::Forbidden, message)),
        Rejection::NotServed => DryRun::NotAllowed(why(Trouble::Unavailable, "its kind is not served")),
    }
}

/// What the server keeps for itself does not count; a body that was not kept says nothing.
fn compared(live: &Seen, projected: &Seen) -> DryRun {
    match (&live.body, &projected.body) {
        (Body::Whole(before), Body::Whole(after)) => {
            let same = without_bookkeeping(before) == without_bookkeeping(after);
            if same { DryRun::Unchanged(live.uid.clone()) } else { DryRun::Changes }
        }
        (Body::Remembered, _) | (_, Body::Remembered) => DryRun::Unreadable(unusable(None)),
    }
}

/// Returns why an answer that says nothing about the resource is of no use.
pub(super) fn unusable(answer: Option<&Answer>) -> Why {
    match answer {
        Some(Answer::Unreadable(why)) => why.clone(),
        Some(
            Answer::Seen(_)
            | Answer::NotFound
            | Answer::Inventory { .. }
            | Answer::Fact(_)
            | Answer::Rejected(_),
        )
        | None => {
            Why { trouble: Trouble::Garbled, message: "the answer does not fit the question".to_owned() }
        }
    }
}

fn without_bookkeeping(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(map) = body.as_map_mut() {
        map.remove("status");
        if let Some(metadata) = map.get_mut("metadata").and_then(|metadata| metadata.as_map_mut()) {
            for key in ["managedFields", "resourceVersion", "generation"] {
                metadata.remove(key);
            }
        }
    }
    body
}
