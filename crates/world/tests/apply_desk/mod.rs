//! A desk on which a test plays the shell: it decides what is answered, what is lost, and what time it is.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod applier;
mod plans;

pub(crate) use applier::{Applier, Away, timing};
pub(crate) use plans::{body, config, plan, seen, sketch, step, thing};

use evenkeel_core::engine::apply::{Reading, StoreAnswer, StoreRequest};
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::ledger::Book;
use evenkeel_core::engine::question::{Answer, Body, Question, Rejection, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Action, Outcome, Readiness, Receipt};
use evenkeel_core::engine::value::Value;
use evenkeel_world::store::StateStore;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The store and a target, both of which do what they are told at once.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) store: StateStore,
    pub(crate) things: BTreeMap<ResourceId, (Uid, i64)>,
    /// What the target named itself; shown in inventories.
    pub(crate) made: Vec<(Uid, String)>,
    pub(crate) readiness: BTreeMap<ResourceId, Readiness>,
    pub(crate) running: BTreeMap<ResourceId, String>,
    pub(crate) unreadable: Vec<ResourceId>,
    /// What the credentials may not read.
    pub(crate) denied: Vec<ResourceId>,
    pub(crate) projections: BTreeMap<ResourceId, Answer>,
    /// What the store says no to.
    pub(crate) refuses: Option<Away>,
    count: u64,
}

impl World {
    pub(crate) fn with(things: &[(&str, i64)]) -> Self {
        let mut world = Self::default();
        for (name, value) in things {
            world.put(&thing(name), *value);
        }
        world
    }

    /// Puts a value there, as anybody may.
    pub(crate) fn put(&mut self, id: &ResourceId, value: i64) -> Uid {
        let there = self.things.get(id).map(|(uid, _)| uid.clone());
        let uid = there.unwrap_or_else(|| self.uid());
        self.things.insert(id.clone(), (uid.clone(), value));
        uid
    }

    pub(crate) fn value(&self, name: &str) -> Option<i64> {
        self.things.get(&thing(name)).map(|(_, value)| *value)
    }

    pub(crate) fn book(&self) -> Book {
        Book::read(&self.store.snapshot()).unwrap()
    }

    fn uid(&mut self) -> Uid {
        self.count += 1;
        Uid::new(format!("u{}", self.count))
    }

    pub(crate) fn execute(&mut self, request: &StoreRequest) -> StoreAnswer {
        if self.refuses.is_some_and(|refuses| refuses(request)) {
            let why = Why { trouble: Trouble::Forbidden, message: "forbidden".to_owned() };
            return StoreAnswer::Refused(why);
        }
        self.store.execute(request)
    }

    /// Carries a step out.
    pub(crate) fn carry_out(&mut self, id: &ResourceId, action: &Action) -> Outcome {
        let uid = match action {
            Action::Write { config, .. } | Action::Confirm { config, .. } if config.get("tag").is_some() => {
                let uid = self.uid();
                self.made.push((uid.clone(), id.name.to_string()));
                uid
            }
            Action::Write { config, .. } | Action::Confirm { config, .. } => {
                self.put(id, config.get("value").and_then(Value::as_integer).unwrap())
            }
            Action::Delete { uid } => {
                self.things.remove(id);
                uid.clone()
            }
            Action::Operation(_) => self.things[id].0.clone(),
        };
        Outcome::Done(Receipt { uid: Some(uid), ..Receipt::default() })
    }

    fn object(&self, id: &ResourceId) -> Answer {
        if self.unreadable.contains(id) {
            return Answer::Unreadable(silence());
        }
        if self.denied.contains(id) {
            return Answer::Unreadable(denial());
        }
        self.things.get(id).map_or(Answer::NotFound, |(uid, value)| Answer::Seen(seen(id, uid, *value)))
    }

    pub(crate) fn reading(&self, question: Question) -> Reading {
        let answer = match &question {
            Question::Object(id) => self.object(id),
            Question::Project(id, _) => self.projections.get(id).cloned().unwrap_or_else(|| self.object(id)),
            Question::Inventory(_) | Question::Everything(_) => {
                let row = |(uid, tag): &(Uid, String)| Seen {
                    id: thing(tag),
                    uid: uid.clone(),
                    version: "1".into(),
                    body: Body::Whole(Arc::new(body("tag", Value::from(&**tag)))),
                };
                Answer::Inventory { rows: self.made.iter().map(row).collect(), complete: Ok(()) }
            }
            Question::Fact(_) => Answer::NotFound,
        };
        let (readiness, running) = match &question {
            Question::Object(id) => (self.readiness.get(id).cloned(), self.running.get(id).cloned()),
            Question::Inventory(_) | Question::Everything(_) | Question::Project(..) | Question::Fact(_) => {
                (None, None)
            }
        };
        Reading { readiness, running, ..Reading::plain(question, answer) }
    }
}

pub(crate) fn silence() -> Why {
    Why { trouble: Trouble::TimedOut, message: "no answer".to_owned() }
}

pub(crate) fn denial() -> Why {
    Why { trouble: Trouble::Forbidden, message: "you may not look".to_owned() }
}

pub(crate) fn invalid(message: &str) -> Answer {
    Answer::Rejected(Rejection::Invalid { message: message.to_owned(), immutable: Vec::new() })
}
