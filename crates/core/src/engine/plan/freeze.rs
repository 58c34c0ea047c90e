//! Holds what would be done to resources whose needs are held, unreadable or still in use.

use super::decide::{Decision, hold};
use super::order::Needs;
use super::{Held, HeldChange};
use crate::engine::id::ResourceId;
use crate::engine::ledger::Ledger;
use crate::engine::step::{Action, Reason, WriteMode};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of each resource.
pub(super) type Decisions = BTreeMap<ResourceId, Decision>;

/// Holds every step whose needs are not met, and every deletion of what a held resource still uses.
///
/// Repeats until nothing changes: what waits makes others wait. Each pass holds at least one more, so it ends.
pub(super) fn freeze(decisions: &mut Decisions, needs: &Needs<'_>, ledger: Option<&Ledger>) {
    let uses = uses(ledger);
    loop {
        let waiting: Vec<_> = decisions
            .iter()
            .filter_map(|(id, decision)| {
                Some((id.clone(), waits_for(id, decision, decisions, needs, &uses)?))
            })
            .collect();
        if waiting.is_empty() {
            return;
        }
        for (id, (change, because, blockers)) in waiting {
            let held = hold(&id, change, because, Held::WaitsFor(blockers), Vec::new());
            decisions.insert(id, held);
        }
    }
}

type Waiting = (HeldChange, Reason, Vec<ResourceId>);

fn waits_for(
    id: &ResourceId,
    decision: &Decision,
    decisions: &Decisions,
    needs: &Needs<'_>,
    uses: &BTreeMap<&ResourceId, BTreeSet<&ResourceId>>,
) -> Option<Waiting> {
    let Decision::Do(drafts) = decision else { return None };
    let first = drafts.first()?;
    let (change, blockers): (_, Vec<_>) = match &first.action {
        Action::Delete { uid: _ } if drafts.len() == 1 => {
            let users = uses.get(id).into_iter().flatten().copied();
            (HeldChange::Delete, users.filter(|user| stays(decisions.get(*user))).cloned().collect())
        }
        Action::Operation(_) if drafts.len() == 1 => return None,
        Action::Delete { .. } | Action::Write { .. } | Action::Confirm { .. } | Action::Operation(_) => {
            let needs = needs.get(id).copied().into_iter().flatten();
            (change_of(&first.action), needs.filter(|need| blocks(decisions.get(*need))).cloned().collect())
        }
    };
    if blockers.is_empty() { None } else { Some((change, first.because.clone(), blockers)) }
}

fn change_of(action: &Action) -> HeldChange {
    match action {
        Action::Write { mode: WriteMode::Create, .. } => HeldChange::Create,
        Action::Write { .. } | Action::Confirm { .. } | Action::Operation(_) => HeldChange::Update,
        Action::Delete { .. } => HeldChange::Replace,
    }
}

/// A contested resource is there and does its work, so what needs it goes on; any other held one blocks.
fn blocks(decision: Option<&Decision>) -> bool {
    match decision {
        Some(Decision::Hold(held)) => !matches!(held.held, Held::Contested(_)),
        Some(Decision::Keep | Decision::Do(_)) | None => false,
    }
}

/// Tells whether a user of something stays although it should go, or nobody knows.
fn stays(decision: Option<&Decision>) -> bool {
    match decision {
        Some(Decision::Hold(held)) => matches!(held.change, HeldChange::Delete | HeldChange::Unknown),
        Some(Decision::Keep | Decision::Do(_)) | None => false,
    }
}

fn uses(ledger: Option<&Ledger>) -> BTreeMap<&ResourceId, BTreeSet<&ResourceId>> {
    let mut uses: BTreeMap<&ResourceId, BTreeSet<&ResourceId>> = BTreeMap::new();
    for (user, row) in ledger.into_iter().flat_map(|ledger| &ledger.rows) {
        for need in &row.needs {
            uses.entry(need).or_default().insert(user);
        }
    }
    uses
}
