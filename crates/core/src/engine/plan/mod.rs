//! A plan: the steps, what is held and why, and what could not be compared. Pure data; `build` makes it.

mod added;
mod advice;
mod approve;
mod base;
mod build;
mod carry;
pub mod choreography;
mod claim;
mod decide;
mod deny;
mod deserted;
pub mod done;
mod draft;
mod forms;
mod freeze;
mod giving_up;
mod goal;
mod in_order;
pub mod inputs;
mod kinds;
mod leaving;
mod lost;
mod mechanism;
mod moves;
mod namesakes;
mod order;
mod ownership;
mod planner;
mod recover;
pub mod review;
mod round;
mod shapes;
mod shown;
mod stated;
mod survey;
mod twins;
mod uses;
mod whole;

pub use added::added;
pub use advice::{Advice, Said};
pub use base::{Base, Pending, PendingChange};
pub use forms::{Form, Forms};
pub use giving_up::Ungivable;
pub use goal::{Goal, Unforgettable};
pub use mechanism::{Mechanism, Mechanisms};
pub use planner::{Planner, forms, plan};
pub use recover::copies;
pub use uses::{Part, Place, Uses, uses};

use super::fingerprint::DigestedUnder;
use super::id::{EnvironmentName, PlanId, ResourceId, Revision, TreeHash};
use super::policy::Severity;
use super::question::{Question, Scope, Why};
use super::step::{Reason, Step};
use super::verdict::{Doubt, FieldChange, Manager};
use crate::diagnostic::Location;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a round of planning ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// These must be answered first.
    Ask(Vec<Question>),
    /// Nothing is left to ask.
    Ready(Box<Plan>),
}

/// What would be done, why, and what is held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Digest over the rest.
    pub id: PlanId,
    /// For which environment.
    pub environment: EnvironmentName,
    /// From which specs.
    pub tree: TreeHash,
    /// The revision of those specs, as people know it.
    pub revision: Option<Revision>,
    /// When the oldest answer was given that the plan rests on.
    pub seen: Option<Timestamp>,
    /// What will be done, each step after those it needs.
    pub steps: Vec<Step>,
    /// What will be done once a window opens, in the same form; every resource here is also held.
    #[serde(default)]
    pub waiting: Vec<Step>,
    /// What is wanted but not done.
    pub held: Vec<HeldResource>,
    /// What could not be read.
    pub unknown: Vec<Unknown>,
    /// What was counted on the way.
    pub tally: Tally,
    /// The number of deletions that `--expect-deletes` allows.
    pub expected_deletes: Option<u32>,
    /// What policies say without holding anything back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// What is as Git says and does not do its work; told, as no step mends it, and no part of the plan's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unwell: Vec<Unwell>,
    /// What the load of databases asks for; told, as nobody's step does it, and no part of the plan's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advice: Vec<Advice>,
    /// The protected revision that it is judged by, if not by the specs' own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// What it leads to.
    #[serde(default, skip_serializing_if = "Goal::is_of_git")]
    pub goal: Goal,
    /// Under which key its digests of secrets were made.
    #[serde(default, skip_serializing_if = "DigestedUnder::is_kept")]
    pub digested_under: DigestedUnder,
}

/// One resource that is held, with everything a person needs to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldResource {
    /// Which.
    pub address: ResourceId,
    /// What would be done if it were not held.
    pub change: HeldChange,
    /// Why it would be done.
    pub because: Reason,
    /// What holds it.
    pub held: Held,
    /// The fields that would change.
    pub fields: Vec<FieldChange>,
    /// Which incarnation is there; an Approval is for this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<super::id::Uid>,
}

/// What a held resource would undergo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HeldChange {
    /// It would be created.
    Create,
    /// It would change in place.
    Update,
    /// It would be deleted.
    Delete,
    /// It would be deleted and created anew.
    Replace,
    /// It would stay as it is, and no longer be ours.
    Forget,
    /// Nobody knows, as it could not be read.
    Unknown,
}

