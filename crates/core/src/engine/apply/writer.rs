//! Writes batches to the journal, one at a time, and finds out what became of a write without an answer.
//!
//! Number n + 1 is never used while n is unknown. A write without an answer is read back: our bytes, so it is written;
//! somebody else's, so we are deposed; nothing, so the same bytes go under the same name again.

use super::protocol::{Elapsed, StoreAnswer, StoreRequest};
use crate::engine::journal::{Batch, Nonce, Position, Record};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// How many idempotent intents go into one batch.
const GROUP: usize = 200;

/// The records that wait, and the one write that is under way.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    by: Nonce,
    next: Position,
    queue: VecDeque<Record>,
    /// What waits may wait until then, if it may wait at all.
    patient_until: Option<Elapsed>,
    current: Option<Write>,
}

#[derive(Clone, Debug)]
struct Write {
    position: Position,
    batch: Batch,
    bytes: Arc<[u8]>,
    state: WriteState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WriteState {
    Due(Verb, Elapsed),
    Asked(Verb),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Create,
    ReadBack,
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It is in the journal.
    Yes(Position, Batch),
    /// Somebody else has the name.
    Taken,
}

impl Writer {
    pub(super) fn new(by: Nonce) -> Self {
        Self { by, next: Position::default(), queue: VecDeque::new(), patient_until: None, current: None }
    }

    /// Puts a record at the end of what waits; nothing waits any longer.
    pub(super) fn push(&mut self, record: Record) {
        self.patient_until = None;
        self.queue.push_back(record);
    }

    /// Puts a record at the end of what waits; it may wait until then for others to share its batch.
    pub(super) fn push_patiently(&mut self, record: Record, until: Elapsed) {
        if self.queue.is_empty() {
            self.patient_until = Some(until);
        }
        self.queue.push_back(record);
    }

    /// Lets nothing wait any longer.
    pub(super) fn hurry(&mut self) {
        self.patient_until = None;
    }

    /// Puts a record before everything that waits.
    pub(super) fn push_first(&mut self, record: Record) {
        self.patient_until = None;
        self.queue.push_front(record);
    }

    /// Forgets what waits: the epoch is not ours any more.
    pub(super) fn abandon(&mut self) {
        self.queue.clear();
        self.current = None;
    }

    /// Sets the position of the next batch.
    pub(super) fn continue_at(&mut self, next: Position) {
        self.next = next;
    }

    /// Tells whether nothing waits and nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.current.is_none()
    }

    /// Begins to write one record under a name of its own.
    pub(super) fn write_at(&mut self, position: Position, record: Record, now: Elapsed) {
        self.begin(position, vec![record], now);
    }

    /// Begins the next batch, if anything waits and nothing is under way.
    pub(super) fn begin_next(&mut self, now: Elapsed) {
        let waits = self.patient_until.is_some_and(|until| now < until) && self.queue.len() < GROUP;
        if self.current.is_none() && !self.queue.is_empty() && !waits {
            let records = self.take_group();
            let position = self.next;
            self.next = position.next();
            self.begin(position, records, now);
        }
    }

    fn begin(&mut self, position: Position, records: Vec<Record>, now: Elapsed) {
        let batch = Batch { by: self.by.clone(), records };
        let bytes = batch.to_bytes();
        self.current = Some(Write { position, batch, bytes, state: WriteState::Due(Verb::Create, now) });
    }

    /// Takes the records of one batch, in order: intents that may be repeated go together, any other goes alone.
    fn take_group(&mut self) -> Vec<Record> {
        let mut taken = Vec::new();
        let mut intents = 0;
        while let Some(record) = self.queue.front() {
            let single = is_single(record);
            if intents == GROUP || (single && intents > 0) {
                break;
            }
            intents += usize::from(matches!(record, Record::Intent(_)));
            taken.extend(self.queue.pop_front());
            if single {
                break;
            }
        }
        taken
    }

    /// Returns the request that is due, if any.
    pub(super) fn request(&mut self, now: Elapsed) -> Option<StoreRequest> {
        let write = self.current.as_mut()?;
        let WriteState::Due(verb, at) = write.state else { return None };
        if now < at {
            return None;
        }
        write.state = WriteState::Asked(verb);
        Some(match verb {
            Verb::Create => StoreRequest::Create { position: write.position, bytes: write.bytes.clone() },
            Verb::ReadBack => StoreRequest::ReadBatch(write.position),
        })
    }

    /// Takes an answer; returns what became of the write once that is known.
    pub(super) fn answer(&mut self, answer: StoreAnswer, now: Elapsed, retry: Duration) -> Option<Written> {
        let write = self.current.as_mut()?;
        let WriteState::Asked(verb) = write.state else { return None };
        let ours = match answer {
            StoreAnswer::Done(_) if verb == Verb::Create => Some(true),
            StoreAnswer::Exists(bytes) | StoreAnswer::Batch(Some(bytes)) => Some(bytes == write.bytes),
            StoreAnswer::Batch(None) => {
                write.state = WriteState::Due(Verb::Create, now);
                None
            }
            StoreAnswer::Refused(_) => {
                write.state = WriteState::Due(verb, now + retry);
                None
            }
            StoreAnswer::NoAnswer(_) => {
                let wait = if verb == Verb::Create { Duration::ZERO } else { retry };
                write.state = WriteState::Due(Verb::ReadBack, now + wait);
                None
            }
            StoreAnswer::All(_)
            | StoreAnswer::Lock(_)
            | StoreAnswer::LedgerHead(_)
            | StoreAnswer::Suspended(_)
            | StoreAnswer::Done(_)
            | StoreAnswer::Conflict => {
                write.state = WriteState::Due(Verb::ReadBack, now + retry);
                None
            }
        }?;
        let write = self.current.take()?;
        Some(if ours { Written::Yes(write.position, write.batch) } else { Written::Taken })
    }

    /// Returns when something is due next.
    pub(super) fn wake(&self) -> Option<Elapsed> {
        match self.current.as_ref().map(|write| write.state) {
            Some(WriteState::Due(_, at)) => Some(at),
            Some(WriteState::Asked(_)) => None,
            None => self.patient_until.filter(|_| !self.queue.is_empty()),
        }
    }
}

/// Tells whether a record must be the last of its batch and the only intent in it.
fn is_single(record: &Record) -> bool {
    use crate::engine::step::Repeat;
    match record {
        Record::Intent(intent) => intent.what.repeat != Repeat::Idempotent,
        Record::Open { .. } | Record::Seal => true,
        Record::Begin(_)
        | Record::Accepted(_)
        | Record::Settled(_)
        | Record::End { .. }
        | Record::Cleared(_)
        | Record::Met { .. }
        | Record::Pinned { .. } => false,
    }
}
