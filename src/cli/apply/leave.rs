//! What is different where an errand leads away from Git: what is asked, what is waited for, and what is removed last.

use super::errand::Errand;
use crate::cli::error::Failure;
use crate::cli::ui::{self, Question};
use crate::run::retiring::{Retired, retire};
use crate::run::session::StateRead;
use evenkeel_core::engine::apply::Suspension;
use evenkeel_core::engine::plan::{Goal, Plan};
use evenkeel_core::engine::step::Action;
use evenkeel_core::report::Exit;
use evenkeel_core::report::humane::{count, date_and_time};

impl Errand<'_> {
    /// Tells whether something was deleted and has not been seen gone: it still belongs to the environment.
    pub(super) fn waits_for_what_goes(&self, state: &StateRead) -> bool {
        matches!(self.goal, Goal::Destroy { data: _ })
            && state.book.awaited().any(|(_, awaited)| awaited.is_going())
    }

    /// Returns what is asked before a plan is carried out, and the command that needs no answer.
    pub(super) fn question(&self, plan: &Plan) -> (Question, String) {
        let again = self.again();
        match &self.goal {
            Goal::Converge => (Question::yes("Carry this plan out?"), format!("{again} --auto-approve")),
            Goal::Forget { addresses: _ } => {
                (Question::yes("Let go of it?"), format!("{again} --auto-approve"))
            }
            Goal::Destroy { data: _ } => {
                let name = plan.environment.as_str();
                let unattended = format!("{again} --auto-approve --expect-deletes {}", deletions(plan));
                (Question { text: format!("Take {name} down?"), answer: name.to_owned() }, unattended)
            }
        }
    }

    /// Refuses a plan that deletes another number than somebody counted.
    pub(super) fn expect_deletes(&self, plan: &Plan, expected: u32) -> Result<(), Failure> {
        let deletes = deletions(plan);
        if u32::try_from(deletes).is_ok_and(|deletes| deletes == expected) {
            return Ok(());
        }
        let message = format!(
            "{} would go, and {expected} were expected: nothing was begun",
            count(deletes, "resource")
        );
        Err(Failure::new(Exit::Denied, message).hint(format!("look at it: {}", self.looking())))
    }

    /// Returns the command that shows what would go, and does nothing by itself.
    fn looking(&self) -> String {
        match &self.goal {
            Goal::Converge | Goal::Forget { addresses: _ } => {
                self.context.command(&format!("evenkeel plan {}", self.environment.session.name))
            }
            Goal::Destroy { data: _ } => self.again(),
        }
    }

    /// Empties the state of an environment that nothing is left of.
    pub(super) async fn leave(&self, exit: Exit) -> Result<Exit, Failure> {
        if exit != Exit::Done || !matches!(self.goal, Goal::Destroy { data: _ }) {
            return Ok(exit);
        }
        match retire(&self.environment, &self.context.surroundings.user).await? {
            Retired::Emptied => {
                ui::talk("nothing is left, so the state was emptied, too");
                self.tell_what_git_has();
            }
            Retired::EmptiedButForTheKey => {
                ui::talk(
                    "nothing is left, so the state was emptied, but for its key: these credentials may not delete it",
                );
                self.tell_what_git_has();
            }
            Retired::Never | Retired::InUse => {}
            Retired::Suspended(suspension) => {
                let Suspension { until, reason, by } = suspension;
                let until = date_and_time(until);
                ui::talk(&format!("suspended until {until} by {by} ({reason}): the state stays as it is"));
                return Ok(Exit::Locked);
            }
            Retired::Busy => {
                ui::talk("somebody else took the lock: the state stays as it is");
                return Ok(Exit::Locked);
            }
            Retired::Late => {
                ui::talk(&format!("the state could not be emptied in time; next: {}", self.again()));
                return Ok(Exit::Partial);
            }
        }
        Ok(exit)
    }

    /// What is in Git is made again by whoever applies next, an agent or a pipeline.
    fn tell_what_git_has(&self) {
        let session = &self.environment.session;
        let wanted = session.specs.desired.resources.len();
        if wanted > 0 {
            let (name, resources) = (&session.name, count(wanted, "resource"));
            ui::talk(&format!(
                "Git still has {resources} of {name}: the next apply makes them again; to keep it down, remove its directory"
            ));
        }
    }
}

/// Counts what a plan deletes.
pub(in crate::cli) fn deletions(plan: &Plan) -> usize {
    plan.steps.iter().filter(|step| matches!(step.action, Action::Delete { uid: _ })).count()
}
