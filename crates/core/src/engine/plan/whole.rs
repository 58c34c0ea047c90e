//! Steps that belong together: all steps of one address, and those of both ends of a move, are done or left as one.
//!
//! Half of a replacement is a deletion, and half of a move leaves something standing still: nobody reviewed that.

use crate::engine::id::{ResourceId, StepId};
use crate::engine::step::{Reason, Step};
use std::collections::{BTreeMap, BTreeSet};

/// Which addresses are done or left as one, as two plans of the same tree have it.
pub(super) struct Company<'p> {
    ends: BTreeMap<&'p ResourceId, BTreeSet<&'p ResourceId>>,
    /// How many steps there are on an address, in the reviewed plan and in the derived one.
    counts: BTreeMap<&'p ResourceId, (usize, usize)>,
}

impl<'p> Company<'p> {
    pub(super) fn of(reviewed: &'p [Step], derived: &'p [Step]) -> Self {
        let mut company = Self { ends: BTreeMap::new(), counts: BTreeMap::new() };
        for step in reviewed {
            company.counts.entry(&step.address).or_default().0 += 1;
        }
        for step in derived {
            company.counts.entry(&step.address).or_default().1 += 1;
        }
        for step in reviewed.iter().chain(derived) {
            if let Reason::MovedFrom(other) | Reason::MovedTo(other) = &step.because {
                company.ends.entry(&step.address).or_default().insert(other);
                company.ends.entry(other).or_default().insert(&step.address);
            }
        }
        company
    }

    /// Takes out of the kept steps all that need one that is not kept, or that are nothing without one.
    pub(super) fn drop_parts(&self, steps: &'p [Step], kept: &mut BTreeSet<StepId>) {
        let mut left = usize::MAX;
        while left != kept.len() {
            left = kept.len();
            let torn = self.torn(steps, kept);
            let stays = |step: &&Step| {
                !torn.contains(&step.address) && step.after.iter().all(|need| kept.contains(need))
            };
            let staying: BTreeSet<StepId> = steps
                .iter()
                .filter(|step| kept.contains(&step.id))
                .filter(stays)
                .map(|step| step.id.clone())
                .collect();
            *kept = staying;
        }
    }

    /// Returns the addresses of which a step is not kept or is in one of the plans only, and the other ends of their moves.
    fn torn(&self, steps: &'p [Step], kept: &BTreeSet<StepId>) -> BTreeSet<&'p ResourceId> {
        let differ = self.counts.iter().filter(|(_, (reviewed, derived))| reviewed != derived);
        let dropped = steps.iter().filter(|step| !kept.contains(&step.id)).map(|step| &step.address);
        let mut torn: BTreeSet<&ResourceId> = differ.map(|(address, _)| *address).chain(dropped).collect();
        let ends: Vec<_> =
            torn.iter().filter_map(|address| self.ends.get(address)).flatten().copied().collect();
        torn.extend(ends);
        torn
    }
}
