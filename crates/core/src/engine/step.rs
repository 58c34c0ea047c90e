//! One step of a plan: what is done to what, after what, on which conditions, why, and how it may be repeated.
//!
//! The types are those of design-apply.md; the plan leaves nothing to choose.

use super::fingerprint::Digest;
use super::id::{ConnectionName, ResourceId, StepId, Uid};
use super::path::Path;
use super::question::{Seen, Why};
use super::sketch::Sketch;
use super::value::Value;
use super::verdict::{FieldChange, TakeOver, Writer};
use super::wanted::Approval;
use crate::resources::neo4j;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

pub use super::operation::{Operation, OwnOffsets, Remember};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its name within this apply.
    pub id: StepId,
    /// What it is done to.
    pub address: ResourceId,
    /// What is done.
    pub action: Action,
    /// The steps that must be done first.
    pub after: BTreeSet<StepId>,
    /// Kubernetes' own order: it starts once every step of a lower wave is settled, one way or another.
    ///
    /// A rank and not edges: a thousand workloads after a thousand `ConfigMap`s would be a million of them.
    pub wave: u8,
    /// What must be there, read right before sending.
    pub expects: Expects,
    /// Fields it takes from other owners; fixed when the plan is made.
    pub takes_over: Vec<TakeOver>,
    /// What must hold before it starts.
    pub gates: Vec<Gate>,
    /// What must hold before it counts as done.
    pub done_when: Option<Gate>,
    /// How it may be sent again if nobody knows whether it was carried out.
    pub repeat: Repeat,
    /// Why it is there.
    pub because: Reason,
    /// What it may cost.
    pub risk: Risk,
    /// The fields that change, for people.
    pub fields: Vec<FieldChange>,
    /// The permissions that it consumes.
    pub approvals: Vec<Approval>,
}

/// What a user agrees to when they agree to a step: what it does, to what it was seen to be, and at what cost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Agreement(Arc<str>);

impl Step {
    /// Returns what agreeing to this step covers; its place in the order is not part of it.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        let Self {
            // Its name covers address and action.
            id,
            address: _,
            action: _,
            after: _,
            wave: _,
            expects,
            takes_over,
            gates: _,
            done_when: _,
            repeat: _,
            because: _,
            risk,
            fields: _,
            approvals,
        } = self;
        let agreed = Digest::of_written(&(id, expects, takes_over, risk, approvals));
        Agreement(agreed.short(16).into())
    }
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Brings a resource to the wanted configuration.
    Write {
        /// What sort of write it is.
        mode: WriteMode,
        /// What is sent, secrets by reference.
        config: Arc<Value>,
        /// How it will look where it is compared; settles the step after a crash.
        wanted: Sketch,
    },
    /// Deletes one incarnation of a resource.
    Delete {
        /// Which one.
        uid: Uid,
    },
    /// Asks the system by dry run whether anything would change; writes only if so.
    Confirm {
        /// What is sent if something would change.
        config: Arc<Value>,
        /// How it will look then.
        wanted: Sketch,
    },
    /// One of a back end's own operations.
    Operation(Operation),
}

/// The sorts of write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WriteMode {
    /// It is not there yet.
    Create,
    /// It is there and changes.
    Update,
    /// It is there, equal, and becomes ours: no value changes.
    Adopt,
    /// It is ours, equal, and our record of owning fields is completed: no value changes.
    Own,
}

/// What must be there before a step is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Expects {
    /// Nothing of this name.
    Absent,
    /// What was seen when the plan was made.
    Seen(Sketch),
    /// What an earlier step leaves there.
    LeftBy(StepId),
}

/// How a send ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Carried out.
    Done(Receipt),
    /// Taken on; the receipt tells when it is through.
    Accepted(Receipt),
    /// The target says that it did nothing, and why.
    Refused(Why),
    /// The target says that what is there is not what was expected.
    Stale(Option<Seen>),
    /// Nobody knows: timeout, reset, 5xx.
    Unknown(Why),
}

