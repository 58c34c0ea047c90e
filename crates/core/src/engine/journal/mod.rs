//! The journal: numbered batches of records, each created once and never changed, that make an apply safe to kill.
//!
//! A batch is created under (epoch, sequence); creation is the compare-and-set. An epoch belongs to the process
//! whose `Open` is its batch 0, and ends with a `Seal`: nothing can be created after it, as numbers are not skipped.

mod record;

pub use record::Settled;
pub use record::{
    Accepted, Begin, Cleared, Doing, EndedWhy, Expected, Found, HeldWhy, Intent, Moved, Record, Remains,
    RowChange, SettledRecord, StepKey, What,
};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Counts the holders that an environment has had; each process that acquires takes a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u64);

impl Epoch {
    /// Returns the epoch after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// The name of a batch, and how far a shard was folded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Position {
    /// Whose batch it is.
    pub epoch: Epoch,
    /// Its number within the epoch, from 0.
    pub sequence: u64,
}

impl Position {
    /// Returns the first position of an epoch, where its `Open` stands.
    #[must_use]
    pub fn first(epoch: Epoch) -> Self {
        Self { epoch, sequence: 0 }
    }

    /// Returns the next position of the same epoch.
    #[must_use]
    pub fn next(self) -> Self {
        Self { sequence: self.sequence + 1, ..self }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.epoch, self.sequence)
    }
}

/// Random text that no other process has: a restarted one is a new holder and waits like anybody else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(Arc<str>);

impl Nonce {
    /// Wraps the text; the shell makes it, core has no randomness.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A process that applies, as others see it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// For people: user, host, pipeline.
    pub name: Arc<str>,
    /// Tells this process from every other one.
    pub nonce: Nonce,
}

/// What is created under one position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// Who wrote it; a batch found under a name that we meant to create is ours only with our nonce.
    pub by: Nonce,
    /// In the order in which they happened.
    pub records: Vec<Record>,
}

/// Why the bytes of a batch, shard or head make no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be read: {cause}")]
pub struct Garbled {
    /// What it is (`batch 4-17`).
    pub what: String,
    /// In the parser's words.
    pub cause: String,
}

impl Garbled {
    /// Reads what a store handed over; nothing at all is what it hands over for an object that it cannot unpack.
    pub(crate) fn or_read<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, Self> {
        let garbled = |cause: String| Self { what: what.to_owned(), cause };
        if bytes.is_empty() {
            return Err(garbled("nothing of ours is in it".to_owned()));
        }
        serde_json::from_slice(bytes).map_err(|cause| garbled(cause.to_string()))
    }
}

impl Batch {
    /// Returns the bytes; equal batches have equal bytes, so that a lost answer can be settled by reading back.
    ///
    /// # Panics
    ///
    /// Never: records hold nothing that JSON lacks.
    #[must_use]
    pub fn to_bytes(&self) -> Arc<[u8]> {
        serde_json::to_vec(self).expect("records hold nothing that JSON lacks").into()
    }

    /// Reads the bytes of the batch at `position`.
    pub fn from_bytes(position: Position, bytes: &[u8]) -> Result<Self, Garbled> {
        Garbled::or_read(&format!("batch {position}"), bytes)
    }

    /// Tells whether this batch seals its epoch.
    #[must_use]
    pub fn is_seal(&self) -> bool {
        self.records.iter().any(|record| matches!(record, Record::Seal))
    }

    /// Tells whether truncation must spare this batch for a while: it guards its epoch against late writers.
    #[must_use]
    pub fn guards_epoch(&self) -> bool {
        self.records.iter().any(|record| matches!(record, Record::Seal | Record::Open { .. }))
    }
}
