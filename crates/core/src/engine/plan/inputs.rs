//! Everything a plan is made from, apart from the answers of live systems.

use crate::engine::fingerprint::DigestedUnder;
use crate::engine::id::{ConnectionId, ConnectionName, ResourceId, Revision};
use crate::engine::ledger::Ledger;
use crate::engine::plan::{Base, Goal, Mechanisms};
use crate::engine::policy::Policies;
use crate::engine::wanted::Desired;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The inputs of one plan.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// What Git wants.
    pub desired: Desired,
    /// Where that was read, as people know it.
    pub revision: Option<Revision>,
    /// What we applied so far.
    pub history: History,
    /// What to do where reading alone cannot tell.
    pub doubts: Doubts,
    /// The number of deletions that the user expects, if they said so.
    pub expected_deletes: Option<u32>,
    /// Whom each connection must be talking to, learned at first contact.
    pub pins: BTreeMap<ConnectionId, Arc<str>>,
    /// The namespace of manifests that name none, by connection; `default` where absent.
    pub default_namespaces: BTreeMap<ConnectionName, Arc<str>>,
    /// What may not be done, as it stands where it is protected.
    pub policies: Policies,
    /// Addresses that an earlier apply left in doubt, and why; nothing touches them until a person clears them.
    pub blocked: BTreeMap<ResourceId, String>,
    /// The protected revision that the plan is judged by, if not by the specs' own.
    pub base: Option<Base>,
    /// What the plan leads to.
    pub goal: Goal,
    /// Under which key the secrets in the answers are digested.
    pub digested_under: DigestedUnder,
    /// What the laws rest on; the default, except in tests of the laws.
    pub mechanisms: Mechanisms,
}

impl Inputs {
    /// Returns the namespace of what names none on this connection.
    #[must_use]
    pub fn default_namespace(&self, connection: &ConnectionName) -> Arc<str> {
        self.default_namespaces.get(connection).cloned().unwrap_or_else(|| Arc::from("default"))
    }
}

/// What is known of earlier applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum History {
    /// The ledger, as it was kept; empty before the first apply ends.
    Kept(Arc<Ledger>),
    /// No state of any sort was found. Objects with our marker then mean that it was lost.
    Never,
    /// The ledger, or part of it, was lost, and the user asked to look for what is ours: nothing live is written.
    Recovering(Recovering),
}

/// What is left of a ledger, and where to look for the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovering {
    /// What could be read of it.
    pub ledger: Ledger,
    /// Every connection of the environment: what Git no longer wants may be anywhere.
    pub connections: BTreeSet<ConnectionName>,
}

impl History {
    /// Returns the ledger, if there is one.
    #[must_use]
    pub fn ledger(&self) -> Option<&Ledger> {
        match self {
            Self::Kept(ledger) => Some(ledger),
            Self::Recovering(recovering) => Some(&recovering.ledger),
            Self::Never => None,
        }
    }
}

/// What to do where reading alone cannot tell whether something would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubts {
    /// Ask the system by dry run.
    Settle,
    /// Leave them to the step `confirm`.
    Leave,
}
