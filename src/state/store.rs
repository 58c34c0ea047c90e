//! Carries out what core's apply machine asks of the state store, one request at a time and never twice.
//!
//! [`Reader`] is what `plan` and `drift` hold: it has no way to write.

use super::Clock;
use super::name::Name;
use super::objects::{Created, Object, Read, StateError, Swapped, Write};
use crate::random;
use evenkeel_core::engine::apply::{Head, Snapshot, StoreAnswer, StoreRequest, Suspension, Version};
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::journal::Position;
use evenkeel_core::engine::question::Trouble;
use futures::{StreamExt, TryStreamExt};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many batches are deleted at a time.
const DELETIONS: usize = 8;

/// State that can only be read.
#[derive(Clone)]
pub struct Reader {
    objects: Arc<dyn Read>,
    clock: Clock,
    incarnations: Arc<Mutex<BTreeMap<Name, Arc<str>>>>,
}

/// State that can be written.
#[derive(Clone)]
pub struct Store {
    reader: Reader,
    objects: Arc<dyn Write>,
}

impl Reader {
    pub(super) fn new(objects: Arc<dyn Read>, clock: Clock) -> Self {
        Self { objects, clock, incarnations: Arc::default() }
    }

    /// Returns lock, journal and ledger as they stood at one moment.
    pub async fn read_all(&self) -> Result<Snapshot, StateError> {
        let mut snapshot = Snapshot::default();
        for object in self.objects.list().await? {
            self.remember(&object);
            let Object { name, bytes, stamp } = object;
            let version = Version(stamp.version);
            match name {
                Name::Lock => snapshot.lock = Some((head(&bytes)?, version)),
                Name::Batch(position) => snapshot.batches.push((position, bytes)),
                Name::LedgerHead => snapshot.ledger = Some((bytes, version)),
                Name::Shard(shard) => snapshot.shards.push((shard, bytes, version)),
                Name::Suspension | Name::Key => {}
            }
        }
        Ok(snapshot)
    }

    /// Returns the lock, if there is one.
    pub async fn read_lock(&self) -> Result<Option<(Head, Version)>, StateError> {
        let Some(object) = self.objects.read(Name::Lock).await? else { return Ok(None) };
        Ok(Some((head(&object.bytes)?, Version(object.stamp.version))))
    }

    /// Returns the suspension, unless its time is over.
    pub async fn read_suspension(&self) -> Result<Option<Suspension>, StateError> {
        let Some(object) = self.objects.read(Name::Suspension).await? else { return Ok(None) };
        let suspension: Suspension = serde_json::from_slice(&object.bytes).map_err(|error| {
            StateError::refused(Trouble::Garbled, format!("the suspension cannot be read: {error}"))
        })?;
        Ok((suspension.until > (self.clock)()).then_some(suspension))
    }

    /// Returns the key that secrets are digested with, if the environment has one.
    ///
    /// Before the first apply it has none, and nothing was remembered under one: any key will do for a plan.
    pub async fn read_key(&self) -> Result<Option<DigestKey>, StateError> {
        self.objects.read(Name::Key).await?.map(|object| key(&object.bytes)).transpose()
    }

    pub(super) async fn object(&self, name: Name) -> Result<Option<Object>, StateError> {
        self.objects.read(name).await
    }

    async fn read_batch(&self, position: Position) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.objects.read(Name::Batch(position)).await?.map(|object| {
            self.remember(&object);
            object.bytes
        }))
    }

    async fn read_ledger_head(&self) -> Result<Option<(Arc<[u8]>, Version)>, StateError> {
        let object = self.objects.read(Name::LedgerHead).await?;
        Ok(object.map(|object| (object.bytes, Version(object.stamp.version))))
    }

    /// Keeps which incarnation of a batch was seen, so that no other one is ever deleted.
    fn remember(&self, object: &Object) {
        let mut incarnations = self.incarnations.lock().unwrap_or_else(PoisonError::into_inner);
        incarnations.insert(object.name, object.stamp.uid.clone());
    }

    fn forget(&self, name: Name) -> Option<Arc<str>> {
        self.incarnations.lock().unwrap_or_else(PoisonError::into_inner).remove(&name)
    }
}

impl Store {
    pub(super) fn new(objects: Arc<dyn Write>, clock: Clock) -> Self {
        Self { reader: Reader::new(objects.clone(), clock), objects }
    }

    /// Returns the half that cannot write.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Gives up the half that can write.
    #[must_use]
    pub fn into_reader(self) -> Reader {
        self.reader
    }

    pub(super) fn objects(&self) -> &dyn Write {
        &*self.objects
    }

    /// Carries out one request of the apply machine, once.
    pub async fn handle(&self, request: StoreRequest) -> StoreAnswer {
        self.answer(request).await.unwrap_or_else(|error| match error {
            StateError::NoAnswer(why) => StoreAnswer::NoAnswer(why),
            StateError::Refused(why) => StoreAnswer::Refused(why),
        })
    }

