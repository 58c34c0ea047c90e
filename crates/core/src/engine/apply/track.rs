//! The steps that this process looks after: those of its plan, and those that earlier applies left open.

use super::protocol::{Elapsed, Precondition, Reading};
use super::{Ended, Machine, Purpose};
use crate::engine::id::{ResourceId, StepId};
use crate::engine::journal::{Expected, StepKey, What};
use crate::engine::question::Why;
use crate::engine::step::{Receipt, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names a track: plan steps first, in the plan's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TrackId(pub(super) usize);

/// All tracks.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracks {
    /// The apply that is run or closed.
    pub(super) apply: Option<Arc<str>>,
    all: Vec<Track>,
    by_step: BTreeMap<StepId, TrackId>,
    /// Neither waiting for other steps nor ended.
    active: BTreeSet<TrackId>,
    /// How many steps of each wave are not settled.
    waves: BTreeMap<u8, usize>,
    /// Which addresses have a step that is begun and not settled.
    pub(super) busy: BTreeMap<ResourceId, TrackId>,
}

/// One step on its way.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub(super) key: StepKey,
    pub(super) address: ResourceId,
    /// The step, if it belongs to the plan at hand; others are settled but never sent.
    pub(super) step: Option<Arc<Step>>,
    /// What the last intent said.
    pub(super) what: Option<Arc<What>>,
    pub(super) attempt: u32,
    pub(super) at: At,
    pub(super) since: Elapsed,
    /// How many of the steps that it needs are not done.
    pub(super) unmet: usize,
    /// The steps that need it.
    pub(super) dependants: Vec<TrackId>,
    /// What it leaves for a step that expects it.
    pub(super) left: Option<Expected>,
    /// Nothing that was sent takes effect after this.
    pub(super) quiet: Elapsed,
    /// A conflict was answered before: once more is enough.
    pub(super) conflicted: Conflicted,
    /// The target refused a later attempt, so the first one decides.
    pub(super) refused: Option<Why>,
    /// Since when its resource cannot be read.
    pub(super) unreadable: Option<Elapsed>,
    /// Where it comes from.
    pub(super) origin: From,
    counted: Counted,
}

/// Whether a step counts as settled in its wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    NotYet,
    Settled,
}

/// Whether the target answered with a conflict before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conflicted {
    Never,
    Once,
}

/// Where a track comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// Begun by this process, or not begun.
    Here,
    /// Found open.
    Earlier,
}

/// How far a step is.
#[derive(Clone, Debug)]
pub(super) enum At {
    /// Others must be done first.
    Waiting,
    /// Its gates must be met.
    Gated(Watch),
    /// It may start.
    Ready,
    /// It is read before its intent, as its plan may be older than the ledger.
    Checking,
    /// A dry run tells whether it would change anything.
    Confirming,
    /// It is only read: nothing is sent.
    Recording,
    /// The intent is on its way into the journal.
    Intending,
    /// The intent is in the journal; not read before this.
    Intended(Elapsed),
    /// It is read before the send.
    Reading,
    /// It is sent.
    Sent,
    /// The receipt is on its way into the journal.
    Accepting(Receipt),
    /// The receipt is polled, next then, in the target's words.
    Accepted(Receipt, Poll, String),
    /// Nobody knows; it is read then.
    Unknown(Elapsed),
    /// It is read to find out.
    Looking,
    /// Done; what makes it done is watched.
    Following(Watch),
    /// Over.
    Ended(Ended),
}

/// When something is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Poll {
    Due(Elapsed),
    Asked,
}

/// Gates that are polled.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    pub(super) since: Elapsed,
    /// Since when all of them hold.
    pub(super) holds: Option<Elapsed>,
    pub(super) poll: Poll,
    pub(super) why: String,
}

impl Watch {
    pub(super) fn new(now: Elapsed) -> Self {
        Self { since: now, holds: None, poll: Poll::Due(now), why: "not looked at yet".to_owned() }
    }
}

impl Track {
    pub(super) fn new(key: StepKey, address: ResourceId, step: Option<Arc<Step>>) -> Self {
        Self {
            key,
            address,
            step,
            what: None,
            attempt: 0,
            at: At::Waiting,
            since: Elapsed::ZERO,
            unmet: 0,
            dependants: Vec::new(),
            left: None,
            quiet: Elapsed::ZERO,
            conflicted: Conflicted::Never,
            refused: None,
            unreadable: None,
            origin: From::Here,
            counted: Counted::NotYet,
        }
    }

    /// Tells whether something that was sent may still take effect.
    pub(super) fn in_flight(&self, now: Elapsed) -> bool {
        match self.at {
            At::Sent => true,
            At::Unknown(_) | At::Looking | At::Ended(Ended::LeftOpen) => now < self.quiet,
            At::Waiting
            | At::Gated(_)
            | At::Ready
            | At::Checking
            | At::Confirming
            | At::Recording
            | At::Intending
            | At::Intended(_)
            | At::Reading
            | At::Accepting(_)
            | At::Accepted(..)
            | At::Following(_)
            | At::Ended(_) => false,
        }
    }

