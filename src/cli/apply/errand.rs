//! One environment that is to be changed: plans, asks, carries out, tells; again where an earlier apply was in the way.

use crate::cli::args::Format;
use crate::cli::error::Failure;
use crate::cli::plan::{Choices, make, render, report};
use crate::cli::progress::Watcher;
use crate::cli::{Context, ui};
use crate::run::apply::{ApplyError, Applying};
use crate::run::interrupts::Interrupts;
use crate::run::planning::Planned;
use crate::run::session::{KeyFrom, StateRead};
use crate::run::writable::Writable;
use evenkeel_core::engine::apply::{End, EndReason};
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::plan::review::is_agreed;
use evenkeel_core::engine::plan::{Goal, Plan};
use evenkeel_core::report::Exit;
use evenkeel_core::report::apply::{ApplyReport, json, markdown, text};
use evenkeel_core::report::exit::{of_apply, of_what_is_left};
use evenkeel_core::report::plan::PlanReport;

/// How often a plan is made anew where an earlier apply was in the way: once to close it, once for what it left.
const ATTEMPTS: u32 = 3;

/// Whether the user has agreed already.
#[derive(Clone, Debug)]
pub(in crate::cli) enum Approval {
    /// By `--auto-approve`, or by naming a reviewed plan file.
    Given,
    /// By `--auto-approve`, for so many deletions.
    GivenFor(u32),
    /// They are to be asked.
    Asked,
    /// They were asked and agreed to this plan; another one is asked about again.
    To(Box<Plan>),
}

impl Approval {
    /// Returns what `--auto-approve` means.
    pub(in crate::cli) fn of(auto_approve: bool) -> Self {
        if auto_approve { Self::Given } else { Self::Asked }
    }
}

/// One environment that is to be changed.
pub(in crate::cli) struct Errand<'a> {
    pub(in crate::cli) environment: Writable,
    pub(in crate::cli) context: &'a Context,
    pub(in crate::cli) goal: Goal,
    pub(in crate::cli) approval: Approval,
    pub(in crate::cli) interrupts: Interrupts,
    pub(in crate::cli) next: Next,
}

/// What to type next, without the options that every verb has.
pub(in crate::cli) struct Next {
    /// To go on with what is left.
    pub(in crate::cli) again: String,
    /// Where what was planned against has moved.
    pub(in crate::cli) anew: String,
}

/// What came of one plan.
pub(super) enum Attempt {
    /// It was carried out, or is not to be; this is how the verb ends.
    Ended(Exit),
    /// Somebody was asked, and said no.
    Declined,
    /// Things have moved on: another plan is needed.
    PlanAgain,
}

