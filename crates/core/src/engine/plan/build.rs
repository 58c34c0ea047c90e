//! Makes the plan: looks at everything, decides about each resource, freezes, brakes, orders, and names the result.

use super::advice::advise;
use super::approve::Approvals;
use super::carry::carry_offsets;
use super::claim::{Stage, catch_up, claim, counted, lift, weigh};
use super::decide::{Decision, decide, hold};
use super::deny::deny;
use super::deserted::doubt_deserted;
use super::draft::Draft;
use super::freeze::{Decisions, freeze};
use super::goal::Goal;
use super::inputs::Inputs;
use super::leaving::decide_leaving;
use super::lost::hold_what_is_lost;
use super::moves::{Moves, tell_moves};
use super::namesakes::doubt_namesakes;
use super::order::{Needs, order};
use super::survey::{State, Survey};
use super::{Held, HeldChange, HeldResource, Plan, Tally, Unknown, Unwell};
use crate::engine::fingerprint::{Digest, DigestedUnder};
use crate::engine::id::{EnvironmentName, PlanId, ResourceId, TreeHash};
use crate::engine::live::Live;
use crate::engine::question::{Question, Scope, Why};
use crate::engine::step::{Action, Operation, Reason, Step, WriteMode};
use crate::engine::windows::Standing;
use crate::resources;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Makes the plan from what was looked at.
///
/// # Errors
///
/// Returns what must be asked first.
pub(super) fn assemble(
    inputs: &Inputs,
    survey: &Survey<'_>,
    known: &Live,
    now: Timestamp,
) -> Result<Plan, Vec<Question>> {
    let ledger = inputs.history.ledger();
    let mut decisions = decisions(inputs, survey, now);
    let moves = Moves::of(survey);
    tell_moves(&mut decisions, &moves);
    let approvals = Approvals::of(inputs, now);
    carry_offsets(&mut decisions, (&moves, survey), &approvals);
    doubt_namesakes(&mut decisions, (&moves, survey), &approvals);
    let needs: Needs<'_> = survey.wanted.iter().map(|(id, subject)| (id, &subject.needs)).collect();
    hold_what_is_lost(&mut decisions, inputs, survey);
    let stage = Stage { inputs, survey, known, needs: &needs, moves: &moves };
    lift(&mut decisions, &stage);
    weigh(&mut decisions, &stage);
    catch_up(&mut decisions, &stage);
    let remarks = deny(&mut decisions, survey, inputs, now);
    freeze(&mut decisions, &needs, (&moves, ledger), inputs.mechanisms);
    brake(&mut decisions, inputs);
    let claimed = claim(&mut decisions, &stage)?;
    name_incarnations(&mut decisions, survey);
    let tally = tally(survey, &decisions);
    let unwell = unwell(survey, &decisions);
    let advice = advise(&decisions, &stage, now)?;
    let unknown = unknown(&decisions);
    let (drafts, held) = split(decisions, claimed);
    let steps = inputs.mechanisms.sort(order(drafts, &needs, (&moves, ledger)), known);
    let (steps, waiting, held) = in_windows(steps, held, inputs.desired.windows.at(now));
    Ok(named(Plan {
        id: PlanId::new(""),
        environment: inputs.desired.environment.clone(),
        tree: inputs.desired.tree.clone(),
        revision: inputs.revision.clone(),
        seen: known.oldest(),
        steps,
        waiting,
        held,
        unknown,
        tally,
        expected_deletes: inputs.expected_deletes,
        remarks,
        unwell,
        advice,
        base: inputs.base.clone(),
        goal: inputs.goal.clone(),
        digested_under: inputs.digested_under,
    }))
}

