//! Shows an apply while it goes on: lines that are redrawn on a terminal, one line for each event elsewhere.

use super::told::{Line, line, notice};
use super::ui::{self, Progress as Shown};
use crate::run::driver::Observer;
use evenkeel_core::engine::apply::{Ended, Notice, Progress, StepProgress, StepState};
use evenkeel_core::engine::id::StepId;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::report::Style;
use indicatif::{ProgressBar, ProgressDrawTarget};
use std::collections::BTreeMap;
use std::time::Duration;

/// Watches an apply for the user.
pub(super) struct Watcher {
    steps: BTreeMap<StepId, Line>,
    begun: BTreeMap<StepId, Duration>,
    told: BTreeMap<StepId, String>,
    bar: ProgressBar,
    shown: Shown,
    style: Style,
}

impl Watcher {
    /// Returns a watcher of this plan's steps.
    pub(super) fn of(plan: &Plan, shown: Shown, style: Style) -> Self {
        let bar = ProgressBar::with_draw_target(
            None,
            match shown {
                Shown::Live => ProgressDrawTarget::stderr(),
                Shown::Plain => ProgressDrawTarget::hidden(),
            },
        );
        let steps = plan.steps.iter().map(|step| (step.id.clone(), Line::of(step))).collect();
        Self { steps, begun: BTreeMap::new(), told: BTreeMap::new(), bar, shown, style }
    }

    /// Takes the redrawn lines away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn tell(&self, text: &str) {
        match self.shown {
            Shown::Live => self.bar.println(text),
            Shown::Plain => ui::talk(text),
        }
    }

    fn ended(&self, step: &StepId, how: &Ended, took: Duration) {
        if let Some(told) = self.steps.get(step) {
            self.tell(&line(told, how, took, self.style));
        }
    }

    /// What a step waits for is told once, and again only when it changes.
    fn waiting(&mut self, step: &StepProgress, elapsed: Duration) {
        let (StepState::Following(why) | StepState::Gated(why) | StepState::Accepted(why)) = &step.state
        else {
            return;
        };
        if self.told.get(&step.step) == Some(why) {
            return;
        }
        self.told.insert(step.step.clone(), why.clone());
        if self.shown == Shown::Plain && !why.is_empty() {
            let since = evenkeel_core::report::humane::duration(elapsed.saturating_sub(step.since));
            ui::talk(&format!("   {}   waiting {since}: {why}", step.address));
        }
    }
}

impl Observer for Watcher {
    fn notice(&mut self, told: &Notice, progress: &Progress) {
        if let Notice::StepEnded(step, how) = told {
            let since = self.begun.get(step).copied().unwrap_or_default();
            let now =
                progress.steps.iter().find(|state| state.step == *step).map_or(since, |state| state.since);
            self.ended(step, how, now.saturating_sub(since));
        } else if let Some(text) = notice(told) {
            self.tell(&text);
        }
    }

    fn progress(&mut self, progress: &Progress, elapsed: Duration) {
        let mut running = Vec::new();
        for step in &progress.steps {
            match &step.state {
                StepState::Waiting(_) | StepState::Ready | StepState::Ended(_) => {}
                StepState::Gated(_)
                | StepState::Starting
                | StepState::Sent
                | StepState::Accepted(_)
                | StepState::Unknown(_)
                | StepState::Following(_) => {
                    self.begun.entry(step.step.clone()).or_insert(elapsed);
                    running.push(step);
                }
            }
        }
        for step in &running {
            self.waiting(step, elapsed);
        }
        self.bar.set_message(super::told::status(progress, &running, elapsed));
        self.bar.tick();
    }
}
