//! Knows everything that really happened, and says which law of design-apply.md was broken.

use super::client::Client;
use super::scenario::{Scenario, Sort, sketch};
use super::target::Target;
use evenkeel_core::engine::apply::{End, Ended, Sending, StepEnd};
use evenkeel_core::engine::id::{ResourceId, StepId, Uid};
use evenkeel_core::engine::journal::{Batch, Epoch, Expected, Position, Record, Remains, Settled, StepKey};
use evenkeel_core::engine::ledger::Book;
use evenkeel_core::engine::step::{Action, Operation, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A law that was broken, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A stale holder started something after a newer epoch had.
    StaleStart(String),
    /// Something took effect after a later send to the same resource.
    LateEffect(String),
    /// Something was done twice that may not be.
    Twice(String),
    /// Something was left that nobody knows of.
    Orphan(String),
    /// An edit was overwritten that was there to be read.
    Overwritten(String),
    /// A step started before what it needs.
    NeedsFirst(String),
    /// A step was sent without its intent.
    NoIntent(String),
    /// Something of ours is under none of its addresses.
    Nowhere(String),
    /// The ledger says something else than the target.
    LedgerUntrue(String),
    /// Something is held as stale though nobody but us touched it.
    HeldByOurselves(String),
    /// No end was reached.
    NoEnd(String),
}

/// How things are right now.
pub(super) struct Truth<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) target: &'a Target,
    pub(super) book: &'a Book,
}

/// The truth, as it happened.
#[derive(Debug, Default)]
pub struct Witness {
    newest: Epoch,
    sends: Vec<Sent>,
    last: BTreeMap<ResourceId, usize>,
    effects: BTreeMap<ResourceId, u32>,
    edits: BTreeMap<ResourceId, Duration>,
    intents: BTreeSet<(Epoch, StepId, u32)>,
    done: BTreeSet<StepKey>,
    steps_done: BTreeSet<StepId>,
    ours: BTreeSet<ResourceId>,
    /// The first law that was broken.
    pub broken: Option<Violation>,
}

#[derive(Debug)]
struct Sent {
    at: Duration,
    sending: Sending,
}

impl Witness {
    fn report(&mut self, violation: Violation) {
        self.broken.get_or_insert(violation);
    }

    /// Sees a batch land in the journal; `client` wrote it.
    pub(super) fn batch(&mut self, position: Position, bytes: &[u8], client: &Client) {
        let Ok(batch) = Batch::from_bytes(position, bytes) else { return };
        for record in &batch.records {
            match record {
                Record::Intent(intent) => {
                    self.intents.insert((position.epoch, intent.key.step.clone(), intent.attempt));
                    let after =
                        client.step(&intent.key.step).map(|step| step.after.clone()).unwrap_or_default();
                    for needed in after {
                        let key = StepKey { apply: intent.key.apply.clone(), step: needed };
                        if !self.done.contains(&key) {
                            self.report(Violation::NeedsFirst(format!("{} before {key}", intent.key)));
                        }
                    }
                }
                Record::Settled(settled) => self.settled(&settled.key, &settled.address, &settled.how),
                Record::Open { .. }
                | Record::Seal
                | Record::Begin(_)
                | Record::Accepted(_)
                | Record::End { .. }
                | Record::Cleared(_)
                | Record::Met { .. }
                | Record::Pinned { .. } => {}
            }
        }
    }

    /// Sees what the ledger has whenever it says something new: what was ours stays so under one address at least.
    pub(super) fn rows(&mut self, scenario: &Scenario, book: &Book) {
        for spec in &scenario.specs {
            let Some(old) = spec.old_address() else { continue };
            if book.row(&old).is_some() || book.row(&spec.id).is_some() {
                self.ours.insert(spec.id.clone());
            } else if self.ours.contains(&spec.id) {
                self.report(Violation::Nowhere(spec.id.to_string()));
            }
        }
    }

    fn settled(&mut self, key: &StepKey, address: &ResourceId, how: &Settled) {
        match how {
            Settled::Done { .. } => {
                self.done.insert(key.clone());
                self.steps_done.insert(key.step.clone());
            }
            Settled::Stale { moved, remains: Remains::Perhaps, cause: _ }
                if !self.edits.contains_key(address) =>
            {
                self.report(Violation::HeldByOurselves(format!("{key}: {moved:?}")));
            }
            Settled::NotDone
            | Settled::Refused(_)
            | Settled::Stale { .. }
            | Settled::Held(_)
            | Settled::Ambiguous(_) => {}
        }
    }

    /// Sees a step go out; returns its number.
    pub(super) fn sent(&mut self, sending: &Sending, client: &Client, now: Duration) -> usize {
        let epoch = client.epoch.unwrap_or_default();
        let step = &sending.step;
        if epoch < self.newest {
            self.report(Violation::StaleStart(format!("{step} in {epoch}, after {}", self.newest)));
        }
        self.newest = self.newest.max(epoch);
        if !self.intents.contains(&(epoch, step.clone(), sending.attempt)) {
            self.report(Violation::NoIntent(format!("{step} attempt {}", sending.attempt)));
        }
        let after = client.step(step).map(|step| step.after.clone()).unwrap_or_default();
        let is_sent = |needed: &StepId| client.step(needed).is_none_or(|step| !is_record(step));
        if let Some(needed) = after.iter().find(|needed| is_sent(needed) && !self.was_effective(needed)) {
            self.report(Violation::NeedsFirst(format!("{step} sent before {needed}")));
        }
        self.sends.push(Sent { at: now, sending: sending.clone() });
        self.last.insert(sending.address.clone(), self.sends.len() - 1);
        self.sends.len() - 1
    }

