//! Waits again for what an earlier apply changed and did not see ready, or deleted and did not see gone.
//!
//! A plan that is made after a kill has no step for what is as wanted already, so nothing in it says what its
//! dependants wait for. The ledger does.

use super::mechanism::Mechanism;
use super::setup::Awaiting;
use super::track::{At, From, Track, TrackId, Watch};
use super::{Ended, Machine, Run};
use crate::engine::id::{ResourceId, StepId};
use crate::engine::ledger::Awaited;
use crate::engine::step::{Action, Condition, Step};
use std::collections::{BTreeMap, BTreeSet};

/// What is awaited, and what the plan does about it.
struct Waits<'a> {
    awaited: &'a BTreeMap<ResourceId, Awaited>,
    /// What has a step.
    planned: BTreeSet<&'a ResourceId>,
    /// What has a step that is itself waited for.
    followed: BTreeSet<&'a ResourceId>,
}

impl Machine {
    /// Lets steps wait for what is awaited, and the rest of an apply for all that it awaits itself.
    pub(super) fn await_again(&mut self, run: &Run, continued: Option<&str>) {
        let awaited = self.book.awaited().map(|(address, awaited)| (address.clone(), awaited.clone()));
        let awaited: BTreeMap<ResourceId, Awaited> = awaited.collect();
        if awaited.is_empty() || !self.has(Mechanism::AwaitedOutlives) {
            return;
        }
        let steps = &run.plan.steps;
        let waits = Waits {
            awaited: &awaited,
            planned: steps.iter().map(|step| &step.address).collect(),
            followed: steps
                .iter()
                .filter(|step| step.done_when.is_some())
                .map(|step| &step.address)
                .collect(),
        };
        let mut waiting: BTreeMap<&ResourceId, Vec<&StepId>> = BTreeMap::new();
        for step in steps {
            for address in self.awaited_by(run, step, &waits) {
                waiting.entry(address).or_default().push(&step.id);
            }
        }
        for (address, it) in awaited.iter().filter(|(address, _)| !waits.followed.contains(address)) {
            let waiting = waiting.remove(address).unwrap_or_default();
            let leaves = self.awaiting == Awaiting::WhatGoes && it.is_going();
            if leaves || !waiting.is_empty() || continued == Some(&*it.by.apply) {
                self.add_awaited(address, it, &waiting);
            }
        }
    }

    /// Returns what a step must wait for, through resources that have no step of their own.
    fn awaited_by<'a>(&self, run: &Run, step: &Step, waits: &Waits<'a>) -> Vec<&'a ResourceId> {
        match &step.action {
            Action::Delete { uid: _ } => waits.gone_before(&step.address),
            Action::Write { .. } | Action::Confirm { .. } | Action::Operation(_) => {
                let needs = run.extras.get(&step.id).map(|extra| extra.needs.clone()).unwrap_or_default();
                self.ready_before(needs, waits)
            }
        }
    }

    fn ready_before<'a>(&self, mut left: Vec<ResourceId>, waits: &Waits<'a>) -> Vec<&'a ResourceId> {
        let mut found = Vec::new();
        let mut seen: BTreeSet<ResourceId> = BTreeSet::new();
        while let Some(need) = left.pop() {
            if waits.followed.contains(&need) || !seen.insert(need.clone()) {
                continue;
            }
            if let Some((address, it)) = waits.awaited.get_key_value(&need)
                && matches!(it.gate.condition, Condition::Ready(_) | Condition::Neo4j(_))
            {
                found.push(address);
            }
            if !waits.planned.contains(&need) {
                left.extend(self.book.row(&need).into_iter().flat_map(|row| row.needs.iter().cloned()));
            }
        }
        found
    }

    fn add_awaited(&mut self, address: &ResourceId, it: &Awaited, waiting: &[&StepId]) {
        let mut track = Track::new(it.by.clone(), address.clone(), None);
        track.origin = From::Awaited;
        track.done_when = Some(it.gate.clone());
        track.done = Ended::DoneBefore;
        let id = self.tracks.add(track);
        for step in waiting {
            if let Some(dependant) = self.tracks.of_step(step) {
                self.tracks.get_mut(id).dependants.push(dependant);
                self.tracks.get_mut(dependant).unmet += 1;
            }
        }
        self.move_to(id, At::Following(Watch::new(self.now)));
    }

    /// Returns what a step waited for in vain and that has no step of its own.
    pub(super) fn awaited_in_vain(&self, id: TrackId) -> Option<StepId> {
        let in_vain = |track: &Track| matches!(&track.at, At::Ended(how) if !Ended::is_done(how));
        let awaited =
            self.tracks.iter().map(|(_, track)| track).filter(|track| track.origin == From::Awaited);
        let mut culprits = awaited.filter(|track| track.dependants.contains(&id) && in_vain(track));
        culprits.next().map(|track| track.key.step.clone())
    }
}

impl<'a> Waits<'a> {
    /// Returns what needed a resource, is deleted and may still be there: deletions run in reverse.
    fn gone_before(&self, address: &ResourceId) -> Vec<&'a ResourceId> {
        let needs_it = |it: &Awaited| it.needs.contains(address);
        self.awaited
            .iter()
            .filter(|(_, it)| it.is_going() && needs_it(it))
            .map(|(address, _)| address)
            .collect()
    }
}
