//! What moves by being made anew goes on where the old one stands: the new one is made standing still, the old one is
//! stopped and read for the last time, and only then does the new one run and the old one go.
//!
//! Each of these is a step, and each looks again at what is there: an apply that was killed in between is continued by the
//! steps that are left, as they follow from what is live.

use super::approve::Approvals;
use super::decide::{Decision, hold};
use super::draft::{Draft, PATIENCE};
use super::forms::Form;
use super::freeze::Decisions;
use super::moves::{Moves, is_deletion, makes_anew};
use super::survey::{State, Survey};
use super::{Held, HeldChange, Immovable};
use crate::engine::id::{ResourceId, Uid};
use crate::engine::question::Seen;
use crate::engine::sketch::Sketch;
use crate::engine::step::{Action, Condition, Expects, Gate, Operation, OwnOffsets, Reason, Risk, WriteMode};
use crate::engine::wanted::ApprovedAction;
use crate::resources;
use std::sync::Arc;

/// Puts the steps of a move that keeps its place between making the new one and deleting the old one.
pub(super) fn carry_offsets(
    decisions: &mut Decisions<'_>,
    (moves, survey): (&Moves<'_>, &Survey<'_>),
    approvals: &Approvals<'_>,
) {
    for (from, to) in moves.made_anew().filter(|(from, to)| keeps_its_place(from, to)) {
        if !goes(decisions, from) {
            wait_for_its_place(decisions, (from, to), survey);
            continue;
        }
        let Some(State::Absent(_) | State::Compared { .. }) =
            survey.wanted.get(to).map(|subject| &subject.state)
        else {
            continue;
        };
        if from.connection_id() != to.connection_id() {
            keep_strangers_apart(decisions, (from, to), survey);
            continue;
        }
        let Some(old) = survey.seen(from) else { continue };
        let carried = match survey.wanted.get(to).map(|subject| &subject.state) {
            Some(State::Absent(form)) => carry_to_new(decisions, (from, to), (form, approvals)),
            Some(State::Compared { form, seen, verdict: _ }) if resources::is_stopped(seen) => {
                carry_to_stopped(decisions, (from, to), ((form, seen), approvals))
            }
            // It runs: it has its place by now, whoever gave it.
            Some(State::Compared { .. } | State::Refused(_) | State::Unreadable(_)) | None => false,
        };
        if carried && let Some(Decision::Do(drafts)) = decisions.get_mut(from) {
            let because = drafts.first().map_or(Reason::NoLongerWanted, |draft| draft.because.clone());
            drafts.insert(0, stop(from, old, because));
        }
    }
}

fn keeps_its_place(from: &ResourceId, to: &ResourceId) -> bool {
    resources::has_offsets(from) && resources::has_offsets(to)
}

fn goes(decisions: &Decisions<'_>, from: &ResourceId) -> bool {
    matches!(decisions.get(from), Some(Decision::Do(drafts)) if drafts.iter().any(is_deletion))
}

/// What an apply that was killed left standing still under the new name does not run before it has its place.
fn wait_for_its_place(
    decisions: &mut Decisions<'_>,
    (from, to): (&ResourceId, &ResourceId),
    survey: &Survey<'_>,
) {
    let stands_still = survey.seen(to).is_some_and(resources::is_stopped);
    let Some(Decision::Do(drafts)) = decisions.get(to).filter(|_| stands_still) else { return };
    let held = match decisions.get(from) {
        Some(Decision::Hold(_)) => Held::WaitsFor(vec![from.clone()]),
        Some(Decision::Keep | Decision::Do(_)) | None => {
            Held::CannotMove { from: from.clone(), why: Immovable::Gone }
        }
    };
    let fields = drafts.iter().flat_map(|draft| draft.fields.iter().cloned()).collect();
    let decision = hold(to, HeldChange::Update, Reason::MovedFrom(from.clone()), held, fields);
    if let Some(place) = decisions.get_mut(to) {
        *place = decision;
    }
}

