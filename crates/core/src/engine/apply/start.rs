//! Starts steps: those that are ready, while the lease is surely ours and nobody suspended the environment.

use super::begin::{Basis, Course};
use super::mechanism::Mechanism;
use super::protocol::{Purpose, StoreAnswer, StoreRequest};
use super::track::{At, TrackId};
use super::{Call, Ended, Looked, Machine, NotStarted, Stop};
use crate::engine::id::System;
use crate::engine::journal::{Doing, Expected, Intent, Record, What};
use crate::engine::ledger::Standing;
use crate::engine::question::Question;
use crate::engine::sketch::Sketch;
use crate::engine::step::{Action, Expects, Operation, Step};
use std::sync::Arc;

/// How many steps may have an intent without being sent yet.
const WINDOW: usize = 200;

impl Machine {
    /// Looks at the suspension if there is anything to start; the answer starts it.
    pub(super) fn start_steps(&mut self) {
        if self.stop.is_some() || self.course != Course::Plan || !self.may_start() {
            return;
        }
        self.refuse_blocked_addresses();
        let due = match self.looked {
            Looked::NotYet => true,
            Looked::Asked => false,
            Looked::Failed(at) => at <= self.now,
        };
        if due && !self.startable().is_empty() {
            self.looked = Looked::Asked;
            self.store(Call::Suspension, StoreRequest::ReadSuspension);
        }
    }

    /// Takes the answer to the look at the suspension.
    pub(super) fn suspension_answered(&mut self, answer: StoreAnswer) {
        self.looked = Looked::NotYet;
        match answer {
            StoreAnswer::Suspended(None) => self.begin_steps(),
            StoreAnswer::Suspended(Some(suspension)) => self.stop(Stop::Suspended(suspension)),
            StoreAnswer::NoAnswer(why) | StoreAnswer::Refused(why) => {
                self.silent(why);
                self.looked = Looked::Failed(self.now + self.config.timing.retry);
            }
            StoreAnswer::All(_)
            | StoreAnswer::Lock(_)
            | StoreAnswer::Batch(_)
            | StoreAnswer::LedgerHead(_)
            | StoreAnswer::Done(_)
            | StoreAnswer::Conflict
            | StoreAnswer::Exists(_) => self.looked = Looked::Failed(self.now + self.config.timing.retry),
        }
    }

    /// Ends the steps whose address an earlier step left in doubt.
    fn refuse_blocked_addresses(&mut self) {
        for id in self.ready() {
            let track = self.tracks.get(id);
            let left_open = self.tracks.busy.get(&track.address).filter(|other| {
                **other != id && matches!(self.tracks.get(**other).at, At::Ended(Ended::LeftOpen))
            });
            let by = match (self.book.standing(&track.address), left_open) {
                (Standing::Held(held), _) if self.has(Mechanism::HeldOutlives) => held.by.clone(),
                (_, Some(other)) => self.tracks.get(*other).key.clone(),
                (Standing::Held(_) | Standing::Free | Standing::Open(_), None) => continue,
            };
            self.end(id, Ended::NotStarted(NotStarted::AddressHeld(by)));
        }
    }

    fn ready(&self) -> Vec<TrackId> {
        let active = self.tracks.active().into_iter();
        active.filter(|id| matches!(self.tracks.get(*id).at, At::Ready)).collect()
    }

    /// Returns the ready steps whose address nothing else works on, as many as the window takes.
    fn startable(&self) -> Vec<TrackId> {
        let waiting = |at: &At| matches!(at, At::Intending | At::Intended(_));
        let pending = self.tracks.iter_active().filter(|track| waiting(&track.at)).count();
        let free = |id: &TrackId| {
            let track = self.tracks.get(*id);
            let other = self.tracks.busy.get(&track.address);
            self.tracks.wave_is_due(track) && other.is_none_or(|other| other == id)
        };
        self.ready().into_iter().filter(free).take(WINDOW.saturating_sub(pending)).collect()
    }

    fn begin_steps(&mut self) {
        if self.stop.is_some() || !self.may_start() {
            return;
        }
        for id in self.startable() {
            let taken = self.tracks.busy.get(&self.tracks.get(id).address).is_some_and(|other| *other != id);
            if !taken {
                self.begin_step(id);
            }
        }
    }

    fn begin_step(&mut self, id: TrackId) {
        let track = self.tracks.get(id);
        let Some(step) = track.step.clone() else { return };
        let address = track.address.clone();
        let system = address.system;
        let object = Question::Object(address.clone());
        match &step.action {
            Action::Operation(Operation::RecordGone) if self.has_slot(system) => {
                self.move_to(id, At::Recording);
                let purpose = self.settle_purpose(id);
                self.ask(id, purpose, vec![object]);
            }
            Action::Confirm { config: _, wanted } if track.attempt == 0 && self.has_slot(system) => {
                let project = Question::Project(address, wanted.fingerprint());
                self.move_to(id, At::Confirming);
                self.ask(id, Purpose::Confirm(step.id.clone()), vec![object, project]);
            }
            Action::Operation(Operation::RecordGone) => {}
            Action::Confirm { .. } if track.attempt == 0 => {}
            Action::Confirm { .. }
            | Action::Write { .. }
            | Action::Delete { .. }
            | Action::Operation(Operation::MigrateManagers { .. }) => self.check_or_intend(id, &step),
        }
    }