/// What holds a resource back; the closed list of design.md section 4.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Held {
    /// It, or what it lives in, could not be read.
    Unreadable(Why),
    /// The source of a secret in it could not be read, so nobody can write it; what is there stays.
    SecretUnread(Why),
    /// Policies forbid it; never empty.
    Denied(Vec<Denial>),
    /// It needs an Approval with this action.
    NeedsApproval(super::wanted::ApprovedAction),
    /// It is there, it differs, and the ledger does not have it.
    NotOwned,
    /// It carries the marker of another environment; no Approval makes it ours.
    Foreign(Arc<str>),
    /// Another controller writes these fields.
    Contested(Vec<Manager>),
    /// What it needs is held, unreadable or missing.
    WaitsFor(Vec<ResourceId>),
    /// More deletions than the limits allow.
    OverLimit {
        /// How many there are.
        deletes: u32,
        /// How many go without being asked for.
        allowed: u32,
    },
    /// It holds data.
    HoldsData,
    /// It is outside the environment's maintenance windows.
    OutsideWindow {
        /// When the next one opens; absent if none ever does.
        opens: Option<Timestamp>,
    },
    /// Four rounds of questions did not settle it.
    Unsettled(Vec<Doubt>),
    /// An earlier apply left something here that only a person can sort out.
    Ambiguous(String),
    /// It leaves, and may be what is wanted under another connection that leads to the same Kafka cluster.
    Namesake {
        /// What is wanted.
        wanted: ResourceId,
    },
    /// The system refuses it as it stands.
    Rejected(String),
    /// No order of steps does it without harm, or none does it at all.
    Impossible(String),
    /// It is to take the place of what has another address, and cannot.
    CannotMove {
        /// Which address.
        from: ResourceId,
        /// Why.
        why: Immovable,
    },
}

impl Held {
    /// Tells whether an Approval `delete`, `replace` or `adopt` lifts it.
    #[must_use]
    pub fn is_lifted_by_approval(&self) -> bool {
        match self {
            Self::HoldsData | Self::NeedsApproval(_) | Self::NotOwned | Self::Namesake { wanted: _ } => true,
            Self::Unreadable(_)
            | Self::SecretUnread(_)
            | Self::Denied(_)
            | Self::Foreign(_)
            | Self::Contested(_)
            | Self::WaitsFor(_)
            | Self::OverLimit { deletes: _, allowed: _ }
            | Self::OutsideWindow { opens: _ }
            | Self::Unsettled(_)
            | Self::Ambiguous(_)
            | Self::Rejected(_)
            | Self::Impossible(_)
            | Self::CannotMove { from: _, why: _ } => false,
        }
    }
}

/// Why something cannot take the place of what has another address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Immovable {
    /// Nothing can rename it, and it holds data, so it is not made anew either.
    HoldsData,
    /// What was to move is gone.
    Gone,
    /// Git wants both.
    StillWanted,
    /// Something else is to take its place as well.
    Disputed,
    /// It is to take the place of something else as well, and the ledger has both.
    Several,
    /// Where the other one stands is known to other workers only.
    ElsewhereKept,
}

/// A policy that forbids something, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Denial {
    /// Which policy.
    pub policy: Arc<str>,
    /// In its own words.
    pub message: String,
    /// Where it is written.
    pub at: Location,
}

/// What a policy says without holding anything back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remark {
    /// Of which resource; absent where it is about the environment.
    pub address: Option<ResourceId>,
    /// What would follow if something were changed.
    pub severity: Severity,
    /// What it says.
    pub denial: Denial,
}

/// A resource that is as Git says and does not do its work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unwell {
    /// Which.
    pub address: ResourceId,
    /// What it does instead, in the system's words.
    pub why: String,
}

/// A scope or resource that could not be read, and what that freezes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unknown {
    /// What.
    pub scope: Scope,
    /// Why.
    pub why: Why,
    /// How many resources keep what they have.
    pub resources: u32,
}

/// What was counted while planning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Resources that are wanted.
    pub wanted: u32,
    /// Of those, there and readable.
    pub compared: u32,
    /// Of those, equal and ours.
    pub same: u32,
}
