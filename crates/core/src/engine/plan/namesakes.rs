//! Connectors that leave under one connection and are wanted under another that may lead to the same workers.
//!
//! Workers say which Kafka cluster they keep everything on, and groups of workers share one: nobody can tell whether two
//! connectors of one name are one. What may be wanted is not deleted.

use super::decide::{Decision, hold};
use super::freeze::Decisions;
use super::moves::Moves;
use super::survey::{State, Survey};
use super::{Held, HeldChange};
use crate::engine::id::{ResourceId, System};
use crate::engine::step::Reason;
use std::collections::BTreeMap;

/// Holds what leaves while something of its name is wanted where it may be the same; a move that is held itself says more.
pub(super) fn doubt_namesakes(decisions: &mut Decisions<'_>, (moves, survey): (&Moves<'_>, &Survey<'_>)) {
    // What is not there is not what leaves, which is.
    let may_be_there = survey.wanted.iter().filter(|(_, subject)| !matches!(subject.state, State::Absent(_)));
    let on_workers = may_be_there.map(|(id, _)| id).filter(|id| id.system == System::Connect);
    let wanted: BTreeMap<_, &ResourceId> =
        on_workers.filter_map(|id| Some((called(survey, id)?, id))).collect();
    let doubted = survey.leaving.keys().filter_map(|id| {
        let other = *wanted.get(&called(survey, id)?)?;
        let is_told =
            moves.successor(id) == Some(other) && matches!(decisions.get(other), Some(Decision::Hold(_)));
        (matches!(decisions.get(*id), Some(Decision::Do(_))) && !is_told).then_some((*id, other))
    });
    for (id, other) in doubted.collect::<Vec<_>>() {
        let message = format!(
            "{other} is in Git, and may be this one: the workers behind both keep everything on one Kafka cluster. \
             evenkeel forget {id} lets it be"
        );
        let held = Held::Ambiguous(message);
        if let Some(decision) = decisions.get_mut(id) {
            *decision = hold(id, HeldChange::Delete, Reason::NoLongerWanted, held, Vec::new());
        }
    }
}

/// What a connector is called among those of all workers on one Kafka cluster.
fn called<'a>(survey: &Survey<'a>, id: &'a ResourceId) -> Option<(&'a str, &'a str)> {
    let is_connector = id.system == System::Connect;
    let who = survey.answering.get(&id.connection_id()).filter(|_| is_connector)?;
    Some((who, &id.name))
}
