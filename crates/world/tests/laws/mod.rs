//! What the laws are tried on: generated environments, hand edits, and a plain executor of plans.
//!
//! The executor keeps no journal: crashes and second appliers are tried elsewhere. Each mechanism that a law rests
//! on can be taken out of it.

#![allow(dead_code, reason = "each of the test files uses a part")]

pub(crate) mod edits;
pub(crate) mod executor;
pub(crate) mod machine;
pub(crate) mod planning;
pub(crate) mod platform;
pub(crate) mod specs;

use evenkeel_core::engine::fingerprint::{DigestKey, DigestedUnder};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::ledger::Ledger;
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::inputs::{Doubts, History, Inputs};
use evenkeel_core::engine::plan::{Goal, Mechanism, Mechanisms, Next, Plan, forms, plan};
use evenkeel_core::engine::policy::Policies;
use evenkeel_core::engine::question::{Answer, Body, Question, Seen, Why};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::wanted::Desired;
use evenkeel_world::kubernetes::ObjectKey;
use evenkeel_world::{Faults, Sandbox, World};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One mechanism that a law rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Without {
    /// What was applied is not written into the ledger.
    Ledger,
    /// What a step takes over from others is not taken.
    TakingOver,
    /// Steps start without waiting for what they need.
    Order,
    /// A step counts as done before its gate is met.
    Gates,
    /// What cannot be read is told as absent.
    UnknownIsNotAbsent,
    /// Secrets are read as they are.
    Digests,
    /// A machine's edits carry a person's name.
    Attribution,
    /// A permission for another incarnation names the one that is there.
    Incarnation,
    /// Policies are not looked at.
    Policies,
    /// Whatever is listed and ours counts as unchanged since it was applied.
    Fingerprints,
    /// One scope that cannot be read makes all others unreadable.
    ScopeByScope,
    /// A mechanism of the planner itself.
    Planning(Mechanism),
}

/// In which order a system lists what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    Forwards,
    Backwards,
}

/// An environment, its cluster, and what was applied so far.
#[derive(Clone)]
pub(crate) struct Bench {
    pub sandbox: Sandbox,
    pub ledger: Ledger,
    pub without: BTreeSet<Without>,
    /// Each step that was sent, in order.
    pub sent: Vec<executor::SentStep>,
    pub listing: Listing,
    /// What plans lead to.
    pub goal: Goal,
    /// So many steps are still carried out before the process is killed.
    pub budget: usize,
    /// What may not be done.
    pub policies: Policies,
    /// Why a scope could not be read, since planning began.
    trouble: Option<Why>,
}

impl Bench {
    pub(crate) fn new(seed: u64) -> Self {
        let world = World::new(seed, "2026-11-21T11:00:00Z".parse().expect("a time"));
        let sandbox = Sandbox::new(world, Faults::none(seed), DigestKey::new([7; 32]));
        Self {
            sandbox,
            ledger: Ledger::default(),
            without: BTreeSet::new(),
            sent: Vec::new(),
            listing: Listing::Forwards,
            goal: Goal::Converge,
            budget: usize::MAX,
            policies: Policies::default(),
            trouble: None,
        }
    }

    pub(crate) fn inputs(&self, desired: &Desired) -> Inputs {
        Inputs {
            desired: desired.clone(),
            revision: None,
            history: History::Kept(Arc::new(self.ledger.clone())),
            doubts: Doubts::Settle,
            expected_deletes: None,
            policies: if self.is_out(Without::Policies) {
                Policies::default()
            } else {
                self.policies.clone()
            },
            pins: BTreeMap::new(),
            default_namespaces: BTreeMap::new(),
            blocked: BTreeMap::new(),
            base: None,
            goal: Goal::Converge,
            digested_under: DigestedUnder::KeptKey,
            mechanisms: self.mechanisms(),
        }
        .leading_to(self.goal.clone())
    }

    fn is_out(&self, mechanism: Without) -> bool {
        self.without.contains(&mechanism)
    }