/// Other workers do not know where the old one stands; and what has the new address there and is not ours is somebody
/// else's, and nothing that moved.
fn keep_strangers_apart(
    decisions: &mut Decisions<'_>,
    (from, to): (&ResourceId, &ResourceId),
    survey: &Survey<'_>,
) {
    let is_ours = survey.wanted.get(to).is_some_and(|subject| subject.row.is_some());
    if let Some(decision @ Decision::Do(_)) = decisions.get_mut(to)
        && !is_ours
    {
        let change = if makes_anew(decision) { HeldChange::Create } else { HeldChange::Update };
        let held = Held::CannotMove { from: from.clone(), why: Immovable::ElsewhereKept };
        *decision = hold(to, change, Reason::MovedFrom(from.clone()), held, Vec::new());
    }
}

/// Tells whether something is about to get its place from what it takes the place of.
pub(super) fn gets_its_place(decision: &Decision) -> bool {
    let is_carried = |draft: &Draft| {
        matches!(draft.action, Action::Operation(Operation::CarryOffsets { from: _, own: _ }))
    };
    match decision {
        Decision::Do(drafts) => drafts.iter().any(is_carried),
        Decision::Keep | Decision::Hold(_) => false,
    }
}

fn carry_to_new(
    decisions: &mut Decisions<'_>,
    (from, to): (&ResourceId, &ResourceId),
    (form, approvals): (&Form, &Approvals<'_>),
) -> bool {
    let Some(Decision::Do(drafts)) = decisions.get_mut(to) else { return false };
    let Some(create) = drafts.first_mut() else { return false };
    let Action::Write { mode: WriteMode::Create, config, wanted } = &mut create.action else { return false };
    let runs = resources::stand_still(Arc::make_mut(config), wanted);
    let made = Expects::Seen(wanted.clone());
    let because = create.because.clone();
    drafts.push(carry(to, from, made.clone(), (&because, approvals)));
    if runs {
        drafts.push(Draft { expects: made, ..Draft::start(to, form, because) });
    }
    true
}

fn carry_to_stopped(
    decisions: &mut Decisions<'_>,
    (from, to): (&ResourceId, &ResourceId),
    ((form, seen), approvals): ((&Form, &Seen), &Approvals<'_>),
) -> bool {
    let Some(decision) = decisions.get_mut(to) else { return false };
    let because = Reason::MovedFrom(from.clone());
    let expects = Expects::Seen(resources::sketch_seen(&form.normal, seen));
    let first = carry(to, from, expects, (&because, approvals));
    match decision {
        Decision::Keep => *decision = Decision::Do(vec![first]),
        Decision::Do(drafts) => {
            for draft in drafts.iter_mut() {
                draft.because = because.clone();
            }
            drafts.insert(0, first);
        }
        Decision::Hold(_) => return false,
    }
    true
}

fn carry(
    to: &ResourceId,
    from: &ResourceId,
    expects: Expects,
    (because, approvals): (&Reason, &Approvals<'_>),
) -> Draft {
    // What has offsets is known by its name, also in an earlier life and before it is there again.
    let uid = Uid::new(Arc::clone(&to.name));
    let approval = approvals.find(to, ApprovedAction::ResetOffsets, Some(&uid));
    let own = if approval.is_some() { OwnOffsets::Replace } else { OwnOffsets::Keep };
    let action = Action::Operation(Operation::CarryOffsets { from: from.clone(), own });
    let draft = Draft::new(to, action, expects, because.clone());
    Draft { approvals: approval.cloned().into_iter().collect(), ..draft }
}

/// Its tasks end a moment after it is told to stop, and say last where they stand.
fn stop(from: &ResourceId, seen: &Seen, because: Reason) -> Draft {
    let uid = Some(seen.uid.clone());
    let left = Sketch { uid: uid.clone(), ..resources::stopped() };
    let expects = Expects::Seen(Sketch { uid, places: Vec::new() });
    let condition = Condition::Ready(from.clone());
    let done_when = Some(Gate { condition, patience: PATIENCE, stable_for: resources::LAST_WORDS });
    let draft = Draft::new(from, Action::Operation(Operation::Stop { left }), expects, because);
    Draft { done_when, risk: Risk::Downtime, ..draft }
}
