//! `evenkeel apply`: shows the plan, asks, carries it out, and tells how it went.

use super::args::{Apply, Format};
use super::error::Failure;
use super::plan::{Choices, make, render, report};
use super::progress::Watcher;
use super::{Context, ui};
use crate::run::apply::{ApplyError, Applying};
use crate::run::planning::{self, Keep, Planned};
use crate::run::session::{KeyFrom, Session, StateRead};
use crate::run::writable::Writable;
use evenkeel_core::engine::apply::{End, EndReason};
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::plan::inputs::{Doubts, History, Inputs};
use evenkeel_core::report::Exit;
use evenkeel_core::report::apply::{ApplyReport, Lines, json, markdown, text};
use evenkeel_core::report::exit::{PendingChanges, of_apply, of_plan};
use evenkeel_core::report::plan::parse;
use std::collections::BTreeSet;
use std::path::Path;
use tokio::sync::mpsc;

/// How often a plan is made anew where an earlier apply was in the way: once to close it, once for what it left.
const ATTEMPTS: u32 = 3;

/// Whether the user has agreed already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Approval {
    /// By `--auto-approve`, or by naming a reviewed plan file.
    Given,
    /// They are to be asked.
    Asked,
}

impl Approval {
    /// Returns what `--auto-approve` means.
    pub(super) fn of(auto_approve: bool) -> Self {
        if auto_approve { Self::Given } else { Self::Asked }
    }
}

/// Runs the verb.
pub(super) async fn run(options: &Apply, context: &Context) -> Result<Exit, Failure> {
    let choices = Choices { expected_deletes: options.expect_deletes, doubts: Doubts::Settle };
    if let Some(reviewed) = reviewed(&options.target)? {
        return Reviewed { plan: reviewed, context }.apply().await;
    }
    let session = context.open(&options.target).await?;
    let errand =
        Errand { environment: Writable::of(session), context, approval: Approval::of(options.auto_approve) };
    if options.abandon {
        return errand.abandon(choices).await;
    }
    errand.apply(choices).await
}

/// Rebuilds a lost ledger: a plan that takes marked objects for ours.
pub(super) async fn recover(
    environment: &str,
    approval: Approval,
    context: &Context,
) -> Result<Exit, Failure> {
    let mut errand =
        Errand { environment: Writable::of(context.open(environment).await?), context, approval };
    let session = &errand.environment.session;
    let state = session.read_state().await?;
    if session.inputs(&state).history != History::Never {
        ui::talk(&format!("{}: the ledger is there", session.name));
        return Ok(Exit::Done);
    }
    let planned = recovering(session, &state).await;
    if errand.approval == Approval::Asked {
        errand.show(&planned);
        let unattended = format!("evenkeel ledger recover {environment} --auto-approve");
        if !ui::asked(context.terminal.prompts, "Take these objects for ours again?", &unattended)? {
            return Ok(Exit::Done);
        }
        errand.approval = Approval::Given;
    }
    errand.keep_key().await?;
    let state = errand.environment.session.read_state().await?;
    let planned = recovering(&errand.environment.session, &state).await;
    errand.carry_out(&state, &planned).await
}

/// Makes the plan that takes marked objects for ours.
async fn recovering(session: &Session, state: &StateRead) -> Planned {
    let inputs = Inputs { history: History::Recovering, ..session.inputs(state) };
    planning::make(session, state, &inputs, Keep::WhatDiffers).await
}

/// Reads a plan file, if the target is one.
pub(super) fn reviewed(target: &str) -> Result<Option<Plan>, Failure> {
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
struct Reviewed<'a> {
    plan: Plan,
    context: &'a Context,
}

impl Reviewed<'_> {
    async fn apply(self) -> Result<Exit, Failure> {
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

/// One environment that is to be changed.
struct Errand<'a> {
    environment: Writable,
    context: &'a Context,
    approval: Approval,
}

