//! Holds a reviewed plan against the one that is derived now: only what comes out the same may be done.
//!
//! A step's name covers what it writes; a review covers more: what was seen there, what is taken from whom, which
//! fields change and under which approval. Digests of secrets are part of it, unless they were made under a key that nobody
//! kept, as before the first apply: those say nothing by now.

use super::whole::Company;
use super::{Held, Plan};
use crate::engine::fingerprint::DigestedUnder;
use crate::engine::id::{ResourceId, StepId};
use crate::engine::path::Path;
use crate::engine::sketch::Sketch;
use crate::engine::step::{Action, Expects, Step, WriteMode};
use crate::engine::value::{SecretRef, Value};
use crate::engine::verdict::FieldChange;
use crate::engine::wanted::Approval;
use std::collections::{BTreeMap, BTreeSet};

/// What is left of a reviewed plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// The derived plan with the reviewed steps only.
    pub plan: Plan,
    /// Reviewed steps that are not derived identically, or that need one of those.
    pub refused: Vec<Step>,
    /// Reviewed steps that a policy denies by now.
    pub denied: Vec<Step>,
    /// How many steps are derived now that nobody reviewed.
    pub unreviewed: usize,
}

/// Keeps of a derived plan what was reviewed and is not carried out yet: an apply of it that was killed is continued, in the
/// middle of a replacement or a move as well.
#[must_use]
pub fn review(reviewed: &Plan, derived: Plan, is_done: impl Fn(&Step) -> bool) -> Reviewed {
    // A plan that was made outside the windows has its steps waiting: they were reviewed all the same.
    let agreed = if reviewed.steps.is_empty() { &reviewed.waiting } else { &reviewed.steps };
    let agreed: Vec<Step> = agreed.iter().filter(|step| !is_done(step)).cloned().collect();
    if derived.steps.is_empty() && !derived.waiting.is_empty() {
        let plan = Plan { id: reviewed.id.clone(), ..derived };
        return Reviewed { plan, refused: Vec::new(), denied: Vec::new(), unreviewed: 0 };
    }
    let by_place: BTreeMap<(&ResourceId, usize), &Step> = places(&agreed).collect();
    let mut kept: BTreeSet<StepId> = BTreeSet::new();
    let comparison = Comparison::with(reviewed);
    for (place, step) in places(&derived.steps) {
        if by_place.get(&place).is_some_and(|reviewed| comparison.is_same(reviewed, step)) {
            kept.insert(step.id.clone());
        }
    }
    Company::of(&agreed, &derived.steps).drop_parts(&derived.steps, &mut kept);
    let left: BTreeSet<&ResourceId> =
        derived.steps.iter().filter(|step| kept.contains(&step.id)).map(|step| &step.address).collect();
    let gone = agreed.iter().filter(|step| !left.contains(&step.address)).cloned();
    let (denied, refused) = gone.partition(|step| is_denied(&derived, &step.address));
    let known: BTreeSet<&ResourceId> = agreed.iter().map(|step| &step.address).collect();
    let unreviewed = derived.steps.iter().filter(|step| !known.contains(&step.address)).count();
    let steps = derived.steps.iter().filter(|step| kept.contains(&step.id)).cloned().collect();
    Reviewed { plan: Plan { id: reviewed.id.clone(), steps, ..derived }, refused, denied, unreviewed }
}

/// Tells whether a plan is, step by step, the one that somebody agreed to: one that is made again may differ.
#[must_use]
pub fn is_agreed(agreed: &Plan, derived: &Plan) -> bool {
    let by_place: BTreeMap<(&ResourceId, usize), &Step> = places(&agreed.steps).collect();
    let comparison = Comparison::with(agreed);
    let is_known =
        |(place, step)| by_place.get(&place).is_some_and(|agreed| comparison.is_same(agreed, step));
    agreed.steps.len() == derived.steps.len() && places(&derived.steps).all(is_known)
}

fn is_denied(plan: &Plan, address: &ResourceId) -> bool {
    plan.held.iter().any(|held| held.address == *address && matches!(held.held, Held::Denied(_)))
}

/// Each step with its address and the how manyth of that address it is.
fn places(steps: &[Step]) -> impl Iterator<Item = ((&ResourceId, usize), &Step)> {
    let mut seen: BTreeMap<&ResourceId, usize> = BTreeMap::new();
    steps.iter().map(move |step| {
        let nth = seen.entry(&step.address).or_insert(0);
        *nth += 1;
        ((&step.address, *nth), step)
    })
}

