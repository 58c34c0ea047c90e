//! All steps on their way, filed by what they wait for, so that an event looks only at those that it may concern.

use super::begin::Basis;
use super::protocol::Elapsed;
use super::track::{At, Load, Track, TrackId};
use super::{Ended, Machine, Purpose};
use crate::engine::id::{ResourceId, StepId, System};
use crate::engine::journal::StepKey;
use crate::engine::step::{Action, Expects, Operation};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All tracks.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracks {
    /// The apply that is run or closed.
    pub(super) apply: Option<Arc<str>>,
    /// Whether the ledger is the one that the plan was made with.
    pub(super) basis: Basis,
    all: Vec<Track>,
    by_step: BTreeMap<StepId, TrackId>,
    /// Neither waiting for other steps nor ended.
    active: BTreeSet<TrackId>,
    /// Those that are ready.
    lanes: BTreeMap<Lane, BTreeSet<TrackId>>,
    /// Those that are read and wait for a slot.
    pub(super) read: BTreeSet<TrackId>,
    /// Those that wait for a time.
    timers: BTreeSet<(Elapsed, TrackId)>,
    queued: BTreeMap<System, usize>,
    running: BTreeMap<System, usize>,
    /// How many steps of each wave are not settled.
    waves: BTreeMap<u8, usize>,
    /// Which addresses have a step that is begun and not settled.
    pub(super) busy: BTreeMap<ResourceId, TrackId>,
}

/// Where ready steps queue: only lanes of one wave are open at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lane {
    pub(super) wave: u8,
    pub(super) system: System,
    pub(super) first: First,
}

/// What a ready step does first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum First {
    /// It gets its intent.
    Intent,
    /// It is read.
    Reading,
}

/// Whether a step counts as settled in its wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    NotYet,
    Settled,
}

impl Tracks {
    /// Adds a track.
    pub(super) fn add(&mut self, track: Track) -> TrackId {
        let id = TrackId(self.all.len());
        if track.step.is_some() {
            self.by_step.insert(track.key.step.clone(), id);
            *self.waves.entry(track.wave).or_default() += 1;
        }
        self.all.push(track);
        id
    }

    pub(super) fn get(&self, id: TrackId) -> &Track {
        &self.all[id.0]
    }

    /// Returns a track to change anything but where it is: that is what [`Tracks::put`] does.
    pub(super) fn get_mut(&mut self, id: TrackId) -> &mut Track {
        &mut self.all[id.0]
    }

    /// Raises the wave of what waits for a higher wave, so that nothing of the higher one waits for it.
    ///
    /// All steps are linked and none is ready yet.
    pub(super) fn raise_waves(&mut self) {
        let mut raised: Vec<TrackId> = self.iter().map(|(id, _)| id).collect();
        while let Some(id) = raised.pop() {
            let wave = self.get(id).wave;
            for dependant in self.get(id).dependants.clone() {
                let track = self.get_mut(dependant);
                if track.wave < wave {
                    track.wave = wave;
                    raised.push(dependant);
                }
            }
        }
        self.waves.clear();
        for track in self.all.iter().filter(|track| track.step.is_some()) {
            *self.waves.entry(track.wave).or_default() += 1;
        }
    }

    /// Returns the track of a step of the plan.
    pub(super) fn of_step(&self, step: &StepId) -> Option<TrackId> {
        self.by_step.get(step).copied()
    }

