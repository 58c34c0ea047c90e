//! Finds the reviewed permission for a change, if Git has one that counts.

use super::inputs::Inputs;
use crate::engine::id::{ResourceId, Uid};
use crate::engine::wanted::{Approval, ApprovedAction};
use jiff::Timestamp;

/// The approvals that count now.
pub(super) struct Approvals<'a> {
    valid: Vec<&'a Approval>,
    inputs: &'a Inputs,
}

impl<'a> Approvals<'a> {
    /// Keeps what is neither expired nor consumed by an earlier apply.
    pub(super) fn of(inputs: &'a Inputs, now: Timestamp) -> Self {
        let consumed = inputs.history.ledger().map(|ledger| &ledger.consumed);
        let is_consumed =
            |approval: &Approval| consumed.is_some_and(|consumed| consumed.contains(&approval.fingerprint()));
        let counts = |approval: &&Approval| approval.until > now && !is_consumed(approval);
        Self { valid: inputs.desired.approvals.iter().filter(counts).collect(), inputs }
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
            self.is_for(approval, address)
                && approval.action == action
                && approval.uid.as_ref().is_none_or(|approved| Some(approved) == uid)
        };
        self.valid.iter().find(covers).copied()
    }

    /// Returns the approval that exempts this incarnation from a policy, once.
    ///
    /// One with a uid covers what is made in the place of that incarnation, too: the second half of a replacement that was
    /// killed between the two.
    pub(super) fn exemption(
        &self,
        address: &ResourceId,
        policy: &str,
        uid: Option<&Uid>,
    ) -> Option<&'a Approval> {
        let mut of_policy =
            self.valid.iter().filter(|approval| approval.policy.as_deref() == Some(policy)).copied();
        of_policy.find(|approval| {
            self.is_for(approval, address)
                && approval.action == ApprovedAction::Exempt
                && (uid.is_none() || approval.uid.as_ref().is_none_or(|approved| Some(approved) == uid))
        })
    }

    /// As in a manifest, an address without a namespace means the connection's own, where the kind has namespaces.
    fn is_for(&self, approval: &Approval, address: &ResourceId) -> bool {
        let meant = match (&approval.address.namespace, &address.namespace) {
            (None, Some(_)) => Some(self.inputs.default_namespace(&address.connection)),
            (written, _) => written.clone(),
        };
        ResourceId { namespace: meant, ..approval.address.clone() } == *address
    }
}
