//! What sending to brokers and to workers has in common: they compare nothing, so it is done right before.

use super::sending::Send;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::question::{Body, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Operation, Outcome, Receipt, WriteMode};
use evenkeel_core::engine::value::Value;

/// Returns the outcome of a step that what is there does not allow: somebody made it, deleted it or made another.
pub(super) fn refused(send: &Send<'_>, mode: WriteMode, live: Option<&Seen>) -> Option<Outcome> {
    match (mode, live) {
        (WriteMode::Create, None) => None,
        (WriteMode::Create, Some(live)) => Some(Outcome::Stale(Some(live.clone()))),
        (WriteMode::Update | WriteMode::Adopt | WriteMode::Own, None) => Some(Outcome::Stale(None)),
        (WriteMode::Update | WriteMode::Adopt | WriteMode::Own, Some(live)) => match send.precondition {
            Some((uid, _)) if *uid != live.uid => Some(Outcome::Stale(Some(live.clone()))),
            Some(_) | None => None,
        },
    }
}

/// Returns the outcome of an operation on something that keeps no record of whose it is: there is nothing to send.
pub(super) fn operated(send: &Send<'_>, operation: &Operation) -> Outcome {
    match operation {
        Operation::MigrateManagers { managers: _, left: _ } => {
            Outcome::Refused(rejected(send.address, &"it keeps no record of who manages what"))
        }
        Operation::Release { environment: _, left: _ } => {
            let uid = send.precondition.map(|(uid, _)| uid.clone());
            Outcome::Done(Receipt { uid, ..Receipt::default() })
        }
        Operation::Restart
        | Operation::Stop { left: _ }
        | Operation::Evict { uid: _ }
        | Operation::Cordon
        | Operation::Deallocate { moves: _ }
        | Operation::CarryOffsets { from: _, own: _ } => {
            Outcome::Refused(rejected(send.address, &"it is not started, stopped or moved on"))
        }
        Operation::RecordGone
        | Operation::RecordUnseen
        | Operation::RecordOurs { .. }
        | Operation::RecordMovedFrom { from: _ }
        | Operation::RecordMovedTo { to: _ } => Outcome::Done(Receipt::default()),
    }
}

/// Returns the settings of a group, none where one is to go.
pub(super) fn texts<'a>(config: &'a Value, group: &str) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
    let settings = config.get(group).and_then(Value::as_map);
    settings.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_text()))
}

/// What is read here is always read whole.
pub(super) fn whole(seen: &Seen) -> &Value {
    static NOTHING: Value = Value::Null;
    match &seen.body {
        Body::Whole(value) => value,
        Body::Remembered => &NOTHING,
    }
}

/// Says why something was refused.
pub(super) fn why_refused(id: &ResourceId, trouble: Trouble, refusal: &impl ToString) -> Why {
    Why { trouble, message: format!("{id}: {}", refusal.to_string()) }
}

/// Says why something was refused that cannot be as it is.
pub(super) fn rejected(id: &ResourceId, refusal: &impl ToString) -> Why {
    why_refused(id, Trouble::Garbled, refusal)
}
