//! What a machine is told beside its configuration, before it starts.

use super::Machine;
use super::mechanism::Mechanism;
use super::protocol::Snapshot;
use crate::engine::journal::{Garbled, Position};
use crate::engine::ledger::{Book, Salvaged};
use crate::engine::windows::Windows;

/// What is done with a ledger that is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// Nothing is: nobody knows what is ours.
    Refused,
    /// What is left of it becomes the ledger.
    TakenOver,
}

/// What is awaited of that which earlier applies did not see done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Awaiting {
    /// What somebody needs.
    #[default]
    WhatIsNeeded,
    /// That as well, and everything that is to be gone.
    WhatGoes,
}

impl Machine {
    /// Tells at which [`Book::position`] the plan was made.
    ///
    /// If the ledger is at another one under the lock, or this was never told, each step is read before its intent
    /// as well: an intent that was stale from the start could not be told, after a crash, from one that left
    /// something.
    #[must_use]
    pub fn planned_at(mut self, position: Position) -> Self {
        self.planned_at = Some(position);
        self
    }

    /// Lets steps start inside these windows only.
    #[must_use]
    pub fn within(mut self, windows: Windows) -> Self {
        self.windows = windows;
        self
    }

    /// Waits for everything that earlier applies deleted and did not see gone, needed or not.
    ///
    /// What they changed and did not see ready is no matter of whoever leaves.
    #[must_use]
    pub fn awaiting_what_goes(mut self) -> Self {
        self.awaiting = Awaiting::WhatGoes;
        self
    }

    /// Takes a damaged ledger over under the lock: what can be read of it is kept and written anew, whole.
    ///
    /// A person has seen what cannot be read, and has agreed to go on without it.
    #[must_use]
    pub fn rebuilding(mut self) -> Self {
        self.damage = Damage::TakenOver;
        self
    }

    /// Reads ledger and journal, which must be whole unless they are being rebuilt.
    pub(super) fn book_of(&self, all: &Snapshot) -> Result<Book, Garbled> {
        match self.damage {
            Damage::Refused => Book::read(all),
            Damage::TakenOver => Ok(Salvaged::of(all).book),
        }
    }

    /// Takes one mechanism out, so that a test can see what it is for.
    #[cfg(feature = "mutations")]
    #[must_use]
    pub fn without(mut self, mechanism: Mechanism) -> Self {
        self.without = Some(mechanism);
        self
    }

    /// Tells whether a mechanism is in place: always, outside such tests.
    #[cfg_attr(not(feature = "mutations"), expect(clippy::unused_self, reason = "tests take mechanisms out"))]
    pub(super) fn has(&self, mechanism: Mechanism) -> bool {
        #[cfg(feature = "mutations")]
        return self.without != Some(mechanism);
        #[cfg(not(feature = "mutations"))]
        {
            let _: Mechanism = mechanism;
            true
        }
    }
}
