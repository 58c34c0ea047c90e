//! Something that has another address by now: its row in the ledger follows, in two records, and a kill may come between.

use super::client::address;
use super::scenario::{Sort, Spec, sketch};
use super::target::Target;
use evenkeel_core::engine::id::{ResourceId, StepId};
use evenkeel_core::engine::ledger::{Book, Standing};
use evenkeel_core::engine::sketch::Sketch;
use evenkeel_core::engine::step::{Action, Expects, Operation, Repeat, Step, WriteMode};
use evenkeel_core::engine::value::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// In which order a row goes from one address to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Moves {
    /// It is written under the new one, then taken from the old one.
    #[default]
    NeverNowhere,
    /// The other way round, as nobody may: our planner would have the apply look first, so it is struck out unseen. The
    /// witness has to see it.
    NeverTwice,
}

/// What the value of something that moves is.
const VALUE: i64 = 7;

impl Spec {
    /// Returns the address that something had before, if it has another one by now.
    pub(super) fn old_address(&self) -> Option<ResourceId> {
        (self.sort == Sort::Moved).then(|| address("Moved", &format!("old-{}", self.id.name)))
    }

    /// Tells whether the ledger has what moves under its new address only.
    pub(super) fn has_moved(&self, target: &Target, book: &Book) -> bool {
        let old = self.old_address().and_then(|old| book.row(&old));
        target.thing(&self.id).is_some() && book.row(&self.id).is_some() && old.is_none()
    }

    /// Makes it under the address of its time; once it is ours, moves its row.
    pub(super) fn moving_steps(&self, target: &Target, book: &Book, moves: Moves) -> Vec<Step> {
        let Some(old) = self.old_address() else { return Vec::new() };
        let is_held = |id: &ResourceId| matches!(book.standing(id), Standing::Held(_));
        if self.has_moved(target, book) || is_held(&old) || is_held(&self.id) {
            return Vec::new();
        }
        let old = Self { id: old, ..self.clone() };
        match (book.row(&old.id), book.row(&self.id)) {
            (None, None) => vec![old.made(target)],
            (Some(_), Some(_)) => vec![old.taken_from(&self.id)],
            (None, Some(_)) => Vec::new(),
            (Some(row), None) => {
                let expects = Sketch { uid: Some(row.uid.clone()), places: Vec::new() };
                let from = Operation::RecordMovedFrom { from: old.id.clone() };
                let written =
                    self.step("moved", Action::Operation(from), Expects::Seen(expects), Repeat::Idempotent);
                match moves {
                    Moves::NeverNowhere => {
                        let taken = old.taken_from(&self.id);
                        vec![written.clone(), after(&written.id, taken)]
                    }
                    Moves::NeverTwice => {
                        let struck = old.struck_out();
                        vec![struck.clone(), after(&struck.id, written)]
                    }
                }
            }
        }
    }

    /// What an earlier apply made and nobody wrote down is there already.
    fn made(&self, target: &Target) -> Step {
        let (mode, expects) = match target.thing(&self.id) {
            Some(live) => (WriteMode::Update, Expects::Seen(sketch(live.value))),
            None => (WriteMode::Create, Expects::Absent),
        };
        let config = Arc::new(super::target::body("value", Value::from(VALUE)));
        let action = Action::Write { mode, config, wanted: sketch(VALUE) };
        self.step("made", action, expects, Repeat::Idempotent)
    }

    fn taken_from(&self, to: &ResourceId) -> Step {
        let moved = Operation::RecordMovedTo { to: to.clone() };
        self.step("taken", Action::Operation(moved), Expects::Absent, Repeat::Idempotent)
    }

    fn struck_out(&self) -> Step {
        let unseen = Action::Operation(Operation::RecordUnseen);
        self.step("struck", unseen, Expects::Absent, Repeat::Idempotent)
    }
}

fn after(first: &StepId, step: Step) -> Step {
    Step { after: BTreeSet::from([first.clone()]), ..step }
}
