//! What is wanted in a simulation, and a planner just good enough for it.

use super::moving::Moves;
use super::target::{Target, body};
use evenkeel_core::engine::apply::{Extra, Precondition, Run, StepEnd};
use evenkeel_core::engine::id::{PlanId, ResourceId, StepId, TreeHash};
use evenkeel_core::engine::ledger::{Book, Standing};
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::sketch::Sketch;
use evenkeel_core::engine::step::{Action, Condition, Expects, Gate, Reason, Repeat, Risk, Step, WriteMode};
use evenkeel_core::engine::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// The resources of an environment; each but the first may need the one before it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// In this order.
    pub specs: Vec<Spec>,
    /// How long what the target names itself may take to show.
    pub visible_after: Duration,
    /// How rows move.
    pub moves: Moves,
}

/// One resource.
#[derive(Clone, Debug)]
pub struct Spec {
    /// How it is brought about.
    pub sort: Sort,
    /// Its address.
    pub id: ResourceId,
    /// It needs the resource before it.
    pub needs_previous: bool,
    /// How soon it is ready.
    pub ready: Ready,
}

/// How soon a resource is ready once it is as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// Nobody waits for it.
    AtOnce,
    /// It takes a while, and who needs it waits.
    Later,
}

/// How long [`Ready::Later`] takes.
pub(super) const WARMING: Duration = Duration::from_millis(900);

/// How a resource is brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Stop, patch, resume: three writes to what is there.
    Chain,
    /// Changed where the target itself compares the version: nothing is read before the first send.
    Pinned,
    /// Created under our name.
    Named,
    /// Created under a name of the target's choice.
    Once,
    /// Changed by something that may be done at most once.
    AtMostOnce,
    /// Changed by an operation that takes a while and gives a receipt.
    Slow,
    /// Deleted.
    Gone,
    /// Ours under an address that it has no longer.
    Moved,
}

impl Spec {
    /// Returns the values that the resource goes through in a tree.
    pub(super) fn values(&self, tree: i64) -> Vec<i64> {
        match self.sort {
            Sort::Chain => vec![10 * tree + 1, 10 * tree + 2, 10 * tree + 3],
            Sort::Pinned => vec![10 * tree + 6],
            Sort::Named => vec![7],
            Sort::Once => vec![1],
            Sort::AtMostOnce => vec![5],
            Sort::Slow => vec![10 * tree + 4],
            Sort::Gone | Sort::Moved => Vec::new(),
        }
    }

    /// Puts what is there before the simulation begins.
    pub(super) fn prepare(&self, target: &mut Target) {
        match self.sort {
            Sort::Chain | Sort::Pinned | Sort::AtMostOnce | Sort::Slow | Sort::Gone => {
                target.put(&self.id, 0);
            }
            Sort::Named | Sort::Once => {}
            Sort::Moved => self.old_address().into_iter().for_each(|old| target.rename(&old, &self.id)),
        }
    }

    /// Tells whether the resource is as the tree wants it.
    pub(super) fn is_reached(&self, tree: i64, target: &Target, book: &Book) -> bool {
        match self.sort {
            Sort::Gone => target.thing(&self.id).is_none(),
            Sort::Once => book.row(&self.id).is_some(),
            Sort::Moved => self.has_moved(target, book),
            Sort::Named => book.row(&self.id).is_some() && self.has_last(tree, target),
            Sort::Chain | Sort::Pinned | Sort::AtMostOnce | Sort::Slow => self.has_last(tree, target),
        }
    }

    fn has_last(&self, tree: i64, target: &Target) -> bool {
        target.thing(&self.id).map(|thing| thing.value) == self.values(tree).last().copied()
    }

    /// Plans the steps from what is there, leaving out what is done.
    fn steps(&self, tree: i64, (target, book): (&Target, &Book), moves: Moves) -> Vec<Step> {
        if self.sort == Sort::Moved {
            return self.moving_steps(target, book, moves);
        }
        if self.is_reached(tree, target, book) || matches!(book.standing(&self.id), Standing::Held(_)) {
            return Vec::new();
        }
        let live = target.thing(&self.id);
        if self.sort == Sort::Gone {
            let Some(live) = live else { return Vec::new() };
            let action = Action::Delete { uid: live.uid.clone() };
            return vec![self.step("gone", action, Expects::Seen(sketch(live.value)), Repeat::Idempotent)];
        }
        let values = self.values(tree);
        let done = live.and_then(|live| values.iter().position(|value| *value == live.value));
        let first = done.filter(|done| done + 1 < values.len()).map_or(0, |done| done + 1);
        let mut steps: Vec<Step> = Vec::new();
        for value in &values[first..] {
            let expects = match (steps.last(), live) {
                (Some(previous), _) => Expects::LeftBy(previous.id.clone()),
                (None, Some(live)) => Expects::Seen(sketch(live.value)),
                (None, None) => Expects::Absent,
            };
            let previous: BTreeSet<StepId> = steps.last().map(|step| step.id.clone()).into_iter().collect();
            let mode = if live.is_some() { WriteMode::Update } else { WriteMode::Create };
            let action =
                Action::Write { mode, config: Arc::new(self.config(*value)), wanted: sketch(*value) };
            let step = self.step(&value.to_string(), action, expects, self.repeat());
            steps.push(Step { after: previous, ..step });
        }
        if let (Some(last), true) = (steps.last_mut(), self.is_awaited()) {
            let condition = Condition::Ready(self.id.clone());
            let patience = Duration::from_secs(30);
            last.done_when = Some(Gate { condition, patience, stable_for: Duration::ZERO });
        }
        steps
    }

