//! What both stores can do: named, versioned objects that are created once, swapped by version and deleted by uid.
//!
//! Nothing here is ever repeated: what has no answer is reported so, and the machine in core reads it back.

use super::name::Name;
use async_trait::async_trait;
use evenkeel_core::engine::question::{Trouble, Why};
use std::sync::Arc;

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) name: Name,
    pub(super) bytes: Arc<[u8]>,
    pub(super) stamp: Stamp,
}

/// Which incarnation of an object, in which state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Of the incarnation.
    pub(super) uid: Arc<str>,
    /// Changes with every write; never the same again, not even for another incarnation.
    pub(super) version: Arc<str>,
}

/// How a creation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Created {
    /// It was not there, and is now.
    New(Stamp),
    /// The name was taken, by this.
    Exists(Object),
}

/// How a compare-and-set ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Swapped {
    /// It had the expected version.
    Done(Stamp),
    /// It has another one, or is gone.
    Conflict,
}

/// How a removal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removed {
    /// It is not there any more.
    Gone,
    /// It was written since, and stays.
    Conflict,
}

/// Why there is no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Nobody knows what came of it; a write may still land.
    #[error("{}", .0.message)]
    NoAnswer(Why),
    /// The store says that it did nothing, and will not.
    #[error("{}", .0.message)]
    Refused(Why),
}

impl StateError {
    pub(super) fn no_answer(trouble: Trouble, message: impl Into<String>) -> Self {
        Self::NoAnswer(Why { trouble, message: message.into() })
    }

    pub(super) fn refused(trouble: Trouble, message: impl Into<String>) -> Self {
        Self::Refused(Why { trouble, message: message.into() })
    }

    /// Returns what the store said.
    #[must_use]
    pub fn why(&self) -> &Why {
        match self {
            Self::NoAnswer(why) | Self::Refused(why) => why,
        }
    }
}

/// The half that `plan` and `drift` hold.
#[async_trait]
pub(super) trait Read: Send + Sync {
    /// Returns everything but the key, as it stood at one moment; the lock may be a little older.
    async fn list(&self) -> Result<Vec<Object>, StateError>;

    /// Returns one object as it is now.
    async fn read(&self, name: Name) -> Result<Option<Object>, StateError>;
}

/// The half that only `apply` and the verbs that change state hold.
#[async_trait]
pub(super) trait Write: Read {
    /// Creates an object, if there is none of this name.
    async fn create(&self, name: Name, bytes: &[u8]) -> Result<Created, StateError>;

    /// Writes an object that still has this version.
    async fn swap(&self, name: Name, version: &str, bytes: &[u8]) -> Result<Swapped, StateError>;

    /// Deletes this incarnation; one that is gone already does not matter.
    async fn delete(&self, name: Name, uid: &str) -> Result<(), StateError>;

    /// Deletes this incarnation in this version; one that was written since stays.
    async fn remove(&self, name: Name, stamp: &Stamp) -> Result<Removed, StateError>;
}
