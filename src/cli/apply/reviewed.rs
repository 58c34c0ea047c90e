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
use evenkeel_core::engine::plan::review::{Reviewed, review};
use evenkeel_core::engine::step::Step;
use evenkeel_core::report::Exit;
use evenkeel_core::report::apply::Lines;
use evenkeel_core::report::humane::count;
use evenkeel_core::report::plan::parse;
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
    let plan = parse(&json).map_err(|error| unreadable(&error))?;
    if plan.name() != plan.id {
        let message =
            format!("{target} was changed after it was written: plan {} is not what it has", plan.id);
        return Err(Failure::new(Exit::Stale, message)
            .hint(format!("evenkeel plan {} --out {target}", plan.environment)));
    }
    Ok(Some(plan))
}

/// A plan that was reviewed as a file; it is derived again and only what comes out the same is done.
pub(super) struct PlanFile<'a> {
    pub(super) plan: Plan,
    pub(super) context: &'a Context,
}

impl PlanFile<'_> {
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
        let planned = make(session, &state, choices).await;
        let Reviewed { plan, refused, unreviewed } = review(&self.plan, planned.plan);
        let planned = Planned { plan, ..planned };
        let moved = self.tell_refused(&refused, &state) > 0 || unreviewed > 0;
        if unreviewed > 0 {
            let more = count(unreviewed, "step");
            ui::talk(&format!(
                "{more} more would be done now that the plan file does not have: they are left"
            ));
        }
        let exit = errand.carry_out(&state, &planned).await?;
        Ok(Exit::first([exit, if moved { Exit::Stale } else { Exit::Done }]))
    }

    /// Tells of each reviewed step that is not done, and counts them; those that a killed apply of this very file did
    /// already are not among them.
    fn tell_refused(&self, refused: &[Step], state: &StateRead) -> usize {
        let ledger = state.book.ledger();
        let begun = state.book.apply().is_some_and(|apply| apply.plan == self.plan.id);
        let lines = Lines::new(&self.plan, self.context.terminal.results);
        let left = refused.iter().filter(|step| !(begun && ledger.rows.contains_key(&step.address)));
        left.map(|step| ui::talk(&lines.refused(step))).count()
    }
}
