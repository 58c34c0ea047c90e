//! A wanted object in the form that is compared and sent.

use super::fields::FieldSet;
use super::shape::Shape;
use crate::engine::fingerprint::Fingerprint;
use crate::engine::id::ResourceId;
use crate::engine::path::Path;
use crate::engine::question::ApiVersion;
use crate::engine::value::Value;
use std::sync::{Arc, OnceLock};

/// A wanted object, normalised: canonical texts, our label, nothing that only the server sets.
#[derive(Clone, Debug)]
pub struct Normal {
    /// Its address.
    pub id: ResourceId,
    /// In which version it is written, read and sent.
    pub api_version: ApiVersion,
    /// What is sent, secrets by reference.
    pub value: Arc<Value>,
    /// What was left out, for the user to know.
    pub left_out: Vec<Path>,
    /// Which places are left to others, by the names that the server gives them.
    pub ignored: Vec<Path>,
    pub(super) fingerprint: Fingerprint,
    pub(super) set: OnceLock<FieldSet>,
}

impl PartialEq for Normal {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.api_version == other.api_version
            && self.value == other.value
            && self.ignored == other.ignored
    }
}

impl Eq for Normal {}

impl Normal {
    /// Returns what tells whether the wanted object is the one that was applied last.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Returns the fields that an apply of this will own.
    pub(super) fn set(&self, shape: &Shape) -> &FieldSet {
        self.set.get_or_init(|| FieldSet::of(&self.value, &shape.schema))
    }
}

/// Why a wanted object cannot be sent as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// Where.
    pub path: Path,
    /// Why.
    pub why: RefusalReason,
}

/// Why a wanted object cannot be sent as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum RefusalReason {
    /// The server answers 500.
    #[error("another item of this list has the same key")]
    DuplicateKey,
    /// The server answers 500.
    #[error("this value stands in the set twice")]
    DuplicateMember,
    /// It cannot be found again.
    #[error("this item has none of its list's key fields")]
    NoKey,
    /// The server answers 500.
    #[error("this is no quantity, or no time, that the server can read")]
    Unreadable,
    /// Whoever writes a part writes the whole.
    #[error("this is part of a value that has one owner as a whole, so it cannot be left to others alone")]
    PartOfWhole,
    /// An object is a map.
    #[error("a manifest is a map")]
    NoMap,
}
