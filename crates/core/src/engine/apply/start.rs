//! Starts steps: those that are ready, while the lease is surely ours and nobody suspended the environment.

use super::begin::Course;
use super::mechanism::Mechanism;
use super::protocol::{Elapsed, Purpose, StoreAnswer, StoreRequest};
use super::track::{At, TrackId};
use super::tracks::{First, Lane};
use super::{Call, Ended, Looked, Machine, NotStarted, Phase, Stop};
use crate::engine::id::{StepId, System};
use crate::engine::journal::{Doing, Expected, Intent, Record, What};
use crate::engine::path::Path;
use crate::engine::question::Question;
use crate::engine::sketch::Sketch;
use crate::engine::step::{Action, Expects, Operation, Step, WriteMode};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many steps of a system may have an intent without being sent yet.
const WINDOW: usize = 200;

/// So many are left when more get theirs: intents go in groups, and no send waits for one.
const REFILL: usize = WINDOW / 2;

impl Machine {
    /// Looks at the suspension if there is anything to start; the answer starts it.
    pub(super) fn start_steps(&mut self) {
        let asked = self.looked == Looked::Asked;
        if asked || self.stop.is_some() || self.course != Course::Plan || !self.may_start() {
            return;
        }
        let Candidates { startable, blocked } = self.candidates();
        for (id, why) in blocked {
            self.end(id, Ended::NotStarted(why));
        }
        let due = match self.looked {
            Looked::NotYet => true,
            Looked::Asked => false,
            Looked::Failed(at) => at <= self.now,
        };
        if due && (!startable.is_empty() || self.sends_wait_for_a_look()) {
            self.looked = Looked::Asked;
            self.asked_at = self.now;
            self.store(Call::Suspension, StoreRequest::ReadSuspension);
        }
    }

    /// Takes the answer to the look at the suspension.
    pub(super) fn suspension_answered(&mut self, answer: StoreAnswer) {
        self.looked = Looked::NotYet;
        match answer {
            StoreAnswer::Suspended(None) => {
                self.free_at = Some(self.asked_at);
                self.begin_steps();
            }
            StoreAnswer::Suspended(Some(suspension)) => self.stop(Stop::Suspended(suspension)),
            StoreAnswer::NoAnswer(_)
            | StoreAnswer::Refused(_)
            | StoreAnswer::All(_)
            | StoreAnswer::Lock(_)
            | StoreAnswer::Batch(_)
            | StoreAnswer::LedgerHead(_)
            | StoreAnswer::Done(_)
            | StoreAnswer::Conflict
            | StoreAnswer::Exists(_) => self.looked = Looked::Failed(self.now + self.config.timing.retry),
        }
    }

    /// Tells whether somebody looked at the suspension so lately that a step may be sent.
    pub(super) fn looked_lately(&self) -> bool {
        self.free_at.is_some_and(|at| self.now <= at + self.config.timing.poll)
    }

    /// Tells whether anything could start, or be sent, if only somebody had looked.
    pub(super) fn is_look_needed(&self) -> bool {
        let starts =
            matches!(self.phase, Phase::Running) && self.course == Course::Plan && self.stop.is_none();
        starts && (self.sends_wait_for_a_look() || !self.candidates().startable.is_empty())
    }

    fn sends_wait_for_a_look(&self) -> bool {
        let waits = |id: &TrackId| matches!(self.tracks.get(*id).at, At::Intended(_));
        let read = !self.tracks.read.is_empty();
        !self.looked_lately() && (read || self.tracks.due(self.now).iter().any(waits))
    }

    /// Returns when a look that failed is repeated.
    pub(super) fn look_wake(&self) -> Option<Elapsed> {
        match self.looked {
            Looked::Failed(at) => Some(at).filter(|at| *at > self.now),
            Looked::NotYet | Looked::Asked => None,
        }
    }

    /// Returns the ready steps that may begin, as many as their systems take.
    fn candidates(&self) -> Candidates {
        let mut candidates = Candidates::default();
        for (lane, ids) in self.tracks.open_lanes() {
            let mut room = self.room(lane);
            for id in ids.iter().copied() {
                if room == 0 {
                    break;
                }
                match self.obstacle(id) {
                    Obstacle::Nothing => {
                        candidates.startable.push(id);
                        room -= 1;
                    }
                    Obstacle::Busy => {}
                    Obstacle::Blocked(by) => candidates.blocked.push((id, by)),
                }
            }
        }
        candidates
    }

    fn room(&self, lane: Lane) -> usize {
        let queued = self.tracks.queued(lane.system);
        match lane.first {
            First::Intent if queued > REFILL => 0,
            First::Intent => WINDOW - queued,
            First::Reading => self
                .slots()
                .saturating_sub(self.tracks.running(lane.system))
                .min(WINDOW.saturating_sub(queued)),
        }
    }

    /// Returns what is in the way of a ready step: an address in doubt ends it, another step's work does not.
    fn obstacle(&self, id: TrackId) -> Obstacle {
        let address = &self.tracks.get(id).address;
        if self.tracks.get(id).again > self.now {
            return Obstacle::Busy;
        }
        if let Some(held) = self.book.held_at(address).filter(|_| self.has(Mechanism::HeldOutlives)) {
            return Obstacle::Blocked(NotStarted::AddressHeld(held.by.clone()));
        }
        if let Some(ended) = self.approval_ended(id) {
            return Obstacle::Blocked(NotStarted::ApprovalEnded(ended));
        }
        match self.tracks.busy.get(address).filter(|other| **other != id).map(|other| self.tracks.get(*other))
        {
            Some(other) if matches!(other.at, At::Ended(_)) => {
                Obstacle::Blocked(NotStarted::AddressHeld(other.key.clone()))
            }
            Some(_) => Obstacle::Busy,
            None => Obstacle::Nothing,
        }
    }

