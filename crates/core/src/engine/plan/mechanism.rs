//! The mechanisms that the laws of planning rest on, by name, so that tests can take one out and see a law break.

use super::recover::marked;
use crate::engine::live::Live;
use crate::engine::step::Step;

/// One mechanism of planning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mechanism {
    /// Steps stand by wave and address, however the systems told of their resources.
    OneOrder,
    /// What waits for something that is held is held itself, and told.
    WaitingIsHeld,
    /// Of what would be done, only that waits which needs something held.
    OnlyWhatNeeds,
    /// Policies are asked about what is done, and not about what else could be.
    WhatIsDone,
}

/// Which mechanisms are in place: all of them, outside tests of the laws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mechanisms {
    #[cfg(feature = "mutations")]
    without: Option<Mechanism>,
}

impl Mechanisms {
    /// Takes one mechanism out, so that a test can see what it is for.
    #[cfg(feature = "mutations")]
    #[must_use]
    pub fn without(mechanism: Mechanism) -> Self {
        Self { without: Some(mechanism) }
    }

    /// Brings steps into their one order: by wave and address.
    pub(super) fn sort(self, mut steps: Vec<Step>, known: &Live) -> Vec<Step> {
        if self.has(Mechanism::OneOrder) {
            steps.sort_by(|one, two| (one.wave, &one.address).cmp(&(two.wave, &two.address)));
        } else {
            let told: Vec<_> = marked(known).collect();
            steps.sort_by_key(|step| told.iter().position(|seen| seen.id == step.address));
        }
        steps
    }

    /// Tells whether a mechanism is in place.
    #[cfg_attr(not(feature = "mutations"), expect(clippy::unused_self, reason = "tests take mechanisms out"))]
    pub(super) fn has(self, mechanism: Mechanism) -> bool {
        #[cfg(feature = "mutations")]
        return self.without != Some(mechanism);
        #[cfg(not(feature = "mutations"))]
        {
            let _: Mechanism = mechanism;
            true
        }
    }
}
