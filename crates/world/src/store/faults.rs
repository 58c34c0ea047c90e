//! What goes wrong in a simulated history: who starts when, who dies or hangs, who breaks a lock or edits by hand.

use super::client::{Life, address};
use super::moving::Moves;
use super::scenario::{Ready, Scenario, Sort, Spec, VISIBLE_AFTER};
use super::simulation::{Choice, Happening, MILLISECOND, Simulation};
use super::witness::EDITED;
use crate::Random;
use std::time::Duration;

impl Simulation {
    /// Plans the faults: who starts when, who dies, hangs, breaks a lock or edits by hand.
    pub(super) fn prepare(&mut self) {
        for _ in 0..=self.random.below(4) {
            let at = self.moment(6000);
            let tree = 1 + i64::from(self.random.happens(20));
            let choice = if self.random.happens(10) { Choice::Abandon } else { Choice::Run };
            self.at(at, Happening::Start(tree, choice));
        }
        self.at(MILLISECOND, Happening::Start(1, Choice::Run));
        for _ in 0..self.random.below(4) {
            let at = self.moment(8000);
            self.at(at, Happening::Kill);
        }
        for _ in 0..self.random.below(3) {
            let at = self.moment(8000);
            let long = self.moment(3000);
            self.at(at, Happening::Freeze(long));
        }
        for (percent, happening) in [(15, Happening::BreakLock), (10, Happening::DeleteLock)] {
            if self.random.happens(percent) {
                let at = self.moment(8000);
                self.at(at, happening);
            }
        }
        if self.random.happens(30) {
            let at = self.moment(6000);
            let which =
                usize::try_from(self.random.below(self.scenario.specs.len() as u64)).unwrap_or_default();
            self.at(at, Happening::Edit(which));
        }
    }

    fn moment(&mut self, below: u64) -> Duration {
        Duration::from_millis(self.random.below(below))
    }

    pub(super) fn edit(&mut self, which: usize) {
        let spec = &self.scenario.specs[which];
        if matches!(spec.sort, Sort::Chain | Sort::Pinned | Sort::Named) {
            let id = spec.id.clone();
            let value = EDITED + i64::try_from(self.now.as_millis()).unwrap_or_default();
            self.target.put(&id, value);
            self.witness.edited(&id, self.now);
        }
    }

    pub(super) fn alive(&mut self) -> Option<usize> {
        let alive: Vec<usize> =
            (0..self.clients.len()).filter(|client| self.clients[*client].life == Life::Alive).collect();
        let chosen = usize::try_from(self.random.below(alive.len() as u64)).ok()?;
        alive.get(chosen).copied()
    }

    pub(super) fn kill(&mut self) {
        if let Some(client) = self.alive() {
            let tree = self.clients[client].tree;
            self.clients[client].life = Life::Killed;
            let again = self.now + self.moment(1500);
            self.at(again, Happening::Start(tree, Choice::Run));
        }
    }
}

/// Returns two to five resources of sorts that the seed chooses.
pub(super) fn scenario(random: &mut Random) -> Scenario {
    const SORTS: [Sort; 10] = [
        Sort::Chain,
        Sort::Chain,
        Sort::Pinned,
        Sort::Named,
        Sort::Once,
        Sort::AtMostOnce,
        Sort::Slow,
        Sort::Gone,
        Sort::Moved,
        Sort::Moved,
    ];
    let count = 2 + random.below(4);
    let specs = (0..count).map(|number| {
        let sort = SORTS[usize::try_from(random.below(SORTS.len() as u64)).unwrap_or_default()];
        let id = address(&format!("{sort:?}"), &format!("r{number}"));
        let needs_previous = random.happens(60);
        let ready = if random.happens(40) { Ready::Later } else { Ready::AtOnce };
        Spec { sort, id, needs_previous, ready }
    });
    Scenario { specs: specs.collect(), visible_after: VISIBLE_AFTER, moves: Moves::default() }
}
