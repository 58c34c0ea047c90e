//! What a plan leads to: what Git says, nothing at all, or the same with less of it ours.
//!
//! Whatever it is, the plan is made, shown, reviewed, journaled and carried out in the same way.

use super::inputs::{Doubts, History, Inputs};
use crate::diagnostic::Location;
use crate::engine::fingerprint::Digest;
use crate::engine::id::{ResourceId, TreeHash};
use crate::engine::policy::Policies;
use crate::engine::wanted::{Desired, Wanted};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a plan leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Goal {
    /// What Git says.
    #[default]
    Converge,
    /// Nothing of the environment is left.
    Destroy {
        /// What goes although it holds data: each was named.
        data: BTreeSet<ResourceId>,
    },
    /// These stay as they are, and are no longer ours.
    Forget {
        /// Which.
        addresses: BTreeSet<ResourceId>,
    },
}

/// Why an address cannot be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unforgettable {
    /// The ledger does not have it.
    NotOurs,
    /// Git wants it, here: the next apply would adopt it again.
    InGit(Location),
}

impl Goal {
    /// Tells whether it is what Git says.
    #[must_use]
    pub fn is_of_git(&self) -> bool {
        *self == Self::Converge
    }

    /// Names what a plan is made from: an apply is continued by the same specs with the same goal only.
    #[must_use]
    pub fn tree(&self, specs: &TreeHash) -> TreeHash {
        match self {
            Self::Converge => specs.clone(),
            Self::Destroy { data: _ } => TreeHash::new(format!("destroy-{specs}")),
            Self::Forget { addresses } => {
                TreeHash::new(format!("forget-{}-{specs}", Digest::of_written(addresses).short(12)))
            }
        }
    }

    /// Tells whether a plan looks at what is ours under this address.
    pub(super) fn concerns(&self, address: &ResourceId) -> bool {
        match self {
            Self::Converge | Self::Destroy { data: _ } => true,
            Self::Forget { addresses } => addresses.contains(address),
        }
    }
}

impl Inputs {
    /// Returns the inputs of a plan with another goal than what Git says: nothing is wanted in it.
    #[must_use]
    pub fn leading_to(self, goal: Goal) -> Self {
        if goal.is_of_git() {
            return self;
        }
        let tree = goal.tree(&self.desired.tree);
        if matches!(goal, Goal::Destroy { data: _ }) && self.history == History::Never {
            // Nothing is written down, so what Git names says where to look for what is ours all the same.
            let desired = Desired { tree, ..self.desired };
            return Self { desired, goal, doubts: Doubts::Leave, policies: Policies::default(), ..self };
        }
        let desired = Desired { tree, resources: BTreeMap::new(), ..self.desired };
        Self { desired, goal, ..self }
    }

    /// Tells whether an address can be forgotten, or was about to be by an apply of this tree that was killed.
    pub fn check_forgettable(
        &self,
        address: &ResourceId,
        begun: Option<&TreeHash>,
    ) -> Result<(), Unforgettable> {
        let is_ours = self.history.ledger().is_some_and(|ledger| ledger.rows.contains_key(address));
        let goal = Goal::Forget { addresses: BTreeSet::from([address.clone()]) };
        if !is_ours && begun != Some(&goal.tree(&self.desired.tree)) {
            return Err(Unforgettable::NotOurs);
        }
        self.wanted_at(address).map_or(Ok(()), |wanted| Err(Unforgettable::InGit(wanted.at.clone())))
    }

    /// Returns what Git wants under an address as the ledger has it, or wants to have moved from there: with its
    /// namespace where it lives in one.
    #[must_use]
    pub fn wanted_at(&self, address: &ResourceId) -> Option<&Wanted> {
        let default = self.default_namespace(&address.connection);
        let is_it = |id: &ResourceId| {
            let namespace = match (&id.namespace, &address.namespace) {
                (_, None) => true,
                (None, Some(namespace)) => *namespace == default,
                (Some(written), Some(namespace)) => written == namespace,
            };
            namespace && ResourceId { namespace: address.namespace.clone(), ..id.clone() } == *address
        };
        let mut wanted = self.desired.resources.values();
        wanted.find(|wanted| is_it(&wanted.id) || wanted.moved_from.iter().any(is_it))
    }
}
