//! Holds changes, objects and the environment against the policies. Bounded: one evaluation and all of them together
//! have so many steps, and what needs more denies.

use super::cel::{Failure, Item, Meter, Names};
use super::names::{Change, add_object, change, environment};
use super::{Over, Policies, Policy, Severity, Target};
use crate::diagnostic::Location;
use crate::engine::id::{EnvironmentName, ResourceId};
use crate::engine::stated::{Standing, Stated};
use crate::engine::value::Value;
use crate::engine::wanted::{Desired, Limits};
use std::cell::Cell;
use std::sync::Arc;

/// The steps of one evaluation: some ten milliseconds.
const STEPS: u64 = 1_000_000;

/// The steps of all evaluations of a plan: about a second, and a little for each object.
const ALL_STEPS: u64 = 50_000_000;
const STEPS_PER_OBJECT: u64 = 10_000;

/// A policy that denies something, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which policy.
    pub policy: Arc<str>,
    /// What follows.
    pub severity: Severity,
    /// In its own words.
    pub message: String,
    /// Where it is written.
    pub at: Location,
}

/// Policies in one environment.
pub struct Judge<'a> {
    policies: &'a Policies,
    name: &'a EnvironmentName,
    environment: Item<'a>,
    objects: Item<'a>,
    documents: Item<'a>,
    left: Cell<u64>,
}

impl<'a> Judge<'a> {
    /// Returns the judge of what an environment wants.
    #[must_use]
    pub fn of(policies: &'a Policies, desired: &'a Desired) -> Self {
        let objects = desired.resources.values().map(|wanted| &*wanted.config);
        let in_force = desired.documents.iter().filter(|stated| stated.standing == Standing::InForce);
        let documents = in_force.map(|stated| &*stated.body);
        Self::among(policies, (&desired.environment, desired.limits), objects, documents)
    }

    /// Returns the judge of an environment with these objects and documents.
    pub fn among(
        policies: &'a Policies,
        (name, limits): (&'a EnvironmentName, Limits),
        objects: impl Iterator<Item = &'a Value>,
        documents: impl Iterator<Item = &'a Value>,
    ) -> Self {
        let objects: Vec<Item<'a>> =
            if policies.is_empty() { Vec::new() } else { objects.map(Item::of).collect() };
        let documents = Item::list(documents.map(Item::of));
        let left = Cell::new(ALL_STEPS + STEPS_PER_OBJECT * objects.len() as u64);
        let environment = environment(name, &limits, &policies.surroundings);
        Self { policies, name, environment, objects: Item::list(objects), documents, left }
    }

    /// Returns what denies a change.
    #[must_use]
    pub fn change(&self, made: &Change<'_>) -> Vec<Finding> {
        self.each(Over::Changes, Target::Change(made.address, made.action), |names| {
            names.insert("change", change(made));
            add_object(names, made.after);
        })
    }

    /// Returns what an object violates.
    #[must_use]
    pub fn object(&self, address: &ResourceId, object: &Value) -> Vec<Finding> {
        self.each(Over::Objects, Target::Object(address), |names| add_object(names, Some(object)))
    }

    /// Returns what a document violates; some end in so many hours.
    #[must_use]
    pub fn document(&self, stated: &Stated, hours_left: Option<i64>) -> Vec<Finding> {
        self.each(Over::Documents, Target::Document(stated.kind), |names| {
            names.insert("document", Item::of(&stated.body));
            names.insert("hoursLeft", hours_left.map_or(Item::Null, Item::Int));
        })
    }

    /// Returns what the environment violates.
    #[must_use]
    pub fn environment(&self) -> Vec<Finding> {
        self.each(Over::Environment, Target::Environment, |_| {})
    }

    fn each<'v>(&'v self, over: Over, target: Target<'_>, add: impl FnOnce(&mut Names<'v>)) -> Vec<Finding>
    where
        'a: 'v,
    {
        let takes = |policy: &&Policy| policy.over == over && policy.matching.takes(self.name, target);
        let mut policies = self.policies.iter().filter(takes).peekable();
        if policies.peek().is_none() {
            return Vec::new();
        }
        let mut names = Names::new();
        names.insert("environment", self.environment.clone());
        names.insert("objects", self.objects.clone());
        names.insert("documents", self.documents.clone());
        add(&mut names);
        policies.filter_map(|policy| self.judge(policy, &names)).collect()
    }

    fn judge(&self, policy: &Policy, names: &Names<'_>) -> Option<Finding> {
        let steps = self.left.get().min(STEPS);
        let meter = Meter::of(steps);
        let message = match policy.deny.evaluate(names, &meter) {
            Ok(Item::Bool(false)) => None,
            Ok(Item::Bool(true)) => Some(policy.message.told(names, &meter)),
            Ok(other) => Some(no_answer(policy, &format!("it gives {}", other.describe()), 0)),
            Err(Failure { at, why }) => Some(no_answer(policy, &why, at.start)),
        };
        self.left.set(self.left.get() - (steps - meter.left()));
        let Policy { name, severity, at, over: _, matching: _, deny: _, message: _ } = policy;
        message.map(|message| Finding {
            policy: Arc::clone(name),
            severity: *severity,
            message,
            at: at.clone(),
        })
    }
}

/// A rule without an answer denies, and says at which words of it there is none.
fn no_answer(policy: &Policy, why: &str, at: usize) -> String {
    let words: String = policy.deny.text().get(at..).unwrap_or_default().chars().take(40).collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("the policy has no answer for it: {why}, at `{words}`")
}
