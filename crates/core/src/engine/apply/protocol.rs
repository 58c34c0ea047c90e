//! What the machine asks of the shell and what the shell tells it: plain data, no callbacks.
//!
//! Every request names itself by a call id and is answered exactly once: with what came, or with `NoAnswer` after the
//! request's deadline. The shell never repeats anything by itself.

use crate::engine::id::{ResourceId, StepId, Uid};
use crate::engine::journal::{Epoch, Expected, Holder, Position};
use crate::engine::ledger::{Remembered, ShardName};
use crate::engine::question::{Answer, Question, Why};
use crate::engine::sketch::Sketch;
use crate::engine::step::{Action, Outcome, Readiness, Receipt};
use crate::engine::verdict::TakeOver;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Time since the process started: the larger of monotonic and wall-clock progress, as clocks count suspended time.
pub type Elapsed = Duration;

/// Names a request, so that its answer finds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// What the shell is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask the state store.
    Store(CallId, StoreRequest),
    /// Ask live systems, past every cache; those that come out of one call may be asked together.
    Ask(CallId, Purpose, Vec<Question>),
    /// Send a step, once, with a deadline of D.
    Send(Box<Sending>),
    /// Ask the target how an accepted step goes.
    Poll(CallId, StepId, ResourceId, Receipt),
    /// Come back at this time at the latest; replaces an earlier wish.
    Wake(Elapsed),
    /// Tell the user.
    Tell(super::Notice),
    /// It is over; nothing else will come.
    Finished(Box<super::End>),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The machine starts.
    Start,
    /// The state store answered.
    Store(CallId, StoreAnswer),
    /// Live systems answered, all questions of the call at once.
    Answered(CallId, Vec<Reading>),
    /// A send ended.
    Sent(Box<Sent>),
    /// The target said how an accepted step goes.
    Polled(CallId, Polled),
    /// The time of the last wish came.
    Woke,
    /// Somebody asked to stop (ctrl-c, a newer commit): nothing new starts.
    Interrupted,
    /// The shell found a bug of its own; what it cannot know any more it has answered so.
    Panicked,
}

/// Why something is asked; the shell needs it to know the wanted configuration and what to add to the answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Right before sending this step.
    BeforeSend(StepId),
    /// Finding out what became of a step; of the current plan where the step is given.
    Settle(Option<StepId>, ResourceId),
    /// Finding out by dry run whether this step would change anything.
    Confirm(StepId),
    /// Polling the gates of this step; the shell adds [`Reading::readiness`].
    Gate(StepId),
}

/// An answer to one question, with what the shell worked out from it by pure functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What was asked.
    pub question: Question,
    /// What came.
    pub answer: Answer,
    /// What the ledger would remember, where the resource was seen and the wanted configuration is at hand.
    pub remembered: Option<Remembered>,
    /// How ready the resource is; for [`Purpose::Gate`].
    pub readiness: Option<Readiness>,
    /// An operation of the target that still runs on the resource, in its words.
    pub running: Option<String>,
}

impl Reading {
    /// Wraps an answer about which nothing else is known.
    #[must_use]
    pub fn plain(question: Question, answer: Answer) -> Self {
        Self { question, answer, remembered: None, readiness: None, running: None }
    }
}

/// A step on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Which step.
    pub step: StepId,
    /// The how manyth time.
    pub attempt: u32,
    /// To which resource.
    pub address: ResourceId,
    /// What is done.
    pub action: Action,
    /// What was there when it was read just now: the precondition where the target has any.
    pub precondition: Precondition,
    /// What must be there, for targets that can be told.
    pub expects: Expected,
    /// Fields it takes from other owners.
    pub takes_over: Vec<TakeOver>,
}

/// What was read right before a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing was there.
    Absent,
    /// This incarnation in this version.
    Version(Uid, Arc<str>),
}

/// How a send ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Which step.
    pub step: StepId,
    /// Which attempt.
    pub attempt: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// What the ledger will remember, worked out from the receipt's object.
    pub remembered: Option<Remembered>,
    /// How the resource looks now, where more than the wanted sketch is known.
    pub left: Option<Sketch>,
}