    async fn answer(&self, request: StoreRequest) -> Result<StoreAnswer, StateError> {
        Ok(match request {
            StoreRequest::ReadAll => StoreAnswer::All(Box::new(self.reader.read_all().await?)),
            StoreRequest::ReadLock => StoreAnswer::Lock(self.reader.read_lock().await?),
            StoreRequest::SwapLock { expected, new } => {
                let bytes = serde_json::to_vec(&new)
                    .map_err(|error| StateError::refused(Trouble::Garbled, error.to_string()))?;
                self.set(Name::Lock, expected, &bytes).await?
            }
            StoreRequest::Create { position, bytes } => self.create(position, &bytes).await?,
            StoreRequest::ReadBatch(position) => StoreAnswer::Batch(self.reader.read_batch(position).await?),
            StoreRequest::WriteShard { name, expected, bytes } => {
                self.set(Name::Shard(name), expected, &bytes).await?
            }
            StoreRequest::WriteLedgerHead { expected, bytes } => {
                self.set(Name::LedgerHead, expected, &bytes).await?
            }
            StoreRequest::ReadLedgerHead => StoreAnswer::LedgerHead(self.reader.read_ledger_head().await?),
            StoreRequest::Delete(positions) => self.delete(positions).await?,
            StoreRequest::ReadSuspension => StoreAnswer::Suspended(self.reader.read_suspension().await?),
        })
    }

    async fn create(&self, position: Position, bytes: &[u8]) -> Result<StoreAnswer, StateError> {
        let name = Name::Batch(position);
        Ok(match self.objects.create(name, bytes).await? {
            Created::New(stamp) => {
                self.reader.remember(&Object { name, bytes: Arc::default(), stamp });
                StoreAnswer::Done(None)
            }
            Created::Exists(taken) => StoreAnswer::Exists(taken.bytes),
        })
    }

    async fn set(
        &self,
        name: Name,
        expected: Option<Version>,
        bytes: &[u8],
    ) -> Result<StoreAnswer, StateError> {
        let stamp = match expected {
            Some(version) => match self.objects.swap(name, &version.0, bytes).await? {
                Swapped::Done(stamp) => stamp,
                Swapped::Conflict => return Ok(StoreAnswer::Conflict),
            },
            None => match self.objects.create(name, bytes).await? {
                Created::New(stamp) => stamp,
                Created::Exists(_) => return Ok(StoreAnswer::Conflict),
            },
        };
        Ok(StoreAnswer::Done(Some(Version(stamp.version))))
    }

    /// Begins with the oldest; a few at a time, as an apply waits for them at its end.
    async fn delete(&self, positions: Vec<Position>) -> Result<StoreAnswer, StateError> {
        let deletions = positions.into_iter().map(|position| self.delete_one(Name::Batch(position)));
        futures::stream::iter(deletions).buffered(DELETIONS).try_collect::<()>().await?;
        Ok(StoreAnswer::Done(None))
    }

    async fn delete_one(&self, name: Name) -> Result<(), StateError> {
        let uid = match self.reader.forget(name) {
            Some(uid) => Some(uid),
            None => self.objects.read(name).await?.map(|object| object.stamp.uid),
        };
        match uid {
            Some(uid) => self.objects.delete(name, &uid).await,
            None => Ok(()),
        }
    }

    /// Returns the environment's key, and makes one if it has none. Of two that make one, the first wins.
    pub async fn key(&self) -> Result<DigestKey, StateError> {
        if let Some(key) = self.reader.read_key().await? {
            return Ok(key);
        }
        let new =
            random::key().map_err(|error| StateError::refused(Trouble::Unavailable, error.to_string()))?;
        match self.objects.create(Name::Key, &new).await? {
            Created::New(_) => Ok(DigestKey::new(new)),
            Created::Exists(first) => key(&first.bytes),
        }
    }

    /// Lets nothing start until the suspension's time is over; it takes the place of an earlier one.
    pub async fn suspend(&self, suspension: &Suspension) -> Result<(), StateError> {
        let bytes = serde_json::to_vec(suspension)
            .map_err(|error| StateError::refused(Trouble::Garbled, error.to_string()))?;
        let Created::Exists(earlier) = self.objects.create(Name::Suspension, &bytes).await? else {
            return Ok(());
        };
        match self.objects.swap(Name::Suspension, &earlier.stamp.version, &bytes).await? {
            Swapped::Done(_) => Ok(()),
            Swapped::Conflict => Err(StateError::no_answer(
                Trouble::Unavailable,
                "somebody else suspended the environment at the same moment",
            )),
        }
    }

    /// Ends a suspension before its time.
    pub async fn resume(&self) -> Result<(), StateError> {
        match self.objects.read(Name::Suspension).await? {
            Some(object) => self.objects.delete(Name::Suspension, &object.stamp.uid).await,
            None => Ok(()),
        }
    }
}

fn head(bytes: &[u8]) -> Result<Head, StateError> {
    serde_json::from_slice(bytes)
        .map_err(|error| StateError::refused(Trouble::Garbled, format!("the lock cannot be read: {error}")))
}

fn key(bytes: &[u8]) -> Result<DigestKey, StateError> {
    let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| {
        StateError::refused(
            Trouble::Garbled,
            "the digest key does not have 32 bytes; restore it from a backup",
        )
    })?;
    Ok(DigestKey::new(bytes))
}
