//! One process on the desk: a machine, its clock, and the requests that the test has not let through yet.

use super::{World, silence};
use evenkeel_core::engine::apply::{
    CallId, Command, Config, Elapsed, End, Ended, Event, Job, Machine, Mechanism, Notice, Polled, Progress,
    Run, Sending, Sent, StoreAnswer, StoreRequest, Timing,
};
use evenkeel_core::engine::id::{StepId, System};
use evenkeel_core::engine::journal::{Epoch, Holder, Nonce};
use evenkeel_core::engine::step::Outcome;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// Which store requests do not get through for now.
pub(crate) type Away = fn(&StoreRequest) -> bool;

pub(crate) struct Applier {
    machine: Machine,
    pub(crate) now: Elapsed,
    pub(crate) away: Away,
    /// Store requests that did not get through.
    pub(crate) held: Vec<(CallId, StoreRequest)>,
    pub(crate) sends: Vec<Sending>,
    pub(crate) polls: Vec<(CallId, StepId)>,
    pub(crate) told: Vec<Notice>,
    pub(crate) end: Option<End>,
    /// Every send there ever was, with its time.
    pub(crate) sent: Vec<(Elapsed, Sending)>,
    /// How many store requests there were.
    pub(crate) requests: usize,
}

/// L and D are a second, Λ 600 ms, ε 200 ms; a denial is believed after half a second.
pub(crate) fn timing() -> Timing {
    Timing {
        late: BTreeMap::from([(System::Kubernetes, Duration::from_millis(600))]),
        drift: Duration::from_millis(200),
        poll: Duration::from_millis(100),
        retry: Duration::from_millis(50),
        lock_patience: Duration::from_secs(15),
        patience: Duration::from_secs(5),
        denial: Duration::from_millis(500),
        ..Timing::new(Duration::from_secs(1), Duration::from_secs(1))
    }
}

impl Applier {
    /// Prepares a process; it starts with its first `go`.
    pub(crate) fn new(nonce: &str, job: Job, timing: Timing) -> Self {
        Self::with_parallelism(nonce, job, timing, 4)
    }

    pub(crate) fn with_parallelism(nonce: &str, job: Job, timing: Timing, parallelism: u32) -> Self {
        let config = Config {
            environment: "desk".into(),
            holder: Holder { name: nonce.into(), nonce: Nonce::new(nonce) },
            started: Timestamp::UNIX_EPOCH,
            timing,
            parallelism,
            job,
        };
        Self {
            machine: Machine::new(config),
            now: Duration::ZERO,
            away: |_| false,
            held: Vec::new(),
            sends: Vec::new(),
            polls: Vec::new(),
            told: Vec::new(),
            end: None,
            sent: Vec::new(),
            requests: 0,
        }
    }

    /// Starts a process that runs a plan made with the ledger as it is.
    pub(crate) fn run(nonce: &str, run: Run, world: &mut World) -> Self {
        Self::run_without(nonce, run, world, None)
    }

    pub(crate) fn run_without(nonce: &str, run: Run, world: &mut World, out: Option<Mechanism>) -> Self {
        let mut applier = Self::prepared(nonce, run, world, out, timing());
        applier.start(world);
        applier
    }

    /// Prepares a process with times of its own, and perhaps without a mechanism.
    pub(crate) fn prepared(
        nonce: &str,
        run: Run,
        world: &World,
        out: Option<Mechanism>,
        timing: Timing,
    ) -> Self {
        let applier = Self::new(nonce, Job::Run(Box::new(run)), timing).planned_now(world);
        #[cfg(feature = "mutations")]
        let applier = match out {
            Some(mechanism) => Self { machine: applier.machine.without(mechanism), ..applier },
            None => applier,
        };
        assert!(cfg!(feature = "mutations") || out.is_none(), "mechanisms come out only with the feature");
        applier
    }

    /// Tells it that its plan was made with the ledger as it is.
    pub(crate) fn planned_now(mut self, world: &World) -> Self {
        self.machine = self.machine.planned_at(world.book().position());
        self
    }

    pub(crate) fn start(&mut self, world: &mut World) {
        self.happens(Event::Start, world);
    }

