//! How the ledger is stored: a head and shards, each with the position up to which the journal is folded into it.
//!
//! Shards keep what truncating the journal must not forget: open intents, known incarnations, held addresses, and
//! which steps of the running apply are settled.

use super::Row;
use crate::engine::fingerprint::{Fingerprint, LeafHash};
use crate::engine::id::{ConnectionId, PlanId, ResourceId, TreeHash};
use crate::engine::journal::{
    Epoch, Expected, Garbled, Intent, Position, RowChange, Settled, SettledRecord, StepKey,
};
use crate::engine::plan::Plan;
use crate::engine::step::{Agreement, Condition, Gate, Receipt, Repeat};
use crate::engine::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The one piece that is written after all others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerHead {
    /// Up to which batch the journal is folded in, everywhere.
    pub folded: Position,
    /// How many shards there are; addresses are spread by hash. Never shrinks.
    pub shards: u32,
    /// Up to where each shard was folded when this was written: one that is missing or older is not the ledger.
    #[serde(default)]
    pub pieces: Vec<Position>,
    /// The apply that has begun and not ended.
    pub apply: Option<OpenApply>,
    /// Approvals that were used up, by fingerprint.
    pub consumed: BTreeSet<Fingerprint>,
    /// Whom each connection talked to at first contact.
    pub pins: BTreeMap<ConnectionId, Arc<str>>,
}

/// An apply that has begun and not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenApply {
    /// Its name.
    pub apply: Arc<str>,
    /// From which specs.
    pub tree: TreeHash,
    /// Which plan, for people.
    pub plan: PlanId,
    /// How many steps the plan has.
    pub steps: u32,
    /// The steps that were agreed to.
    #[serde(default)]
    pub agreed: Vec<Agreement>,
}

impl OpenApply {
    /// Tells whether everything in a plan was agreed to when this apply began: the same specs, and no step that does
    /// something else, or to something else, than what was shown then.
    #[must_use]
    pub fn covers(&self, plan: &Plan) -> bool {
        let agreed: BTreeSet<&Agreement> = self.agreed.iter().collect();
        self.tree == plan.tree && plan.steps.iter().all(|step| agreed.contains(&step.agreement()))
    }
}

/// Names a shard: one of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShardName {
    /// How many there are; shards of another number are leftovers of a resharding.
    pub of: u32,
    /// Which one, from 0.
    pub index: u32,
}

impl ShardName {
    /// Returns the shard that keeps an address.
    ///
    /// # Panics
    ///
    /// Never: the remainder fits.
    #[must_use]
    pub fn keeping(address: &ResourceId, of: u32) -> Self {
        let index = LeafHash::of(address).0 % u64::from(of.max(1));
        Self { of, index: u32::try_from(index).expect("smaller than the number of shards") }
    }
}

impl fmt::Display for ShardName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-of-{}", self.index, self.of)
    }
}

/// One piece of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shard {
    /// Up to which batch the journal is folded into this shard.
    pub folded: Position,
    /// The resources that are ours.
    pub rows: BTreeMap<ResourceId, Row>,
    /// Steps with an intent that nobody has settled.
    pub open: BTreeMap<StepKey, OpenStep>,
    /// Steps of the running apply that are settled; others are dropped when the shard is written.
    pub settled: BTreeMap<StepKey, SettledStep>,
    /// What was carried out and has not been seen to be done: whoever needs it waits, in a later apply as well.
    #[serde(default)]
    pub awaited: BTreeMap<ResourceId, Awaited>,
    /// Addresses that an earlier apply left in doubt; blocked until a person clears them.
    pub held: BTreeMap<ResourceId, HeldAddress>,
    /// What was created a second time because the first was not to be found: looked for again at each later plan.
    pub repeated: BTreeMap<ResourceId, Value>,
}

/// A step with an intent that nobody has settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenStep {
    /// The last intent.
    pub intent: Intent,
    /// In which epoch it was written.
    pub epoch: Epoch,
    /// What the target gave to ask with, if it took the step on.
    pub receipt: Option<Receipt>,
}

/// A step of the running apply that is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettledStep {
    /// To which resource: a resharding takes it there.
    pub address: ResourceId,
    /// What became of it.
    pub how: Settled,
    /// Where the journal says so.
    #[serde(default)]
    pub at: Position,
}

impl SettledStep {
    /// Returns what it left, for a step that expects that.
    pub(in crate::engine) fn left(&self) -> Expected {
        match &self.how {
            Settled::Done { uid: _, left: Some(left), found: _ } => Expected::Seen(left.clone()),
            Settled::Done { uid: _, left: None, found: _ }
            | Settled::NotDone
            | Settled::Refused(_)
            | Settled::Stale { .. }
            | Settled::Held(_)
            | Settled::Ambiguous(_) => Expected::Absent,
        }
    }
}