/// How two plans are held against each other.
#[derive(Clone, Copy)]
struct Comparison {
    /// Under which key the digests of the reviewed plan were made.
    reviewed: DigestedUnder,
}

impl Comparison {
    fn with(plan: &Plan) -> Self {
        Self { reviewed: plan.digested_under }
    }

    fn is_same(self, reviewed: &Step, derived: &Step) -> bool {
        let Step {
            id: _,
            address,
            action,
            after: _,
            wave,
            expects,
            takes_over,
            gates,
            done_when,
            repeat,
            because: _,
            risk,
            fields,
            approvals,
        } = reviewed;
        *address == derived.address
            && self.is_same_action(action, &derived.action)
            && *wave == derived.wave
            && self.is_same_expectation(expects, &derived.expects, &derived.action)
            && *takes_over == derived.takes_over
            && *gates == derived.gates
            && *done_when == derived.done_when
            && *repeat == derived.repeat
            && *risk == derived.risk
            && (makes_anew(derived) || self.is_same_change(fields, &derived.fields))
            && approvals
                .iter()
                .map(Approval::fingerprint)
                .eq(derived.approvals.iter().map(Approval::fingerprint))
    }

    fn is_same_action(self, one: &Action, two: &Action) -> bool {
        match (one, two) {
            (
                Action::Write { mode, config, wanted: _ },
                Action::Write { mode: other_mode, config: other, wanted: _ },
            ) => mode == other_mode && self.comparable(config) == self.comparable(other),
            (Action::Confirm { config, wanted: _ }, Action::Confirm { config: other, wanted: _ }) => {
                self.comparable(config) == self.comparable(other)
            }
            (Action::Delete { uid }, Action::Delete { uid: other }) => uid == other,
            (Action::Operation(operation), Action::Operation(other)) => operation == other,
            (
                Action::Write { .. } | Action::Confirm { .. } | Action::Delete { .. } | Action::Operation(_),
                _,
            ) => false,
        }
    }

    fn is_same_expectation(self, one: &Expects, two: &Expects, action: &Action) -> bool {
        let is_comparable = |path: &Path| self.reviewed.is_kept() || !is_secret(action, path);
        let seen = |sketch: &Sketch| {
            let places = sketch.places.iter().filter(|(path, _)| is_comparable(path)).cloned();
            (sketch.uid.clone(), places.collect::<Vec<_>>())
        };
        match (one, two) {
            (Expects::Seen(one), Expects::Seen(two)) => seen(one) == seen(two),
            // Names of steps cover digests, and a plan of one tree leaves each thing to one step.
            (Expects::LeftBy(_), Expects::LeftBy(_)) | (Expects::Absent, Expects::Absent) => true,
            (Expects::Absent | Expects::Seen(_) | Expects::LeftBy(_), _) => false,
        }
    }

    /// The same fields with the same values on both sides; who wrote them is told, not agreed to.
    fn is_same_change(self, one: &[FieldChange], two: &[FieldChange]) -> bool {
        let told = |change: &FieldChange| {
            let FieldChange { path, live, wanted, cause: _ } = change;
            let comparable = |value: &Option<Value>| value.as_ref().map(|value| self.comparable(value));
            (path.clone(), comparable(live), comparable(wanted))
        };
        one.iter().map(told).eq(two.iter().map(told))
    }

    fn comparable(self, value: &Value) -> Value {
        match self.reviewed {
            DigestedUnder::KeptKey => value.clone(),
            DigestedUnder::ThrownAwayKey => without_digests(value),
        }
    }
}

fn without_digests(value: &Value) -> Value {
    match value {
        Value::Secret(secret) => Value::from(SecretRef { digest: None, ..SecretRef::clone(secret) }),
        Value::Opaque(_) => Value::Null,
        Value::List(items) => Value::List(items.iter().map(without_digests).collect()),
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), without_digests(item))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Output(_) => value.clone(),
    }
}

/// Where nothing is no field changes: which ones differed from what a deletion took away is no matter once that is done.
fn makes_anew(step: &Step) -> bool {
    let is_creation = matches!(&step.action, Action::Write { mode: WriteMode::Create, config: _, wanted: _ });
    is_creation && step.expects == Expects::Absent && step.fields.is_empty()
}

/// Tells whether a place of what is written holds a secret, in a list as well as in a map.
fn is_secret(action: &Action, place: &Path) -> bool {
    match action {
        Action::Write { mode: _, config, wanted: _ } | Action::Confirm { config, wanted: _ } => {
            matches!(place.find(config), Some(Value::Secret(_)))
        }
        Action::Delete { uid: _ } | Action::Operation(_) => false,
    }
}
