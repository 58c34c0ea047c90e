//! One step that this process looks after: of its plan, or left open by an earlier apply.

use super::Ended;
use super::protocol::{Elapsed, Precondition, Reading};
use super::tracks::{Counted, Lane};
use super::unread::Unread;
use crate::engine::id::ResourceId;
use crate::engine::journal::{Expected, Found, RowChange, StepKey, What};
use crate::engine::ledger::Row;
use crate::engine::question::Why;
use crate::engine::step::{Gate, Receipt, Step};
use std::sync::{Arc, OnceLock};

/// Names a track: plan steps first, in the plan's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TrackId(pub(super) usize);

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
    /// What must hold before it counts as done.
    pub(super) done_when: Option<Gate>,
    /// What it counts as once that holds.
    pub(super) done: Ended,
    /// The steps that need it.
    pub(super) dependants: Vec<TrackId>,
    /// How many steps wait for it, directly or not, once somebody asked.
    pub(super) blocks: OnceLock<u32>,
    /// What it leaves for a step that expects it.
    pub(super) left: Option<Expected>,
    /// Nothing that was sent takes effect after this.
    pub(super) quiet: Elapsed,
    /// A conflict was answered before: once more is enough.
    pub(super) conflicted: Conflicted,
    /// The target refused a later attempt, so the first one decides.
    pub(super) refused: Option<Why>,
    /// How often nobody said what became of it.
    pub(super) unanswered: Unanswered,
    /// How much of it was seen to be there already.
    pub(super) carried_out: CarriedOut,
    /// Since when its resource cannot be read.
    pub(super) unread: Unread,
    /// It could not be read: it does not start again before this.
    pub(super) again: Elapsed,
    /// Where it comes from.
    pub(super) origin: From,
    /// Its wave, raised to that of everything it waits for.
    pub(super) wave: u8,
    /// Whether it counts as settled in its wave.
    pub(super) counted: Counted,
    /// Where it queues while it is ready.
    pub(super) lane: Option<Lane>,
}

/// Whether the target answered with a conflict before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conflicted {
    Never,
    Once,
    Often,
}

impl Conflicted {
    /// Counts another conflict.
    pub(super) fn again(self) -> Self {
        match self {
            Self::Never => Self::Once,
            Self::Once | Self::Often => Self::Often,
        }
    }
}

/// How much of a step that was sent once was seen in a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CarriedOut {
    Nothing,
    /// A part of it; with the ledger's row as that part leaves it, if it has one.
    Part(Option<Box<Row>>),
}

impl CarriedOut {
    /// Returns what that makes of the ledger's row.
    pub(super) fn row(&self) -> RowChange {
        match self {
            Self::Part(Some(row)) => RowChange::Put(row.clone()),
            Self::Part(None) | Self::Nothing => RowChange::Keep,
        }
    }
}

/// How often a step was sent without an answer by this process, and why there was none the last time.
#[derive(Clone, Debug, Default)]
pub(super) struct Unanswered {
    pub(super) times: u32,
    pub(super) cause: Option<Why>,
}

impl Unanswered {
    /// After so many sends that nobody answers for and that nothing shows of, one more is in vain, too.
    const ENOUGH: u32 = 3;

    /// Counts another one.
    pub(super) fn again(&mut self, why: Why) {
        self.times += 1;
        self.cause = Some(why);
    }

    pub(super) fn is_enough(&self) -> bool {
        self.times >= Self::ENOUGH
    }
}

/// Where a track comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// Begun by this process, or not begun.
    Here,
    /// Found open.
    Earlier,
    /// Carried out by an earlier apply, and not seen to be done.
    Awaited,
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
    /// It was read and is as expected: it is sent as soon as there is a slot, or read again then.
    Read(Precondition, Elapsed),
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
    /// Since when what they ask about cannot be read.
    pub(super) unread: Unread,
    pub(super) poll: Poll,
    pub(super) why: String,
}

impl Watch {
    pub(super) fn new(now: Elapsed) -> Self {
        let why = "not looked at yet".to_owned();
        Self { since: now, holds: None, unread: Unread::default(), poll: Poll::Due(now), why }
    }
}

