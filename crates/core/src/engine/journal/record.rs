//! The records of the journal, each of them enough to be understood without the plan or the specs it came from.

use super::Holder;
use crate::engine::fingerprint::Fingerprint;
use crate::engine::id::{ConnectionId, PlanId, ResourceId, StepId, TreeHash, Uid};
use crate::engine::ledger::{Generated, Row};
use crate::engine::path::Path;
use crate::engine::question::Why;
use crate::engine::sketch::Sketch;
use crate::engine::step::{Agreement, Gate, Operation, Receipt, Repeat, WriteMode};
use crate::engine::wanted::Approval;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Record {
    /// The first of an epoch: this, not the lease, makes the epoch its holder's.
    Open {
        /// Whose epoch it is.
        holder: Holder,
    },
    /// The last of an epoch, written by a later holder.
    Seal,
    /// An apply begins.
    Begin(Begin),
    /// A step may be sent from now on.
    Intent(Box<Intent>),
    /// The target took a step on and will be asked how it goes.
    Accepted(Box<Accepted>),
    /// It is known what became of a step.
    Settled(Box<SettledRecord>),
    /// The apply is over; what is still open stays open by its address.
    End {
        /// Which one.
        apply: Arc<str>,
        /// Why it is over.
        why: EndedWhy,
    },
    /// A person cleared an address that was held.
    Cleared(Cleared),
    /// What makes a step done, which waited for it since it was settled, holds now.
    Met {
        /// Which step.
        by: StepKey,
        /// Of which resource, so that each shard of the ledger can fold its own.
        address: ResourceId,
    },
    /// A connection was used for the first time, and this is whom it talked to.
    Pinned {
        /// Which connection.
        connection: ConnectionId,
        /// Who answered.
        identity: Arc<str>,
    },
}

/// Names a step for ever: step ids mean something within one apply only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepKey {
    /// Which apply.
    pub apply: Arc<str>,
    /// Which of its steps.
    pub step: StepId,
}

impl fmt::Display for StepKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.apply, self.step)
    }
}

impl Serialize for StepKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StepKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (apply, step) =
            text.split_once('/').ok_or_else(|| serde::de::Error::custom("expected APPLY/STEP"))?;
        Ok(Self { apply: apply.into(), step: step.into() })
    }
}

/// An apply begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Begin {
    /// Its name: unique, as it contains the epoch and the holder's nonce.
    pub apply: Arc<str>,
    /// From which specs; only the same ones continue it.
    pub tree: TreeHash,
    /// Which plan, for people.
    pub plan: PlanId,
    /// How many steps the plan has, for people.
    pub steps: u32,
    /// Its steps: what was agreed to, so that one who continues can tell what came on top.
    #[serde(default)]
    pub agreed: Vec<Agreement>,
}

/// A step may be sent from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// Which step.
    pub key: StepKey,
    /// The how manyth time, from 1.
    pub attempt: u32,
    /// All that is needed to settle it without its specs.
    pub what: What,
}

/// What a step does and how to tell whether it was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct What {
    /// To which resource.
    pub address: ResourceId,
    /// What is done.
    pub doing: Doing,
    /// Whom the connection was pinned to.
    pub pin: Option<Arc<str>>,
    /// What must be there when it is sent.
    pub expects: Expected,
    /// How the resource looks afterwards; absent where that does not tell.
    pub wanted: Option<Sketch>,
    /// The places that were as good as wanted before, in another spelling or by a default that nobody set: they may stay so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alike: Vec<Path>,
    /// How it may be sent again.
    pub repeat: Repeat,
    /// What must hold before it counts as done: whoever settles it knows what is still to be waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_when: Option<Gate>,
    /// The approvals it consumes.
    pub approvals: Vec<Approval>,
    /// What the ledger's row will say beside what is read.
    pub needs: Vec<ResourceId>,
    /// Whether it makes a secret that exists nowhere else.
    pub generated: Generated,
    /// The revision, as people know it.
    pub revision: Option<Arc<str>>,
}

/// What a step does, without what it sends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Doing {
    /// Writes the wanted configuration.
    Write(WriteMode),
    /// Writes it only if a dry run says that something would change.
    Confirm,
    /// Deletes this incarnation.
    Delete(Uid),
    /// One of a back end's own operations.
    Operation(Operation),
}

