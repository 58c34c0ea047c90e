//! Workers that have none of our connectors: those of another group may be the ones that answer.
//!
//! Workers tell on which Kafka cluster they keep everything, and not of which group they are. Another group on the same
//! cluster is known by nothing but what it does not have.

use super::approve::Approvals;
use super::decide::{Decision, unreadable};
use super::freeze::Decisions;
use super::round::Sight;
use super::survey::{Leaving, State, Survey};
use crate::engine::id::{ConnectionId, ResourceId, Uid};
use crate::engine::question::{Trouble, Why};
use crate::engine::wanted::{Approval, ApprovedAction};
use crate::resources::says_who_it_is;
use std::collections::BTreeMap;

/// So many of ours must be gone at once: one alone is what somebody deleted.
const SEVERAL: usize = 2;

/// What is ours on some workers.
#[derive(Default)]
struct Ours<'a> {
    there: usize,
    gone: usize,
    /// Those that are gone and wanted: they would be made a second time, and run beside the first. One that is gone and not
    /// wanted would be taken off the ledger, and run for ever.
    wanted: Vec<(&'a ResourceId, &'a Uid)>,
}

/// Holds everything on workers that have none of several connectors that are ours, unless somebody approved that one of
/// them is made there.
pub(super) fn doubt_deserted(decisions: &mut Decisions<'_>, survey: &Survey<'_>, approvals: &Approvals<'_>) {
    for (connection, ours) in on_workers(survey) {
        if ours.there > 0 || ours.gone < SEVERAL {
            continue;
        }
        let approved =
            ours.wanted.iter().find_map(|(id, uid)| approvals.find(id, ApprovedAction::Adopt, Some(uid)));
        match approved {
            Some(approval) => approve_all(decisions, &connection, approval),
            None => hold_all(decisions, &connection, &ours),
        }
    }
}

/// Whatever is done there is done because of the approval, which is used up by the first of it: its own connector may be held
/// for another reason.
fn approve_all(decisions: &mut Decisions<'_>, connection: &ConnectionId, approval: &Approval) {
    for (_, decision) in on(decisions, connection) {
        if let Decision::Do(drafts) = decision
            && let Some(first) = drafts.first_mut()
            && !first.approvals.contains(approval)
        {
            first.approvals.push(approval.clone());
        }
    }
}

fn on<'d>(
    decisions: &'d mut Decisions<'_>,
    connection: &'d ConnectionId,
) -> impl Iterator<Item = (&'d ResourceId, &'d mut Decision)> {
    let in_doubt = decisions.iter_mut().filter(|(id, _)| !says_who_it_is(id.system));
    in_doubt.map(|(id, decision)| (*id, decision)).filter(|(id, _)| id.connection_id() == *connection)
}

fn on_workers<'a>(survey: &'a Survey<'_>) -> BTreeMap<ConnectionId, Ours<'a>> {
    let mut workers: BTreeMap<ConnectionId, Ours<'a>> = BTreeMap::new();
    for (id, subject) in survey.wanted.iter().filter(|(id, _)| !says_who_it_is(id.system)) {
        let Some(row) = subject.row else { continue };
        let ours = workers.entry(id.connection_id()).or_default();
        if matches!(subject.state, State::Absent(_)) {
            ours.gone += 1;
            ours.wanted.push((id, &row.uid));
        } else {
            ours.there += 1;
        }
    }
    for (id, Leaving { row: _, sight }) in survey.leaving.iter().filter(|(id, _)| !says_who_it_is(id.system))
    {
        let ours = workers.entry(id.connection_id()).or_default();
        if matches!(sight, Sight::Absent) { ours.gone += 1 } else { ours.there += 1 }
    }
    workers
}

fn hold_all(decisions: &mut Decisions<'_>, connection: &ConnectionId, ours: &Ours<'_>) {
    let way_out = if ours.wanted.is_empty() {
        "evenkeel forget ADDRESS takes each off the ledger"
    } else {
        "an Approval `adopt` for one of them lets all be made again"
    };
    let message = format!(
        "none of the {} connectors that are ours is there, as if another group of workers answered at {connection}. \
         Where they were deleted, {way_out}",
        ours.gone
    );
    let why = Why { trouble: Trouble::Deserted, message };
    for (id, decision) in on(decisions, connection) {
        match decision {
            Decision::Keep | Decision::Do(_) => *decision = in_doubt(id, &why, ours),
            Decision::Hold(_) => {}
        }
    }
}

/// Holds a resource; the incarnation is named where an Approval for it would lift the doubt.
fn in_doubt(id: &ResourceId, why: &Why, ours: &Ours<'_>) -> Decision {
    let mut decision = unreadable(id, why);
    if let Decision::Hold(held) = &mut decision {
        held.uid = ours.wanted.iter().find_map(|(wanted, uid)| (*wanted == id).then(|| (*uid).clone()));
    }
    decision
}
