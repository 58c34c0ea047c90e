//! A plan that was reviewed as a file: derived again, and only what comes out the same is done.

use super::errand::{Attempt, Errand, Next};
use super::permission::{Permission, permission};
use crate::cli::args::Apply;
use crate::cli::destroy::expect_data;
use crate::cli::error::Failure;
use crate::cli::plan::{Choices, make_keeping};
use crate::cli::{Context, ui};
use crate::run::interrupts::Interrupts;
use crate::run::planning::{Keep, Planned};
use crate::run::session::{KeyFrom, Session, StateRead};
use crate::run::writable::Writable;
use evenkeel_core::engine::plan::done::was_done;
use evenkeel_core::engine::plan::review::{Reviewed, review};
use evenkeel_core::engine::plan::{Goal, Plan};
use evenkeel_core::engine::step::Step;
use evenkeel_core::report::Exit;
use evenkeel_core::report::apply::Lines;
use evenkeel_core::report::humane::count;
use evenkeel_core::report::plain;
use evenkeel_core::report::plan::{PlanFileError, parse};
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
    let plan = parse(&bytes).map_err(|error| match &error {
        PlanFileError::ShowsAnother { writer: _, environment } | PlanFileError::Changed { environment } => {
            let hint = plain::command(&format!("evenkeel plan {environment} --out {target}"));
            Failure { exit: Exit::Stale, ..unreadable(&error) }.hint(hint)
        }
        PlanFileError::NotJson(_) => unreadable(&error)
            .hint(format!("to make one: {}", plain::command("evenkeel plan ENV --out FILE"))),
        PlanFileError::NotAPlan
        | PlanFileError::OtherFormat { found: _, writer: _ }
        | PlanFileError::Printed
        | PlanFileError::Damaged(_) => unreadable(&error),
    })?;
    if plan.name() != plan.id {
        let message =
            format!("{target} was changed after it was written: plan {} is not what it has", plan.id);
        return Err(Failure::new(Exit::Stale, message)
            .hint(plain::command(&format!("evenkeel plan {} --out {target}", plan.environment))));
    }
    Ok(Some(plan))
}

/// A plan that was reviewed as a file; it is derived again and only what comes out the same is done.
pub(in crate::cli) struct PlanFile<'a> {
    pub(in crate::cli) plan: Plan,
    pub(in crate::cli) context: &'a Context,
}

/// What is left of a plan file once it was derived again.
pub(in crate::cli) struct Derived {
    /// The plan with the steps that come out the same.
    pub(in crate::cli) planned: Planned,
    /// Whether others do not, or are derived now that the file does not have.
    pub(in crate::cli) moved: bool,
}

