//! A simple target: named things with values, things with names of its own choice, and operations that take a while.
//!
//! It honours no precondition but "not there yet" for creations by name, as most systems; `Pinned` things alone are
//! compared by version.

use evenkeel_core::engine::apply::{Polled, PolledDone, Precondition, Reading, Sending};
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Body, Question, Seen};
use evenkeel_core::engine::step::{Action, Outcome, Readiness, Receipt, WriteMode};
use evenkeel_core::engine::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What is there.
#[derive(Clone, Debug, Default)]
pub struct Target {
    things: BTreeMap<ResourceId, Thing>,
    made: Vec<Made>,
    running: BTreeMap<ResourceId, Running>,
    /// Which thing answers to another address as well.
    names: BTreeMap<ResourceId, ResourceId>,
    /// Until when things are not ready.
    warming: BTreeMap<ResourceId, Duration>,
    count: u64,
    visible_after: Duration,
}

/// A thing that has its name from its maker.
#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub(super) uid: Uid,
    pub(super) value: i64,
    version: u64,
}

/// A thing that has its name from the target.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) uid: Uid,
    pub(super) of: ResourceId,
    visible: Duration,
}

#[derive(Clone, Debug)]
struct Running {
    value: i64,
    until: Duration,
}

impl Target {
    /// Returns an empty target that shows what it named itself only after so long.
    #[must_use]
    pub fn new(visible_after: Duration) -> Self {
        Self { visible_after, ..Self::default() }
    }

    /// Makes a thing not ready for a while.
    pub(super) fn warm_up(&mut self, id: &ResourceId, until: Duration) {
        self.warming.insert(id.clone(), until);
    }

    /// Tells whether a thing is not ready.
    pub(super) fn is_warming(&self, id: &ResourceId, now: Duration) -> bool {
        self.warming.get(id).is_some_and(|until| now < *until)
    }

    fn uid(&mut self) -> Uid {
        self.count += 1;
        Uid::new(format!("u{}", self.count))
    }

    /// Puts a value where it is, as a person or another program would.
    pub fn put(&mut self, id: &ResourceId, value: i64) {
        let uid = self.things.get(id).map(|thing| thing.uid.clone());
        let uid = uid.unwrap_or_else(|| self.uid());
        self.count += 1;
        self.things.insert(id.clone(), Thing { uid, value, version: self.count });
    }

    pub(super) fn thing(&self, id: &ResourceId) -> Option<&Thing> {
        self.things.get(self.names.get(id).unwrap_or(id))
    }

    /// Has whatever is at one address answer at another one.
    pub(super) fn rename(&mut self, old: &ResourceId, new: &ResourceId) {
        self.names.insert(new.clone(), old.clone());
    }

    pub(super) fn made(&self) -> &[Made] {
        &self.made
    }

    /// Lets operations end whose time has come.
    pub(super) fn pass(&mut self, now: Duration) {
        let over = |running: &Running| running.until <= now;
        let ended: Vec<_> = self.running.iter().filter(|(_, running)| over(running)).collect();
        let ended: Vec<_> = ended.into_iter().map(|(id, running)| (id.clone(), running.value)).collect();
        for (id, value) in ended {
            self.running.remove(&id);
            self.put(&id, value);
        }
    }

    /// Returns the incarnation and version of a thing.
    pub(super) fn version(&self, id: &ResourceId) -> Option<Precondition> {
        let thing = self.things.get(id)?;
        Some(Precondition::Version(thing.uid.clone(), thing.version.to_string().into()))
    }

    /// Tells whether a send says of which version it is, and that is not the one that is there.
    pub(super) fn refuses(&self, sending: &Sending) -> bool {
        let versioned = sending.address.kind.as_str() == "Pinned";
        let named = matches!(sending.precondition, Precondition::Version(..));
        versioned && named && self.version(&sending.address).as_ref() != Some(&sending.precondition)
    }

