//! Policies: what may not be done, written down as expressions over changes, objects and the environment.
//!
//! ```text
//!  policies/*.yaml ─ documents::policy ─▶ Policies ─ in_environment ─▶ Judge ─▶ Finding: who denies what, and why
//! ```
//!
//! A policy that fails denies: a rule that cannot be evaluated has not said yes. Nothing here is asked of a live system
//! or a clock; what a policy sees is what the plan and its review see, and secrets are there without their text.

pub mod cel;
mod judge;
mod matching;
mod message;
mod names;

pub use judge::{Finding, Judge};
pub use matching::{Match, Target};
pub use message::Message;
pub use names::{Change, Surroundings, names};

use crate::diagnostic::Location;
use cel::Expression;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One policy, compiled.
#[derive(Clone, Debug)]
pub struct Policy {
    /// How it is called.
    pub name: Arc<str>,
    /// What it looks at.
    pub over: Over,
    /// Which of these.
    pub matching: Match,
    /// What it denies.
    pub deny: Expression,
    /// What it says then.
    pub message: Message,
    /// What follows.
    pub severity: Severity,
    /// Where its expression stands.
    pub at: Location,
}

/// What a policy looks at, one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Over {
    /// Each change that would be made.
    Changes,
    /// Each object that Git wants, whether or not it would change.
    Objects,
    /// Each document about the environment and what it talks to.
    Documents,
    /// The environment as a whole.
    Environment,
}

/// What follows if a policy denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// The change is held.
    Deny,
    /// It is listed, and nothing is held.
    Warn,
}

/// What a change does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ChangeAction {
    /// It is created.
    #[default]
    Create,
    /// It changes in place.
    Update,
    /// It is deleted.
    Delete,
    /// It is deleted and created anew.
    Replace,
    /// It becomes ours, and no value changes.
    Adopt,
    /// Our record of owning fields is completed, and no value changes.
    Own,
    /// It stays as it is, and is no longer ours.
    Forget,
}

impl ChangeAction {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Create, Self::Update, Self::Delete, Self::Replace, Self::Adopt, Self::Own, Self::Forget];

    /// Returns the word in policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Replace => "replace",
            Self::Adopt => "adopt",
            Self::Own => "own",
            Self::Forget => "forget",
        }
    }

    /// Tells whether values change, so that a policy which names no actions looks at it.
    #[must_use]
    pub fn changes_values(self) -> bool {
        match self {
            Self::Create | Self::Update | Self::Delete | Self::Replace => true,
            Self::Adopt | Self::Own | Self::Forget => false,
        }
    }
}

/// The policies that count, in the order of their names.
///
/// A value of its own beside the specs: they are read from the protected base, the specs from what is proposed.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    rules: Arc<[Policy]>,
    surroundings: Arc<Surroundings>,
}

impl Policies {
    /// Returns these policies.
    #[must_use]
    pub fn of(mut rules: Vec<Policy>) -> Self {
        rules.sort_by(|one, two| one.name.cmp(&two.name));
        Self { rules: rules.into(), surroundings: Arc::default() }
    }

    /// Returns the same with what they may know of the environment beside its name and limits.
    #[must_use]
    pub fn in_environment(&self, surroundings: Surroundings) -> Self {
        Self { rules: Arc::clone(&self.rules), surroundings: Arc::new(surroundings) }
    }

    /// Returns each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Policy> {
        self.rules.iter()
    }

    /// Tells whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}
