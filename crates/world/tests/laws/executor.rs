//! Carries a plan out, step by step: order, precondition, send, gate, ledger.

use super::{Bench, Without};
use evenkeel_core::engine::id::{ResourceId, StepId};
use evenkeel_core::engine::ledger::Row;
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::{Form, Plan, forms};
use evenkeel_core::engine::policy::ChangeAction;
use evenkeel_core::engine::question::{Answer, Question, Seen};
use evenkeel_core::engine::step::{
    Action, Condition, Expects, Gate, Operation, Outcome, Readiness, Step, WriteMode,
};
use evenkeel_core::engine::wanted::Desired;
use evenkeel_core::resources::{readiness, remember};
use evenkeel_world::Send;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A step that was sent, and what was there of all it needs at that moment.
#[derive(Clone, Debug)]
pub(crate) struct SentStep {
    pub address: ResourceId,
    /// Nothing where the system is not touched.
    pub does: Option<ChangeAction>,
    /// Needs that were not there, or not ready.
    pub unmet: Vec<ResourceId>,
    /// What was there and still used it, for deletions.
    pub users: Vec<ResourceId>,
    pub outcome: Outcome,
}

impl SentStep {
    pub(crate) fn deletes(&self) -> bool {
        self.does == Some(ChangeAction::Delete)
    }
}

/// Returns what a step does, as policies call it.
fn what(action: &Action) -> Option<ChangeAction> {
    match action {
        Action::Write { mode: WriteMode::Create, .. } => Some(ChangeAction::Create),
        Action::Write { mode: WriteMode::Adopt, .. } => Some(ChangeAction::Adopt),
        Action::Write { mode: WriteMode::Own, .. } => Some(ChangeAction::Own),
        Action::Write { mode: WriteMode::Update, .. } | Action::Confirm { .. } => Some(ChangeAction::Update),
        Action::Delete { uid: _ } => Some(ChangeAction::Delete),
        Action::Operation(_) => None,
    }
}

pub(crate) fn carry_out(bench: &mut Bench, desired: &Desired, plan: &Plan, known: &Live) {
    let inputs = bench.inputs(desired);
    let mut done: BTreeSet<StepId> = BTreeSet::new();
    let mut waiting: Vec<&Step> = plan.steps.iter().collect();
    if bench.without.contains(&Without::Order) {
        waiting.reverse();
    }
    let in_order = !bench.without.contains(&Without::Order);
    while let Some(at) = waiting.iter().position(|step| !in_order || step.after.is_subset(&done)) {
        if bench.budget == 0 {
            return;
        }
        bench.budget -= 1;
        let step = waiting.remove(at);
        // Kinds that this very plan makes known are read through their own schemas.
        let forms = forms(&inputs, known);
        if carry_out_step(bench, desired, step, &forms) {
            done.insert(step.id.clone());
        }
    }
}

fn read(bench: &mut Bench, id: &ResourceId) -> Option<Seen> {
    match bench.answer(&Question::Object(id.clone())) {
        Answer::Seen(seen) => Some(seen),
        _ => None,
    }
}

fn carry_out_step(
    bench: &mut Bench,
    desired: &Desired,
    step: &Step,
    forms: &BTreeMap<ResourceId, Form>,
) -> bool {
    // What is read here settles steps, so nothing may be left out of it.
    bench.sandbox.forget_expectations();
    let found = read(bench, &step.address);
    if let (Expects::Absent, Some(_)) = (&step.expects, &found) {
        return false;
    }
    let unmet = desired.resources.get(&step.address).map(|wanted| wanted.needs.clone()).unwrap_or_default();
    let unmet = unmet.into_iter().filter(|need| !is_ready(bench, need)).collect();
    let does = what(&step.action);
    let users =
        if does == Some(ChangeAction::Delete) { users_of(bench, desired, &step.address) } else { Vec::new() };
    let takes_over = if bench.without.contains(&Without::TakingOver) { &[][..] } else { &step.takes_over };
    let precondition = found.as_ref().map(|seen| (&seen.uid, &*seen.version));
    let send =
        Send { address: &step.address, action: &step.action, revealed: None, precondition, takes_over };
    let outcome = bench.sandbox.send(&send);
    let address = step.address.clone();
    bench.sent.push(SentStep { address, does, unmet, users, outcome: outcome.clone() });
    let Outcome::Done(receipt) = outcome else { return false };
    record(bench, desired, step, receipt.seen.as_ref(), forms);
    let gate = step.done_when.as_ref().filter(|_| !bench.without.contains(&Without::Gates));
    gate.is_none_or(|gate| wait(bench, gate))
}

/// Returns what is there, leaves as well, and needed this when it was applied.
fn users_of(bench: &mut Bench, desired: &Desired, id: &ResourceId) -> Vec<ResourceId> {
    let leaving = bench.ledger.rows.iter().filter(|(user, _)| !desired.resources.contains_key(*user));
    let rows = leaving.filter(|(_, row)| row.needs.contains(id));
    let users: Vec<ResourceId> = rows.map(|(user, _)| user.clone()).collect();
    users.into_iter().filter(|user| read(bench, user).is_some()).collect()
}

fn is_ready(bench: &mut Bench, id: &ResourceId) -> bool {
    read(bench, id).is_some_and(|seen| readiness(&seen) == Readiness::Ready)
}

fn record(
    bench: &mut Bench,
    desired: &Desired,
    step: &Step,
    seen: Option<&Seen>,
    forms: &BTreeMap<ResourceId, Form>,
) {
    if bench.without.contains(&Without::Ledger) {
        return;
    }
    let now = bench.sandbox.world.now();
    match (&step.action, seen, forms.get(&step.address)) {
        (
            Action::Delete { uid: _ } | Action::Operation(Operation::RecordGone | Operation::Release { .. }),
            _,
            _,
        ) => {
            bench.ledger.rows.remove(&step.address);
        }
        (_, Some(seen), Some(form)) => {
            let needs =
                desired.resources.get(&step.address).map(|wanted| wanted.needs.iter().cloned().collect());
            let row = Row {
                uid: seen.uid.clone(),
                remembered: remember(&form.normal, seen),
                since: now,
                revision: None,
                generated: evenkeel_core::engine::ledger::Generated::Nothing,
                needs: needs.unwrap_or_default(),
                origin: evenkeel_core::engine::ledger::Origin::Known,
            };
            bench.ledger.rows.insert(step.address.clone(), row);
        }
        (_, _, _) => {}
    }
}

/// Lets time pass until a gate is met, as long as its patience lasts.
fn wait(bench: &mut Bench, gate: &Gate) -> bool {
    let tick = Duration::from_secs(1);
    let mut waited = Duration::ZERO;
    while waited < gate.patience {
        let met = match &gate.condition {
            Condition::Ready(id) => is_ready(bench, id),
            Condition::Gone(id, uid) => read(bench, id).is_none_or(|seen| seen.uid != *uid),
            Condition::Neo4j(watch) => {
                let answers: BTreeMap<Question, Answer> = watch
                    .asks()
                    .into_iter()
                    .map(|question| (question.clone(), bench.answer(&question)))
                    .collect();
                watch.judge(&|question| answers.get(question)) == Readiness::Ready
            }
        };
        if met {
            return true;
        }
        bench.sandbox.world.advance(tick);
        waited += tick;
    }
    false
}
