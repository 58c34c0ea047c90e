//! `evenkeel ledger recover`: shows what is left of a ledger and what is ours besides, asks, and writes it down anew.

use super::errand::{Approval, Errand, Next};
use crate::cli::args::Format;
use crate::cli::error::Failure;
use crate::cli::interrupts::Listening;
use crate::cli::ui::Prompts;
use crate::cli::{Context, ui};
use crate::run::planning::{self, Keep, Planned};
use crate::run::session::StateRead;
use crate::run::writable::Writable;
use evenkeel_core::engine::apply::EndReason;
use evenkeel_core::engine::ledger::Lost;
use evenkeel_core::engine::plan::{Goal, copies};
use evenkeel_core::report::Exit;
use evenkeel_core::report::recovery::{Left, RecoveryReport, json, text};

/// What an earlier apply left open is settled in the first round; what is ours is written down in the next.
const ROUNDS: u32 = 3;

/// Rebuilds a lost or damaged ledger; nothing live is written.
pub(in crate::cli) async fn recover(
    environment: &str,
    approval: Approval,
    context: &Context,
) -> Result<Exit, Failure> {
    let listening = Listening::start();
    let interrupts = listening.interrupts();
    let session = interrupts.clone().or(context.open(environment)).await??;
    let again = format!("evenkeel ledger recover {environment}");
    let next = Next { anew: again.clone(), again };
    let (writable, goal) = (Writable::of(session), Goal::Converge);
    let mut errand = Errand { environment: writable, context, goal, approval, interrupts, next };
    for _round in 0..ROUNDS {
        if let Some(exit) = errand.recover().await? {
            return Ok(exit);
        }
    }
    Err(Failure::new(Exit::Partial, "what an earlier apply left is still being settled").hint("run it again"))
}

/// What was found of a ledger.
struct Found {
    state: StateRead,
    lost: Vec<Lost>,
    planned: Planned,
}

impl Found {
    /// Tells whether there is nothing to write: it is whole and has everything that carries our hand.
    fn is_whole(&self) -> bool {
        self.lost.is_empty() && self.planned.plan.steps.is_empty()
    }

    /// Tells whether something else would be written than was shown. Names of steps are not compared: they cover
    /// digests, and their key is only kept from now on.
    fn differs(&self, shown: &Self) -> bool {
        let rows = |found: &Self| {
            let steps = found.planned.plan.steps.iter();
            steps.map(|step| (step.address.clone(), step.action.clone())).collect::<Vec<_>>()
        };
        self.lost != shown.lost || rows(self) != rows(shown)
    }
}

impl Errand<'_> {
    /// Recovers once; nothing is returned if what an earlier apply left had to be settled first.
    async fn recover(&mut self) -> Result<Option<Exit>, Failure> {
        let found = self.search().await?;
        self.show_found(&found)?;
        let exit = if found.planned.plan.unknown.is_empty() { Exit::Done } else { Exit::Unreadable };
        if found.is_whole() {
            return Ok(Some(exit));
        }
        let was_asked = matches!(self.approval, Approval::Asked);
        if was_asked {
            let unattended = format!("{} --auto-approve", self.again());
            let (prompts, question) = (self.context.terminal.prompts, "Write the ledger anew like this?");
            if !ui::asked(prompts, question, &unattended, &mut self.interrupts).await? {
                return Ok(Some(Exit::Done));
            }
            self.approval = Approval::Given;
        }
        let _kept = self.keep_key().await?;
        let again = self.search().await?;
        if was_asked && again.differs(&found) {
            ui::talk("it is not what was shown any more; looking again");
            self.approval = Approval::Asked;
            return Ok(None);
        }
        let Found { state, lost: _, planned } = again;
        let mut watcher = self.watcher(&planned.plan);
        let end = self.applying(&state, &planned).rebuild(self.interrupts.clone(), &mut watcher).await?;
        watcher.end();
        if end.reason == EndReason::PlanAgain {
            ui::talk("what an earlier apply left is settled; looking again");
            return Ok(None);
        }
        self.tell(&planned.plan, &end)?;
        let ended = evenkeel_core::report::exit::of_apply(&end, &planned.plan);
        Ok(Some(Exit::first([ended, exit])))
    }

    async fn search(&self) -> Result<Found, Failure> {
        let session = &self.environment.session;
        let (state, lost) = session.salvage_state().await?;
        let inputs = session.recovering(&state);
        let planned = planning::make(session, &state, &inputs, Keep::Everything).await;
        Ok(Found { state, lost, planned })
    }

    /// Shows what was found. To a program it is the result only if nothing comes of it: elsewise that is.
    fn show_found(&self, found: &Found) -> Result<(), Failure> {
        let nobody_answers = self.context.terminal.prompts == Prompts::Impossible;
        let ends_here = found.is_whole() || (matches!(self.approval, Approval::Asked) && nobody_answers);
        match self.context.global.format {
            Format::Json if ends_here => ui::result(&self.told(found, Format::Json)),
            Format::Json => {
                ui::talk(self.told(found, Format::Text).trim_end());
                Ok(())
            }
            format @ (Format::Text | Format::Markdown) => ui::result(&self.told(found, format)),
        }
    }

    fn told(&self, found: &Found, format: Format) -> String {
        let Found { state, lost, planned } = found;
        let left = if state.is_empty() {
            Left::Nothing
        } else {
            Left::Rows { rows: state.book.row_count(), open: state.book.open().count() }
        };
        let is_wanted = |id: &_| planned.forms.contains_key(id);
        let report = RecoveryReport {
            plan: &planned.plan,
            left,
            lost,
            is_wanted: &is_wanted,
            copies: copies(&planned.live, &planned.plan.environment),
        };
        match format {
            Format::Json => format!("{}\n", json(&report)),
            Format::Text | Format::Markdown => text(&report, self.context.terminal.results),
        }
    }
}
