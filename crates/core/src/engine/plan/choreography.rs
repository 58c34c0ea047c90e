//! What a choreography sees of a plan, and what it makes of it: rows that it claims, each as a step of its own, in an
//! order and behind gates of its own ([ADR 0015](../../../../../docs/adr/0015-a-cluster-is-rows-that-a-choreography-claims.md)).

use super::{Held, HeldChange};
use crate::engine::id::{ResourceId, Uid};
use crate::engine::live::Live;
use crate::engine::question::{Answer, Question, Seen};
use crate::engine::step::{Gate, Operation, Reason, Risk};
use crate::engine::value::Value;
use crate::engine::verdict::FieldChange;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What is decided about the resources that are not kept, and what was seen; what is still to be asked is noted.
pub struct Scene<'a> {
    pub(super) rows: BTreeMap<&'a ResourceId, Row<'a>>,
    pub(super) wanted: BTreeMap<&'a ResourceId, &'a Value>,
    pub(super) seen: BTreeMap<&'a ResourceId, &'a Seen>,
    pub(super) known: &'a Live,
    pub(super) missing: RefCell<BTreeSet<Question>>,
}

/// What is decided about a resource that is not kept as it is.
pub enum Row<'a> {
    /// It is done.
    Due {
        /// What.
        change: HeldChange,
        /// Why.
        because: &'a Reason,
        /// The fields that change.
        fields: Vec<&'a FieldChange>,
    },
    /// It is held.
    Held {
        /// What would be done.
        change: HeldChange,
        /// By what.
        by: &'a Held,
        /// The fields that would change.
        fields: Vec<&'a FieldChange>,
    },
}

/// What a choreography makes of rows.
#[derive(Debug, Default)]
pub struct Fragment {
    /// Steps in its own order; [`Part::after`] points back into this list.
    pub parts: Vec<Part>,
    /// What it holds back.
    pub held: Vec<(ResourceId, Held)>,
}

/// One step of a choreography.
#[derive(Debug)]
pub struct Part {
    /// On what.
    pub address: ResourceId,
    /// What is done.
    pub does: Does,
    /// Which parts are done before it.
    pub after: BTreeSet<usize>,
    /// What must hold before it starts.
    pub gates: Vec<Gate>,
    /// What must hold before it counts as done; its own where there is none.
    pub done_when: Option<Gate>,
    /// What it may cost, where that is more than the plan knows.
    pub risk: Risk,
}

/// What a part does.
#[derive(Debug)]
pub enum Does {
    /// What was decided.
    AsPlanned,
    /// What was decided to be made comes by itself and is given its settings then.
    Enter,
    /// What was decided; it takes effect, and costs something, with a later part only.
    InTurn,
    /// What was decided, however it looks by then: an earlier part changes it as well, and that is what costs.
    AfterChanges,
    /// An operation on this incarnation.
    Operation {
        /// Which.
        operation: Operation,
        /// On which incarnation.
        uid: Uid,
        /// Why.
        because: Reason,
    },
    /// It is deleted although it holds data: what it held is elsewhere by then, or stays.
    DeleteEmptied,
}

impl<'a> Scene<'a> {
    /// Returns what is decided about a resource, if it is not kept.
    #[must_use]
    pub fn row(&self, id: &ResourceId) -> Option<&Row<'a>> {
        self.rows.get(id)
    }

    /// Returns every resource that is not kept.
    pub fn rows(&self) -> impl Iterator<Item = (&'a ResourceId, &Row<'a>)> {
        self.rows.iter().map(|(id, row)| (*id, row))
    }

    /// Returns what is wanted of a resource, as it is compared.
    #[must_use]
    pub fn wanted(&self, id: &ResourceId) -> Option<&'a Value> {
        self.wanted.get(id).copied()
    }

    /// Returns what was seen of a resource that is wanted or ours.
    #[must_use]
    pub fn seen(&self, id: &ResourceId) -> Option<&'a Seen> {
        self.seen.get(id).copied()
    }

    /// Returns the answer to a question, or notes it.
    #[must_use]
    pub fn ask(&self, question: Question) -> Option<&'a Answer> {
        let answer = self.known.get(&question);
        if answer.is_none() {
            self.missing.borrow_mut().insert(question);
        }
        answer
    }
}

impl Fragment {
    /// Adds a step, and returns its place.
    pub fn add(&mut self, part: Part) -> usize {
        self.parts.push(part);
        self.parts.len() - 1
    }
}

impl Part {
    /// Returns a step that does what was decided, after others.
    #[must_use]
    pub fn planned(address: &ResourceId, after: impl IntoIterator<Item = usize>) -> Self {
        Self {
            address: address.clone(),
            does: Does::AsPlanned,
            after: after.into_iter().collect(),
            gates: Vec::new(),
            done_when: None,
            risk: Risk::None,
        }
    }
}
