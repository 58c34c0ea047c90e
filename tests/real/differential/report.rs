//! What all rounds found: tallies, and every single thing that must not be.

use super::tally::{Judgement, Tally};
use evenkeel_core::engine::verdict::FieldChange;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    pub(super) what: What,
    pub(super) seed: u64,
    pub(super) kind: &'static str,
    pub(super) detail: String,
    /// The places that the verdict names.
    pub(super) named: Vec<String>,
}

impl Finding {
    /// Returns the finding with the places that the verdict names.
    pub(super) fn naming<'a>(self, places: impl IntoIterator<Item = &'a FieldChange>) -> Self {
        Self { named: places.into_iter().map(|field| field.path.to_string()).collect(), ..self }
    }
}

/// What must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// A verdict is not the oracle's.
    Wrong(Means),
    /// A verdict names a place that would not change.
    UnrealPath,
    /// The managers that the verdict names are not those of the server's conflict.
    OtherManagers,
    /// The verdict names all managers of the server's conflict, and one more: for the place of an item, which moves
    /// only beside items that the server has elsewhere, or for a null, which takes nothing. A step that announced too
    /// much takes no more than what conflicts.
    MoreManagers,
    /// What we send makes the server fail.
    ServerFails,
    /// Right after an apply something is left to do.
    NotSettled,
    /// To give a place up changed a value, or left the place in our entry.
    NotLeft,
}

/// By what means a verdict was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Means {
    /// Reading, with what the ledger remembers.
    Remembered,
    /// Reading alone.
    FirstContact,
    /// A dry run.
    DryRun,
}

/// What all rounds found.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) remembered: Tally,
    pub(super) first_contact: Tally,
    pub(super) dry_run: Tally,
    pub(super) findings: Vec<Finding>,
    pub(super) rejected: u32,
    pub(super) undrawn: u32,
    pub(super) named: u32,
    pub(super) conflicts: u32,
    pub(super) left: u32,
}

impl Report {
    pub(super) fn merge(mut self, other: Self) -> Self {
        self.remembered.add(other.remembered);
        self.first_contact.add(other.first_contact);
        self.dry_run.add(other.dry_run);
        self.findings.extend(other.findings);
        self.rejected += other.rejected;
        self.undrawn += other.undrawn;
        self.named += other.named;
        self.conflicts += other.conflicts;
        self.left += other.left;
        self
    }

    pub(super) fn count(&mut self, means: Means, judgement: Judgement) {
        match means {
            Means::Remembered => self.remembered.count(judgement),
            Means::FirstContact => self.first_contact.count(judgement),
            Means::DryRun => self.dry_run.count(judgement),
        }
    }

    pub(super) fn of(&self, what: What) -> usize {
        self.findings.iter().filter(|finding| finding.what == what).count()
    }

    /// Returns what fails the test: all but what is announced and does not conflict, in one of a hundred conflicts.
    pub(super) fn serious(&self) -> Vec<&Finding> {
        let tolerated = usize::try_from(self.conflicts / 100).expect("small");
        let are_few = self.of(What::MoreManagers) <= tolerated.max(1);
        let is_serious = |finding: &&Finding| finding.what != What::MoreManagers || !are_few;
        self.findings.iter().filter(is_serious).collect()
    }

    #[expect(clippy::print_stdout, reason = "the numbers are what this test is run for")]
    pub(super) fn print(&self) {
        for (means, tally) in [
            ("read, with what the ledger remembers", &self.remembered),
            ("read, at first contact", &self.first_contact),
            ("with a dry run", &self.dry_run),
        ] {
            println!("{means}, {} objects:\n{}", tally.total(), tally);
        }
        println!("rejected by the server {}, never created {}", self.rejected, self.undrawn);
        println!("differing {}, with a path that is not real {}", self.named, self.of(What::UnrealPath));
        println!(
            "conflicts {}, with other managers than named {}, with fewer {}",
            self.conflicts,
            self.of(What::OtherManagers),
            self.of(What::MoreManagers)
        );
        println!("with a place left to others that our entry gave up {}", self.left);
        let limit = usize::try_from(super::setting("DIFFERENTIAL_SHOW", 40)).expect("small");
        for finding in self.findings.iter().take(limit) {
            println!("--- {:?} {} seed {}\n{}", finding.what, finding.kind, finding.seed, finding.detail);
        }
    }
}
