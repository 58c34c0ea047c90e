//! Decides about what is ours and no longer wanted.

use super::approve::Approvals;
use super::decide::{Decision, hold, unreadable};
use super::draft::Draft;
use super::goal::Goal;
use super::inputs::Inputs;
use super::ownership::foreign;
use super::round::Sight;
use super::survey::Leaving;
use super::{Held, HeldChange};
use crate::engine::id::{ResourceId, System};
use crate::engine::ledger::Row;
use crate::engine::question::{Seen, Trouble, Why};
use crate::engine::step::{Expects, Reason};
use crate::engine::wanted::ApprovedAction;
use crate::resources::{self, HoldsData};
use std::collections::BTreeSet;

/// Decides about one resource that is ours and no longer wanted.
pub(super) fn decide_leaving(
    id: &ResourceId,
    leaving: &Leaving<'_>,
    inputs: &Inputs,
    approvals: &Approvals<'_>,
) -> Decision {
    match &leaving.sight {
        // Whoever takes a connection out of the specs and then names what was behind it means it.
        // So does whoever names one whose id nobody tells any more.
        Sight::Unreadable(why) if is_never_read_again(why) && is_forgotten(id, &inputs.goal) => {
            Decision::Do(vec![Draft::unseen(id)])
        }
        Sight::Unreadable(why) => unreadable(id, why),
        Sight::Absent => Decision::Do(vec![Draft::gone(id, Expects::Absent, reason(inputs))]),
        Sight::Seen(seen) if !resources::is_incarnation(seen, leaving.row) => {
            // Somebody made another of this name: it was never ours, and is left alone.
            let other = resources::sketch_deleted(seen);
            Decision::Do(vec![Draft::gone(id, Expects::Seen(other), reason(inputs))])
        }
        Sight::Seen(seen) => match &inputs.goal {
            Goal::Forget { addresses } => {
                Decision::Do(vec![match known_as(id, leaving.row, (inputs, addresses)) {
                    // It stays ours under the other address.
                    Some(other) => Draft::moved_to(id, other),
                    None => Draft::release(id, seen, &inputs.desired.environment),
                }])
            }
            Goal::Converge | Goal::Destroy { data: _ } => match foreign(seen, inputs) {
                Some(held) => hold(id, HeldChange::Delete, reason(inputs), held, Vec::new()),
                None => remove(id, seen, leaving.row, (inputs, approvals)),
            },
        },
    }
}

fn remove(
    id: &ResourceId,
    seen: &Seen,
    row: &Row,
    (inputs, approvals): (&Inputs, &Approvals<'_>),
) -> Decision {
    let mut draft = Draft::delete(id, seen, Some(row), reason(inputs));
    if let Some(words) = resources::unsendable(seen) {
        return hold(id, HeldChange::Delete, reason(inputs), Held::Rejected(words), Vec::new());
    }
    let strange = resources::not_as_left(seen, row);
    let held = match resources::holds_data(id, Some(row)) {
        _ if is_named(id, &inputs.goal) => return Decision::Do(vec![draft]),
        // What others added goes with it.
        HoldsData::No if !strange.is_empty() => Held::NeedsApproval(ApprovedAction::Delete),
        HoldsData::No => return Decision::Do(vec![draft]),
        HoldsData::ByKind | HoldsData::UnknownKind | HoldsData::GeneratedSecret => Held::HoldsData,
    };
    match approvals.find(id, ApprovedAction::Delete, Some(&seen.uid)) {
        Some(approval) => draft.approvals.push(approval.clone()),
        None => return hold(id, HeldChange::Delete, reason(inputs), held, strange),
    }
    Decision::Do(vec![draft])
}

/// Returns the address under which the ledger has the same thing as well, if that is not forgotten with it.
fn known_as<'a>(
    id: &ResourceId,
    row: &Row,
    (inputs, forgotten): (&'a Inputs, &BTreeSet<ResourceId>),
) -> Option<&'a ResourceId> {
    let rows = inputs.history.ledger().into_iter().flat_map(|ledger| &ledger.rows);
    let is_same = |(other, its): &(&ResourceId, &Row)| {
        *other != id && other.system == id.system && its.uid == row.uid && !forgotten.contains(*other)
    };
    rows.filter(|_| id.system == System::Kubernetes).find(is_same).map(|(other, _)| other)
}

/// Tells whether looking again changes nothing as long as the specs and the system are what they are.
fn is_never_read_again(why: &Why) -> bool {
    matches!(why.trouble, Trouble::NotConfigured | Trouble::Unsupported)
}

fn is_forgotten(id: &ResourceId, goal: &Goal) -> bool {
    matches!(goal, Goal::Forget { addresses } if addresses.contains(id))
}

/// Tells whether somebody said of this very address that its data goes with the environment.
fn is_named(id: &ResourceId, goal: &Goal) -> bool {
    matches!(goal, Goal::Destroy { data } if data.contains(id))
}

fn reason(inputs: &Inputs) -> Reason {
    match inputs.goal {
        Goal::Converge => Reason::NoLongerWanted,
        Goal::Destroy { data: _ } => Reason::TakenDown,
        Goal::Forget { addresses: _ } => Reason::Forgotten,
    }
}