fn decisions<'a>(inputs: &Inputs, survey: &'a Survey<'_>, now: Timestamp) -> Decisions<'a> {
    let approvals = Approvals::of(inputs, now);
    let wanted = survey.wanted.iter().map(|(id, subject)| {
        let decision = match inputs.blocked.get(id) {
            Some(doubt) => in_doubt(id, doubt),
            None => decide(id, subject, inputs, &approvals),
        };
        (id, decision)
    });
    let leaving = survey.leaving.iter().map(|(id, leaving)| {
        let decision = match inputs.blocked.get(*id) {
            Some(doubt) => in_doubt(id, doubt),
            None => decide_leaving(id, leaving, inputs, &approvals),
        };
        (*id, decision)
    });
    let mut decisions = wanted.chain(leaving).collect();
    doubt_deserted(&mut decisions, survey, &approvals);
    decisions
}

fn in_doubt(id: &ResourceId, doubt: &str) -> Decision {
    let told = format!("an earlier apply left something here: {doubt}");
    hold(id, HeldChange::Unknown, Reason::Doubtful, Held::Ambiguous(told), Vec::new())
}

/// The mass-delete brake: over the limit and over a tenth of what is ours, or another number than expected.
fn brake(decisions: &mut Decisions<'_>, inputs: &Inputs) {
    if let Goal::Destroy { data: _ } = inputs.goal {
        // That everything goes is what was asked for. Whoever asks named the environment or counted what goes, for a
        // plan that was written into a file as well: the file by itself is no permission.
        return;
    }
    let leaving: Vec<&ResourceId> =
        decisions.iter().filter(|(_, decision)| is_removal(decision)).map(|(id, _)| *id).collect();
    let deletes = u32::try_from(counted(&leaving, inputs).len()).unwrap_or(u32::MAX);
    let allowed = inputs.desired.limits.max_deletes;
    let rows = inputs.history.ledger().map_or(0, |ledger| ledger.rows.len());
    let too_many = deletes > allowed && leaving.len() * 10 > rows;
    let surprising = inputs.expected_deletes.map_or(too_many, |expected| expected != deletes);
    if deletes == 0 || !surprising {
        return;
    }
    for id in leaving {
        let over = Held::OverLimit { deletes, allowed };
        let held = hold(id, HeldChange::Delete, Reason::NoLongerWanted, over, Vec::new());
        decisions.insert(id, held);
    }
}

/// Says of what is held which incarnation is there, so that an Approval can be for this one.
fn name_incarnations(decisions: &mut Decisions<'_>, survey: &Survey<'_>) {
    for (id, decision) in decisions {
        if let (Decision::Hold(held), Some(seen)) = (decision, survey.seen(id)) {
            held.uid = Some(seen.uid.clone());
        }
    }
}

fn is_removal(decision: &Decision) -> bool {
    let Decision::Do(drafts) = decision else { return false };
    drafts
        .iter()
        .any(|draft| matches!(draft.action, Action::Delete { .. }) && draft.because == Reason::NoLongerWanted)
}

fn tally(survey: &Survey<'_>, decisions: &Decisions<'_>) -> Tally {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let kept = decisions.values().filter(|decision| matches!(decision, Decision::Keep)).count();
    let compared =
        survey.wanted.values().filter(|subject| matches!(subject.state, State::Compared { .. })).count();
    Tally { wanted: count(survey.wanted.len()), compared: count(compared), same: count(kept) }
}

fn unwell(survey: &Survey<'_>, decisions: &Decisions<'_>) -> Vec<Unwell> {
    let kept = decisions.iter().filter(|(_, decision)| matches!(decision, Decision::Keep));
    let unwell = kept.filter_map(|(id, _)| {
        let why = resources::unwell(survey.seen(id)?)?;
        Some(Unwell { address: (*id).clone(), why })
    });
    unwell.collect()
}

fn unknown(decisions: &Decisions<'_>) -> Vec<Unknown> {
    let mut scopes: BTreeMap<(Scope, Why), u32> = BTreeMap::new();
    for (id, decision) in decisions {
        if let Decision::Hold(held) = decision
            && let Held::Unreadable(why) = &held.held
        {
            *scopes.entry((Scope::of(id), why.clone())).or_default() += 1;
        }
    }
    scopes.into_iter().map(|((scope, why), resources)| Unknown { scope, why, resources }).collect()
}

