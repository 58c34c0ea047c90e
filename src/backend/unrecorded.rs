//! What back ends share whose systems keep no record of who set what: Kafka and Kafka Connect.

use super::kubernetes::Reading;
use evenkeel_core::engine::apply::{Precondition, Sending};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::path::{Path, Segment};
use evenkeel_core::engine::question::{Body, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Operation, Outcome, Receipt};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::verdict::{FieldChange, Verdict};
use evenkeel_core::resources;
use std::time::Duration;

/// Returns what was read; these back ends always read the whole.
pub(super) fn whole(seen: &Seen) -> &Value {
    static NOTHING: Value = Value::Null;
    match &seen.body {
        Body::Whole(value) => value,
        Body::Remembered => &NOTHING,
    }
}

/// Returns what differs by the rules that the plan was made by, so that another spelling of the same is not sent.
pub(super) fn differing(reading: &Reading, address: &ResourceId, seen: &Seen) -> Vec<FieldChange> {
    let Some(form) = reading.forms.get(address) else { return Vec::new() };
    match resources::compare(&form.normal, seen, reading.ledger.rows.get(address)) {
        Verdict::Differs(difference) => difference.fields,
        Verdict::Same | Verdict::Own(_) | Verdict::Undecided(_) => Vec::new(),
    }
}

/// Returns the name of a setting, if a path leads to one.
pub(super) fn setting_at(path: &Path) -> Option<&str> {
    match path.0.as_slice() {
        [Segment::Field(place), Segment::Field(key), ..] if &**place == "config" => Some(key),
        _ => None,
    }
}

/// Takes what is there as it is: nothing is sent, also where it failed or is spelt otherwise.
pub(super) fn take_over(reading: &Reading, address: &ResourceId, live: Option<Seen>) -> Outcome {
    match live {
        Some(seen) if differing(reading, address, &seen).is_empty() => {
            Outcome::Done(Receipt { uid: Some(seen.uid.clone()), seen: Some(seen), ..Receipt::default() })
        }
        live => Outcome::Stale(live),
    }
}

/// Carries out an operation that is not a write: nothing on these systems says whose a resource is, so that there is
/// nothing to send, and the journal's record is all.
pub(super) fn operate(operation: &Operation, sending: &Sending) -> Outcome {
    match operation {
        Operation::MigrateManagers { managers: _, left: _ } => {
            let message = format!("{} keeps no record of who manages what", sending.address.system.as_str());
            Outcome::Refused(Why { trouble: Trouble::Garbled, message })
        }
        Operation::Restart
        | Operation::Stop { left: _ }
        | Operation::Evict { uid: _ }
        | Operation::Cordon
        | Operation::Deallocate { moves: _ }
        | Operation::CarryOffsets { from: _, own: _ } => {
            let message = format!("{} is not started, stopped or moved on", sending.address);
            Outcome::Refused(Why { trouble: Trouble::Garbled, message })
        }
        Operation::Release { environment: _, left: _ } => {
            let uid = match &sending.precondition {
                Precondition::Version(uid, _) => Some(uid.clone()),
                Precondition::Absent => None,
            };
            Outcome::Done(Receipt { uid, ..Receipt::default() })
        }
        Operation::RecordGone
        | Operation::RecordUnseen
        | Operation::RecordOurs { .. }
        | Operation::RecordMovedFrom { from: _ }
        | Operation::RecordMovedTo { to: _ } => Outcome::Done(Receipt::default()),
    }
}

/// Says that a request was kept back: the step began so long ago that somebody else may hold the lock by now.
pub(super) fn too_late(deadline: Duration) -> Why {
    let message = format!("not sent: the step began over {} s ago", deadline.as_secs_f32());
    Why { trouble: Trouble::TimedOut, message }
}
