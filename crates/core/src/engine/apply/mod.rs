//! Carries a plan out: a synchronous, deterministic state machine that acts only through the shell.
//!
//! The shell hands in events and the time since its start, and does what the commands say; the same events give the
//! same commands. In the order of a run: `acquire` gets the lock and seals older epochs, `begin` decides what is
//! continued and what is closed, `start` writes intents, `send` reads and sends, `settle` finds out what became of a
//! step that nobody answered for, `gate` waits, `close` ends it. `lease`, `writer` and `checkpoint` run beside them.
//! Every rule is one of design-apply.md, where a model checker found a violation without it.

mod acquire;
mod awaited;
mod begin;
mod checkpoint;
mod clear;
mod close;
mod config;
mod confirm;
mod defect;
mod dry_run;
mod gate;
mod judge;
mod lease;
mod lock;
mod mechanism;
mod outcome;
mod progress;
mod protocol;
mod proved;
mod round;
mod send;
mod settle;
mod settled;
mod setup;
mod show;
mod silence;
mod start;
mod track;
mod tracks;
mod unread;
mod windows;
mod writer;

pub use config::{Config, Extra, Job, LeaseTooShort, Run, Timing};
pub use lock::{LockView, broken};
pub use mechanism::Mechanism;
pub use progress::{
    Defect, End, EndReason, Ended, NotStarted, Notice, Progress, Stage, StepEnd, StepProgress, StepState,
};
pub use protocol::{
    CallId, Command, Elapsed, Event, Head, Polled, PolledDone, Precondition, Purpose, Reading, Sending, Sent,
    Snapshot, StoreAnswer, StoreRequest, Suspension, Tenure, Version,
};

use super::id::ResourceId;
use super::journal::{Nonce, Position, Record};
use super::ledger::Book;
use super::question::Question;
use super::windows::Windows;
use acquire::{Acquiring, Watched};
use checkpoint::Checkpointing;
use close::Closing;
use jiff::Timestamp;
use lease::Lease;
use setup::{Awaiting, Damage};
use silence::{Heard, Need, Silences};
use std::collections::BTreeMap;
use track::TrackId;
use tracks::Tracks;
use writer::{Writer, Written};

/// One applier, from getting the lock to giving it back.
#[derive(Clone, Debug)]
pub struct Machine {
    config: Config,
    now: Elapsed,
    phase: Phase,
    lease: Lease,
    watched: Watched,
    journal: Writer,
    book: Book,
    checkpointing: Checkpointing,
    tracks: Tracks,
    stop: Option<Stop>,
    silences: Silences,
    looked: Looked,
    course: begin::Course,
    /// When the last look at the suspension was asked for.
    asked_at: Elapsed,
    /// When it was last seen that nobody has suspended the environment.
    free_at: Option<Elapsed>,
    planned_at: Option<Position>,
    damage: Damage,
    awaiting: Awaiting,
    windows: Windows,
    /// A window was seen to be open until then.
    open_until: Option<Timestamp>,
    clearing: Vec<clear::Clearing>,
    /// Records that a test holds back.
    delayed: Vec<Record>,
    calls: BTreeMap<CallId, Call>,
    last_call: u64,
    out: Vec<Command>,
    #[cfg(feature = "mutations")]
    without: Option<Mechanism>,
}

/// What the machine as a whole does.
#[derive(Clone, Debug)]
enum Phase {
    Idle,
    Acquiring(Acquiring),
    /// Steps run, or those of an earlier apply are settled.
    Running,
    Closing(Closing),
    Over,
}

/// Why nothing new starts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stop {
    Interrupted,
    Suspended(Suspension),
    /// No window is open; the next opens then.
    OutsideWindow(Option<Timestamp>),
    LockLost,
    /// The plan, or this program, is wrong.
    Defect(Defect),
}

/// Whether the suspension was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Looked {
    #[default]
    NotYet,
    Asked,
    /// No answer: not again before this.
    Failed(Elapsed),
}

/// What a request was for.
#[derive(Clone, Copy, Debug)]
enum Call {
    Acquire,
    Lease,
    Journal,
    Checkpoint(checkpoint::Piece),
    Suspension,
    Ask(TrackId),
    Poll(TrackId),
    Release,
}

impl Machine {
    /// Returns a machine that waits for [`Event::Start`].
    #[must_use]
    pub fn new(config: Config) -> Self {
        let nonce: Nonce = config.holder.nonce.clone();
        Self {
            config,
            now: Elapsed::ZERO,
            phase: Phase::Idle,
            lease: Lease::default(),
            watched: Watched::default(),
            journal: Writer::new(nonce),
            book: Book::default(),
            checkpointing: Checkpointing::default(),
            tracks: Tracks::default(),
            stop: None,
            silences: Silences::default(),
            looked: Looked::NotYet,
            course: begin::Course::default(),
            asked_at: Elapsed::ZERO,
            free_at: None,
            planned_at: None,
            damage: Damage::Refused,
            awaiting: Awaiting::WhatIsNeeded,
            windows: Windows::default(),
            open_until: None,
            clearing: Vec::new(),
            delayed: Vec::new(),
            calls: BTreeMap::new(),
            last_call: 0,
            out: Vec::new(),
            #[cfg(feature = "mutations")]
            without: None,
        }
    }

    /// Takes in what happened and returns what is to be done, in this order.
    ///
    /// `now` is the time since the start: the larger of monotonic and wall-clock progress.
    pub fn handle(&mut self, now: Elapsed, event: Event) -> Vec<Command> {
        self.now = self.now.max(now);
        if !matches!(self.phase, Phase::Over) {
            self.take_in(event);
            self.advance();
        }
        std::mem::take(&mut self.out)
    }

