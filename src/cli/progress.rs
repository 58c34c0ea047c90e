//! Shows an apply while it goes on: lines that are redrawn on a terminal, one line for each event elsewhere.

use super::ui::{self, Progress as Shown};
use crate::run::driver::Observer;
use crate::run::interrupts::Interrupts;
use evenkeel_core::engine::apply::{Notice, Progress, StepProgress, StepState};
use evenkeel_core::engine::id::StepId;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::report::Style;
use evenkeel_core::report::apply::Lines;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::task::JoinSet;

/// What is over within this time is not announced in a log.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// Watches an apply for the user.
pub(super) struct Watcher {
    lines: Lines,
    begun: BTreeMap<StepId, Duration>,
    told: BTreeMap<StepId, String>,
    bar: ProgressBar,
    shown: Shown,
    stopping: JoinSet<()>,
}

impl Watcher {
    /// Returns a watcher of this plan's steps.
    pub(super) fn of(plan: &Plan, shown: Shown, style: Style) -> Self {
        let target = match shown {
            Shown::Live => ProgressDrawTarget::stderr(),
            Shown::Plain => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(template) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(template);
        }
        let (begun, told, stopping) = (BTreeMap::new(), BTreeMap::new(), JoinSet::new());
        Self { lines: Lines::new(plan, style), begun, told, bar, shown, stopping }
    }

    /// Says what a wish to stop leads to, as soon as there is one.
    pub(super) fn stopped_by(mut self, mut interrupts: Interrupts) -> Self {
        let (bar, shown) = (self.bar.clone(), self.shown);
        self.stopping.spawn(async move {
            interrupts.asked().await;
            tell(
                &bar,
                shown,
                "stopping after what runs now; run it again to continue (once more: stop at once)",
            );
        });
        self
    }

    /// Takes the redrawn lines away.
    pub(super) fn end(mut self) {
        self.stopping.abort_all();
        self.bar.finish_and_clear();
    }

    /// A log is told what a step waits for once, and again only when that changes.
    fn log_waiting(&mut self, step: &StepProgress, now: Duration) {
        let (StepState::Following(why) | StepState::Gated(why) | StepState::Accepted(why)) = &step.state
        else {
            return;
        };
        let is_news = self.told.get(&step.step) != Some(why);
        if !is_news || now.saturating_sub(step.since) < WORTH_TELLING {
            return;
        }
        self.told.insert(step.step.clone(), why.clone());
        if let Some(line) = self.lines.running_step(step, now) {
            ui::talk(&format!("   {line}"));
        }
    }
}

fn tell(bar: &ProgressBar, shown: Shown, text: &str) {
    match shown {
        Shown::Live => bar.println(text),
        Shown::Plain => ui::talk(text),
    }
}

impl Observer for Watcher {
    fn began(&mut self, step: &StepId, now: Duration) {
        self.begun.entry(step.clone()).or_insert(now);
    }

    fn notice(&mut self, notice: &Notice, now: Duration) {
        let line = match notice {
            Notice::StepEnded(step, how) => {
                let took = self.begun.get(step).map(|begun| now.saturating_sub(*begun));
                Some(self.lines.ended(step, how, took))
            }
            other => self.lines.notice(other),
        };
        if let Some(line) = line {
            tell(&self.bar, self.shown, &line);
        }
    }

    fn progress(&mut self, progress: &Progress, now: Duration) {
        match self.shown {
            Shown::Plain => {
                progress.steps.iter().chain(&progress.awaited).for_each(|step| self.log_waiting(step, now));
            }
            Shown::Live => {
                self.bar.set_message(self.lines.status(progress, now));
                self.bar.tick();
            }
        }
    }
}
