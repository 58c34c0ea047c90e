//! `kind: Approval`: a reviewed permission that lifts one held resource, once.

use super::metadata::Envelope;
use crate::diagnostic::Location;
use crate::engine::id::{ResourceId, Uid};
use crate::engine::wanted;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// An approval as it is written.
pub type Approval = Envelope<ApprovalKind, ApprovalSpec>;

/// The word in `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ApprovalKind {
    /// An approval.
    Approval,
}

/// What is permitted, to which resource, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApprovalSpec {
    /// The address of the resource, as a plan shows it.
    #[schemars(with = "String", extend("format" = "address"))]
    pub address: ResourceId,
    /// What is permitted.
    pub action: ApprovedAction,
    /// The policy that is not to count for it; for `exempt` only.
    pub policy: Option<String>,
    /// For which incarnation, as a plan shows it; any if absent.
    pub uid: Option<String>,
    /// The end of the permission, for example `2026-12-01T18:00:00Z`.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub until: jiff::Timestamp,
    /// Why, for whoever reads the ledger later.
    #[schemars(length(min = 1))]
    pub reason: String,
}

/// What can be permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ApprovedAction {
    /// Deleting what holds data.
    Delete,
    /// Making ours what is there and different.
    Adopt,
    /// Deleting and creating anew, for a field that may not change.
    Replace,
    /// A change that a policy denies.
    Exempt,
    /// A change that may lose data.
    LoseData,
    /// Carrying offsets over to a connector that has some of its own.
    ResetOffsets,
}

impl ApprovalSpec {
    /// Returns the approval as the planner knows it.
    #[must_use]
    pub fn settled(self, at: Location) -> wanted::Approval {
        let Self { address, action, policy, uid, until, reason } = self;
        let action = match action {
            ApprovedAction::Delete => wanted::ApprovedAction::Delete,
            ApprovedAction::Adopt => wanted::ApprovedAction::Adopt,
            ApprovedAction::Replace => wanted::ApprovedAction::Replace,
            ApprovedAction::Exempt => wanted::ApprovedAction::Exempt,
            ApprovedAction::LoseData => wanted::ApprovedAction::LoseData,
            ApprovedAction::ResetOffsets => wanted::ApprovedAction::ResetOffsets,
        };
        let policy = policy.map(Arc::from);
        wanted::Approval { address, action, policy, uid: uid.map(Uid::new), until, reason, at }
    }
}