impl PlanFile<'_> {
    pub(super) async fn apply(self, options: &Apply, mut interrupts: Interrupts) -> Result<Exit, Failure> {
        let Permission { goal, approval, again } =
            permission(&self.plan, options).map_err(|failure| self.context.completed(failure))?;
        let file = PlanFile { plan: Plan { goal: goal.clone(), ..self.plan }, context: self.context };
        let session = interrupts.or(file.open()).await??;
        let environment = Writable::of(session);
        let next = Next { again, anew: file.anew(&options.target) };
        let (context, stop) = (file.context, interrupts.clone());
        let mut errand = Errand { environment, context, goal, approval, interrupts: stop, next };
        let mut state = file.state(&errand, &mut interrupts).await?;
        if state.book.open().next().is_some() {
            match errand.settle_first(&state, file.choices()).await? {
                Attempt::PlanAgain => state = file.state(&errand, &mut interrupts).await?,
                Attempt::Ended(exit) => return Ok(exit),
                Attempt::Declined => return Ok(Exit::Done),
            }
        }
        let session = &errand.environment.session;
        let derived = interrupts.or(file.derive(session, &state, Keep::WhatDiffers));
        let Derived { planned, moved } = derived.await?;
        let exit = errand.carry_out(&mut state, &planned).await?;
        Ok(Exit::first([exit, if moved { Exit::Stale } else { Exit::Done }]))
    }

    fn choices(&self) -> Choices {
        let (expected_deletes, goal) = (self.plan.expected_deletes, self.plan.goal.clone());
        Choices { expected_deletes, goal, ..Choices::default() }
    }

    fn anew(&self, target: &str) -> String {
        let verb = if self.plan.goal.is_of_git() { "plan" } else { "destroy" };
        format!("evenkeel {verb} {} --out {target}", self.plan.environment)
    }

    /// Reads the state. Nothing is remembered under a key where nothing is ours and nothing will be.
    async fn state(&self, errand: &Errand<'_>, interrupts: &mut Interrupts) -> Result<StateRead, Failure> {
        let session = &errand.environment.session;
        let state = interrupts.or(session.read_state()).await??;
        if let Goal::Destroy { data } = &self.plan.goal {
            expect_data(data, &state, (session, self.context))?;
        }
        if state.key_from == KeyFrom::State || (!self.plan.goal.is_of_git() && state.ledger.rows.is_empty()) {
            return Ok(state);
        }
        let _kept = errand.keep_key().await?;
        Ok(interrupts.or(session.read_state()).await??)
    }

    /// Refuses to talk to whom the specs name where a protected revision said it when the plan was made.
    pub(super) fn check_base(&self) -> Result<(), Failure> {
        match (&self.plan.base, &self.context.global.base) {
            (Some(base), None) => {
                let message =
                    format!("the plan was made under the rules of a protected revision, {}", base.revision);
                Err(Failure::usage(message).hint("name the branch again: --base REV"))
            }
            (None, _) | (Some(_), Some(_)) => Ok(()),
        }
    }

    /// Opens the environment, if its specs are those that the plan was made from.
    pub(in crate::cli) async fn open(&self) -> Result<Session, Failure> {
        self.check_base()?;
        let session = self.context.open(self.plan.environment.as_str()).await?;
        let stale = |message| {
            let plan = self.context.command(&format!("evenkeel plan {}", self.plan.environment));
            Err(Failure::new(Exit::Stale, message).hint(plan))
        };
        if self.plan.goal.tree(&session.specs.desired.tree) != self.plan.tree {
            return stale("the specs are not those that the plan was made from");
        }
        if !self.means_the_same(&session) {
            return stale("the connections or the state in force are not those that the plan was made with");
        }
        Ok(session)
    }

    /// Tells whether the systems are those of the plan: specs alone do not say so where a protected revision does.
    fn means_the_same(&self, session: &Session) -> bool {
        match (&self.plan.base, &session.base) {
            (Some(then), Some(now)) => then.targets == now.targets,
            // The tree covers them, unless it is another revision now that says whom to talk to.
            (None, Some(now)) => !now.changes_environment(),
            (Some(_) | None, None) => true,
        }
    }

    /// Plans again, and tells of every step that does not come out as it was reviewed.
    pub(in crate::cli) async fn derive(&self, session: &Session, state: &StateRead, keep: Keep) -> Derived {
        let planned = make_keeping(session, state, self.choices(), keep).await;
        let is_done = |step: &Step| was_done(step, &self.plan, &state.book);
        let Reviewed { plan, refused, denied, unreviewed } = review(&self.plan, planned.plan, is_done);
        let lines = Lines::new(&self.plan, self.context.terminal.results);
        // They are held in the plan that is shown, with the policy and its words, and end with its exit code.
        for step in &denied {
            ui::talk(&lines.denied(step));
        }
        let refused = self.tell_refused(&refused, &plan);
        if unreviewed > 0 {
            let more = count(unreviewed, "step");
            ui::talk(&format!(
                "{more} more would be done now that the plan file does not have: they are left"
            ));
        }
        Derived { planned: Planned { plan, ..planned }, moved: refused > 0 || unreviewed > 0 }
    }

    /// Tells of each reviewed step that is not done, and counts them.
    fn tell_refused(&self, refused: &[Step], derived: &Plan) -> usize {
        let lines = Lines::new(&self.plan, self.context.terminal.results);
        let told = refused.iter().map(|step| {
            if is_unapproved(step, derived) { lines.not_approved(step) } else { lines.refused(step) }
        });
        told.map(|line| ui::talk(&line)).count()
    }
}

/// Tells whether a step that had an approval waits for one now.
fn is_unapproved(step: &Step, derived: &Plan) -> bool {
    !step.approvals.is_empty()
        && derived
            .held
            .iter()
            .any(|resource| resource.address == step.address && resource.held.is_lifted_by_approval())
}