    /// Returns the track of a key, of this or an earlier apply.
    pub(super) fn of_key(&self, key: &StepKey) -> Option<TrackId> {
        let own = self.of_step(&key.step).filter(|id| self.get(*id).key == *key);
        own.or_else(|| self.iter().find(|(_, track)| track.key == *key).map(|(id, _)| id))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (TrackId, &Track)> {
        self.all.iter().enumerate().map(|(index, track)| (TrackId(index), track))
    }

    /// Returns the tracks that are neither waiting for others nor over.
    pub(super) fn active(&self) -> Vec<TrackId> {
        self.active.iter().copied().collect()
    }

    pub(super) fn iter_active(&self) -> impl Iterator<Item = &Track> {
        self.active.iter().map(|id| self.get(*id))
    }

    /// Returns the tracks whose time has come, in the plan's order.
    pub(super) fn due(&self, now: Elapsed) -> BTreeSet<TrackId> {
        self.timers.range(..=(now, TrackId(usize::MAX))).map(|(_, id)| *id).collect()
    }

    /// Returns when the next time comes.
    pub(super) fn next_timer(&self, now: Elapsed) -> Option<Elapsed> {
        self.timers.range((now, TrackId(usize::MAX))..).next().map(|(at, _)| *at)
    }

    /// Returns how many steps of a system have an intent and are not sent yet.
    pub(super) fn queued(&self, system: System) -> usize {
        self.queued.get(&system).copied().unwrap_or_default()
    }

    /// Returns how many questions and sends are under way on a system.
    pub(super) fn running(&self, system: System) -> usize {
        self.running.get(&system).copied().unwrap_or_default()
    }

    /// Returns the lanes of the wave that is due: every step of lower waves is settled, one way or another.
    pub(super) fn open_lanes(&self) -> impl Iterator<Item = (Lane, &BTreeSet<TrackId>)> {
        let due = self.waves.iter().find(|(_, unsettled)| **unsettled > 0).map_or(u8::MAX, |(wave, _)| *wave);
        let open = self.lanes.iter().take_while(move |(lane, _)| lane.wave <= due);
        open.map(|(lane, ids)| (*lane, ids))
    }

    /// Moves a track, and files it by what it waits for there.
    pub(super) fn put(&mut self, id: TrackId, at: At) {
        self.unfile(id);
        self.all[id.0].at = at;
        self.file(id);
        self.count_settled(id);
        self.mark_busy(id);
    }

    fn unfile(&mut self, id: TrackId) {
        let track = &mut self.all[id.0];
        self.active.remove(&id);
        self.read.remove(&id);
        if let Some(at) = track.due() {
            self.timers.remove(&(at, id));
        }
        if let Some(lane) = track.lane.take()
            && let Some(ids) = self.lanes.get_mut(&lane)
        {
            ids.remove(&id);
        }
        if let Some(count) = load(&mut self.queued, &mut self.running, track) {
            *count -= 1;
        }
    }

    fn file(&mut self, id: TrackId) {
        let lane = matches!(self.all[id.0].at, At::Ready).then(|| self.lane(&self.all[id.0]));
        let track = &mut self.all[id.0];
        track.lane = lane;
        if let Some(lane) = lane {
            self.lanes.entry(lane).or_default().insert(id);
        }
        if track.at.is_active() {
            self.active.insert(id);
        }
        if matches!(track.at, At::Read(..)) {
            self.read.insert(id);
        }
        if let Some(at) = track.due() {
            self.timers.insert((at, id));
        }
        if let Some(count) = load(&mut self.queued, &mut self.running, track) {
            *count += 1;
        }
    }

    fn lane(&self, track: &Track) -> Lane {
        Lane { wave: track.wave, system: track.address.system, first: self.first(track) }
    }

    /// Returns what a step does first once it may start.
    pub(super) fn first(&self, track: &Track) -> First {
        let Some(step) = track.step.as_ref().filter(|_| track.attempt == 0) else { return First::Intent };
        match (&step.action, self.basis) {
            (
                Action::Operation(
                    Operation::RecordGone
                    | Operation::RecordUnseen
                    | Operation::RecordOurs { .. }
                    | Operation::RecordMovedFrom { from: _ }
                    | Operation::RecordMovedTo { to: _ },
                )
                | Action::Confirm { .. },
                _,
            ) => First::Reading,
            (_, Basis::Moved) if !matches!(step.expects, Expects::LeftBy(_)) => First::Reading,
            (
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
                ),
                Basis::Same | Basis::Moved,
            ) => First::Intent,
        }
    }

    /// Counts a step of the plan as settled, once.
    fn count_settled(&mut self, id: TrackId) {
        let track = &mut self.all[id.0];
        let settled = matches!(track.at, At::Following(_) | At::Ended(_));
        if settled && track.counted == Counted::NotYet && track.step.is_some() {
            track.counted = Counted::Settled;
            if let Some(unsettled) = self.waves.get_mut(&track.wave) {
                *unsettled -= 1;
            }
        }
    }

    fn mark_busy(&mut self, id: TrackId) {
        let track = &self.all[id.0];
        if track.is_begun() || matches!(track.at, At::Ended(Ended::LeftOpen(_))) {
            self.busy.insert(track.address.clone(), id);
        } else if self.busy.get(&track.address) == Some(&id) {
            self.busy.remove(&track.address);
        }
    }
}

/// Returns the count that a track is part of.
fn load<'a>(
    queued: &'a mut BTreeMap<System, usize>,
    running: &'a mut BTreeMap<System, usize>,
    track: &Track,
) -> Option<&'a mut usize> {
    match track.at.load() {
        Load::Nothing => None,
        Load::Queued => Some(queued.entry(track.address.system).or_default()),
        Load::Running => Some(running.entry(track.address.system).or_default()),
    }
}

impl Machine {
    /// Moves a track on.
    pub(super) fn move_to(&mut self, id: TrackId, at: At) {
        self.tracks.put(id, at);
        self.tracks.get_mut(id).since = self.now;
    }

    /// Returns when a track needs attention next.
    pub(super) fn tracks_wake(&self) -> Option<Elapsed> {
        let start = Some(self.lease.not_before).filter(|at| *at > self.now);
        [self.tracks.next_timer(self.now), start, self.look_wake()].into_iter().flatten().min()
    }

    /// Returns the step that a question is asked for, as the shell needs it.
    pub(super) fn settle_purpose(&self, id: TrackId) -> Purpose {
        let track = self.tracks.get(id);
        let step = track.step.as_ref().map(|_| track.key.step.clone());
        Purpose::Settle(step, track.address.clone())
    }
}
