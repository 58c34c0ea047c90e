//! One environment that is to be changed: plans, asks, carries out, tells; again where an earlier apply was in the way.

use crate::cli::args::Format;
use crate::cli::error::Failure;
use crate::cli::plan::{Choices, make, render, report};
use crate::cli::progress::Watcher;
use crate::cli::{Context, ui};
use crate::run::apply::{ApplyError, Applying};
use crate::run::planning::Planned;
use crate::run::session::{KeyFrom, StateRead};
use crate::run::writable::Writable;
use evenkeel_core::engine::apply::{End, EndReason};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::step::Action;
use evenkeel_core::report::Exit;
use evenkeel_core::report::apply::{ApplyReport, json, markdown, text};
use evenkeel_core::report::exit::{of_apply, of_what_is_left};
use std::mem::{Discriminant, discriminant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How often a plan is made anew where an earlier apply was in the way: once to close it, once for what it left.
const ATTEMPTS: u32 = 3;

/// Whether the user has agreed already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Approval {
    /// By `--auto-approve`, or by naming a reviewed plan file.
    Given,
    /// They are to be asked.
    Asked,
    /// They were asked and agreed to a plan of this outline; another one is asked about again.
    To(Outline),
}

/// What a plan does to what: it stays the same if the plan is made again under the key that is kept.
type Outline = Vec<(ResourceId, Discriminant<Action>)>;

fn outline(plan: &Plan) -> Outline {
    plan.steps.iter().map(|step| (step.address.clone(), discriminant(&step.action))).collect()
}

impl Approval {
    /// Returns what `--auto-approve` means.
    pub(in crate::cli) fn of(auto_approve: bool) -> Self {
        if auto_approve { Self::Given } else { Self::Asked }
    }
}

/// One environment that is to be changed.
pub(super) struct Errand<'a> {
    pub(super) environment: Writable,
    pub(super) context: &'a Context,
    pub(super) approval: Approval,
}

impl Errand<'_> {
    /// Plans and applies; again where an earlier apply of other specs had to be closed first.
    pub(super) async fn apply(mut self, choices: Choices) -> Result<Exit, Failure> {
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
    async fn settle(&self, state: &StateRead, planned: Planned) -> Result<Option<Exit>, Failure> {
        let mut watcher =
            Watcher::of(&planned.plan, self.context.terminal.progress, self.context.terminal.results);
        let (_listening, interrupts) = interrupts();
        let end = self.applying(state, &planned).settle(interrupts, &mut watcher).await?;
        watcher.end();
        if end.reason == EndReason::PlanAgain {
            return Ok(None);
        }
        self.tell(&planned.plan, &end);
        Ok(Some(of_apply(&end, &planned.plan)))
    }

    pub(super) async fn carry_out(&mut self, state: &StateRead, planned: &Planned) -> Result<Exit, Failure> {
        Ok(self.attempt(state, planned).await?.unwrap_or(Exit::Stale))
    }

    /// Applies one plan; nothing is returned if it must be made anew.
    async fn attempt(&mut self, state: &StateRead, planned: &Planned) -> Result<Option<Exit>, Failure> {
        let continued = state.book.apply().is_some_and(|apply| apply.tree == planned.plan.tree);
        if planned.plan.steps.is_empty() && !continued {
            self.show(planned);
            return Ok(Some(Exit::first(of_what_is_left(&planned.plan))));
        }
        let was_agreed = state.book.apply().is_some_and(|begun| begun.covers(&planned.plan));
        if !was_agreed && !self.is_agreed(&planned.plan) && !self.ask(planned)? {
            return Ok(Some(Exit::Done));
        }
        if state.key_from == KeyFrom::ThrownAway {
            self.keep_key().await?;
            return Ok(None);
        }
        if was_agreed || self.approval == Approval::Given {
            ui::talk(self.shown(planned).trim_end());
        }
        let mut watcher =
            Watcher::of(&planned.plan, self.context.terminal.progress, self.context.terminal.results);
        let (_listening, interrupts) = interrupts();
        let end = self.applying(state, planned).carry_out(interrupts, &mut watcher).await?;
        watcher.end();
        Ok(self.ended(&planned.plan, &end))
    }

    fn is_agreed(&self, plan: &Plan) -> bool {
        match &self.approval {
            Approval::Given => true,
            Approval::Asked => false,
            Approval::To(agreed) => *agreed == outline(plan),
        }
    }

    fn ask(&mut self, planned: &Planned) -> Result<bool, Failure> {
        self.show(planned);
        let unattended = format!("evenkeel apply {} --auto-approve", self.environment.session.name);
        let yes = ui::asked(self.context.terminal.prompts, "Carry this plan out?", &unattended)?;
        if yes {
            self.approval = Approval::To(outline(&planned.plan));
        }
        Ok(yes)
    }

    pub(super) fn show(&self, planned: &Planned) {
        ui::result(&self.shown(planned));
    }

    fn shown(&self, planned: &Planned) -> String {
        let session = &self.environment.session;
        let next = format!("evenkeel apply {}", session.name);
        render(&report(session, planned, &next), self.context.global.format, self.context.terminal.results)
    }

    /// Keeps a key from the first apply on. What was planned under another is planned again: digests differ.
    pub(super) async fn keep_key(&self) -> Result<(), Failure> {
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

    pub(super) fn tell(&self, plan: &Plan, end: &End) {
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

    pub(super) async fn abandon(&self, choices: Choices) -> Result<Exit, Failure> {
        let state = self.environment.session.read_state().await?;
        if state.book.apply().is_none() && state.book.open().next().is_none() {
            ui::talk(&format!("{}: no apply was left open", self.environment.session.name));
            return Ok(Exit::Done);
        }
        let planned = make(&self.environment.session, &state, choices).await;
        let mut watcher =
            Watcher::of(&planned.plan, self.context.terminal.progress, self.context.terminal.results);
        let (_listening, interrupts) = interrupts();
        let end = self.applying(&state, &planned).abandon(interrupts, &mut watcher).await?;
        watcher.end();
        self.tell(&planned.plan, &end);
        Ok(of_apply(&end, &planned.plan))
    }

    pub(super) fn applying<'a>(&'a self, state: &'a StateRead, planned: &'a Planned) -> Applying<'a> {
        Applying { environment: &self.environment, state, planned, user: &self.context.surroundings.user }
    }
}

/// Ctrl-C and SIGTERM let nothing new start; what runs is waited for.
///
/// They are listened for until what is returned beside the receiver is dropped.
pub(super) fn interrupts() -> (JoinSet<()>, mpsc::Receiver<()>) {
    let (sender, receiver) = mpsc::channel(1);
    let mut listening = JoinSet::new();
    listening.spawn(async move {
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
    });
    (listening, receiver)
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