    /// Lets something happen, and everything that follows at once from it.
    pub(crate) fn happens(&mut self, event: Event, world: &mut World) {
        let mut left = vec![event];
        while let Some(event) = left.pop() {
            for command in self.machine.handle(self.now, event) {
                if let Some(answer) = self.obey(command, world) {
                    left.insert(0, answer);
                }
            }
        }
    }

    fn obey(&mut self, command: Command, world: &mut World) -> Option<Event> {
        match command {
            Command::Store(call, request) if (self.away)(&request) => self.held.push((call, request)),
            Command::Store(call, request) => {
                self.requests += 1;
                return Some(Event::Store(call, world.execute(&request)));
            }
            Command::Ask(call, _, questions) => {
                let readings = questions.into_iter().map(|question| world.reading(question));
                return Some(Event::Answered(call, readings.collect()));
            }
            Command::Send(sending) => {
                self.sent.push((self.now, (*sending).clone()));
                self.sends.push(*sending);
            }
            Command::Poll(call, step, ..) => self.polls.push((call, step)),
            Command::Tell(notice) => self.told.push(notice),
            Command::Finished(end) => self.end = Some(*end),
            Command::Wake(_) => {}
        }
        None
    }

    /// Lets time pass in small steps.
    pub(crate) fn pass(&mut self, milliseconds: u64, world: &mut World) {
        for _ in 0..milliseconds / 10 {
            self.now += Duration::from_millis(10);
            self.happens(Event::Woke, world);
        }
    }

    /// Lets time pass at once: the process hangs meanwhile.
    pub(crate) fn hang(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
    }

    /// Carries out and answers the oldest send.
    pub(crate) fn carry_out(&mut self, world: &mut World) {
        let sending = self.sends.remove(0);
        let outcome = world.carry_out(&sending.address, &sending.action);
        self.answer(&sending, outcome, world);
    }

    /// Carries out and answers every send, and those that follow.
    pub(crate) fn carry_out_all(&mut self, world: &mut World) {
        while !self.sends.is_empty() {
            self.carry_out(world);
        }
    }

    pub(crate) fn answer(&mut self, sending: &Sending, outcome: Outcome, world: &mut World) {
        let (step, attempt) = (sending.step.clone(), sending.attempt);
        let sent = Sent { step, attempt, outcome, remembered: None, left: None };
        self.happens(Event::Sent(Box::new(sent)), world);
    }

    /// Lets the deadline of the oldest send pass without an answer; it may still take effect.
    pub(crate) fn lose_answer(&mut self, world: &mut World) -> Sending {
        let sending = self.sends.remove(0);
        self.pass(1000, world);
        self.answer(&sending, Outcome::Unknown(silence()), world);
        sending
    }

    pub(crate) fn poll_answered(&mut self, polled: Polled, world: &mut World) {
        let (call, _) = self.polls.remove(0);
        self.happens(Event::Polled(call, polled), world);
    }

    /// Lets a store request through that was away, and returns the store's answer without delivering it.
    pub(crate) fn land(&mut self, which: Away, world: &mut World) -> (CallId, StoreAnswer) {
        let at = self.held.iter().position(|(_, request)| which(request)).expect("nothing like it is away");
        let (call, request) = self.held.remove(at);
        (call, world.execute(&request))
    }

    pub(crate) fn progress(&self) -> Progress {
        self.machine.progress()
    }

    /// Returns how a step ended, once the run is over.
    pub(crate) fn ended(&self, step: &str) -> Ended {
        let end = self.end.as_ref().expect("it is not over");
        end.steps.iter().find(|it| it.step == StepId::new(step)).expect("no such step").how.clone()
    }

    pub(crate) fn epoch(&self) -> Option<Epoch> {
        let epoch = |notice: &Notice| if let Notice::Acquired(epoch) = notice { Some(*epoch) } else { None };
        self.told.iter().find_map(epoch)
    }

    /// Returns the names of the steps that wait for an answer.
    pub(crate) fn under_way(&self) -> Vec<&str> {
        self.sends.iter().map(|sending| sending.step.as_str()).collect()
    }
}