/// Drafts come by address, and in the order in which they were decided on one address.
fn split(decisions: Decisions<'_>, claimed: Vec<Draft>) -> (Vec<Draft>, Vec<HeldResource>) {
    let (mut drafts, mut held) = (claimed, Vec::new());
    for decision in decisions.into_values() {
        match decision {
            Decision::Keep => {}
            Decision::Do(steps) => drafts.extend(steps),
            Decision::Hold(resource) => held.push(*resource),
        }
    }
    drafts.sort_by(|one, two| one.address.cmp(&two.address));
    (drafts, held)
}

/// Outside the windows nothing is written, whatever it is: each step waits, and each resource is held once.
fn in_windows(
    steps: Vec<Step>,
    mut held: Vec<HeldResource>,
    standing: Standing,
) -> (Vec<Step>, Vec<Step>, Vec<HeldResource>) {
    let Standing::Closed { opens } = standing else { return (steps, Vec::new(), held) };
    let mut told: BTreeSet<ResourceId> = BTreeSet::new();
    for step in &steps {
        if !told.insert(step.address.clone()) {
            continue;
        }
        held.push(HeldResource {
            address: step.address.clone(),
            change: would(step),
            because: step.because.clone(),
            held: Held::OutsideWindow { opens },
            fields: step.fields.clone(),
            uid: None,
        });
    }
    held.sort_by(|one, two| one.address.cmp(&two.address));
    (Vec::new(), steps, held)
}

/// The first step on a resource says what becomes of it: a replacement begins with a deletion.
fn would(step: &Step) -> HeldChange {
    match &step.action {
        Action::Write { mode: WriteMode::Create, config: _, wanted: _ } => HeldChange::Create,
        Action::Operation(Operation::Release { .. } | Operation::RecordUnseen) => HeldChange::Forget,
        // What goes because something else takes its place is stopped first.
        Action::Operation(Operation::Stop { left: _ }) => HeldChange::Delete,
        Action::Write { .. } | Action::Confirm { .. } | Action::Operation(_) => HeldChange::Update,
        Action::Delete { uid: _ } if step.because.leaves() => HeldChange::Delete,
        Action::Delete { uid: _ } => HeldChange::Replace,
    }
}

/// Names the plan by everything in it but the time at which reality was read.
pub(super) fn named(plan: Plan) -> Plan {
    Plan { id: plan.name(), ..plan }
}

impl Plan {
    /// Returns a plan of nothing but steps, as simulations carry it out: nothing is held, waits or is unknown.
    #[must_use]
    pub fn of_steps(id: PlanId, environment: EnvironmentName, tree: TreeHash, steps: Vec<Step>) -> Self {
        Self {
            id,
            environment,
            tree,
            revision: None,
            seen: None,
            steps,
            waiting: Vec::new(),
            held: Vec::new(),
            unknown: Vec::new(),
            tally: Tally::default(),
            expected_deletes: None,
            remarks: Vec::new(),
            unwell: Vec::new(),
            advice: Vec::new(),
            base: None,
            goal: Goal::Converge,
            digested_under: DigestedUnder::KeptKey,
        }
    }

    /// Returns the name that this plan must have: a digest over everything in it but the time of reading.
    #[must_use]
    pub fn name(&self) -> PlanId {
        let Self {
            id: _,
            environment,
            tree,
            revision,
            seen: _,
            steps,
            waiting,
            held,
            unknown,
            tally,
            expected_deletes,
            remarks,
            unwell: _,
            advice: _,
            base,
            goal,
            digested_under,
        } = self;
        let all =
            (environment, tree, revision, steps, waiting, held, unknown, tally, expected_deletes, remarks);
        let digest = match (base, goal) {
            (None, Goal::Converge) => Digest::of_written(&all),
            (Some(base), Goal::Converge) => Digest::of_written(&(all, base)),
            (base, goal @ (Goal::Destroy { .. } | Goal::Forget { .. })) => {
                Digest::of_written(&(all, base, goal))
            }
        };
        let digest = match digested_under {
            DigestedUnder::KeptKey => digest,
            DigestedUnder::ThrownAwayKey => Digest::of_written(&(digest, digested_under)),
        };
        PlanId::new(digest.short(12))
    }
}
