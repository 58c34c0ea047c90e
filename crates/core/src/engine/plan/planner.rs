//! Plans in rounds: the answers known so far go in, and more questions or the plan come out.

use super::Next;
use super::build::assemble;
use super::forms::{Forms, Made};
use super::inputs::{History, Inputs};
use super::kinds::Kinds;
use super::recover::{recover, search};
use super::round::Round;
use super::survey::survey;
use crate::engine::live::Live;
use jiff::Timestamp;

/// Makes one plan in rounds, and keeps from round to round what does not have to be made again.
///
/// What it keeps is never seen in its answers: each round says what [`plan`] would say.
pub struct Planner<'a> {
    inputs: &'a Inputs,
    made: Made,
}

impl<'a> Planner<'a> {
    /// Returns a planner that has seen nothing yet.
    #[must_use]
    pub fn new(inputs: &'a Inputs) -> Self {
        Self { inputs, made: Made::default() }
    }

    /// Makes a plan from the answers known so far, or says what must be asked first.
    ///
    /// A resource is asked about in at most four rounds (discovery, inventory, by name, dry run).
    #[must_use]
    pub fn plan(&mut self, known: &Live, now: Timestamp) -> Next {
        self.made.keep_what_holds(known);
        let kinds = Kinds::of(self.inputs, known);
        let mut round = Round::of(self.inputs, known);
        round.introduce(self.inputs);
        if let History::Recovering(recovering) = &self.inputs.history {
            search(recovering, &kinds, &mut round);
        }
        let wants = self.made.make(self.inputs, &kinds, &mut round);
        match survey(self.inputs, &kinds, &self.made, wants, round) {
            Err(questions) => Next::Ask(questions),
            Ok(survey) => match &self.inputs.history {
                History::Recovering(recovering) => {
                    Next::Ready(Box::new(recover(self.inputs, recovering, &survey, known)))
                }
                History::Kept(_) | History::Never => match assemble(self.inputs, &survey, known, now) {
                    Ok(plan) => Next::Ready(Box::new(plan)),
                    Err(questions) => Next::Ask(questions),
                },
            },
        }
    }

    /// Returns the form of every wanted resource that could be known in the latest round.
    ///
    /// The shell reads live systems through them: what is as the ledger remembers need not be kept.
    #[must_use]
    pub fn forms(&self) -> Forms {
        Forms::clone(&self.made.forms)
    }
}

/// Makes a plan from the answers known so far, or says what must be asked first.
///
/// Pure and deterministic: the same inputs give the same plan, whatever the order of files, keys or answers.
#[must_use]
pub fn plan(inputs: &Inputs, known: &Live, now: Timestamp) -> Next {
    Planner::new(inputs).plan(known, now)
}

/// Returns the form of every wanted resource that can be known from these answers.
#[must_use]
pub fn forms(inputs: &Inputs, known: &Live) -> Forms {
    let mut made = Made::default();
    let _wants = made.make(inputs, &Kinds::of(inputs, known), &mut Round::of(inputs, known));
    made.forms
}