/// How an accepted step goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// It runs.
    Running(String),
    /// It is through.
    Done(Box<PolledDone>),
    /// It failed and left nothing.
    Failed(Why),
    /// The receipt is no longer known.
    Forgotten,
    /// No usable answer.
    Unreadable(Why),
}

/// An accepted step that is through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolledDone {
    /// What the target says now.
    pub receipt: Receipt,
    /// What the ledger will remember, worked out from the receipt's object.
    pub remembered: Option<Remembered>,
}

/// What the store says of one of its objects' state; compared, never read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub Arc<str>);

/// The lock: a Lease in the cluster, a file in a directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// Of the current or last holder.
    pub epoch: Epoch,
    /// The current or last holder.
    pub holder: Holder,
    /// Whether it is held.
    pub tenure: Tenure,
    /// Counts renewals, so that each changes the version.
    pub renewal: u64,
    /// When it was written, by its holder's clock: for people only, nothing compares it.
    #[serde(default)]
    pub renewed: Option<Timestamp>,
}

/// Whether the lock is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tenure {
    /// Held, until it is seen unchanged for long enough.
    Held,
    /// Given back with nothing in flight.
    Released,
    /// Broken by a person.
    Broken {
        /// Who.
        by: Arc<str>,
    },
}

/// What is asked of the state store. All reads go to the server itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreRequest {
    /// Lock, journal and ledger as one consistent list.
    ReadAll,
    /// The lock alone.
    ReadLock,
    /// The lock by compare-and-set; expecting none creates it.
    SwapLock {
        /// The version that was read.
        expected: Option<Version>,
        /// What it becomes.
        new: Head,
    },
    /// A batch of the journal, only if there is none of this name.
    Create {
        /// Its name.
        position: Position,
        /// Its bytes.
        bytes: Arc<[u8]>,
    },
    /// One batch.
    ReadBatch(Position),
    /// A shard by compare-and-set; expecting none creates it.
    WriteShard {
        /// Which.
        name: ShardName,
        /// The version that was read.
        expected: Option<Version>,
        /// Its bytes.
        bytes: Arc<[u8]>,
    },
    /// The ledger's head by compare-and-set; expecting none creates it.
    WriteLedgerHead {
        /// The version that was read.
        expected: Option<Version>,
        /// Its bytes.
        bytes: Arc<[u8]>,
    },
    /// The ledger's head alone.
    ReadLedgerHead,
    /// These batches, one after the other in this order; those that are gone already do not matter.
    Delete(Vec<Position>),
    /// Whether the environment is suspended, now.
    ReadSuspension,
}

/// What the state store answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreAnswer {
    /// To `ReadAll`.
    All(Box<Snapshot>),
    /// To `ReadLock`.
    Lock(Option<(Head, Version)>),
    /// To `ReadBatch`; absent if there is none of this name.
    Batch(Option<Arc<[u8]>>),
    /// To `ReadLedgerHead`.
    LedgerHead(Option<(Arc<[u8]>, Version)>),
    /// To `ReadSuspension`: absent also once its time is over.
    Suspended(Option<Suspension>),
    /// Written (or created, or deleted); with the new version where there is one.
    Done(Option<Version>),
    /// The compare-and-set found another version.
    Conflict,
    /// To `Create`: the name is taken by this.
    Exists(Arc<[u8]>),
    /// Nobody knows: timeout, reset, 5xx. It may still land.
    NoAnswer(Why),
    /// The store says that it did nothing, and will not.
    Refused(Why),
}

/// Lock, journal and ledger at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The lock, if there is one.
    pub lock: Option<(Head, Version)>,
    /// The journal's batches, in any order.
    pub batches: Vec<(Position, Arc<[u8]>)>,
    /// The ledger's head, if there is one.
    pub ledger: Option<(Arc<[u8]>, Version)>,
    /// All shards, leftovers included.
    pub shards: Vec<(ShardName, Arc<[u8]>, Version)>,
}

/// A break-glass: nothing starts until then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Suspension {
    /// Until when.
    pub until: Timestamp,
    /// Why, in people's words.
    pub reason: Arc<str>,
    /// Who.
    pub by: Arc<str>,
}
