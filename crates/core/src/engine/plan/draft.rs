//! A step before it has a name and its place in the order, and the sorts of step that there are.

use super::forms::Form;
use crate::engine::fingerprint::LeafHash;
use crate::engine::id::{EnvironmentName, ResourceId, Uid};
use crate::engine::ledger::Row;
use crate::engine::path::Path;
use crate::engine::question::{Body, Seen};
use crate::engine::sketch::Sketch;
use crate::engine::step::{Action, Condition, Expects, Gate, Operation, Reason, Risk, WriteMode};
use crate::engine::value::Value;
use crate::engine::verdict::{FieldChange, TakeOver};
use crate::engine::wanted::Approval;
use crate::resources::{self, HoldsData, Normal, Occasion, settings};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long a resource may take to become ready, or to go, before the apply ends with 5 ("run again").
///
/// Ten minutes: an image of a few gigabytes on a slow link is there by then; what is not is looked at by people.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);

/// A step before it has a name and its place in the order.
pub(super) struct Draft {
    pub(super) address: ResourceId,
    pub(super) action: Action,
    pub(super) expects: Expects,
    pub(super) takes_over: Vec<TakeOver>,
    pub(super) done_when: Option<Gate>,
    pub(super) because: Reason,
    pub(super) risk: Risk,
    pub(super) fields: Vec<FieldChange>,
    pub(super) approvals: Vec<Approval>,
    /// What must hold before it starts.
    pub(super) gates: Vec<Gate>,
    /// Its place in a choreography, if one claims it.
    pub(super) part: Option<PartOf>,
    /// The parts of its choreography that come before it.
    pub(super) after_parts: BTreeSet<PartOf>,
}

/// A place in a choreography.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PartOf {
    pub(super) choreography: usize,
    pub(super) number: usize,
}

impl Draft {
    pub(super) fn new(address: &ResourceId, action: Action, expects: Expects, because: Reason) -> Self {
        Self {
            address: address.clone(),
            action,
            expects,
            takes_over: Vec::new(),
            done_when: None,
            because,
            risk: Risk::None,
            fields: Vec::new(),
            approvals: Vec::new(),
            gates: Vec::new(),
            part: None,
            after_parts: BTreeSet::new(),
        }
    }

    /// Creates what is not there.
    pub(super) fn create(id: &ResourceId, form: &Form, because: Reason) -> Self {
        let draft = Self::new(id, write(WriteMode::Create, form), Expects::Absent, because);
        Self { done_when: ready(id), ..draft }
    }

    /// Lets run what was made to stand still.
    pub(super) fn start(id: &ResourceId, form: &Form, because: Reason) -> Self {
        let draft = Self::new(id, write(WriteMode::Update, form), Expects::Absent, because);
        Self { done_when: ready(id), ..draft }
    }

    /// Brings what is there to what is wanted.
    pub(super) fn write(id: &ResourceId, form: &Form, mode: WriteMode, seen: &Seen, because: Reason) -> Self {
        let draft = Self::new(id, write(mode, form), as_seen(form, seen), because);
        let done_when = if mode == WriteMode::Update { ready(id) } else { None };
        let takes_over = resources::takes_over_from(&form.normal, seen);
        Self { takes_over, done_when, ..draft }
    }

    /// Says what goes, to systems that would take its absence for "leave it alone".
    pub(super) fn remove(&mut self, form: &Form, seen: &Seen, fields: &[FieldChange]) {
        let gone: Vec<&Path> =
            fields.iter().filter(|field| field.wanted.is_none()).map(|field| &field.path).collect();
        let (Normal::Settings(_), Action::Write { mode: _, config, wanted }, Expects::Seen(expected)) =
            (&form.normal, &mut self.action, &mut self.expects)
        else {
            return;
        };
        let live = match &seen.body {
            Body::Whole(live) => live.as_ref(),
            Body::Remembered => &Value::Null,
        };
        for path in gone {
            settings::unset(Arc::make_mut(config), path);
            wanted.places.push((path.clone(), None));
            expected.places.push((path.clone(), path.find(live).map(LeafHash::of)));
        }
    }

    /// Finds out by dry run whether anything would change.
    pub(super) fn confirm(id: &ResourceId, form: &Form, seen: &Seen) -> Self {
        let wanted = resources::sketch_wanted(&form.normal);
        let action = Action::Confirm { config: Arc::clone(form.normal.value()), wanted };
        Self::new(id, action, as_seen(form, seen), Reason::Doubtful)
    }

