//! What a reading proves of a write without its specs, place by place: what the ledger remembers of it then.
//!
//! A form tells what Git says now. Of what other specs had written it tells nothing: what stands there would count as
//! read back like this after *this* was sent, and what Git says by now would never be sent at all.

use super::mechanism::Mechanism;
use super::protocol::Reading;
use super::track::object;
use super::{Job, Machine};
use crate::engine::fingerprint::LeafHash;
use crate::engine::id::TreeHash;
use crate::engine::journal::{StepKey, What};
use crate::engine::ledger::{Remembered, RememberedLeaf, Row};
use crate::engine::question::{Answer, Body, Seen};
use crate::engine::sketch::Sketch;
use crate::resources;
use std::collections::BTreeMap;

impl Machine {
    /// Returns what to remember of a write that was found done.
    pub(super) fn remembered(&self, key: &StepKey, what: &What, readings: &[Reading]) -> Option<Remembered> {
        let reading = object(readings, &what.address)?;
        if self.is_of_these_specs(key) || !self.has(Mechanism::OwnForms) {
            return reading.remembered.clone();
        }
        let Answer::Seen(seen) = &reading.answer else { return None };
        proved(what, self.book.row(&what.address), seen)
    }

    /// Returns the ledger's row with what a part of a write has changed. What is not ours is not made so by a part.
    pub(super) fn row_in_part(&self, what: &What, readings: &[Reading]) -> Option<Row> {
        let Answer::Seen(seen) = &object(readings, &what.address)?.answer else { return None };
        let row =
            self.book.row(&what.address).filter(|row| resources::is_known_by((&seen.id, &seen.uid), row))?;
        let remembered = proved(what, Some(row), seen)?;
        Some(Row { remembered, ..row.clone() })
    }

    /// Tells whether a step is of an apply of the specs that readings are remembered by.
    fn is_of_these_specs(&self, key: &StepKey) -> bool {
        let tree: Option<&TreeHash> = match &self.config.job {
            Job::Run(run) => Some(&run.plan.tree),
            Job::Settle(tree) => Some(tree),
            Job::Abandon | Job::Clear(_) => None,
        };
        self.book.apply().is_some_and(|begun| begun.apply == key.apply && Some(&begun.tree) == tree)
    }
}

/// Returns how a resource looks at the places that a step was about.
pub(super) fn left_as_seen(what: &What, readings: &[Reading]) -> Option<Sketch> {
    let Answer::Seen(seen) = &object(readings, &what.address)?.answer else { return None };
    let (Some(wanted), Body::Whole(body)) = (&what.wanted, &seen.body) else { return None };
    let places = wanted.places.iter().map(|(place, _)| place.clone());
    Some(Sketch::of(Some(seen.uid.clone()), body, places))
}

/// Returns what the ledger had, with each place that shows as the write wanted it.
fn proved(what: &What, row: Option<&Row>, seen: &Seen) -> Option<Remembered> {
    let (Some(wanted), Body::Whole(body)) = (&what.wanted, &seen.body) else { return None };
    let before = row
        .filter(|row| resources::is_known_by((&seen.id, &seen.uid), row))
        .map(|row| &row.remembered.leaves);
    let mut leaves: BTreeMap<LeafHash, RememberedLeaf> =
        before.into_iter().flatten().map(|leaf| (leaf.path, *leaf)).collect();
    for (place, wanted) in &wanted.places {
        if place.find(body).map(LeafHash::of) != *wanted {
            continue;
        }
        let path = LeafHash::of(place);
        match *wanted {
            Some(wanted) => leaves.insert(path, RememberedLeaf { path, wanted, live: None }),
            None => leaves.remove(&path),
        };
    }
    let leaves = leaves.into_values().collect();
    Some(Remembered { leaves, ..Remembered::default() })
}