    fn take_in(&mut self, event: Event) {
        match event {
            Event::Start => {
                self.phase = Phase::Acquiring(Acquiring::Looking);
                self.acquire();
            }
            Event::Store(id, answer) => {
                if let Some(call) = self.calls.remove(&id) {
                    self.store_answered(call, answer);
                }
            }
            Event::Answered(id, readings) => {
                if let Some(Call::Ask(track)) = self.calls.remove(&id) {
                    self.answered(track, &readings);
                }
            }
            Event::Sent(sent) => self.sent(*sent),
            Event::Polled(id, polled) => {
                if let Some(Call::Poll(track)) = self.calls.remove(&id) {
                    self.polled(track, polled);
                }
            }
            Event::Woke => {}
            Event::Interrupted => self.stop(Stop::Interrupted),
            Event::Panicked => self.stop(Stop::Defect(Defect::Panicked)),
        }
    }

    fn store_answered(&mut self, call: Call, answer: StoreAnswer) {
        let heard = Heard::of(&answer);
        match call {
            Call::Acquire => self.acquire_answered(answer),
            Call::Lease => self.lease_answered(answer),
            Call::Journal => self.journal_answered(answer),
            Call::Checkpoint(piece) => self.checkpoint_answered(piece, answer),
            Call::Suspension => self.suspension_answered(answer),
            Call::Release => self.released(),
            Call::Ask(_) | Call::Poll(_) => {}
        }
        self.listen(call, heard);
    }

    fn journal_answered(&mut self, answer: StoreAnswer) {
        // A store that says no to the very first record will say no again: nothing was begun.
        if let (StoreAnswer::Refused(why), Phase::Acquiring(_)) = (&answer, &self.phase) {
            return self.withdraw_with(EndReason::StoreUnusable(why.clone()));
        }
        let Some(written) = self.journal.answer(answer, self.now, self.config.timing.retry) else { return };
        self.silences.over(Need::Journal);
        if matches!(self.phase, Phase::Acquiring(_)) {
            return self.acquire_written(&written);
        }
        match written {
            Written::Yes(position, batch) => {
                self.book.fold(position, &batch);
                self.checkpointing.batch_written();
                self.written(&batch.records);
            }
            Written::Taken => {
                self.journal.abandon();
                self.lose_lock();
            }
        }
    }

    /// Does everything that is due; every part looks at the state, none at what has just happened.
    fn advance(&mut self) {
        self.acquire_if_due();
        self.renew();
        self.forget_needs();
        self.give_up_if_silent();
        if matches!(self.phase, Phase::Running) {
            self.look_at_gates();
            self.stop_outside_windows();
            self.start_steps();
            self.read_and_send();
            self.settle_unknown();
            self.poll_accepted();
            self.clear_if_due();
            self.stop_if_stalled();
            self.close_if_through();
        }
        self.checkpoint_if_due();
        self.close_on();
        self.write_on();
        if !matches!(self.phase, Phase::Over | Phase::Idle) {
            let wake = self.next_wake();
            self.out.extend(wake.map(Command::Wake));
        }
    }

    fn write_on(&mut self) {
        if matches!(self.phase, Phase::Over) {
            return;
        }
        if !matches!(self.phase, Phase::Acquiring(_)) {
            if !matches!(self.phase, Phase::Running) {
                self.journal.hurry();
            }
            self.journal.begin_next(self.now);
        }
        if let Some(request) = self.journal.request(self.now) {
            self.store(Call::Journal, request);
        }
    }

    fn next_wake(&self) -> Option<Elapsed> {
        let timers = [
            self.acquire_wake(),
            self.lease_wake(),
            self.journal.wake(),
            self.tracks_wake(),
            self.clear_wake(),
            self.silences.since().map(|since| since + self.config.timing.patience),
        ];
        timers.into_iter().flatten().filter(|at| *at > self.now).min()
    }

    /// Stops starting new things; the first reason counts, but a lost lock outdoes all.
    fn stop(&mut self, stop: Stop) {
        if matches!(self.phase, Phase::Acquiring(_)) {
            return self.withdraw_with(reason_of(&stop));
        }
        if self.stop.is_none() || stop == Stop::LockLost {
            self.stop = Some(stop);
        }
    }

    fn call(&mut self, call: Call) -> CallId {
        self.last_call += 1;
        let id = CallId(self.last_call);
        self.calls.insert(id, call);
        id
    }

    fn store(&mut self, call: Call, request: StoreRequest) {
        let id = self.call(call);
        self.out.push(Command::Store(id, request));
    }

    fn ask(&mut self, track: TrackId, purpose: Purpose, questions: Vec<Question>) {
        let id = self.call(Call::Ask(track));
        self.out.push(Command::Ask(id, purpose, questions));
    }

    fn tell(&mut self, notice: Notice) {
        self.out.push(Command::Tell(notice));
    }

    /// Returns Λ, ε and D of a resource's system together, V aside.
    fn in_flight_time(&self, address: &ResourceId) -> Elapsed {
        let timing = &self.config.timing;
        let late = if self.has(Mechanism::Late) { timing.late(address.system) } else { Elapsed::ZERO };
        let drift = if self.has(Mechanism::ClockDifference) { timing.drift } else { Elapsed::ZERO };
        timing.request + late + drift
    }
}

fn reason_of(stop: &Stop) -> EndReason {
    match stop {
        Stop::Interrupted => EndReason::Interrupted,
        Stop::Suspended(suspension) => EndReason::Suspended(suspension.clone()),
        Stop::OutsideWindow(opens) => EndReason::OutsideWindow(*opens),
        Stop::LockLost => EndReason::LockLost,
        Stop::Defect(defect) => EndReason::Defect(defect.clone()),
    }
}