    /// Returns when the first approval of a step ended, if one has: a permission holds until then and no longer.
    ///
    /// What a deletion has begun is ended: half a replacement is what nobody approved.
    fn approval_ended(&self, id: TrackId) -> Option<Timestamp> {
        let step = self.tracks.get(id).step.as_ref()?;
        let is_deletion = |need: &StepId| {
            let needed = self.tracks.of_step(need).map(|id| self.tracks.get(id));
            needed.and_then(|needed| needed.step.as_ref()).is_some_and(|needed| {
                needed.address == step.address && matches!(needed.action, Action::Delete { .. })
            })
        };
        if step.after.iter().any(is_deletion) {
            return None;
        }
        let now = self.config.timestamp(self.now);
        let follow =
            self.tracks.get(id).dependants.iter().filter_map(|next| self.tracks.get(*next).step.as_ref());
        let together = follow.filter(|next| next.address == step.address).chain([step]);
        let mut ends = together.flat_map(|step| &step.approvals).map(|approval| approval.until);
        ends.find(|until| *until <= now)
    }

    fn begin_steps(&mut self) {
        if self.stop.is_some() || !self.may_start() {
            return;
        }
        for id in self.candidates().startable {
            // One of them may have made the address of another busy.
            if matches!(self.obstacle(id), Obstacle::Nothing) {
                self.begin_step(id);
            }
        }
    }

    fn begin_step(&mut self, id: TrackId) {
        let track = self.tracks.get(id);
        let Some(step) = track.step.clone() else { return };
        if self.tracks.first(track) == First::Intent {
            return self.intend(id, &step);
        }
        let object = Question::Object(track.address.clone());
        match &step.action {
            Action::Operation(Operation::RecordMovedTo { to }) => self.recorded_moved(id, &step, to),
            Action::Operation(Operation::RecordUnseen) => self.recorded_unseen(id, &step),
            Action::Operation(
                Operation::RecordGone | Operation::RecordOurs { .. } | Operation::RecordMovedFrom { from: _ },
            ) => {
                self.move_to(id, At::Recording);
                let purpose = self.settle_purpose(id);
                self.ask(id, purpose, vec![object]);
            }
            Action::Confirm { config: _, wanted } => {
                let project = Question::Project(track.address.clone(), wanted.fingerprint());
                self.move_to(id, At::Confirming);
                self.ask(id, Purpose::Confirm(step.id.clone()), vec![object, project]);
            }
            Action::Write { .. }
            | Action::Delete { .. }
            | Action::Operation(
                Operation::MigrateManagers { .. }
                | Operation::Release { .. }
                | Operation::Restart
                | Operation::Stop { left: _ }
                | Operation::Evict { uid: _ }
                | Operation::Cordon
                | Operation::Deallocate { moves: _ }
                | Operation::CarryOffsets { from: _, own: _ },
            ) => {
                self.move_to(id, At::Checking);
                self.ask(id, Purpose::BeforeSend(step.id.clone()), vec![object]);
            }
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
        let run = self.config.job.run();
        let extra = run.and_then(|run| run.extras.get(&step.id)).cloned().unwrap_or_default();
        let pin = run.and_then(|run| run.pins.get(&step.address.connection_id()));
        let revision = run.and_then(|run| run.plan.revision.as_ref());
        let (doing, wanted) = match &step.action {
            Action::Write { mode, config: _, wanted } => (Doing::Write(*mode), Some(wanted.clone())),
            Action::Confirm { config: _, wanted } => (Doing::Confirm, Some(wanted.clone())),
            Action::Delete { uid } => (Doing::Delete(uid.clone()), None),
            Action::Operation(operation) => (Doing::Operation(operation.clone()), operation.left().cloned()),
        };
        What {
            address: step.address.clone(),
            doing,
            pin: pin.cloned(),
            expects: self.resolve(&step.expects),
            wanted,
            alike: alike(step),
            repeat: step.repeat.clone(),
            done_when: step.done_when.clone(),
            approvals: step.approvals.clone(),
            needs: extra.needs,
            generated: extra.generated,
            revision: revision.map(|revision| revision.as_str().into()),
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
        self.tracks.running(system) < self.slots()
    }

    pub(super) fn slots(&self) -> usize {
        self.config.parallelism.max(1) as usize
    }
}

/// The ready steps that may begin, and those that never will: an earlier step left their address in doubt.
#[derive(Default)]
struct Candidates {
    startable: Vec<TrackId>,
    blocked: Vec<(TrackId, NotStarted)>,
}

/// What is in the way of a ready step.
enum Obstacle {
    Nothing,
    Busy,
    Blocked(NotStarted),
}

/// Returns the places of an update that differ to the letter and not in what they mean.
fn alike(step: &Step) -> Vec<Path> {
    let (Action::Write { mode: WriteMode::Update, config: _, wanted }, Expects::Seen(before)) =
        (&step.action, &step.expects)
    else {
        return Vec::new();
    };
    let before: BTreeSet<_> = before.places.iter().collect();
    let differs = |place: &Path| {
        step.fields.iter().any(|field| field.path.contains(place) || place.contains(&field.path))
    };
    // Without its differences nothing is known of a step.
    let unlike = wanted.places.iter().filter(|place| !step.fields.is_empty() && !before.contains(place));
    unlike.map(|(place, _)| place).filter(|place| !differs(place)).cloned().collect()
}

fn wanted_of(action: &Action) -> Option<&Sketch> {
    match action {
        Action::Write { mode: _, config: _, wanted } | Action::Confirm { config: _, wanted } => Some(wanted),
        Action::Delete { .. } | Action::Operation(_) => None,
    }
}