    /// Tells whether an intent of it may be in the journal without its `Settled`.
    pub(super) fn is_begun(&self) -> bool {
        match self.at {
            At::Ready => self.attempt > 0,
            At::Waiting | At::Gated(_) | At::Following(_) | At::Ended(_) => false,
            At::Checking
            | At::Confirming
            | At::Recording
            | At::Intending
            | At::Intended(_)
            | At::Reading
            | At::Sent
            | At::Accepting(_)
            | At::Accepted(..)
            | At::Unknown(_)
            | At::Looking => true,
        }
    }
}

impl Tracks {
    /// Adds a track.
    pub(super) fn add(&mut self, track: Track) -> TrackId {
        let id = TrackId(self.all.len());
        if let Some(step) = &track.step {
            self.by_step.insert(track.key.step.clone(), id);
            *self.waves.entry(step.wave).or_default() += 1;
        }
        self.all.push(track);
        id
    }

    pub(super) fn get(&self, id: TrackId) -> &Track {
        &self.all[id.0]
    }

    pub(super) fn get_mut(&mut self, id: TrackId) -> &mut Track {
        &mut self.all[id.0]
    }

    /// Tells whether every step of lower waves is settled, one way or another.
    pub(super) fn wave_is_due(&self, track: &Track) -> bool {
        let wave = track.step.as_ref().map_or(0, |step| step.wave);
        self.waves.range(..wave).all(|(_, unsettled)| *unsettled == 0)
    }

    /// Counts a step of the plan as settled, once.
    fn count_settled(&mut self, id: TrackId) {
        let track = &mut self.all[id.0];
        let settled = matches!(track.at, At::Following(_) | At::Ended(_));
        if let (true, Counted::NotYet, Some(step)) = (settled, track.counted, &track.step) {
            track.counted = Counted::Settled;
            if let Some(unsettled) = self.waves.get_mut(&step.wave) {
                *unsettled -= 1;
            }
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
}

impl Machine {
    /// Moves a track on.
    pub(super) fn move_to(&mut self, id: TrackId, at: At) {
        let now = self.now;
        let track = self.tracks.get_mut(id);
        track.at = at;
        track.since = now;
        self.tracks.count_settled(id);
        let track = self.tracks.get(id);
        let active = !matches!(track.at, At::Waiting | At::Ended(_));
        let left_open = matches!(track.at, At::Ended(Ended::LeftOpen));
        let busy = track.is_begun() || left_open;
        let address = track.address.clone();
        if active {
            self.tracks.active.insert(id);
        } else {
            self.tracks.active.remove(&id);
        }
        if busy {
            self.tracks.busy.insert(address, id);
        } else if self.tracks.busy.get(&address) == Some(&id) {
            self.tracks.busy.remove(&address);
        }
    }

    /// Returns when a track needs attention next.
    pub(super) fn tracks_wake(&self) -> Option<Elapsed> {
        let due = |track: &Track| match &track.at {
            At::Gated(watch) | At::Following(watch) => match watch.poll {
                Poll::Due(at) => Some(at),
                Poll::Asked => None,
            },
            At::Accepted(_, Poll::Due(at), _) | At::Intended(at) | At::Unknown(at) => {
                (*at > self.now).then_some(*at)
            }
            At::Waiting
            | At::Ready
            | At::Checking
            | At::Confirming
            | At::Recording
            | At::Intending
            | At::Reading
            | At::Sent
            | At::Accepting(_)
            | At::Accepted(..)
            | At::Looking
            | At::Ended(_) => None,
        };
        let start = (self.lease.not_before > self.now).then_some(self.lease.not_before);
        let looked = match self.looked {
            super::Looked::Failed(at) => Some(at),
            super::Looked::NotYet | super::Looked::Asked => None,
        };
        self.tracks.iter_active().filter_map(due).chain(start).chain(looked).min()
    }

    /// Returns the step that a question is asked for, as the shell needs it.
    pub(super) fn settle_purpose(&self, id: TrackId) -> Purpose {
        let track = self.tracks.get(id);
        let step = track.step.as_ref().map(|_| track.key.step.clone());
        Purpose::Settle(step, track.address.clone())
    }
}

/// Finds the reading of one resource among several.
pub(super) fn object<'a>(readings: &'a [Reading], address: &ResourceId) -> Option<&'a Reading> {
    use crate::engine::question::Question;
    readings.iter().find(|reading| matches!(&reading.question, Question::Object(id) if id == address))
}

/// Returns the precondition that a reading gives.
pub(super) fn precondition(reading: &Reading) -> Precondition {
    use crate::engine::question::Answer;
    match &reading.answer {
        Answer::Seen(seen) => Precondition::Version(seen.uid.clone(), seen.version.clone()),
        Answer::NotFound
        | Answer::Inventory { .. }
        | Answer::Fact(_)
        | Answer::Unreadable(_)
        | Answer::Rejected(_) => Precondition::Absent,
    }
}
