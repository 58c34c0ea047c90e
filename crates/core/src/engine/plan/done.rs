//! What of a reviewed plan was carried out already, by an apply of that very plan that was killed.

use super::Plan;
use crate::engine::fingerprint::DigestedUnder;
use crate::engine::journal::{Settled, StepKey};
use crate::engine::ledger::Book;
use crate::engine::step::{Action, Step, WriteMode};

/// Tells whether a step was carried out by an apply of this plan.
///
/// Something being ours proves nothing of an update or a deletion: those may never have begun.
#[must_use]
pub fn was_done(step: &Step, plan: &Plan, book: &Book) -> bool {
    let is_ours = book.row(&step.address).is_some();
    if !plan.goal.is_of_git() {
        // What was to go is gone.
        return !is_ours;
    }
    let Some(begun) = book.apply().filter(|apply| apply.plan == plan.id) else { return false };
    let key = StepKey { apply: begun.apply.clone(), step: step.id.clone() };
    let settled = book.settled(&key, &step.address).map(|settled| &settled.how);
    matches!(settled, Some(Settled::Done { uid: _, left: _, found: _ }))
        || (is_ours && is_named_anew(step, plan))
}

/// Names of steps cover digests, and before the first apply those were made under a key that nobody kept: what such a plan
/// made has another name by now.
fn is_named_anew(step: &Step, plan: &Plan) -> bool {
    let makes_it_ours = match &step.action {
        Action::Write { mode, config: _, wanted: _ } => matches!(mode, WriteMode::Create | WriteMode::Adopt),
        Action::Confirm { .. } | Action::Delete { uid: _ } | Action::Operation(_) => false,
    };
    makes_it_ours && plan.digested_under == DigestedUnder::ThrownAwayKey
}