    /// Carries out what was sent.
    pub(super) fn execute(&mut self, sending: &Sending, now: Duration) -> Outcome {
        let id = &sending.address;
        if self.refuses(sending) {
            return Outcome::Stale(None);
        }
        match &sending.action {
            Action::Write { mode, config, wanted: _ } => self.write(id, *mode, config, now),
            Action::Confirm { config, wanted: _ } => self.write(id, WriteMode::Update, config, now),
            Action::Delete { uid } => {
                if self.things.get(id).is_some_and(|thing| thing.uid == *uid) {
                    self.things.remove(id);
                }
                Outcome::Done(Receipt::default())
            }
            Action::Operation(_) => Outcome::Done(self.receipt(id)),
        }
    }

    fn write(&mut self, id: &ResourceId, mode: WriteMode, config: &Value, now: Duration) -> Outcome {
        let value = config.get("value").and_then(Value::as_integer).unwrap_or_default();
        if config.get("tag").is_some() {
            let uid = self.uid();
            let visible = now + self.visible_after;
            self.made.push(Made { uid: uid.clone(), of: id.clone(), visible });
            return Outcome::Done(Receipt { uid: Some(uid), ..Receipt::default() });
        }
        if let Some(takes) = config.get("takes").and_then(Value::as_integer) {
            let until = now + Duration::from_millis(u64::try_from(takes).unwrap_or_default());
            self.running.insert(id.clone(), Running { value, until });
            let notes = BTreeMap::from([(Arc::from("value"), Arc::from(value.to_string()))]);
            return Outcome::Accepted(Receipt { notes, ..Receipt::default() });
        }
        if mode == WriteMode::Create && self.things.contains_key(id) {
            return Outcome::Stale(self.seen(id));
        }
        self.put(id, value);
        Outcome::Done(self.receipt(id))
    }

    fn receipt(&self, id: &ResourceId) -> Receipt {
        let uid = self.things.get(id).map(|thing| thing.uid.clone());
        Receipt { uid, seen: self.seen(id), notes: BTreeMap::new() }
    }

    fn seen(&self, id: &ResourceId) -> Option<Seen> {
        let thing = self.thing(id)?;
        Some(Seen {
            id: id.clone(),
            uid: thing.uid.clone(),
            version: thing.version.to_string().into(),
            body: Body::Whole(Arc::new(body("value", Value::from(thing.value)))),
        })
    }

    /// Answers a question.
    pub(super) fn answer(&self, question: Question, now: Duration) -> Reading {
        let answer = match &question {
            Question::Object(id) => self.seen(id).map_or(Answer::NotFound, Answer::Seen),
            Question::Inventory(scope) | Question::Everything(scope) => {
                let here = |made: &&Made| {
                    made.visible <= now && evenkeel_core::engine::question::Scope::of(&made.of) == *scope
                };
                let rows = self.made.iter().filter(here).map(|made| Seen {
                    id: made.of.clone(),
                    uid: made.uid.clone(),
                    version: "1".into(),
                    body: Body::Whole(Arc::new(body("tag", Value::from(&*made.of.name)))),
                });
                Answer::Inventory { rows: rows.collect(), complete: Ok(()) }
            }
            Question::Project(..) | Question::Fact(_) => Answer::NotFound,
        };
        let running = match &question {
            Question::Object(id) => self.running.get(id).map(|_| "an operation runs".to_owned()),
            Question::Inventory(_) | Question::Everything(_) | Question::Project(..) | Question::Fact(_) => {
                None
            }
        };
        let readiness = match &question {
            Question::Object(id) if self.is_warming(id, now) => Readiness::Waiting("it warms up".to_owned()),
            Question::Object(_)
            | Question::Inventory(_)
            | Question::Everything(_)
            | Question::Project(..)
            | Question::Fact(_) => Readiness::Ready,
        };
        Reading { running, readiness: Some(readiness), ..Reading::plain(question, answer) }
    }

    /// Says how an operation goes.
    pub(super) fn poll(&self, id: &ResourceId) -> Polled {
        if self.running.contains_key(id) {
            return Polled::Running("an operation runs".to_owned());
        }
        Polled::Done(Box::new(PolledDone { receipt: self.receipt(id), remembered: None }))
    }
}

/// Returns a configuration with one entry.
pub(super) fn body(key: &str, value: Value) -> Value {
    Value::Map(BTreeMap::from([(key.to_owned(), value)]))
}