    #[cfg(feature = "mutations")]
    fn mechanisms(&self) -> Mechanisms {
        let out = self.without.iter().find_map(|without| match without {
            Without::Planning(mechanism) => Some(*mechanism),
            _ => None,
        });
        out.map(Mechanisms::without).unwrap_or_default()
    }

    #[cfg(not(feature = "mutations"))]
    fn mechanisms(&self) -> Mechanisms {
        assert!(!self.without.iter().any(|without| matches!(without, Without::Planning(_))), "a feature");
        Mechanisms::default()
    }

    /// Returns what a snapshot would keep: the answers of planning with every body.
    pub(crate) fn snapshot(&mut self, desired: &Desired) -> Live {
        let (inputs, mut known) = (self.inputs(desired), Live::default());
        self.sandbox.forget_expectations();
        let now = self.sandbox.world.now();
        while let Next::Ask(questions) = plan(&inputs, &known, now) {
            for (id, form) in forms(&inputs, &known).iter() {
                self.sandbox.intend(id.clone(), Value::clone(form.normal.value()));
            }
            for question in questions {
                let answer = self.answer(&question);
                known.insert(question, answer, now);
            }
        }
        known
    }

    /// Plans as the shell does: asks until nothing is left to ask.
    pub(crate) fn plan(&mut self, desired: &Desired) -> (Plan, Live) {
        let (inputs, mut known) = (self.inputs(desired), Live::default());
        self.trouble = None;
        for _round in 0..8 {
            let now = self.sandbox.world.now();
            match plan(&inputs, &known, now) {
                Next::Ready(plan) => return (*plan, known),
                Next::Ask(questions) => {
                    let forms = forms(&inputs, &known);
                    for (id, form) in forms.iter() {
                        self.sandbox.expect(id.clone(), form.clone(), self.ledger.rows.get(id).cloned());
                    }
                    for question in questions {
                        let answer = self.answer(&question);
                        known.insert(question, answer, now);
                    }
                }
            }
        }
        panic!("planning asks for more than four rounds")
    }

    pub(crate) fn answer(&mut self, question: &Question) -> Answer {
        match self.sandbox.answer(question) {
            Answer::Inventory { rows, complete } => self.inventory(rows, complete),
            Answer::Unreadable(_) if self.is_out(Without::UnknownIsNotAbsent) => Answer::NotFound,
            answer => answer,
        }
    }

    /// Tells what was listed, less the mechanism that is out.
    fn inventory(&mut self, mut rows: Vec<Seen>, mut complete: Result<(), Why>) -> Answer {
        if self.listing == Listing::Backwards {
            rows.reverse();
        }
        if self.is_out(Without::ScopeByScope) {
            self.trouble = self.trouble.take().or(complete.clone().err());
            if let Some(why) = &self.trouble {
                (rows, complete) = (Vec::new(), Err(why.clone()));
            }
        }
        if self.is_out(Without::UnknownIsNotAbsent) {
            complete = Ok(());
        }
        for row in &mut rows {
            if self.is_out(Without::Digests) {
                let raw = self.sandbox.world.cluster().get(&ObjectKey::from(&row.id)).expect("just listed");
                row.body = Body::Whole(Arc::new(raw));
            }
            let is_ours = self.ledger.rows.get(&row.id).is_some_and(|ours| ours.uid == row.uid);
            if is_ours && self.is_out(Without::Fingerprints) {
                row.body = Body::Remembered;
            }
        }
        Answer::Inventory { rows, complete }
    }

    /// Plans and carries the plan out; returns what was planned.
    pub(crate) fn apply(&mut self, desired: &Desired) -> Plan {
        let (plan, known) = self.plan(desired);
        executor::carry_out(self, desired, &plan, &known);
        plan
    }
}

/// Tells whether a plan would do nothing and holds nothing back.
pub(crate) fn is_empty(plan: &Plan) -> bool {
    plan.steps.is_empty() && plan.held.is_empty() && plan.unknown.is_empty()
}

/// Returns the addresses that a plan holds.
pub(crate) fn held(plan: &Plan) -> BTreeSet<ResourceId> {
    plan.held.iter().map(|held| held.address.clone()).collect()
}
