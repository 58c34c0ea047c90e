//! Connectors that leave under one connection and are wanted under another that may lead to the same workers.
//!
//! Workers say which Kafka cluster they keep everything on, and groups of workers share one: nobody can tell whether two
//! connectors of one name are one. What may be wanted is not deleted, unless somebody approves of it.

use super::approve::Approvals;
use super::decide::{Decision, hold};
use super::draft::Draft;
use super::freeze::Decisions;
use super::moves::Moves;
use super::survey::{State, Subject, Survey};
use super::{Held, HeldChange};
use crate::engine::id::{ResourceId, System};
use crate::engine::path::Path;
use crate::engine::question::{Body, Seen};
use crate::engine::step::{Action, Reason};
use crate::engine::wanted::ApprovedAction;
use std::collections::BTreeMap;

/// Holds the deletion of what may be wanted under another connection; a move that is held itself says more.
pub(super) fn doubt_namesakes(
    decisions: &mut Decisions<'_>,
    (moves, survey): (&Moves<'_>, &Survey<'_>),
    approvals: &Approvals<'_>,
) {
    // What is not there is not what leaves, which is.
    let may_be_there = survey.wanted.iter().filter(|(_, subject)| !matches!(subject.state, State::Absent(_)));
    let on_workers = may_be_there.filter(|(id, _)| id.system == System::Connect);
    let wanted: BTreeMap<_, _> = on_workers.filter_map(|it| Some((called(survey, it.0)?, it))).collect();
    let doubted = survey.leaving.keys().filter_map(|id| {
        let (other, subject) = *wanted.get(&called(survey, id)?)?;
        let seen = survey.seen(id)?;
        let is_told =
            moves.successor(id) == Some(other) && matches!(decisions.get(other), Some(Decision::Hold(_)));
        (!is_told && !are_two(seen, subject)).then_some((*id, other, seen))
    });
    for (id, other, seen) in doubted.collect::<Vec<_>>() {
        let Some(decision) = decisions.get_mut(id) else { continue };
        let Some(deletion) = deletion(decision) else { continue };
        match approvals.find(id, ApprovedAction::Delete, Some(&seen.uid)) {
            Some(approval) if deletion.approvals.contains(approval) => {}
            Some(approval) => deletion.approvals.push(approval.clone()),
            None => {
                let held = Held::Namesake { wanted: other.clone() };
                *decision = hold(id, HeldChange::Delete, Reason::NoLongerWanted, held, Vec::new());
            }
        }
    }
}

fn deletion(decision: &mut Decision) -> Option<&mut Draft> {
    let Decision::Do(drafts) = decision else { return None };
    drafts.iter_mut().find(|draft| matches!(draft.action, Action::Delete { .. }))
}

/// Tells whether what leaves and what is wanted are two for certain: one of them has other settings, or both are ours and
/// run on two workers, of which each is in one group only.
fn are_two(leaving: &Seen, wanted: &Subject<'_>) -> bool {
    let State::Compared { form: _, seen: wanted_seen, verdict: _ } = &wanted.state else { return false };
    let (Body::Whole(one), Body::Whole(other)) = (&leaving.body, &wanted_seen.body) else { return false };
    let differ = |place: &Path| matches!((place.find(one), place.find(other)), (Some(one), Some(other)) if one != other);
    differ(&Path::of(&["config"])) || (wanted.row.is_some() && differ(&Path::of(&["status", "worker"])))
}

/// What a connector is called among those of all workers on one Kafka cluster.
fn called<'a>(survey: &Survey<'a>, id: &'a ResourceId) -> Option<(&'a str, &'a str)> {
    let is_connector = id.system == System::Connect;
    let who = survey.answering.get(&id.connection_id()).filter(|_| is_connector)?;
    Some((who, &id.name))
}
