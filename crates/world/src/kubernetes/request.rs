//! What clients ask: one type for each verb of the HTTP API that the world serves.

use super::object::ObjectKey;
use super::ownership::Force;
use evenkeel_core::engine::id::Uid;
use evenkeel_core::engine::value::Value;
use std::sync::Arc;

/// Whether a request is only tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// Everything but storing is done (`dryRun=All`).
    On,
    /// It is carried out.
    Off,
}

/// `PATCH` with `application/apply-patch+yaml`.
#[derive(Clone, Debug)]
pub struct Apply {
    /// The applied configuration; it names kind, namespace and name.
    pub object: Value,
    /// Who applies.
    pub manager: Arc<str>,
    /// Whether fields are taken from others.
    pub force: Force,
    /// Whether it is only tried.
    pub dry_run: DryRun,
}

/// `POST` or `PUT` of a whole object.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The object.
    pub object: Value,
    /// Who writes.
    pub manager: Arc<str>,
    /// Whether it is only tried.
    pub dry_run: DryRun,
}

/// `PATCH` with `application/merge-patch+json` (RFC 7386).
#[derive(Clone, Debug)]
pub struct MergePatch {
    /// What is patched.
    pub key: ObjectKey,
    /// The patch.
    pub patch: Value,
    /// Who writes.
    pub manager: Arc<str>,
    /// Through what.
    pub through: Through,
    /// Whether it is only tried.
    pub dry_run: DryRun,
}

/// The address of an object that a write goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// The object itself.
    Object,
    /// Its `status`.
    Status,
}

/// `PUT` of the scale subresource.
#[derive(Clone, Debug)]
pub struct Scale {
    /// What is scaled.
    pub key: ObjectKey,
    /// To how many.
    pub replicas: u32,
    /// Who scales.
    pub manager: Arc<str>,
}

/// `DELETE`.
#[derive(Clone, Debug)]
pub struct Delete {
    /// What goes.
    pub key: ObjectKey,
    /// Only this incarnation.
    pub uid: Option<Uid>,
    /// Only this version.
    pub version: Option<Arc<str>>,
    /// What becomes of what it owns.
    pub propagation: Propagation,
}

/// `POST` of a pod's subresource `eviction`.
#[derive(Clone, Debug)]
pub struct Evict {
    /// Which pod.
    pub key: ObjectKey,
    /// Only this incarnation.
    pub uid: Option<Uid>,
}

/// What becomes of the objects that name a deleted one as their owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// They go afterwards.
    Background,
    /// They go first.
    Foreground,
    /// They stay, without owner.
    Orphan,
}

/// What a write made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The object as it is now, or would be.
    pub object: Value,
    /// 201 or 200.
    pub effect: Effect,
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// There was none: 201.
    Created,
    /// There was one: 200, also where nothing changed.
    Updated,
}

impl Effect {
    /// Returns the HTTP status.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Created => 201,
            Self::Updated => 200,
        }
    }
}

/// `GET` of a collection.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    /// Labels that must have these values.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
}