impl Errand<'_> {
    /// Plans and applies; again where an earlier apply of other specs had to be closed first.
    pub(in crate::cli) async fn apply(mut self, choices: Choices) -> Result<Exit, Failure> {
        for attempt in 0..ATTEMPTS {
            let (mut state, planned) = self.plan(choices.clone()).await?;
            let ended = if attempt == 0 && state.book.open().next().is_some() {
                self.settle(&state, planned).await?
            } else {
                self.attempt(&mut state, &planned).await?
            };
            match ended {
                Attempt::Ended(exit) => return self.leave(exit).await,
                Attempt::Declined => return Ok(Exit::Done),
                Attempt::PlanAgain => {}
            }
        }
        Err(Failure::new(Exit::Partial, "earlier applies are still being settled").hint("run it again"))
    }

    /// Reads and plans, unless somebody wants it to stop.
    async fn plan(&mut self, choices: Choices) -> Result<(StateRead, Planned), Failure> {
        let session = &self.environment.session;
        let planning = async {
            let state = session.read_state().await?;
            let planned = make(session, &state, choices).await;
            Ok((state, planned))
        };
        self.interrupts.or(planning).await?
    }

    /// Finds out what became of the steps that a killed apply left open.
    ///
    /// The plan is made after that: what a killed step had done already would look like somebody else's work. Steps
    /// that are settled without a new plan end the apply.
    async fn settle(&self, state: &StateRead, planned: Planned) -> Result<Attempt, Failure> {
        let mut watcher = self.watcher(&planned.plan);
        let end = self.applying(state, &planned).settle(self.interrupts.clone(), &mut watcher).await?;
        watcher.end();
        if end.reason == EndReason::PlanAgain {
            return Ok(Attempt::PlanAgain);
        }
        self.tell(&planned.plan, &end)?;
        Ok(Attempt::Ended(of_apply(&end, &planned.plan)))
    }

    /// Finds that out for whoever plans in a way of their own.
    pub(super) async fn settle_first(
        &mut self,
        state: &StateRead,
        choices: Choices,
    ) -> Result<Attempt, Failure> {
        let planned = self.interrupts.or(make(&self.environment.session, state, choices)).await?;
        self.settle(state, planned).await
    }

    pub(super) async fn carry_out(
        &mut self,
        state: &mut StateRead,
        planned: &Planned,
    ) -> Result<Exit, Failure> {
        match self.attempt(state, planned).await? {
            Attempt::Ended(exit) => self.leave(exit).await,
            Attempt::Declined => Ok(Exit::Done),
            Attempt::PlanAgain => Ok(Exit::Stale),
        }
    }

    /// Applies one plan, unless it must be made anew.
    async fn attempt(&mut self, state: &mut StateRead, planned: &Planned) -> Result<Attempt, Failure> {
        let continued = state.book.apply().is_some_and(|apply| apply.tree == planned.plan.tree);
        if planned.plan.steps.is_empty() && !continued && !self.waits_for_what_goes(state) {
            self.show_idle(planned)?;
            return Ok(Attempt::Ended(Exit::first(of_what_is_left(&planned.plan))));
        }
        let was_agreed = planned.plan.steps.is_empty()
            || state.book.apply().is_some_and(|begun| begun.covers(&planned.plan));
        if !was_agreed && !self.is_agreed(&planned.plan)? && !self.ask(planned).await? {
            return Ok(Attempt::Declined);
        }
        if state.key_from == KeyFrom::ThrownAway {
            let key = self.keep_key().await?;
            if !planned.holds_no_secret(&state.ledger) {
                return Ok(Attempt::PlanAgain);
            }
            state.keep(key);
        }
        if was_agreed || matches!(self.approval, Approval::Given | Approval::GivenFor(_)) {
            // It is being carried out: there is nothing to type next.
            ui::talk(self.shown(planned, None).trim_end());
        }
        let mut watcher = self.watcher(&planned.plan);
        let end = self.applying(state, planned).carry_out(self.interrupts.clone(), &mut watcher).await?;
        watcher.end();
        self.ended(&planned.plan, &end)
    }

    /// Returns a watcher of this plan's steps, which also says what a wish to stop leads to.
    pub(super) fn watcher(&self, plan: &Plan) -> Watcher {
        let terminal = &self.context.terminal;
        Watcher::of(plan, terminal.progress, terminal.results).stopped_by(self.interrupts.clone())
    }

    /// Tells whether the user has agreed to this plan, with its number of deletions where they had to name it.
    fn is_agreed(&self, plan: &Plan) -> Result<bool, Failure> {
        match &self.approval {
            Approval::Given => Ok(true),
            Approval::GivenFor(number) => self.expect_deletes(plan, *number).map(|()| true),
            Approval::Asked => Ok(false),
            Approval::To(agreed) => Ok(is_agreed(agreed, plan)),
        }
    }

    async fn ask(&mut self, planned: &Planned) -> Result<bool, Failure> {
        self.show(planned)?;
        let (question, unattended) = self.question(&planned.plan);
        let prompts = self.context.terminal.prompts;
        let yes = ui::asked_for(prompts, &question, &unattended, &mut self.interrupts).await?;
        if yes {
            self.approval = Approval::To(Box::new(planned.plan.clone()));
        }
        Ok(yes)
    }

    /// Shows the plan that is asked about. In a format for forges or programs the result is what comes of it.
    fn show(&self, planned: &Planned) -> Result<(), Failure> {
        let shown = self.shown(planned, Some(&self.again()));
        match self.context.global.format {
            Format::Text => ui::result(&shown),
            Format::Markdown | Format::Json => {
                ui::talk(shown.trim_end());
                Ok(())
            }
        }
    }

    /// Tells of a plan that leaves nothing to do; forges and programs get what they get of every apply.
    fn show_idle(&self, planned: &Planned) -> Result<(), Failure> {
        self.show(planned)?;
        match self.context.global.format {
            Format::Text => Ok(()),
            Format::Markdown | Format::Json => self.tell(&planned.plan, &End::idle()),
        }
    }

    fn shown(&self, planned: &Planned, next: Option<&str>) -> String {
        let told = report(&self.environment.session, planned, next.unwrap_or_default());
        let next = told.next.filter(|_| next.is_some());
        render(&PlanReport { next, ..told }, Format::Text, self.context.terminal.results)
    }

    /// Returns the command that goes on with what is left.
    pub(super) fn again(&self) -> String {
        self.context.command(&self.next.again)
    }

    /// Keeps a key from the first apply on. What was digested under another is planned again.
    pub(super) async fn keep_key(&self) -> Result<DigestKey, Failure> {
        let kept = self.environment.store.key().await;
        kept.map_err(|error| Failure::from(ApplyError::State(error)))
    }

    fn ended(&self, plan: &Plan, end: &End) -> Result<Attempt, Failure> {
        if end.reason == EndReason::PlanAgain {
            ui::talk("what an earlier apply left is settled; planning again");
            return Ok(Attempt::PlanAgain);
        }
        self.tell(plan, end)?;
        Ok(Attempt::Ended(of_apply(end, plan)))
    }

    pub(super) fn tell(&self, plan: &Plan, end: &End) -> Result<(), Failure> {
        let exit = of_apply(end, plan);
        let next = match exit {
            Exit::Done => None,
            // It names each right that is missing, and nothing goes on without.
            Exit::Failed | Exit::Unreadable | Exit::Partial | Exit::Stale if end.lacks_rights() => {
                Some(self.context.command(&format!("evenkeel preflight {}", self.environment.session.name)))
            }
            Exit::Partial => Some(self.again()),
            Exit::Stale => Some(self.context.command(&self.next.anew)),
            Exit::Bug
            | Exit::Usage
            | Exit::Failed
            | Exit::Locked
            | Exit::Denied
            | Exit::Unreadable
            | Exit::Pending => {
                Some(self.context.command(&format!("evenkeel plan {}", self.environment.session.name)))
            }
        };
        let report = ApplyReport { plan, end, next };
        ui::result(&match self.context.global.format {
            Format::Text => text(&report, self.context.terminal.results),
            Format::Markdown => markdown(&report),
            Format::Json => format!("{}\n", json(&report)),
        })
    }

    pub(super) async fn abandon(mut self, choices: Choices) -> Result<Exit, Failure> {
        let (state, planned) = self.plan(choices).await?;
        if state.book.apply().is_none() && state.book.open().next().is_none() {
            ui::talk(&format!("{}: no apply was left open", self.environment.session.name));
            return Ok(Exit::Done);
        }
        let mut watcher = self.watcher(&planned.plan);
        let end = self.applying(&state, &planned).abandon(self.interrupts.clone(), &mut watcher).await?;
        watcher.end();
        self.tell(&planned.plan, &end)?;
        Ok(of_apply(&end, &planned.plan))
    }

    pub(super) fn applying<'a>(&'a self, state: &'a StateRead, planned: &'a Planned) -> Applying<'a> {
        Applying { environment: &self.environment, state, planned, user: &self.context.surroundings.user }
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        let exit = match &error {
            ApplyError::Lease(_) => Exit::Usage,
            ApplyError::State(_) => Exit::Unreadable,
            ApplyError::Random(_) => Exit::Failed,
            ApplyError::Stuck(_) => Exit::Bug,
        };
        Self::of(exit, &error)
    }
}