/// A resource that a step changed or deleted and that has not been seen ready, or gone, since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Awaited {
    /// By which step.
    pub by: StepKey,
    /// What must hold.
    pub gate: Gate,
    /// What it needs, as its row may be gone: deletions run in reverse.
    pub needs: Vec<ResourceId>,
}

impl Awaited {
    /// Tells whether it was deleted and has not been seen gone.
    #[must_use]
    pub fn is_going(&self) -> bool {
        match self.gate.condition {
            Condition::Gone(..) => true,
            Condition::Ready(_) | Condition::Neo4j(_) => false,
        }
    }
}

/// An address that an earlier step left in doubt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldAddress {
    /// By which step.
    pub by: StepKey,
    /// What became of it: held, ambiguous, or stale with perhaps something of ours in it.
    pub how: Settled,
}

/// How an address stands in the ledger beside its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    /// Nothing is in the way.
    Free,
    /// An earlier step left it in doubt.
    Held(&'a HeldAddress),
    /// An earlier step is not settled yet.
    Open(&'a OpenStep),
}

/// Writes and reads the pieces as JSON with equal bytes for equal content; the store compresses.
macro_rules! stored {
    ($name:ident, $what:literal) => {
        impl $name {
            /// Returns the bytes, uncompressed.
            ///
            /// # Panics
            ///
            /// Never: the ledger holds nothing that JSON lacks.
            #[must_use]
            pub fn to_bytes(&self) -> Arc<[u8]> {
                serde_json::to_vec(self).expect("the ledger holds nothing that JSON lacks").into()
            }

            /// Reads the bytes.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, Garbled> {
                Garbled::or_read($what, bytes)
            }
        }
    };
}

stored!(LedgerHead, "the ledger's head");
stored!(Shard, "a shard of the ledger");

impl Shard {
    /// Takes note of an intent; a later attempt takes the place of an earlier one.
    pub(super) fn intend(&mut self, epoch: Epoch, intent: &Intent) {
        if let Repeat::CreateOnce { find_by, visible_after: _ } = &intent.what.repeat
            && intent.attempt > 1
        {
            self.repeated.insert(intent.what.address.clone(), find_by.clone());
        }
        // Planned again after it was done: what became of it before says nothing any more.
        self.settled.remove(&intent.key);
        let open = OpenStep { intent: intent.clone(), epoch, receipt: None };
        self.open.insert(intent.key.clone(), open);
    }

    /// Takes note of what became of a step.
    pub(super) fn settle(&mut self, at: Position, settled: &SettledRecord) {
        let address = &settled.address;
        if let Some(open) = self.open.remove(&settled.key) {
            self.await_what_makes_done(settled, open.intent.what.done_when);
        }
        let step = SettledStep { address: address.clone(), how: settled.how.clone(), at };
        self.settled.insert(settled.key.clone(), step);
        match &settled.row {
            RowChange::Keep => {}
            RowChange::Put(row) => {
                self.rows.insert(address.clone(), (**row).clone());
            }
            RowChange::Remove => {
                self.rows.remove(address);
            }
        }
        if settled.how.holds_address() {
            let held = HeldAddress { by: settled.key.clone(), how: settled.how.clone() };
            self.held.insert(address.clone(), held);
        }
    }

    /// Keeps what a step that was carried out waits for; one that waits for nothing leaves what was awaited before.
    fn await_what_makes_done(&mut self, settled: &SettledRecord, gate: Option<Gate>) {
        if let (Settled::Done { .. }, Some(gate)) = (&settled.how, gate) {
            let needs = self.rows.get(&settled.address).map(|row| row.needs.clone()).unwrap_or_default();
            let awaited = Awaited { by: settled.key.clone(), gate, needs };
            self.awaited.insert(settled.address.clone(), awaited);
        } else if matches!(settled.row, RowChange::Remove) {
            self.awaited.remove(&settled.address);
        }
    }

    /// Takes note that what made a step done holds, unless another step has changed the resource since.
    pub(super) fn meet(&mut self, address: &ResourceId, by: &StepKey) {
        if self.awaited.get(address).is_some_and(|awaited| awaited.by == *by) {
            self.awaited.remove(address);
        }
    }

    /// Hands everything to the shards that keep it after a resharding.
    pub(super) fn spread(self, shards: &mut [&mut Self], keeping: impl Fn(&ResourceId) -> usize) {
        let Self { folded: _, rows, open, settled, awaited, held, repeated } = self;
        for (address, row) in rows {
            shards[keeping(&address)].rows.insert(address, row);
        }
        for (key, open) in open {
            shards[keeping(&open.intent.what.address)].open.insert(key, open);
        }
        for (key, step) in settled {
            shards[keeping(&step.address)].settled.insert(key, step);
        }
        for (address, awaited) in awaited {
            shards[keeping(&address)].awaited.insert(address, awaited);
        }
        for (address, held) in held {
            shards[keeping(&address)].held.insert(address, held);
        }
        for (address, find_by) in repeated {
            shards[keeping(&address)].repeated.insert(address, find_by);
        }
    }
}
