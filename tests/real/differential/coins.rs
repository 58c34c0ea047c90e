//! Decisions of a manifest, remembered: an edit in Git throws a few of them again and leaves the rest.

use crate::support::chance::Chance;
use serde_json::{Map, Value, json};
use std::cell::{Cell, RefCell};

/// The decisions taken so far, in the order in which they are asked for.
#[derive(Clone, Debug)]
pub(super) struct Coins {
    thrown: RefCell<Vec<u64>>,
    at: Cell<usize>,
    chance: RefCell<Chance>,
}

impl Coins {
    pub(super) fn new(seed: u64) -> Self {
        Self { thrown: RefCell::default(), at: Cell::new(0), chance: RefCell::new(Chance::new(seed)) }
    }

    /// Begins again from the first decision.
    pub(super) fn rewind(&self) {
        self.at.set(0);
    }

    /// Throws some decisions again.
    pub(super) fn rethrow(&self, chance: &mut Chance) {
        for _ in 0..=chance.below(4) {
            let mut thrown = self.thrown.borrow_mut();
            let at = chance.below(thrown.len());
            if let Some(coin) = thrown.get_mut(at) {
                *coin = chance.next();
            }
        }
        self.rewind();
    }

    fn throw(&self) -> u64 {
        let mut thrown = self.thrown.borrow_mut();
        let at = self.at.replace(self.at.get() + 1);
        if at == thrown.len() {
            thrown.push(self.chance.borrow_mut().next());
        }
        thrown[at]
    }

    pub(super) fn below(&self, bound: usize) -> usize {
        usize::try_from(self.throw() >> 8).expect("64 bits") % bound.max(1)
    }

    pub(super) fn once_in(&self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(super) fn pick(&self, from: &[Value]) -> Value {
        from[self.below(from.len())].clone()
    }

    /// Picks one of some texts.
    pub(super) fn text(&self, from: &[&str]) -> Value {
        json!(from[self.below(from.len())])
    }

    /// Returns a map with each entry there or not.
    pub(super) fn some(&self, entries: Vec<(&str, Value)>) -> Value {
        let mut map = Map::new();
        for (name, value) in entries {
            if !self.once_in(3) {
                map.insert(name.to_owned(), value);
            }
        }
        Value::Object(map)
    }

    /// Returns a list with each item there or not, in one of two orders.
    pub(super) fn items(&self, items: Vec<Value>) -> Value {
        let mut kept: Vec<Value> = items.into_iter().filter(|_| !self.once_in(3)).collect();
        if self.once_in(5) {
            kept.reverse();
        }
        json!(kept)
    }
}
