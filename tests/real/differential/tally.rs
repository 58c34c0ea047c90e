//! What was found, by class: the numbers that the comparison is judged by.

use std::collections::BTreeMap;

/// How one verdict stands to the oracle.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Judgement {
    /// Nothing would change, and the verdict says so.
    Same,
    /// Something would change, and the verdict says so.
    Differs,
    /// Something would change, and the verdict does not say so.
    Missed,
    /// Nothing would change, and the verdict says something would.
    False,
    /// The verdict cannot tell, for these documented reasons.
    Undecided(String),
    /// A removal is held as our entry is lost; no dry run can tell.
    HeldAsLost,
}

/// The numbers of one way to compare.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(BTreeMap<Judgement, u32>);

impl Tally {
    pub(super) fn count(&mut self, judgement: Judgement) {
        *self.0.entry(judgement).or_default() += 1;
    }

    pub(super) fn of(&self, judgement: &Judgement) -> u32 {
        self.0.get(judgement).copied().unwrap_or(0)
    }

    pub(super) fn total(&self) -> u32 {
        self.0.values().sum()
    }

    pub(super) fn lines(&self) -> String {
        self.0.iter().map(|(judgement, count)| format!("  {count:6}  {judgement:?}\n")).collect()
    }
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        for (judgement, count) in other.0 {
            *self.0.entry(judgement).or_default() += count;
        }
    }
}
