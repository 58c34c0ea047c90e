//! The protected revision that a plan is judged by, and what the planned one would change of it.

use crate::diagnostic::Location;
use crate::engine::fingerprint::Digest;
use crate::engine::id::{Revision, TreeHash};
use crate::engine::path::Path;
use crate::engine::value::Value;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where connections, state, limits, windows, policies and approvals are from, if not from the specs themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Base {
    /// The protected revision, as people know it.
    pub revision: Revision,
    /// What it says of the environment: its own files, its bases and the policies.
    pub tree: TreeHash,
    /// Digest of whom it talks to and where its state is kept: a plan of one system is none of another.
    pub targets: Digest,
    /// What the planned revision says otherwise, and does not change by being planned.
    pub pending: Vec<Pending>,
}

/// One thing that is not in force until it is merged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pending {
    /// The document, as people call it (`Environment/prod`).
    pub document: Arc<str>,
    /// What would change.
    pub change: PendingChange,
    /// Where it is written; where it was, if it is gone.
    pub at: Location,
}

/// What a planned revision would change of what it is judged by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PendingChange {
    /// The document is new.
    Added,
    /// The document is gone.
    Removed,
    /// One field of it is another.
    Field {
        /// Which.
        path: Path,
        /// What is in force; absent if nothing is.
        base: Option<Value>,
        /// What would be.
        merged: Option<Value>,
    },
}

impl Base {
    /// Tells whether the planned revision says otherwise whom the environment talks to, or anything else about it and the
    /// systems in it: all but what only judges.
    #[must_use]
    pub fn changes_environment(&self) -> bool {
        let judges = |document: &str| document.starts_with("Policy/") || document.starts_with("Approval/");
        self.pending.iter().any(|pending| !judges(&pending.document))
    }
}