/// What a step takes of what its system allows at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    Nothing,
    /// It has its intent, or gets it, and is not sent yet.
    Queued,
    /// A question or a send of it is under way.
    Running,
}

impl At {
    /// Returns when it is looked at next, if it waits for a time.
    pub(super) fn due(&self) -> Option<Elapsed> {
        match self {
            Self::Gated(watch) | Self::Following(watch) => match watch.poll {
                Poll::Due(at) => Some(at),
                Poll::Asked => None,
            },
            Self::Accepted(_, Poll::Due(at), _)
            | Self::Intended(at)
            | Self::Read(_, at)
            | Self::Unknown(at) => Some(*at),
            Self::Waiting
            | Self::Ready
            | Self::Checking
            | Self::Confirming
            | Self::Recording
            | Self::Intending
            | Self::Reading
            | Self::Sent
            | Self::Accepting(_)
            | Self::Accepted(..)
            | Self::Looking
            | Self::Ended(_) => None,
        }
    }

    /// Returns what it takes of its system.
    ///
    /// Readings before sends take no slot: they come in groups, so that one request can answer many.
    pub(super) fn load(&self) -> Load {
        match self {
            Self::Intending | Self::Intended(_) | Self::Reading | Self::Read(..) => Load::Queued,
            Self::Checking | Self::Sent | Self::Confirming | Self::Recording => Load::Running,
            Self::Waiting
            | Self::Gated(_)
            | Self::Ready
            | Self::Accepting(_)
            | Self::Accepted(..)
            | Self::Unknown(_)
            | Self::Looking
            | Self::Following(_)
            | Self::Ended(_) => Load::Nothing,
        }
    }

    /// Tells whether it neither waits for other steps nor is over.
    pub(super) fn is_active(&self) -> bool {
        !matches!(self, Self::Waiting | Self::Ended(_))
    }
}

impl Track {
    pub(super) fn new(key: StepKey, address: ResourceId, step: Option<Arc<Step>>) -> Self {
        let wave = step.as_ref().map_or(0, |step| step.wave);
        let done_when = step.as_ref().and_then(|step| step.done_when.clone());
        Self {
            key,
            address,
            step,
            what: None,
            attempt: 0,
            at: At::Waiting,
            since: Elapsed::ZERO,
            unmet: 0,
            done_when,
            done: Ended::Done(Found::ByAnswer),
            dependants: Vec::new(),
            blocks: OnceLock::new(),
            left: None,
            quiet: Elapsed::ZERO,
            conflicted: Conflicted::Never,
            carried_out: CarriedOut::Nothing,
            refused: None,
            unanswered: Unanswered::default(),
            unread: Unread::default(),
            origin: From::Here,
            again: Elapsed::ZERO,
            wave,
            counted: Counted::NotYet,
            lane: None,
        }
    }

    /// Tells whether an earlier apply left it and the plan at hand has no such step.
    pub(super) fn is_earlier(&self) -> bool {
        self.origin == From::Earlier && self.step.is_none()
    }

    /// Returns when it is looked at next, if it waits for a time.
    pub(super) fn due(&self) -> Option<Elapsed> {
        let again = Some(self.again).filter(|at| matches!(self.at, At::Ready) && *at > Elapsed::ZERO);
        self.at.due().or(again)
    }

    /// Tells whether something that was sent may still take effect.
    pub(super) fn in_flight(&self, now: Elapsed) -> bool {
        match self.at {
            At::Sent => true,
            At::Unknown(_) | At::Looking | At::Ended(Ended::LeftOpen(_)) => now < self.quiet,
            At::Waiting
            | At::Gated(_)
            | At::Ready
            | At::Checking
            | At::Confirming
            | At::Recording
            | At::Intending
            | At::Intended(_)
            | At::Reading
            | At::Read(..)
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
            | At::Read(..)
            | At::Sent
            | At::Accepting(_)
            | At::Accepted(..)
            | At::Unknown(_)
            | At::Looking => true,
        }
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
