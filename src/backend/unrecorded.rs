//! What back ends share whose systems keep no record of who set what: Kafka and Kafka Connect.

use evenkeel_core::engine::apply::{Precondition, Sending};
use evenkeel_core::engine::question::{Body, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Operation, Outcome, Receipt};
use evenkeel_core::engine::value::Value;
use std::time::Duration;

/// Returns what was read; these back ends always read the whole.
pub(super) fn whole(seen: &Seen) -> &Value {
    static NOTHING: Value = Value::Null;
    match &seen.body {
        Body::Whole(value) => value,
        Body::Remembered => &NOTHING,
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
        Operation::Restart | Operation::Stop { left: _ } | Operation::CarryOffsets { from: _, own: _ } => {
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
