//! Decides about what is ours and no longer wanted.

use super::approve::Approvals;
use super::decide::{Decision, hold, unreadable};
use super::draft::Draft;
use super::inputs::Inputs;
use super::ownership::foreign;
use super::round::Sight;
use super::survey::Leaving;
use super::{Held, HeldChange};
use crate::engine::id::ResourceId;
use crate::engine::ledger::Row;
use crate::engine::question::Seen;
use crate::engine::sketch::Sketch;
use crate::engine::step::{Expects, Reason};
use crate::engine::wanted::ApprovedAction;
use crate::resources::{self, HoldsData};

/// Decides about one resource that is ours and no longer wanted.
pub(super) fn decide_leaving(
    id: &ResourceId,
    leaving: &Leaving<'_>,
    inputs: &Inputs,
    approvals: &Approvals<'_>,
) -> Decision {
    match &leaving.sight {
        Sight::Unreadable(why) => unreadable(id, why),
        Sight::Absent => Decision::Do(vec![Draft::gone(id, Expects::Absent)]),
        Sight::Seen(seen) if seen.uid != leaving.row.uid => {
            // Somebody made another of this name: it was never ours, and is left alone.
            let other = Sketch { uid: Some(seen.uid.clone()), places: Vec::new() };
            Decision::Do(vec![Draft::gone(id, Expects::Seen(other))])
        }
        Sight::Seen(seen) => match foreign(seen, inputs) {
            Some(held) => hold(id, HeldChange::Delete, Reason::NoLongerWanted, held, Vec::new()),
            None => remove(id, seen, leaving.row, approvals),
        },
    }
}

fn remove(id: &ResourceId, seen: &Seen, row: &Row, approvals: &Approvals<'_>) -> Decision {
    let mut draft = Draft::delete(id, seen, Some(row), Reason::NoLongerWanted);
    if resources::holds_data(id, Some(row)) != HoldsData::No {
        match approvals.find(id, ApprovedAction::Delete, Some(&seen.uid)) {
            Some(approval) => draft.approvals.push(approval.clone()),
            None => {
                return hold(id, HeldChange::Delete, Reason::NoLongerWanted, Held::HoldsData, Vec::new());
            }
        }
    }
    Decision::Do(vec![draft])
}
