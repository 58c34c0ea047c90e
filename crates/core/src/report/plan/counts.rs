//! What a plan comes to in numbers, and the last line that Terraform's tools read.

use super::outline::{Doing, entries, held, not_compared};
use crate::engine::plan::{Goal, Plan};
use crate::engine::step::Risk;
use crate::report::humane;

/// How many resources undergo what. Everything that counts takes its numbers from here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Created, replacements included.
    pub add: usize,
    /// Changed in place.
    pub change: usize,
    /// Deleted, replacements included.
    pub destroy: usize,
    /// Becoming ours as they are.
    pub adopt: usize,
    /// Whose field ownership is completed.
    pub own: usize,
    /// Left to a dry run.
    pub confirm: usize,
    /// Whose fields change managers.
    pub migrate: usize,
    /// Written down as gone.
    pub gone: usize,
    /// Ours already, and to be written down again.
    pub regained: usize,
    /// Known by another address from now on.
    pub moved: usize,
    /// No longer ours, and left as they are.
    pub forgotten: usize,
    /// Changes that restart something.
    pub restarts: usize,
    /// Changes during which something is not served.
    pub downtimes: usize,
    /// Changes that may lose data.
    pub data_losses: usize,
    /// Held resources, without those that share the fate of their scope.
    pub held: usize,
    /// Scopes, and resources whose secrets have no source, that were not compared.
    pub unknown: usize,
}

impl Counts {
    /// Counts a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let unknown = plan.unknown.len() + not_compared(plan).count();
        let mut counts = Self { held: held(plan).count(), unknown, ..Self::default() };
        for entry in entries(plan) {
            counts.add_doing(entry.doing);
            counts.add_risk(entry.risk());
        }
        counts
    }

    fn add_doing(&mut self, doing: Doing) {
        match doing {
            Doing::Create => self.add += 1,
            Doing::Update | Doing::Restart | Doing::Cordon | Doing::Drain | Doing::Stop | Doing::Carry => {
                self.change += 1;
            }
            Doing::Delete => self.destroy += 1,
            Doing::Replace | Doing::Rename => {
                self.add += 1;
                self.destroy += 1;
            }
            Doing::Adopt => self.adopt += 1,
            Doing::Own => self.own += 1,
            Doing::Confirm => self.confirm += 1,
            Doing::Migrate => self.migrate += 1,
            Doing::RecordGone => self.gone += 1,
            Doing::RecordOurs => self.regained += 1,
            Doing::Move => self.moved += 1,
            Doing::Forget => self.forgotten += 1,
        }
    }

    fn add_risk(&mut self, risk: Risk) {
        match risk {
            Risk::None => {}
            Risk::Restart => self.restarts += 1,
            Risk::Downtime => self.downtimes += 1,
            Risk::DataLoss => self.data_losses += 1,
        }
    }

    /// Returns how many live values' worth of change there is, as Terraform counts it.
    #[must_use]
    pub fn changes(self) -> usize {
        self.add + self.change + self.destroy
    }

    /// Tells whether live is what Git says, as far as anybody can know: no change, nothing held, all compared.
    #[must_use]
    pub fn matches(self) -> bool {
        self.changes() == 0 && self.held == 0 && self.unknown == 0
    }

    /// Returns the last line: Terraform's words, so that tools which look for them find them.
    #[must_use]
    pub fn sentence(self) -> String {
        let extras = self.extras().join(", ");
        let extras = if extras.is_empty() { extras } else { format!("{extras}.") };
        if self.matches() {
            let line = "No changes. Live matches Git.".to_owned();
            return if extras.is_empty() { line } else { format!("{line}\n{extras}") };
        }
        let Self { add, change, destroy, .. } = self;
        let space = if extras.is_empty() { "" } else { " " };
        format!("Plan: {add} to add, {change} to change, {destroy} to destroy.{space}{extras}")
    }

    /// Returns the last line of a plan with this goal.
    #[must_use]
    pub fn sentence_for(self, goal: &Goal) -> String {
        match goal {
            Goal::Converge => self.sentence(),
            Goal::Destroy { data: _ } if self == Self::default() => "Nothing here is ours.".to_owned(),
            Goal::Destroy { data: _ } => {
                let extras = self.extras().join(", ");
                let extras = if extras.is_empty() { extras } else { format!(" {extras}.") };
                format!("Plan: 0 to add, 0 to change, {} to destroy.{extras}", self.destroy)
            }
            Goal::Forget { addresses: _ } if self == Self::default() => "Nothing to forget.".to_owned(),
            Goal::Forget { addresses: _ } => {
                let extras = self.extras().join(", ");
                format!("{extras}. Nothing is deleted, and no other value changes.")
            }
        }
    }

    /// Returns what Terraform has no words for, the harmless first and the unknown last.
    #[must_use]
    pub fn extras(self) -> Vec<String> {
        let plain = |number: usize, words: &str| (number > 0).then(|| format!("{number} {words}"));
        [
            plain(self.adopt, "to adopt"),
            plain(self.own, "to own"),
            plain(self.confirm, "to confirm"),
            plain(self.migrate, "to migrate"),
            plain(self.gone, "to record as gone"),
            plain(self.regained, "to record as ours"),
            plain(self.moved, "to move"),
            plain(self.forgotten, "to forget"),
            (self.restarts > 0).then(|| humane::count(self.restarts, "restart")),
            plain(self.downtimes, "with downtime"),
            plain(self.data_losses, "may lose data"),
            plain(self.held, "held"),
            plain(self.unknown, "not compared"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
