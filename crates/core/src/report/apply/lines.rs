//! Lines about single steps: as they end, as they run, and what is worth telling in between.

use super::told;
use crate::engine::apply::{Elapsed, Ended, NotStarted, Notice, Progress, Stage, StepProgress, StepState};
use crate::engine::id::{ResourceId, StepId};
use crate::engine::plan::Plan;
use crate::engine::step::Step;
use crate::report::plan::Doing;
use crate::report::style::{Role, Style};
use crate::report::{humane, plain, words};
use std::collections::BTreeMap;
use std::time::Duration;

/// Knows the steps of one plan by name, and how wide their column is.
#[derive(Clone, Debug)]
pub struct Lines {
    style: Style,
    steps: BTreeMap<StepId, (ResourceId, String)>,
    column: usize,
}

impl Lines {
    /// Returns the lines of a plan.
    #[must_use]
    pub fn new(plan: &Plan, style: Style) -> Self {
        let named =
            |step: &Step| (step.id.clone(), (step.address.clone(), label(Doing::of(step), &step.address)));
        let steps: BTreeMap<StepId, (ResourceId, String)> = plan.steps.iter().map(named).collect();
        let limit = style.width * 2 / 3;
        let widths = steps.values().map(|(_, label)| plain::width_of(label));
        let column = widths.filter(|width| *width <= limit).max().unwrap_or(0);
        Self { style, steps, column }
    }

    /// Returns the line of a step that ended: ` ✓ kubernetes:ConfigMap/graph/orders   0.1 s`.
    #[must_use]
    pub fn ended(&self, step: &StepId, how: &Ended, took: Option<Duration>) -> String {
        let took = took.filter(|_| how.is_done()).map(humane::duration);
        let told: Vec<String> = took.into_iter().chain(told::ended(how)).chain(self.culprit(how)).collect();
        let (sign, role) = told::sign(how);
        let line = self.columns(self.label(step), &told.join("   "));
        if plain::width_of(&line) + 3 <= self.style.width {
            return format!(" {} {line}", self.style.paint(role, sign));
        }
        let below = plain::wrapped(&told.join(", "), 6, self.style.width);
        format!(" {} {}\n{}", self.style.paint(role, sign), self.label(step), below.trim_end())
    }

    /// Returns the line of a step of a plan file that the specs do not give any more, so that it is refused.
    #[must_use]
    pub fn refused(&self, step: &Step) -> String {
        self.left(step, "refused: what is live, the specs or the approvals give another step now")
    }

    /// Returns the line of a step of a plan file that a policy denies by now.
    #[must_use]
    pub fn denied(&self, step: &Step) -> String {
        self.left(step, "refused: a policy denies it by now")
    }

    /// Returns the line of a step of a plan file that was approved then and is not by now.
    #[must_use]
    pub fn not_approved(&self, step: &Step) -> String {
        self.left(step, "refused: its Approval is gone, has ended or was used")
    }

    fn left(&self, step: &Step, told: &str) -> String {
        let sign = self.style.paint(Role::Held, "!");
        format!(" {sign} {}", self.columns(self.label(&step.id), told))
    }

    fn culprit(&self, how: &Ended) -> Option<String> {
        let Ended::NotStarted(NotStarted::Blocked { culprit }) = how else { return None };
        let (address, _) = self.steps.get(culprit)?;
        Some(format!("needs {address}"))
    }

    /// Returns a line for each step that runs or waits at a gate, without a sign: a terminal draws its spinner there.
    #[must_use]
    pub fn running(&self, progress: &Progress, now: Elapsed) -> Vec<String> {
        progress
            .steps
            .iter()
            .chain(&progress.awaited)
            .filter_map(|step| self.running_step(step, now))
            .collect()
    }

    /// Returns what a terminal redraws: the running steps and where the apply stands.
    #[must_use]
    pub fn status(&self, progress: &Progress, now: Elapsed) -> String {
        let mut lines = self.running(progress, now);
        lines.push(self.stage(progress, now));
        lines.join("\n")
    }

    /// Returns the line of one step, if it runs or waits at a gate; a log prints it when what it waits for changes.
    #[must_use]
    pub fn running_step(&self, step: &StepProgress, now: Elapsed) -> Option<String> {
        let StepProgress { step: id, address, state, since, blocks } = step;
        let waited = now.saturating_sub(*since);
        let for_long = humane::duration(waited);
        let told = match state {
            StepState::Waiting(_) | StepState::Ready | StepState::Ended(_) => return None,
            StepState::Starting => "starting".to_owned(),
            StepState::Sent if waited < Duration::from_secs(1) => "sent".to_owned(),
            StepState::Sent => format!("sent {for_long} ago, no answer yet"),
            StepState::Gated(why) | StepState::Following(why) | StepState::Accepted(why) => {
                format!("waiting {for_long}: {}", plain::line(why))
            }
            StepState::Unknown(at, cause) => {
                let left = humane::duration(at.saturating_sub(now));
                let told = cause.as_ref().map_or_else(|| "no answer came".to_owned(), words::why);
                format!("{told}; what became of it is looked up in {left}")
            }
        };
        let label = self.steps.get(id).map_or_else(|| address.to_string(), |(_, label)| label.clone());
        let waiting = match blocks {
            0 => String::new(),
            1 => " (1 step waits for it)".to_owned(),
            many => format!(" ({many} steps wait for it)"),
        };
        Some(format!("{}{waiting}", self.columns(&label, &told)))
    }