/// What must be there when a step is sent, with nothing left to look up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Expected {
    /// Nothing of this name.
    Absent,
    /// Something that looks like this.
    Seen(Sketch),
}

/// The target took a step on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// Which step.
    pub key: StepKey,
    /// To which resource, so that each shard of the ledger can fold its own.
    pub address: ResourceId,
    /// Which attempt.
    pub attempt: u32,
    /// What to ask the target with.
    pub receipt: Receipt,
}

/// It is known what became of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettledRecord {
    /// Which step.
    pub key: StepKey,
    /// To which resource.
    pub address: ResourceId,
    /// Which attempt was the last; 0 if nothing was to be sent.
    pub attempt: u32,
    /// What became of it.
    pub how: Settled,
    /// What that makes of the ledger's row.
    pub row: RowChange,
    /// The approval that it used up; one that did nothing leaves it.
    pub consumed: Vec<Fingerprint>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Settled {
    /// It was carried out.
    Done {
        /// The incarnation that it left; absent after a deletion.
        uid: Option<Uid>,
        /// How it looks now, where that is known: a later step may expect it.
        left: Option<Sketch>,
        /// How we know.
        found: Found,
    },
    /// It was not carried out, and will not be.
    NotDone,
    /// The target refused it and did nothing.
    Refused(Why),
    /// What is there is not what was expected.
    Stale {
        /// What is otherwise.
        moved: Moved,
        /// Whether something of ours may be in it.
        remains: Remains,
        /// What the target said when it was sent, where that was no answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Why>,
    },
    /// Nobody can know whether it was carried out, and it may not be repeated: a person decides.
    Held(HeldWhy),
    /// Several objects may be the one that it created.
    Ambiguous(Vec<Uid>),
}

impl Settled {
    /// Settles a step of which nothing was sent, as what is there is not what was expected.
    #[must_use]
    pub fn stale(moved: Moved) -> Self {
        Self::Stale { moved, remains: Remains::Nothing, cause: None }
    }

    /// Tells whether the address stays blocked until a person clears it.
    #[must_use]
    pub fn holds_address(&self) -> bool {
        match self {
            Self::Held(_)
            | Self::Ambiguous(_)
            | Self::Stale { remains: Remains::Perhaps, moved: _, cause: _ } => true,
            Self::Done { .. } | Self::NotDone | Self::Refused(_) | Self::Stale { .. } => false,
        }
    }
}

/// How we know that a step was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Found {
    /// The target answered so.
    ByAnswer,
    /// The answer was lost; it was found by reading.
    ByReading,
}

/// How reality differs from what a step expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Moved {
    /// It was to be created and appeared meanwhile.
    Appeared(Uid),
    /// It was there and is gone.
    Vanished,
    /// Another incarnation has its name.
    OtherIncarnation(Uid),
    /// These places have other values.
    Places(Vec<Path>),
}

/// Whether a stale step may have left something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Remains {
    /// Nothing was sent.
    Nothing,
    /// It was sent; the target did not take it, or nothing of it shows.
    NotTaken,
    /// Something was sent and nobody knows what it did; the address is held.
    Perhaps,
}

/// Why only a person can clear a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HeldWhy {
    /// It may be done at most once, and its answer was lost.
    AtMostOnce,
}

/// What a settled step makes of its row in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RowChange {
    /// The row stays as it is.
    Keep,
    /// The row is now this.
    Put(Box<Row>),
    /// The resource is no longer ours.
    Remove,
}

/// Why an apply is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndedWhy {
    /// Every step was carried out.
    Complete,
    /// Some steps were not; the report says which.
    InPart,
    /// Somebody asked it to stop.
    Interrupted,
    /// The environment was suspended.
    Suspended,
    /// The maintenance window was over.
    OutsideWindow,
    /// It was given up on request.
    Abandoned,
    /// Other specs took its place.
    Superseded,
}

/// A person cleared an address that was held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cleared {
    /// Which.
    pub address: ResourceId,
    /// Who.
    pub by: Arc<str>,
    /// Why, in their words.
    pub reason: Arc<str>,
}