    /// Sees what a step needs as it goes out: what was changed must be ready by then.
    pub(super) fn started(&mut self, sending: &Sending, scenario: &Scenario, target: &Target, now: Duration) {
        let needed = scenario.needed_by(&sending.address).filter(|needed| !self.was_edited(&needed.id));
        if let Some(needed) = needed.filter(|needed| target.is_warming(&needed.id, now)) {
            let violation = format!("{} sent before {} was ready", sending.step, needed.id);
            self.report(Violation::NeedsFirst(violation));
        }
    }

    fn was_effective(&self, step: &StepId) -> bool {
        let same = |sent: &Sent| sent.sending.step == *step;
        self.sends.iter().any(|sent| same(sent) && self.effects.contains_key(&sent.sending.address))
    }

    /// Sees a send about to take effect.
    pub(super) fn effect(&mut self, number: usize, scenario: &Scenario, target: &Target) {
        let sending = &self.sends[number].sending;
        let id = sending.address.clone();
        let name = format!("{} attempt {}", sending.step, sending.attempt);
        if self.last.get(&id) != Some(&number) {
            self.report(Violation::LateEffect(name.clone()));
        }
        if self.overwrites(number, target) {
            self.report(Violation::Overwritten(name.clone()));
        }
        let effects = self.effects.entry(id.clone()).or_default();
        *effects += 1;
        let sort = scenario.spec(&id).map(|spec| spec.sort);
        if *effects > 1 && matches!(sort, Some(Sort::AtMostOnce | Sort::Once)) {
            self.report(Violation::Twice(name));
        }
    }

    /// An edit older than the longest way of a reading and its answer was there to be read.
    fn overwrites(&self, number: usize, target: &Target) -> bool {
        let Sent { at, sending } = &self.sends[number];
        let id = &sending.address;
        let (Some(edited), Some(thing)) = (self.edits.get(id), target.thing(id)) else { return false };
        let there_to_be_read = *edited + READING < *at;
        thing.value >= EDITED && there_to_be_read && sending.expects != Expected::Seen(sketch(thing.value))
    }

    /// Sees a person edit a resource.
    pub(super) fn edited(&mut self, id: &ResourceId, now: Duration) {
        self.edits.insert(id.clone(), now);
    }

    /// Sees a process finish with everything done; nothing may be missing then.
    ///
    /// Once its release has landed, others may work with other specs before it hears of that.
    pub(super) fn finished(&mut self, client: &Client, end: &End, truth: &Truth<'_>) {
        if client.epoch < Some(self.newest) {
            return;
        }
        let edited_since = |id: &ResourceId| self.edits.get(id).is_some_and(|at| *at >= client.born);
        // What was done before may have been edited since, and is for the next plan to see.
        let counts =
            |step: &StepEnd| step.how != Ended::DoneBefore || !self.edits.contains_key(&step.address);
        let missing = truth.scenario.specs.iter().find(|spec| {
            let planned = end.steps.iter().any(|step| step.address == spec.id && counts(step));
            planned && !edited_since(&spec.id) && !spec.is_reached(client.tree, truth.target, truth.book)
        });
        if let Some(spec) = missing {
            self.report(Violation::LedgerUntrue(format!("{} was said to be done", spec.id)));
        }
    }

    /// Compares the ledger with the target once everything is quiet.
    pub(super) fn at_the_end(&mut self, scenario: &Scenario, target: &Target, book: &Book) {
        for (id, row) in book.ledger().rows {
            let real: Vec<&Uid> = match scenario.spec(&id).map(|spec| spec.sort) {
                Some(Sort::Once) => {
                    target.made().iter().filter(|made| made.of == id).map(|made| &made.uid).collect()
                }
                Some(_) | None => target.thing(&id).map(|thing| &thing.uid).into_iter().collect(),
            };
            if !real.contains(&&row.uid) {
                self.report(Violation::LedgerUntrue(format!("{id} has {}, there is {real:?}", row.uid)));
            }
        }
        for made in target.made() {
            let known = book.row(&made.of).is_some_and(|row| row.uid == made.uid);
            let named = book.held().any(|(_, held)| names(&held.how, &made.uid));
            let open = book.open().any(|(_, open)| open.intent.what.address == made.of);
            if !known && !named && !open {
                self.report(Violation::Orphan(format!("{} of {}", made.uid, made.of)));
            }
        }
    }

    /// Says that no end was reached.
    pub(super) fn no_end(&mut self, why: String) {
        self.report(Violation::NoEnd(why));
    }

    /// Tells whether a person has touched the resource.
    pub(super) fn was_edited(&self, id: &ResourceId) -> bool {
        self.edits.contains_key(id)
    }
}

/// Tells whether a step only writes down where something is: nothing of it is ever sent.
fn is_record(step: &Step) -> bool {
    let moves = |operation: &Operation| {
        matches!(operation, Operation::RecordMovedFrom { from: _ } | Operation::RecordMovedTo { to: _ })
    };
    matches!(&step.action, Action::Operation(operation) if moves(operation))
}

fn names(how: &Settled, uid: &Uid) -> bool {
    matches!(how, Settled::Ambiguous(uids) if uids.contains(uid))
}

/// What people write is at least this, so that it is told from what we write.
pub(super) const EDITED: i64 = 1000;

/// The longest usual way of a question and its answer, with room.
const READING: Duration = Duration::from_millis(150);
