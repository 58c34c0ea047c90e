//! Holds what would be done to resources whose needs are held, unreadable or still in use.

use super::carry::gets_its_place;
use super::decide::{Decision, hold};
use super::moves::{Moves, is_deletion, makes_anew};
use super::order::Needs;
use super::{Held, HeldChange, Mechanism, Mechanisms};
use crate::engine::id::ResourceId;
use crate::engine::ledger::Ledger;
use crate::engine::step::{Action, Operation, Reason, WriteMode};
use crate::engine::verdict::FieldChange;
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of each resource.
pub(super) type Decisions<'a> = BTreeMap<&'a ResourceId, Decision>;

/// Holds every step whose needs are not met, and every deletion of what a held resource still uses.
///
/// What waits makes others wait: each held resource is looked at once, so a long chain costs what a short one does
/// for each of its links.
///
/// What is to go because something else takes its place waits for that, too, and what takes the place of something
/// waits for what is held there: one of two is never made while the other may not go.
pub(super) fn freeze<'a>(
    decisions: &mut Decisions<'a>,
    needs: &Needs<'a>,
    (moves, ledger): (&Moves<'a>, Option<&'a Ledger>),
    in_place: Mechanisms,
) {
    let mut unseen: Vec<&ResourceId> =
        decisions.iter().filter(|(_, decision)| is_held(decision)).map(|(id, _)| *id).collect();
    if unseen.is_empty() {
        return;
    }
    let waits = waits(decisions, needs, (moves, &uses(ledger)));
    let dependants = dependants(&waits);
    let mut frozen = BTreeSet::new();
    if !in_place.has(Mechanism::OnlyWhatNeeds) {
        frozen.extend(waits.keys().copied());
    }
    while let Some(held) = unseen.pop() {
        for id in dependants.get(held).into_iter().flatten().copied() {
            if waits[id].is_held_by(held, decisions) && frozen.insert(id) {
                decisions.insert(id, waits[id].hold(id, Vec::new()));
                unseen.push(id);
            }
        }
    }
    for id in frozen {
        let blockers = waits[id].on.iter().filter(|other| waits[id].is_held_by(other, decisions));
        let held = waits[id].hold(id, blockers.map(|other| (*other).clone()).collect());
        decisions.insert(id, if in_place.has(Mechanism::WaitingIsHeld) { held } else { Decision::Keep });
    }
}

/// What one decision depends on.
struct Wait<'a> {
    change: HeldChange,
    because: Reason,
    /// What would change is told: somebody may have changed it by hand.
    fields: Vec<FieldChange>,
    on: Vec<&'a ResourceId>,
    /// What takes its place, or what it takes the place of: held in any way, it holds this.
    other: Option<&'a ResourceId>,
}

impl Wait<'_> {
    fn is_held_by(&self, other: &ResourceId, decisions: &Decisions<'_>) -> bool {
        let decision = decisions.get(other);
        if self.other == Some(other) {
            return decision.is_some_and(is_held);
        }
        if self.change == HeldChange::Delete { stays(decision) } else { blocks(decision) }
    }

    fn hold(&self, id: &ResourceId, blockers: Vec<ResourceId>) -> Decision {
        hold(id, self.change, self.because.clone(), Held::WaitsFor(blockers), self.fields.clone())
    }
}

type Uses<'a> = BTreeMap<&'a ResourceId, Vec<&'a ResourceId>>;

fn waits<'a>(
    decisions: &Decisions<'a>,
    needs: &Needs<'a>,
    (moves, uses): (&Moves<'a>, &Uses<'a>),
) -> BTreeMap<&'a ResourceId, Wait<'a>> {
    let wait = |(id, decision): (&&'a ResourceId, &Decision)| {
        let Decision::Do(drafts) = decision else { return None };
        let (first, last) = (drafts.first()?, drafts.last()?);
        let takes_its_place = makes_anew(decision) || gets_its_place(decision);
        let other = moves.successor(id).or_else(|| moves.predecessor(id).filter(|_| takes_its_place));
        let (change, mut on) = match &first.action {
            _ if is_deletion(last) => (HeldChange::Delete, uses.get(id).cloned().unwrap_or_default()),
            Action::Operation(Operation::RecordMovedTo { to: _ }) => (HeldChange::Update, Vec::new()),
            // A record of what is gone touches nothing; but what was to move from there is not forgotten by it.
            Action::Operation(Operation::RecordGone) if other.is_some() => (HeldChange::Update, Vec::new()),
            Action::Operation(_) if drafts.len() == 1 => return None,
            action => (change_of(action), needs.get(id).copied().into_iter().flatten().collect()),
        };
        on.extend(other);
        let fields = drafts.iter().flat_map(|draft| draft.fields.iter().cloned()).collect();
        Some((*id, Wait { change, because: first.because.clone(), fields, on, other }))
    };
    decisions.iter().filter_map(wait).collect()
}

fn dependants<'a>(waits: &BTreeMap<&'a ResourceId, Wait<'a>>) -> Uses<'a> {
    let mut dependants = Uses::new();
    for (id, wait) in waits {
        for other in &wait.on {
            dependants.entry(other).or_default().push(id);
        }
    }
    dependants
}

fn change_of(action: &Action) -> HeldChange {
    match action {
        Action::Write { mode: WriteMode::Create, .. } => HeldChange::Create,
        Action::Operation(Operation::Release { .. } | Operation::RecordUnseen) => HeldChange::Forget,
        Action::Write { .. } | Action::Confirm { .. } | Action::Operation(_) => HeldChange::Update,
        Action::Delete { .. } => HeldChange::Replace,
    }
}

fn is_held(decision: &Decision) -> bool {
    match decision {
        Decision::Hold(_) => true,
        Decision::Keep | Decision::Do(_) => false,
    }
}

/// A contested resource is there and does its work, so what needs it goes on, and so is one that keeps its secrets;
/// any other held one blocks.
fn blocks(decision: Option<&Decision>) -> bool {
    match decision {
        Some(Decision::Hold(held)) => match held.held {
            Held::Contested(_) => false,
            Held::SecretUnread(_) => held.change == HeldChange::Create,
            // Nobody makes it anew, so it stays what it is.
            Held::Impossible(_) => held.change != HeldChange::Replace,
            Held::Unreadable(_)
            | Held::Denied(_)
            | Held::NeedsApproval(_)
            | Held::NotOwned
            | Held::Foreign(_)
            | Held::WaitsFor(_)
            | Held::OverLimit { deletes: _, allowed: _ }
            | Held::HoldsData
            | Held::OutsideWindow { opens: _ }
            | Held::Unsettled(_)
            | Held::Ambiguous(_)
            | Held::Namesake { wanted: _ }
            | Held::Rejected(_)
            | Held::CannotMove { .. } => true,
        },
        Some(Decision::Keep | Decision::Do(_)) | None => false,
    }
}

/// Tells whether a user of something stays as it was applied: only what is not there uses nothing.
fn stays(decision: Option<&Decision>) -> bool {
    match decision {
        Some(Decision::Hold(held)) => held.change != HeldChange::Create,
        Some(Decision::Keep | Decision::Do(_)) | None => false,
    }
}

fn uses(ledger: Option<&Ledger>) -> Uses<'_> {
    let mut uses = Uses::new();
    for (user, row) in ledger.into_iter().flat_map(|ledger| &ledger.rows) {
        for need in &row.needs {
            uses.entry(need).or_default().push(user);
        }
    }
    uses
}
