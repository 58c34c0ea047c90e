//! Empties the state of an environment, in an order in which what is left is whole at every moment.

use super::Store;
use super::name::Name;
use super::objects::{Removed, StateError};
use evenkeel_core::engine::apply::{Snapshot, StoreAnswer, StoreRequest, Version};
use evenkeel_core::engine::journal::Position;
use evenkeel_core::engine::question::Trouble;
use std::sync::Arc;

/// So many batches go between two looks at the clock.
const AT_ONCE: usize = 8;

/// How emptying ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptied {
    /// Nothing is left but the lock and the ledger's head.
    Done,
    /// The same, and the key for digests, which these credentials may not delete.
    ButForTheKey,
    /// It was no longer in time: the rest is left.
    Late,
    /// Somebody else wrote meanwhile: the rest is left.
    Written,
}

/// What goes, besides the journal.
pub struct Rest<'a> {
    /// The state as it was read: each object goes in the version that it has there.
    pub snapshot: &'a Snapshot,
    /// The key for digests, if one is kept.
    pub key: Option<Version>,
    /// The ledger's head once it is empty.
    pub head: Arc<[u8]>,
}

impl Store {
    /// Returns the version of the key for digests, if one is kept.
    pub async fn key_version(&self) -> Result<Option<Version>, StateError> {
        Ok(self.reader().object(Name::Key).await?.map(|key| Version(key.stamp.version)))
    }

    /// Writes the emptied head of the ledger, and removes the journal that is folded into it, the shards that it no
    /// longer names, and the key.
    ///
    /// A removal that lands late, when somebody else has the lock, finds another version or harms nothing: what it is
    /// about is in the head.
    pub async fn empty(
        &self,
        batches: Vec<Position>,
        rest: Rest<'_>,
        in_time: &(dyn Fn() -> bool + Sync),
    ) -> Result<Emptied, StateError> {
        let Rest { snapshot, key, head } = rest;
        let expected = snapshot.ledger.as_ref().map(|(_, version)| version.clone());
        if !is_done(self.handle(StoreRequest::WriteLedgerHead { expected, bytes: head }).await)? {
            return Ok(Emptied::Written);
        }
        for few in batches.chunks(AT_ONCE) {
            if !in_time() {
                return Ok(Emptied::Late);
            }
            is_done(self.handle(StoreRequest::Delete(few.to_vec())).await)?;
        }
        let shards = snapshot.shards.iter().map(|(name, _, version)| (Name::Shard(*name), version));
        for (name, version) in shards.chain(key.iter().map(|version| (Name::Key, version))) {
            if !in_time() {
                return Ok(Emptied::Late);
            }
            match self.remove(name, version).await {
                Ok(Removed::Gone) => {}
                Ok(Removed::Conflict) => return Ok(Emptied::Written),
                // The least roles for applying do not grant it.
                Err(StateError::Refused(why)) if name == Name::Key && why.trouble == Trouble::Forbidden => {
                    return Ok(Emptied::ButForTheKey);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Emptied::Done)
    }

    /// Removes an object, unless somebody has written it since it had this version.
    async fn remove(&self, name: Name, version: &Version) -> Result<Removed, StateError> {
        match self.reader().object(name).await? {
            Some(object) if version.0 == object.stamp.version => {
                self.objects().remove(name, &object.stamp).await
            }
            Some(_) => Ok(Removed::Conflict),
            None => Ok(Removed::Gone),
        }
    }
}

/// Tells whether a write was done; if not, somebody else was first.
fn is_done(answer: StoreAnswer) -> Result<bool, StateError> {
    match answer {
        StoreAnswer::Done(_) => Ok(true),
        StoreAnswer::NoAnswer(why) => Err(StateError::NoAnswer(why)),
        StoreAnswer::Refused(why) => Err(StateError::Refused(why)),
        StoreAnswer::Conflict | StoreAnswer::Exists(_) => Ok(false),
        StoreAnswer::All(_)
        | StoreAnswer::Lock(_)
        | StoreAnswer::Batch(_)
        | StoreAnswer::LedgerHead(_)
        | StoreAnswer::Suspended(_) => {
            Err(StateError::refused(Trouble::Garbled, "the store answered something else than was asked"))
        }
    }
}