    /// Writes the intent, after a reading if the plan may be older than the ledger.
    fn check_or_intend(&mut self, id: TrackId, step: &Arc<Step>) {
        let track = self.tracks.get(id);
        let planned = !matches!(step.expects, Expects::LeftBy(_)) && track.attempt == 0;
        if self.basis == Basis::Same || !planned {
            return self.intend(id, step);
        }
        if self.has_slot(track.address.system) {
            let questions = vec![Question::Object(track.address.clone())];
            self.move_to(id, At::Checking);
            self.ask(id, Purpose::BeforeSend(step.id.clone()), questions);
        }
    }

    /// Writes the intent of the next attempt.
    pub(super) fn intend(&mut self, id: TrackId, step: &Arc<Step>) {
        let what = match &self.tracks.get(id).what {
            Some(what) => what.clone(),
            None => Arc::new(self.what(step)),
        };
        let now = self.now;
        let track = self.tracks.get_mut(id);
        track.attempt += 1;
        track.what = Some(what.clone());
        let (key, attempt) = (track.key.clone(), track.attempt);
        let dependants = track.dependants.clone();
        if !self.has(Mechanism::IntentFirst) {
            return self.move_to(id, At::Intended(now));
        }
        self.journal.push(Record::Intent(Box::new(Intent { key, attempt, what: (*what).clone() })));
        self.move_to(id, At::Intending);
        if !self.has(Mechanism::OnlyReady) {
            self.intend_early(dependants);
        }
    }

    /// What the rule forbids: intents of steps whose needs are not settled. Only tests take the rule out.
    fn intend_early(&mut self, dependants: Vec<TrackId>) {
        for id in dependants {
            let track = self.tracks.get(id);
            if let (Some(step), At::Waiting) = (track.step.clone(), &track.at) {
                let (key, what) = (track.key.clone(), self.what(&step));
                self.journal.push(Record::Intent(Box::new(Intent { key, attempt: 1, what })));
            }
        }
    }

    pub(super) fn what(&self, step: &Step) -> What {
        let super::Job::Run(run) = &self.config.job else { unreachable!("only plans have steps") };
        let extra = run.extras.get(&step.id).cloned().unwrap_or_default();
        let (doing, wanted) = match &step.action {
            Action::Write { mode, config: _, wanted } => (Doing::Write(*mode), Some(wanted.clone())),
            Action::Confirm { config: _, wanted } => (Doing::Confirm, Some(wanted.clone())),
            Action::Delete { uid } => (Doing::Delete(uid.clone()), None),
            Action::Operation(operation) => (Doing::Operation(operation.clone()), None),
        };
        What {
            address: step.address.clone(),
            doing,
            pin: run.pins.get(&step.address.connection).cloned(),
            expects: self.resolve(&step.expects),
            wanted,
            repeat: step.repeat.clone(),
            approval: step.approval.clone(),
            needs: extra.needs,
            generated: extra.generated,
            revision: run.plan.revision.as_ref().map(|revision| revision.as_str().into()),
        }
    }

    /// Replaces "what that step leaves" by what it left.
    fn resolve(&self, expects: &Expects) -> Expected {
        match expects {
            Expects::Absent => Expected::Absent,
            Expects::Seen(sketch) => Expected::Seen(sketch.clone()),
            Expects::LeftBy(step) => {
                let track = self.tracks.of_step(step).map(|id| self.tracks.get(id));
                let wanted =
                    track.and_then(|track| track.step.as_ref()).and_then(|step| wanted_of(&step.action));
                let planned = || Expected::Seen(wanted.cloned().unwrap_or_default());
                track.and_then(|track| track.left.clone()).unwrap_or_else(planned)
            }
        }
    }

    /// Tells whether one more step may be read or sent on this system.
    pub(super) fn has_slot(&self, system: System) -> bool {
        let takes =
            |at: &At| matches!(at, At::Checking | At::Reading | At::Sent | At::Confirming | At::Recording);
        let same = |address: &crate::engine::id::ResourceId| address.system == system;
        let used = self.tracks.iter_active().filter(|track| takes(&track.at) && same(&track.address)).count();
        used < self.config.parallelism.max(1) as usize
    }
}

fn wanted_of(action: &Action) -> Option<&Sketch> {
    match action {
        Action::Write { mode: _, config: _, wanted } | Action::Confirm { config: _, wanted } => Some(wanted),
        Action::Delete { .. } | Action::Operation(_) => None,
    }
}
