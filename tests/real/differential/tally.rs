//! What was found, by class: the numbers that the comparison is judged by.

use evenkeel_core::engine::verdict::{Cause, DoubtClass, FieldChange, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

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
    Undecided(BTreeSet<DoubtClass>),
    /// A removal is held as our entry is lost; no dry run can tell.
    HeldAsLost,
}

impl Judgement {
    /// Judges a verdict by whether anything would change.
    pub(super) fn of(verdict: &Verdict, is_change: bool) -> Self {
        match (verdict, is_change) {
            (Verdict::Same | Verdict::Own(_), false) => Self::Same,
            (Verdict::Undecided(doubts), _) => {
                Self::Undecided(doubts.iter().map(|doubt| doubt.class).collect())
            }
            (Verdict::Differs(difference), true) if difference.fields.iter().any(is_of_the_server) => {
                Self::Differs
            }
            (Verdict::Differs(difference), _) if difference.fields.iter().any(is_of_the_server) => {
                Self::False
            }
            (Verdict::Differs(difference), _) if !difference.doubts.is_empty() => {
                Self::Undecided(difference.doubts.iter().map(|doubt| doubt.class).collect())
            }
            (Verdict::Same | Verdict::Own(_) | Verdict::Differs(_), true) => Self::Missed,
            (Verdict::Differs(_), false) => Self::HeldAsLost,
        }
    }
}

/// Tells whether the server would do it; what is held as our entry is lost, it would not.
pub(super) fn is_of_the_server(field: &FieldChange) -> bool {
    field.cause != Cause::EntryLost
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

    pub(super) fn undecided(&self) -> u32 {
        let undecided = self.0.iter().filter(|(judgement, _)| matches!(judgement, Judgement::Undecided(_)));
        undecided.map(|(_, count)| count).sum()
    }

    pub(super) fn total(&self) -> u32 {
        self.0.values().sum()
    }

    pub(super) fn add(&mut self, other: Self) {
        for (judgement, count) in other.0 {
            *self.0.entry(judgement).or_default() += count;
        }
    }
}

/// One line for each class.
impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(judgement, count)| writeln!(out, "  {count:6}  {judgement:?}"))
    }
}