/// What later questions about a send need. Back ends give their entries names of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Which incarnation it is now.
    pub uid: Option<Uid>,
    /// The resource as the answer showed it, where it did.
    pub seen: Option<Seen>,
    /// Operation ids and the like, by name.
    pub notes: BTreeMap<Arc<str>, Arc<str>>,
}

/// How a step may be sent again when nobody knows whether it was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Repeat {
    /// Twice is as good as once.
    Idempotent,
    /// Only if nothing matches `find_by` once it would be visible.
    CreateOnce {
        /// What tells ours from others.
        find_by: Value,
        /// How long it may take to show.
        visible_after: Duration,
    },
    /// Only if this does not hold yet.
    IfNot(Gate),
    /// Never; a person decides.
    AtMostOnce,
}

/// A condition that is polled: what it asks is data, so are its patience and its steadiness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gate {
    /// What must hold.
    pub condition: Condition,
    /// How long it is waited for.
    pub patience: Duration,
    /// For how long it must hold without a break.
    pub stable_for: Duration,
}

/// What a gate waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Condition {
    /// The resource does its work (readiness per kind, kstatus conventions).
    Ready(ResourceId),
    /// The resource is gone.
    Gone(ResourceId, Uid),
    /// A Neo4j cluster stands as it has to.
    Neo4j(Box<neo4j::Watch>),
}

impl Condition {
    /// Says by which rule several steps go one after the other, if it is of one.
    #[must_use]
    pub fn rule(&self) -> Option<String> {
        match self {
            Self::Ready(_) | Self::Gone(..) => None,
            Self::Neo4j(watch) => watch.rule(),
        }
    }

    /// Returns what goes one after the other by it: where one fails, those that wait for their turn do not go either.
    #[must_use]
    pub fn round(&self) -> Option<&ConnectionName> {
        match self {
            Self::Ready(_) | Self::Gone(..) => None,
            Self::Neo4j(watch) => watch.round(),
        }
    }
}

/// What a gate found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readiness {
    /// It holds.
    Ready,
    /// Not yet, and what it waits for.
    Waiting(String),
    /// It will not come by itself, and why.
    Failed(String),
}

/// Why a step is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// Wanted and not yet there.
    NotYetThere,
    /// Git changed.
    SpecEdited,
    /// Somebody changed or deleted it by hand.
    Drifted(Writer),
    /// Wanted, there and equal, but not in the ledger.
    Adopted,
    /// Ours was deleted, and somebody made another one of its name.
    Recreated {
        /// Which incarnation was ours.
        was: Uid,
    },
    /// Equal, but our record of it is incomplete.
    OwnershipIncomplete,
    /// Reading alone cannot tell.
    Doubtful,
    /// A field may not change on what is there.
    MustReplace(Path),
    /// Equal, and it does not do its work; why, in the system's words.
    Degraded(String),
    /// No longer in Git.
    NoLongerWanted,
    /// It carries our marker and our hand, and the ledger that said so was lost.
    Regained,
    /// It is ours by its name, and has an id since.
    Identified,
    /// It takes the place of what had this address.
    MovedFrom(ResourceId),
    /// What has this address takes its place.
    MovedTo(ResourceId),
    /// The whole environment is taken down.
    TakenDown,
    /// Somebody asked to stop managing it.
    Forgotten,
}

impl Reason {
    /// Tells whether it is a reason for something to go that nothing of the same address follows.
    #[must_use]
    pub fn leaves(&self) -> bool {
        match self {
            Self::NoLongerWanted | Self::MovedTo(_) | Self::TakenDown => true,
            Self::NotYetThere
            | Self::SpecEdited
            | Self::Drifted(_)
            | Self::Adopted
            | Self::Recreated { was: _ }
            | Self::OwnershipIncomplete
            | Self::Doubtful
            | Self::MustReplace(_)
            | Self::Degraded(_)
            | Self::Regained
            | Self::Identified
            | Self::MovedFrom(_)
            | Self::Forgotten => false,
        }
    }
}

/// What a step may cost, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Risk {
    /// Nothing that users of the resource notice.
    None,
    /// Processes restart.
    Restart,
    /// Something is not served for a while.
    Downtime,
    /// Data may be lost.
    DataLoss,
}
