//! Removes all state of an environment, in an order in which what is left is whole at every moment.

use super::Store;
use super::name::Name;
use super::objects::StateError;
use evenkeel_core::engine::apply::{Snapshot, StoreAnswer, StoreRequest, Version};
use evenkeel_core::engine::journal::Position;
use evenkeel_core::engine::question::Trouble;
use std::sync::Arc;

impl Store {
    /// Removes batches that are all in the ledger, the ledger whose emptied head this is, and everything else; the
    /// lock goes last. Stops, and says so, once it is no longer in time.
    ///
    /// Each object is removed in the version that was read, so that what somebody writes meanwhile stays.
    pub async fn remove_all(
        &self,
        batches: Vec<Position>,
        (snapshot, lock): (&Snapshot, Version),
        (head, in_time): (Arc<[u8]>, &(dyn Fn() -> bool + Sync)),
    ) -> Result<bool, StateError> {
        for batch in batches {
            if !in_time() {
                return Ok(false);
            }
            answered(self.handle(StoreRequest::Delete(vec![batch])).await)?;
        }
        let shards = snapshot.shards.iter();
        let mut rest: Vec<(Name, Option<Version>)> =
            shards.map(|(name, _, version)| (Name::Shard(*name), Some(version.clone()))).collect();
        if let Some((_, version)) = &snapshot.ledger {
            let expected = Some(version.clone());
            let written = self.handle(StoreRequest::WriteLedgerHead { expected, bytes: head }).await;
            rest.push((Name::LedgerHead, answered(written)?));
        }
        rest.extend([(Name::Key, None), (Name::Suspension, None), (Name::Lock, Some(lock))]);
        for (name, version) in rest {
            if !in_time() {
                return Ok(false);
            }
            self.remove(name, version.as_ref()).await?;
        }
        Ok(true)
    }

    /// Removes an object, unless somebody has written it since it had this version.
    async fn remove(&self, name: Name, version: Option<&Version>) -> Result<(), StateError> {
        match self.reader().object(name).await? {
            Some(object) if version.is_none_or(|version| version.0 == object.stamp.version) => {
                self.objects().remove(name, &object.stamp).await
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Anything but a clear yes ends the removal: what is left is whole, and somebody else may be at work.
fn answered(answer: StoreAnswer) -> Result<Option<Version>, StateError> {
    match answer {
        StoreAnswer::Done(version) => Ok(version),
        StoreAnswer::NoAnswer(why) => Err(StateError::NoAnswer(why)),
        StoreAnswer::Refused(why) => Err(StateError::Refused(why)),
        StoreAnswer::All(_)
        | StoreAnswer::Lock(_)
        | StoreAnswer::Batch(_)
        | StoreAnswer::LedgerHead(_)
        | StoreAnswer::Suspended(_)
        | StoreAnswer::Conflict
        | StoreAnswer::Exists(_) => {
            Err(StateError::refused(Trouble::Unavailable, "somebody else wrote the state meanwhile"))
        }
    }
}