    /// Returns the line below the running ones: where the apply stands, and what ctrl-c does.
    #[must_use]
    pub fn stage(&self, progress: &Progress, now: Elapsed) -> String {
        let ended = |step: &&StepProgress| matches!(step.state, StepState::Ended(_));
        let done = progress.steps.iter().filter(ended).count();
        let of = progress.steps.len();
        match &progress.stage {
            Stage::Acquiring => "getting the lock".to_owned(),
            Stage::SettlingEarlier(None) => "settling what an earlier apply left".to_owned(),
            Stage::SettlingEarlier(Some(until)) => {
                let left = humane::duration(until.saturating_sub(now));
                format!("an earlier apply may have left something in flight: looking in {left}")
            }
            Stage::Running => {
                format!("{done} of {of} steps ended · ctrl-c starts nothing new and waits for what runs")
            }
            Stage::Stopping => format!("stopping: {done} of {of} steps ended, what runs is waited for"),
            Stage::Closing => "writing the ledger".to_owned(),
            Stage::Over => format!("{done} of {of} steps ended"),
        }
    }

    /// Returns the line of a notice; nothing for what only a log would want.
    #[must_use]
    pub fn notice(&self, notice: &Notice) -> Option<String> {
        match notice {
            Notice::Acquired(_) => None,
            Notice::StepEnded(step, how) => Some(self.ended(step, how, None)),
            Notice::LockHeld(holder) => Some(format!("{} holds the lock", plain::line(&holder.name))),
            Notice::Continuing { plan, done, of, open } => {
                let open = match open {
                    0 => String::new(),
                    1 => "; of 1 nobody knows yet, it is looked up".to_owned(),
                    many => format!("; of {many} nobody knows yet, they are looked up"),
                };
                Some(format!("continuing plan {plan}: {done} of {of} steps were done{open}"))
            }
            Notice::ClosingEarlier(plan) => Some(format!("closing plan {plan}, which was left")),
            Notice::EarlierSettled(address, how) => Some(earlier(address, how)),
            Notice::EarlierKnown { done, not_done } => Some(format!(
                "of the steps that an earlier apply left, {done} were carried out and {not_done} were not"
            )),
            Notice::StoreSilent(why) => Some(format!(
                "the state store does not answer, so nothing new starts until it does: {}",
                words::why(why)
            )),
            Notice::StoreRefuses(why) => Some(format!(
                "the state store refuses what it is asked, so nothing new starts until it does it: {}",
                words::why(why)
            )),
            Notice::LockLost => Some("somebody else took the lock: nothing new starts".to_owned()),
            Notice::CheckpointDropped => Some(
                "the ledger could not be written; the journal has everything, the next apply writes it"
                    .to_owned(),
            ),
            Notice::JournalKept(why) => Some(format!(
                "the journal grows, as what the ledger has by now cannot be deleted from it: {}",
                words::why(why)
            )),
        }
    }

    fn label<'a>(&'a self, step: &'a StepId) -> &'a str {
        self.steps.get(step).map_or(step.as_str(), |(_, label)| label)
    }

    fn columns(&self, label: &str, told: &str) -> String {
        let column = self.column;
        format!("{label:column$}   {told}").trim_end().to_owned()
    }
}

/// Says what became of a step that an earlier apply left.
pub(super) fn earlier(address: &ResourceId, how: &Ended) -> String {
    let told = told::ended(how).unwrap_or_else(|| "done".to_owned());
    format!("left by an earlier apply: {address}: {told}")
}

/// The name of a step: its address, after what is done unless it is a plain change.
fn label(doing: Doing, address: &ResourceId) -> String {
    match doing {
        Doing::Update => address.to_string(),
        Doing::Create
        | Doing::Delete
        | Doing::Replace
        | Doing::Adopt
        | Doing::Own
        | Doing::Confirm
        | Doing::Migrate
        | Doing::RecordGone
        | Doing::RecordOurs
        | Doing::Move
        | Doing::Restart
        | Doing::Cordon
        | Doing::Drain
        | Doing::Stop
        | Doing::Carry
        | Doing::Rename
        | Doing::Forget => format!("{} {address}", doing.verb()),
    }
}
