//! What the laws are tried on: generated environments, hand edits, and a plain executor of plans.
//!
//! The executor keeps no journal: crashes and second appliers are tried elsewhere. Each mechanism that a law rests
//! on can be taken out of it.

#![allow(dead_code, reason = "each of the test files uses a part")]

pub(crate) mod edits;
pub(crate) mod executor;
pub(crate) mod specs;

use evenkeel_core::engine::fingerprint::{DigestKey, DigestedUnder};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::ledger::Ledger;
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::inputs::{Doubts, History, Inputs};
use evenkeel_core::engine::plan::{Goal, Next, Plan, forms, plan};
use evenkeel_core::engine::policy::Policies;
use evenkeel_core::engine::question::{Answer, Body, Question};
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
    /// Steps stand in the order in which the systems told of their resources.
    OneOrder,
}

/// In which order a system lists what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    Forwards,
    Backwards,
}

/// An environment, its cluster, and what was applied so far.
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
    /// What was listed since planning began, as it came.
    listed: Vec<ResourceId>,
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
            listed: Vec::new(),
        }
    }

    pub(crate) fn inputs(&self, desired: &Desired) -> Inputs {
        Inputs {
            desired: desired.clone(),
            revision: None,
            history: History::Kept(Arc::new(self.ledger.clone())),
            doubts: Doubts::Settle,
            expected_deletes: None,
            policies: Policies::default(),
            pins: BTreeMap::new(),
            default_namespaces: BTreeMap::new(),
            blocked: BTreeMap::new(),
            base: None,
            goal: Goal::Converge,
            digested_under: DigestedUnder::KeptKey,
        }
        .leading_to(self.goal.clone())
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
        self.listed.clear();
        for _round in 0..8 {
            let now = self.sandbox.world.now();
            match plan(&inputs, &known, now) {
                Next::Ready(mut plan) => {
                    if self.without.contains(&Without::OneOrder) {
                        plan.steps.sort_by_key(|step| {
                            self.listed.iter().position(|listed| *listed == step.address)
                        });
                    }
                    return (*plan, known);
                }
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
        let mut answer = self.sandbox.answer(question);
        if let Answer::Inventory { rows, complete: _ } = &mut answer {
            if self.listing == Listing::Backwards {
                rows.reverse();
            }
            self.listed.extend(rows.iter().map(|row| row.id.clone()));
        }
        if self.without.contains(&Without::Digests)
            && let Answer::Inventory { rows, complete: _ } = &mut answer
        {
            for row in rows {
                let raw = self.sandbox.world.cluster().get(&ObjectKey::from(&row.id)).expect("just listed");
                row.body = Body::Whole(Arc::new(raw));
            }
        }
        if !self.without.contains(&Without::UnknownIsNotAbsent) {
            return answer;
        }
        match answer {
            Answer::Unreadable(_) => Answer::NotFound,
            Answer::Inventory { rows, complete: Err(_) } => Answer::Inventory { rows, complete: Ok(()) },
            answer => answer,
        }
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
