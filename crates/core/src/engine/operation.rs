//! The operations of back ends that are neither write nor delete: a closed set, each settled by its own rule.

use super::id::{EnvironmentName, ResourceId, Uid};
use super::ledger::Generated;
use super::path::Path;
use super::sketch::Sketch;
use crate::resources::neo4j;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Operations that are neither write nor delete; a closed set for all back ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// Hands the fields of these managers (Helm, client-side apply) to ours, so that removals work again.
    MigrateManagers {
        /// The managers whose entries become ours.
        managers: Vec<Arc<str>>,
        /// What our own entry gives up, as it is left to others.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left: Vec<Path>,
    },
    /// Takes our marker and our record of owning fields off a resource; no other value changes.
    Release {
        /// Whose marker.
        environment: EnvironmentName,
        /// How it looks without the marker; settles the step after a crash.
        left: Sketch,
    },
    /// Starts what has failed again, a few times with longer and longer pauses; no value changes.
    Restart,
    /// Lets something stand still, so that where it stands can be read for the last time.
    Stop {
        /// How it looks then; settles the step after a crash.
        left: Sketch,
    },
    /// Takes a pod away so that another one comes in its place: asked of its disruption budget, which may say "later".
    Evict {
        /// Which incarnation.
        uid: Uid,
    },
    /// Lets a server of a Neo4j cluster have no further databases; `ENABLE SERVER` takes it back.
    Cordon,
    /// Moves all databases off a server of a Neo4j cluster. There is no way back for the server; the databases stay.
    Deallocate {
        /// Where they go, by the system's own dry run; empty where that could not be asked before an earlier step.
        moves: Vec<neo4j::Move>,
    },
    /// Lets what stands still go on where something else stands still.
    CarryOffsets {
        /// Which.
        from: ResourceId,
        /// What becomes of where it stands already.
        own: OwnOffsets,
    },
    /// Records that a resource is known by this address from now on; nothing is sent.
    RecordMovedFrom {
        /// Under which address the ledger has it.
        from: ResourceId,
    },
    /// Records that the ledger has a resource under another address by now; nothing is sent, nothing is read.
    RecordMovedTo {
        /// Under which.
        to: ResourceId,
    },
    /// Records that what the ledger has is gone; nothing is sent.
    RecordGone,
    /// Records that something is no longer ours at which nobody can look any more; nothing is sent, nothing is read.
    RecordUnseen,
    /// Records that this incarnation is ours, which a ledger that was lost does not say; nothing is sent.
    RecordOurs {
        /// Which one.
        uid: Uid,
        /// What is remembered of it.
        remember: Remember,
        /// Whether it may hold a secret that exists nowhere else.
        generated: Generated,
    },
}

impl Operation {
    /// Returns how the resource looks once it is carried out, where that tells whether it was.
    #[must_use]
    pub fn left(&self) -> Option<&Sketch> {
        match self {
            Self::Release { environment: _, left } | Self::Stop { left } => Some(left),
            Self::MigrateManagers { managers: _, left: _ }
            | Self::Restart
            | Self::Evict { uid: _ }
            | Self::Cordon
            | Self::Deallocate { moves: _ }
            | Self::CarryOffsets { from: _, own: _ }
            | Self::RecordMovedFrom { from: _ }
            | Self::RecordMovedTo { to: _ }
            | Self::RecordGone
            | Self::RecordUnseen
            | Self::RecordOurs { uid: _, remember: _, generated: _ } => None,
        }
    }
}

/// What becomes of offsets that are there although nothing has moved by them in this life of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OwnOffsets {
    /// They stay, and nothing is carried over them.
    Keep,
    /// They are replaced: an Approval says so.
    Replace,
}

/// What is remembered of a resource that becomes ours again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Remember {
    /// How it looks: it is as Git says.
    Looks,
    /// Nothing: what was applied last is not known, so no difference is called drift.
    Nothing,
}
