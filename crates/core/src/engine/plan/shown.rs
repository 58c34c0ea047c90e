//! A change as policies are shown it: what is done, and what is there before.

use super::draft::{Draft, risk_of_deletion};
use super::{HeldChange, HeldResource};
use crate::engine::id::ResourceId;
use crate::engine::ledger::Row;
use crate::engine::place::with_live;
use crate::engine::policy::ChangeAction;
use crate::engine::question::{Body, Seen};
use crate::engine::step::{Action, Operation, Risk, WriteMode};
use crate::engine::value::{Map, Value};
use crate::engine::verdict::FieldChange;
use crate::resources;

/// Returns what is done, as policies name it; nothing where the system is not touched.
pub(super) fn action(drafts: &[Draft]) -> Option<ChangeAction> {
    drafts.iter().filter_map(action_of_one).reduce(|first, second| match (first, second) {
        (ChangeAction::Delete, ChangeAction::Create) => ChangeAction::Replace,
        (ChangeAction::Create, _) => ChangeAction::Create,
        // What is migrated is migrated for the write that follows.
        (_, second) => second,
    })
}

fn action_of_one(draft: &Draft) -> Option<ChangeAction> {
    match &draft.action {
        Action::Write { mode, config: _, wanted: _ } => Some(match mode {
            WriteMode::Create => ChangeAction::Create,
            WriteMode::Update => ChangeAction::Update,
            WriteMode::Adopt => ChangeAction::Adopt,
            WriteMode::Own => ChangeAction::Own,
        }),
        // It writes if the dry run says that something would change.
        Action::Confirm { config: _, wanted: _ } => Some(ChangeAction::Update),
        Action::Delete { uid: _ } => Some(ChangeAction::Delete),
        Action::Operation(Operation::MigrateManagers { managers: _, left: _ }) => Some(ChangeAction::Own),
        Action::Operation(Operation::Release { environment: _, left: _ } | Operation::RecordUnseen) => {
            Some(ChangeAction::Forget)
        }
        Action::Operation(
            Operation::Restart
            | Operation::Evict { uid: _ }
            | Operation::Cordon
            | Operation::Deallocate { moves: _ },
        ) => Some(ChangeAction::Update),
        Action::Operation(
            Operation::RecordGone
            | Operation::RecordOurs { uid: _, remember: _, generated: _ }
            | Operation::Stop { left: _ }
            | Operation::CarryOffsets { from: _, own: _ }
            | Operation::RecordMovedFrom { from: _ }
            | Operation::RecordMovedTo { to: _ },
        ) => None,
    }
}

/// Returns what is sent, where something is.
pub(super) fn config(draft: &Draft) -> Option<&Value> {
    match &draft.action {
        Action::Write { mode: _, config, wanted: _ } | Action::Confirm { config, wanted: _ } => Some(config),
        Action::Delete { uid: _ } | Action::Operation(_) => None,
    }
}

/// Returns what is there. What changes is known where Git manages it, what goes as far as it was read.
pub(super) fn before(
    action: ChangeAction,
    fields: &[FieldChange],
    after: Option<&Value>,
    seen: Option<&Seen>,
    id: &ResourceId,
) -> Option<Value> {
    match action {
        ChangeAction::Create => None,
        ChangeAction::Update | ChangeAction::Adopt | ChangeAction::Own => {
            after.map(|after| with_live(after, fields.iter()))
        }
        ChangeAction::Delete | ChangeAction::Replace | ChangeAction::Forget => {
            Some(seen.map_or_else(|| identity(id), |seen| whole(seen, id)))
        }
    }
}

/// Returns what is there as far as it was read.
fn whole(seen: &Seen, id: &ResourceId) -> Value {
    match &seen.body {
        Body::Whole(body) => without_records(body),
        Body::Remembered => identity(id),
    }
}

/// Returns what would be done if a hold were lifted, as policies name it.
pub(super) fn of_held(change: HeldChange) -> Option<ChangeAction> {
    match change {
        HeldChange::Update => Some(ChangeAction::Update),
        HeldChange::Delete => Some(ChangeAction::Delete),
        HeldChange::Replace => Some(ChangeAction::Replace),
        HeldChange::Forget => Some(ChangeAction::Forget),
        HeldChange::Create | HeldChange::Unknown => None,
    }
}

/// Returns what it may cost if a hold were lifted.
pub(super) fn risk_of_held(held: &HeldResource, seen: Option<&Seen>, row: Option<&Row>) -> Risk {
    match held.change {
        HeldChange::Update => seen.map_or(Risk::None, |seen| resources::risk(seen, &held.fields)),
        HeldChange::Delete | HeldChange::Replace => risk_of_deletion(&held.address, row),
        HeldChange::Create | HeldChange::Forget | HeldChange::Unknown => Risk::None,
    }
}

/// What the system keeps beside the configuration is no matter of policies, and differs from reading to reading.
fn without_records(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(map) = body.as_map_mut() {
        map.remove("status");
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
            metadata.retain(|key, _| ["name", "namespace", "labels", "annotations"].contains(&key.as_str()));
        }
    }
    body
}

fn identity(id: &ResourceId) -> Value {
    let mut metadata = Map::from([("name".to_owned(), Value::from(&*id.name))]);
    metadata.extend(id.namespace.as_deref().map(|name| ("namespace".to_owned(), Value::from(name))));
    let kind = ("kind".to_owned(), Value::from(id.kind.short()));
    Value::Map(Map::from([kind, ("metadata".to_owned(), Value::Map(metadata))]))
}
