//! Whose a resource is that is there, and whose its fields are.

use super::Held;
use super::inputs::Inputs;
use crate::engine::ledger::Row;
use crate::engine::question::Seen;
use crate::engine::verdict::{Cause, FieldChange, Writer};
use crate::resources;

/// Whose a resource is that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ownership {
    /// The ledger has this incarnation.
    Ours,
    /// The ledger has another incarnation of this name: somebody deleted ours and made a new one.
    Recreated,
    /// The ledger does not have it.
    NotOurs,
}

/// Returns whose a resource is.
pub(super) fn ownership(row: Option<&Row>, seen: &Seen) -> Ownership {
    match row {
        Some(row) if resources::is_incarnation(seen, row) => Ownership::Ours,
        Some(_) => Ownership::Recreated,
        None => Ownership::NotOurs,
    }
}

/// Returns what holds a resource that carries the marker of another environment.
pub(super) fn foreign(seen: &Seen, inputs: &Inputs) -> Option<Held> {
    let other = resources::claimed_by_another(seen, inputs.desired.environment.as_str())?;
    Some(Held::Foreign(other.into()))
}

/// Returns why fields may not be changed by us, if any of them is somebody else's.
pub(super) fn not_ours_to_change(fields: &[FieldChange]) -> Option<Held> {
    let managers = fields.iter().filter_map(|field| match &field.cause {
        Cause::Contested(Writer::Manager(manager)) => Some(manager.clone()),
        Cause::Contested(Writer::Unknown | Writer::Unrecorded) | Cause::SpecEdited | Cause::Drifted(_) => {
            None
        }
        Cause::EditedOverDrift(_) => None,
        Cause::NeverOurs(_) | Cause::EntryLost => None,
    });
    let managers: Vec<_> = managers.collect();
    if !managers.is_empty() {
        return Some(Held::Contested(managers));
    }
    let lost = fields.iter().find(|field| field.cause == Cause::EntryLost)?;
    Some(Held::Ambiguous(format!(
        "the record that {} is ours is lost, so the server would keep it; remove it by hand or keep it in Git",
        lost.path
    )))
}