    /// Tells whether who needs it waits until it is ready.
    pub(super) fn is_awaited(&self) -> bool {
        self.ready == Ready::Later && matches!(self.sort, Sort::Chain | Sort::Named)
    }

    /// Returns what the target will compare with the first send.
    fn seen(&self, target: &Target) -> Option<Precondition> {
        if self.sort == Sort::Pinned { target.version(&self.id) } else { None }
    }

    fn config(&self, value: i64) -> Value {
        let mut config = body("value", Value::from(value));
        if let Some(map) = config.as_map_mut() {
            match self.sort {
                Sort::Once => drop(map.insert("tag".to_owned(), Value::from(&*self.id.name))),
                Sort::Slow => drop(map.insert("takes".to_owned(), Value::from(700))),
                Sort::Chain | Sort::Pinned | Sort::Named | Sort::AtMostOnce | Sort::Gone | Sort::Moved => {}
            }
        }
        config
    }

    fn repeat(&self) -> Repeat {
        match self.sort {
            Sort::Once => Repeat::CreateOnce {
                find_by: body("tag", Value::from(&*self.id.name)),
                visible_after: VISIBLE_AFTER,
            },
            Sort::AtMostOnce => Repeat::AtMostOnce,
            Sort::Chain | Sort::Pinned | Sort::Named | Sort::Slow | Sort::Gone | Sort::Moved => {
                Repeat::Idempotent
            }
        }
    }

    pub(super) fn step(&self, name: &str, action: Action, expects: Expects, repeat: Repeat) -> Step {
        Step {
            id: StepId::new(format!("{}:{name}", self.id.name)),
            address: self.id.clone(),
            action,
            after: BTreeSet::new(),
            wave: 0,
            expects,
            takes_over: Vec::new(),
            gates: Vec::new(),
            done_when: None,
            repeat,
            because: Reason::SpecEdited,
            risk: Risk::None,
            fields: Vec::new(),
            approvals: Vec::new(),
        }
    }
}

/// V of what the target names itself.
pub(super) const VISIBLE_AFTER: Duration = Duration::from_millis(500);

pub(super) fn sketch(value: i64) -> Sketch {
    Sketch::of(None, &body("value", Value::from(value)), [Path::of(&["value"])])
}

impl Scenario {
    /// Plans what is left to do for a tree.
    pub(super) fn plan(&self, tree: i64, target: &Target, book: &Book) -> Run {
        let mut steps: Vec<Step> = Vec::new();
        let mut extras: BTreeMap<StepId, Extra> = BTreeMap::new();
        let mut last: Option<StepId> = None;
        for (index, spec) in self.specs.iter().enumerate() {
            let mut own = spec.steps(tree, (target, book), self.moves);
            if let (Some(first), Some(last), true) = (own.first_mut(), &last, spec.needs_previous) {
                first.after.insert(last.clone());
            }
            let needs = self.previous(index).map(|previous| previous.id.clone()).into_iter().collect();
            let extra = Extra { needs, seen: spec.seen(target), ..Extra::default() };
            extras.extend(own.iter().map(|step| (step.id.clone(), extra.clone())));
            last = own.last().map(|step| step.id.clone()).or(last.filter(|_| spec.needs_previous));
            steps.append(&mut own);
        }
        let id = PlanId::new(format!("plan-{tree}"));
        let plan = Plan::of_steps(id, "simulated".into(), TreeHash::new(tree.to_string()), steps);
        Run { plan, extras, pins: BTreeMap::new() }
    }

    /// Tells whether something has another address by now.
    pub(super) fn has_moves(&self) -> bool {
        self.specs.iter().any(|spec| spec.sort == Sort::Moved)
    }

    fn previous(&self, index: usize) -> Option<&Spec> {
        if self.specs[index].needs_previous { self.specs[..index].last() } else { None }
    }

    /// Returns the resource that another one needs.
    pub(super) fn needed_by(&self, id: &ResourceId) -> Option<&Spec> {
        self.previous(self.specs.iter().position(|spec| spec.id == *id)?)
    }

    /// Returns how a step's resource is brought about.
    pub(super) fn spec(&self, id: &ResourceId) -> Option<&Spec> {
        self.specs.iter().find(|spec| spec.id == *id)
    }
}

/// Tells whether every step ended well.
pub(super) fn all_done(steps: &[StepEnd]) -> bool {
    steps.iter().all(|step| step.how.is_done())
}
