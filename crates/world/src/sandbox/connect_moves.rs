//! What is done to simulated connectors beside writing them: started again, stopped, moved on to where another one stands.

use super::Sandbox;
use super::sending::Send;
use super::settled::{operated, rejected};
use crate::connect::Target;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::question::Answer;
use evenkeel_core::engine::step::{Operation, Outcome, OwnOffsets, Receipt};
use evenkeel_core::resources;

impl Sandbox {
    /// Carries out an operation on a connector.
    pub(super) fn connect_operate(&mut self, send: &Send<'_>, operation: &Operation) -> Outcome {
        match operation {
            Operation::Restart => self.turned(send.address, |sandbox, id| {
                sandbox.outside_rebalances(id, |it| it.restart(&id.name))
            }),
            Operation::Stop { left: _ } => self.turned(send.address, |sandbox, id| {
                sandbox.outside_rebalances(id, |workers| workers.turn(&id.name, Target::Stopped))
            }),
            Operation::CarryOffsets { from, own } => self.carry_offsets(send.address, from, *own),
            Operation::MigrateManagers { .. }
            | Operation::Evict { uid: _ }
            | Operation::Cordon
            | Operation::Deallocate { moves: _ }
            | Operation::Release { .. }
            | Operation::RecordGone
            | Operation::RecordUnseen
            | Operation::RecordOurs { .. }
            | Operation::RecordMovedFrom { from: _ }
            | Operation::RecordMovedTo { to: _ } => operated(send, operation),
        }
    }

    fn turned(
        &mut self,
        id: &ResourceId,
        turn: impl FnOnce(&mut Self, &ResourceId) -> Result<(), crate::connect::Refusal>,
    ) -> Outcome {
        let Answer::Seen(before) = self.connector(id) else { return Outcome::Stale(None) };
        match turn(self, id) {
            Ok(()) => self.connector_shown(id),
            Err(refusal) => self.not_done(id, Some(&before), &refusal),
        }
    }

    fn carry_offsets(&mut self, to: &ResourceId, from: &ResourceId, own: OwnOffsets) -> Outcome {
        let (Answer::Seen(seen), Answer::Seen(old)) = (self.connector(to), self.connector(from)) else {
            return Outcome::Stale(None);
        };
        if !resources::is_stopped(&seen) {
            return Outcome::Stale(Some(seen));
        }
        if !resources::is_stopped(&old) {
            return Outcome::Refused(rejected(to, &format!("{from} does not stand still")));
        }
        let workers = self.world.workers(&to.connection);
        let (Ok(wanted), Ok(there)) = (workers.offsets(&from.name), workers.offsets(&to.name)) else {
            return Outcome::Stale(None);
        };
        if wanted == there {
            return Outcome::Done(Receipt { uid: Some(seen.uid), ..Receipt::default() });
        }
        if !there.is_empty() && own == OwnOffsets::Keep {
            return Outcome::Refused(rejected(to, &"it has offsets of an earlier connector of this name"));
        }
        let patched = self.outside_rebalances(to, |workers| {
            if !there.is_empty() {
                workers.reset_offsets(&to.name)?;
            }
            workers.patch_offsets(&to.name, wanted.clone())
        });
        match patched {
            Ok(()) => Outcome::Done(Receipt { uid: Some(seen.uid), ..Receipt::default() }),
            Err(refusal) => self.not_done(to, Some(&seen), &refusal),
        }
    }
}