    /// Hands other tools' ownership to us where their entries would block pruning for ever, and ours to others where
    /// Git leaves places to them.
    pub(super) fn migrate(id: &ResourceId, form: &Form, seen: &Seen, occasion: Occasion) -> Option<Self> {
        let managers = resources::migrations(seen, occasion);
        let left = resources::left_to_others(&form.normal, seen);
        if managers.is_empty() && left.is_empty() {
            return None;
        }
        let action = Action::Operation(Operation::MigrateManagers { managers, left });
        Some(Self::new(id, action, as_seen(form, seen), Reason::OwnershipIncomplete))
    }

    /// Deletes one incarnation.
    pub(super) fn delete(id: &ResourceId, seen: &Seen, row: Option<&Row>, because: Reason) -> Self {
        let expects = Expects::Seen(resources::sketch_deleted(seen));
        let action = Action::Delete { uid: seen.uid.clone() };
        let condition = Condition::Gone(id.clone(), seen.uid.clone());
        let done_when = Some(Gate { condition, patience: PATIENCE, stable_for: Duration::ZERO });
        let risk = risk_of_deletion(id, row);
        Self { done_when, risk, ..Self::new(id, action, expects, because) }
    }

    /// Records that what the ledger has is gone.
    pub(super) fn gone(id: &ResourceId, expects: Expects, because: Reason) -> Self {
        Self::new(id, Action::Operation(Operation::RecordGone), expects, because)
    }

    /// Takes our marker and our record of owning fields off one incarnation.
    pub(super) fn release(id: &ResourceId, seen: &Seen, environment: &EnvironmentName) -> Self {
        let uid = Some(seen.uid.clone());
        let left = resources::sketch_released(seen, environment.as_str());
        let release = Operation::Release { environment: environment.clone(), left };
        let expects = Expects::Seen(Sketch { uid, places: Vec::new() });
        Self::new(id, Action::Operation(release), expects, Reason::Forgotten)
    }

    /// Records that something is no longer ours at which nobody can look any more.
    pub(super) fn unseen(id: &ResourceId) -> Self {
        Self::new(id, Action::Operation(Operation::RecordUnseen), Expects::Absent, Reason::Forgotten)
    }

    /// Starts what has failed again.
    pub(super) fn restart(id: &ResourceId, form: &Form, seen: &Seen, because: Reason) -> Self {
        let draft = Self::new(id, Action::Operation(Operation::Restart), as_seen(form, seen), because);
        Self { done_when: ready(id), risk: Risk::Restart, ..draft }
    }

    /// Records that what is there is what the ledger has under another address.
    pub(super) fn moved_from(id: &ResourceId, from: &ResourceId, uid: &Uid) -> Self {
        let expects = Expects::Seen(Sketch { uid: Some(uid.clone()), places: Vec::new() });
        let moved = Operation::RecordMovedFrom { from: from.clone() };
        Self::new(id, Action::Operation(moved), expects, Reason::MovedFrom(from.clone()))
    }

    /// Records that what the ledger has under this address has another by now.
    pub(super) fn moved_to(id: &ResourceId, to: &ResourceId) -> Self {
        let moved = Operation::RecordMovedTo { to: to.clone() };
        Self::new(id, Action::Operation(moved), Expects::Absent, Reason::MovedTo(to.clone()))
    }
}

fn write(mode: WriteMode, form: &Form) -> Action {
    let wanted = resources::sketch_wanted(&form.normal);
    Action::Write { mode, config: Arc::clone(form.normal.value()), wanted }
}

fn as_seen(form: &Form, seen: &Seen) -> Expects {
    Expects::Seen(resources::sketch_seen(&form.normal, seen))
}

fn ready(id: &ResourceId) -> Option<Gate> {
    resources::becomes_ready(id).then(|| Gate {
        condition: Condition::Ready(id.clone()),
        patience: PATIENCE,
        stable_for: resources::steady_after(id),
    })
}

/// Returns what deleting costs. What holds data goes only where a person said so.
pub(super) fn risk_of_deletion(id: &ResourceId, row: Option<&Row>) -> Risk {
    match resources::holds_data(id, row) {
        HoldsData::No => resources::risk_of_deletion(id),
        HoldsData::ByKind | HoldsData::UnknownKind | HoldsData::GeneratedSecret => Risk::DataLoss,
    }
}
