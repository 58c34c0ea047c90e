//! A plan that was reviewed as a file: derived again, and only what comes out the same is done.

use super::errand::{Approval, Errand};
use crate::cli::error::Failure;
use crate::cli::plan::{Choices, make};
use crate::cli::{Context, ui};
use crate::run::planning::Planned;
use crate::run::session::StateRead;
use crate::run::writable::Writable;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::plan::inputs::Doubts;
use evenkeel_core::report::Exit;
use evenkeel_core::report::apply::Lines;
use evenkeel_core::report::plan::parse;
use std::collections::BTreeSet;
use std::path::Path;

/// Reads a plan file, if the target is one.
pub(in crate::cli) fn reviewed(target: &str) -> Result<Option<Plan>, Failure> {
    let path = Path::new(target);
    if !path.is_file() {
        return Ok(None);
    }
    let unreadable = |error: &dyn std::error::Error| {
        let told = Failure::of(Exit::Usage, error);
        Failure { message: format!("{target}: {}", told.message), ..told }
    };
    let bytes = std::fs::read(path).map_err(|error| unreadable(&error))?;
    let json = serde_json::from_slice(&bytes).map_err(|error| unreadable(&error))?;
    parse(&json).map(Some).map_err(|error| unreadable(&error))
}

/// A plan that was reviewed as a file; it is derived again and only what comes out the same is done.
pub(super) struct Reviewed<'a> {
    pub(super) plan: Plan,
    pub(super) context: &'a Context,
}

impl Reviewed<'_> {
    pub(super) async fn apply(self) -> Result<Exit, Failure> {
        let session = self.context.open(self.plan.environment.as_str()).await?;
        if session.specs.desired.tree != self.plan.tree {
            let message = "the specs are not those that the plan was made from";
            return Err(
                Failure::new(Exit::Stale, message).hint(format!("evenkeel plan {}", self.plan.environment))
            );
        }
        let mut errand =
            Errand { environment: Writable::of(session), context: self.context, approval: Approval::Given };
        errand.keep_key().await?;
        let session = &errand.environment.session;
        let state = session.read_state().await?;
        let choices = Choices { expected_deletes: self.plan.expected_deletes, doubts: Doubts::Settle };
        let mut planned = make(session, &state, choices).await;
        let moved = self.refuse_what_moved(&mut planned, &state);
        let exit = errand.carry_out(&state, &planned).await?;
        Ok(Exit::first([exit, if moved == 0 { Exit::Done } else { Exit::Stale }]))
    }

    /// Keeps the steps that were reviewed and are derived identically; tells of the others and counts them.
    fn refuse_what_moved(&self, planned: &mut Planned, state: &StateRead) -> usize {
        let reviewed: BTreeSet<_> = self.plan.steps.iter().map(|step| &step.id).collect();
        planned.plan.steps.retain(|step| reviewed.contains(&step.id));
        let derived: BTreeSet<_> = planned.plan.steps.iter().map(|step| step.id.clone()).collect();
        let begun = state.book.apply().is_some_and(|apply| apply.tree == self.plan.tree);
        let moved = self.plan.steps.iter().filter(|step| !derived.contains(&step.id) && !begun);
        let lines = Lines::new(&self.plan, self.context.terminal.results);
        moved.map(|step| ui::talk(&lines.refused(step))).count()
    }
}