impl Errand<'_> {
    /// Plans and applies; again where an earlier apply of other specs had to be closed first.
    async fn apply(mut self, choices: Choices) -> Result<Exit, Failure> {
        for attempt in 0..ATTEMPTS {
            let state = self.environment.session.read_state().await?;
            let planned = make(&self.environment.session, &state, choices).await;
            if attempt == 0 && state.book.open().next().is_some() {
                match self.settle(&state, planned).await? {
                    None => continue,
                    Some(exit) => return Ok(exit),
                }
            }
            if let Some(exit) = self.attempt(&state, &planned).await? {
                return Ok(exit);
            }
        }
        Err(Failure::new(Exit::Partial, "earlier applies are still being settled").hint("run it again"))
    }

    /// Finds out what became of the steps that a killed apply left open.
    ///
    /// The plan is made after that: what a killed step had done already would look like somebody else's work.
    async fn settle(&self, state: &StateRead, mut planned: Planned) -> Result<Option<Exit>, Failure> {
        planned.plan.steps.clear();
        let mut watcher =
            Watcher::of(&planned.plan, self.context.terminal.progress, self.context.terminal.results);
        let end = self.applying(state, &planned).carry_out(interrupts(), &mut watcher).await?;
        watcher.end();
        if matches!(end.reason, EndReason::Finished | EndReason::PlanAgain) {
            return Ok(None);
        }
        self.tell(&planned.plan, &end);
        Ok(Some(of_apply(&end, &planned.plan)))
    }

    async fn carry_out(&mut self, state: &StateRead, planned: &Planned) -> Result<Exit, Failure> {
        Ok(self.attempt(state, planned).await?.unwrap_or(Exit::Stale))
    }

    /// Applies one plan; nothing is returned if it must be made anew.
    async fn attempt(&mut self, state: &StateRead, planned: &Planned) -> Result<Option<Exit>, Failure> {
        let shown = self.shown(planned);
        let continued = state.book.apply().is_some_and(|apply| apply.tree == planned.plan.tree);
        if planned.plan.steps.is_empty() && !continued {
            ui::result(&shown);
            return Ok(Some(of_plan(&planned.plan, PendingChanges::Silent)));
        }
        if self.approval == Approval::Asked && !continued {
            ui::result(&shown);
            let unattended = format!("evenkeel apply {} --auto-approve", self.environment.session.name);
            if !ui::asked(self.context.terminal.prompts, "Carry this plan out?", &unattended)? {
                return Ok(Some(Exit::Done));
            }
        } else {
            ui::talk(shown.trim_end());
        }
        if state.key_from == KeyFrom::ThrownAway {
            self.approval = Approval::Given;
            self.keep_key().await?;
            return Ok(None);
        }
        let mut watcher =
            Watcher::of(&planned.plan, self.context.terminal.progress, self.context.terminal.results);
        let end = self.applying(state, planned).carry_out(interrupts(), &mut watcher).await?;
        watcher.end();
        Ok(self.ended(&planned.plan, &end))
    }

    fn show(&self, planned: &Planned) {
        ui::result(&self.shown(planned));
    }

    fn shown(&self, planned: &Planned) -> String {
        let session = &self.environment.session;
        let next = format!("evenkeel apply {}", session.name);
        render(&report(session, planned, &next), self.context.global.format, self.context.terminal.results)
    }

    /// Keeps a key from the first apply on. What was planned under another is planned again: digests differ.
    async fn keep_key(&self) -> Result<(), Failure> {
        let kept = self.environment.store.key().await;
        let _key = kept.map_err(|error| Failure::from(ApplyError::State(error)))?;
        Ok(())
    }

    fn ended(&self, plan: &Plan, end: &End) -> Option<Exit> {
        if end.reason == EndReason::PlanAgain {
            ui::talk("what an earlier apply left is settled; planning again");
            return None;
        }
        self.tell(plan, end);
        Some(of_apply(end, plan))
    }

    fn tell(&self, plan: &Plan, end: &End) {
        let exit = of_apply(end, plan);
        let next = match exit {
            Exit::Partial | Exit::Stale => Some(format!("evenkeel apply {}", self.environment.session.name)),
            Exit::Done => None,
            Exit::Bug
            | Exit::Usage
            | Exit::Failed
            | Exit::Locked
            | Exit::Denied
            | Exit::Unreadable
            | Exit::Pending => Some(format!("evenkeel plan {}", self.environment.session.name)),
        };
        let report = ApplyReport { plan, end, next };
        ui::result(&match self.context.global.format {
            Format::Text => text(&report, self.context.terminal.results),
            Format::Markdown => markdown(&report),
            Format::Json => format!("{}\n", json(&report)),
        });
    }

    async fn abandon(&self, choices: Choices) -> Result<Exit, Failure> {
        let state = self.environment.session.read_state().await?;
        if state.book.apply().is_none() && state.book.open().next().is_none() {
            ui::talk(&format!("{}: no apply was left open", self.environment.session.name));
            return Ok(Exit::Done);
        }
        let planned = make(&self.environment.session, &state, choices).await;
        let mut watcher =
            Watcher::of(&planned.plan, self.context.terminal.progress, self.context.terminal.results);
        let end = self.applying(&state, &planned).abandon(interrupts(), &mut watcher).await?;
        watcher.end();
        self.tell(&planned.plan, &end);
        Ok(of_apply(&end, &planned.plan))
    }

    fn applying<'a>(&'a self, state: &'a StateRead, planned: &'a Planned) -> Applying<'a> {
        Applying { environment: &self.environment, state, planned, user: &self.context.surroundings.user }
    }
}

/// Ctrl-C and SIGTERM let nothing new start; what runs is waited for.
fn interrupts() -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel(1);
    drop(tokio::spawn(async move {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
        let terminated = async {
            match &mut terminate {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated => {}
        }
        ui::talk("stopping after what runs now; run it again to continue");
        let _over = sender.send(()).await;
    }));
    receiver
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        let exit = match &error {
            ApplyError::Lease(_) => Exit::Usage,
            ApplyError::State(_) => Exit::Unreadable,
            ApplyError::Random(_) => Exit::Failed,
        };
        Self::of(exit, &error)
    }
}
