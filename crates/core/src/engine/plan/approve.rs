//! Finds the reviewed permission for a change, if Git has one that counts.

use crate::engine::id::{ResourceId, Uid};
use crate::engine::wanted::{Approval, ApprovedAction};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The approvals that count now.
pub(super) struct Approvals<'a> {
    valid: Vec<&'a Approval>,
}

impl<'a> Approvals<'a> {
    /// Keeps what is neither expired nor consumed by an earlier apply.
    pub(super) fn of(
        approvals: &'a [Approval],
        consumed: &BTreeSet<crate::engine::fingerprint::Fingerprint>,
        now: Timestamp,
    ) -> Self {
        let counts =
            |approval: &&Approval| approval.until > now && !consumed.contains(&approval.fingerprint());
        Self { valid: approvals.iter().filter(counts).collect() }
    }

    /// Returns the approval for this action on this incarnation.
    ///
    /// One without uid covers whatever has the name; one with a uid covers that incarnation alone.
    pub(super) fn find(
        &self,
        address: &ResourceId,
        action: ApprovedAction,
        uid: Option<&Uid>,
    ) -> Option<&'a Approval> {
        let covers = |approval: &&&Approval| {
            approval.address == *address
                && approval.action == action
                && approval.uid.as_ref().is_none_or(|approved| Some(approved) == uid)
        };
        self.valid.iter().find(covers).copied()
    }
}
