//! A bench for one machine after the other: a store in memory, live systems that a test decides, a clock by hand.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use evenkeel_core::engine::apply::{
    Command, Config, Elapsed, End, Event, Extra, Job, Machine, Polled, Reading, Run, Sent, Timing,
};
use evenkeel_core::engine::id::{PlanId, ResourceId, StepId, TreeHash, Uid};
use evenkeel_core::engine::journal::{Holder, Nonce, Position};
use evenkeel_core::engine::ledger::{Book, Salvaged};
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::question::{Answer, Body, Question, Seen, Trouble, Why};
use evenkeel_core::engine::sketch::Sketch;
use evenkeel_core::engine::step::{
    Action, Condition, Expects, Gate, Outcome, Readiness, Reason, Receipt, Repeat, Risk, Step, WriteMode,
};
use evenkeel_core::engine::value::Value;
use evenkeel_world::store::StateStore;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What live systems are like.
#[derive(Default)]
pub(crate) struct Live {
    /// Resources by name, with their values.
    pub things: BTreeMap<Arc<str>, i64>,
    /// What a question about a resource, or its projection, is answered with instead.
    pub answers: BTreeMap<Question, Answer>,
    /// Resources that are not ready.
    pub not_ready: BTreeSet<Arc<str>>,
    /// Resources that have a finalizer: deleting them only marks them.
    pub lingering: BTreeSet<Arc<str>>,
    /// What was sent, in order.
    pub sent: Vec<StepId>,
}

/// One environment over several processes.
#[derive(Default)]
pub(crate) struct Bench {
    pub store: StateStore,
    pub live: Live,
    /// What resources need, by name.
    pub needs: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    /// When plans are made.
    pub planned: Planned,
    processes: u32,
}

/// When plans are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Planned {
    /// With the ledger as it is.
    #[default]
    Now,
    /// Before everything that is in the ledger.
    Earlier,
}

/// How long a process is watched.
pub(crate) enum Until {
    /// To its end, or for five minutes of its own time.
    End,
    /// Killed once it has sent so many steps, before it knows what came of the last.
    Sent(usize),
    /// Killed once it has sent so many steps and their results are in the journal.
    Settled(usize),
    /// The lock is broken under it once it has sent so many.
    Broken(usize),
}

impl Bench {
    /// Runs one process; its end is missing if it was killed or did not come to one.
    pub(crate) fn run(&mut self, steps: Vec<Step>, until: &Until) -> Option<End> {
        let job = self.job(steps);
        self.do_job(job, until)
    }

    /// Runs one process that does this.
    pub(crate) fn do_job(&mut self, job: Job, until: &Until) -> Option<End> {
        self.processes += 1;
        let book = Book::read(&self.store.snapshot()).expect("the store is whole");
        let position = match self.planned {
            Planned::Now => book.position(),
            Planned::Earlier => Position::default(),
        };
        let machine = Machine::new(self.config(job)).planned_at(position);
        self.drive(machine, until)
    }

    /// Runs one process that takes a damaged ledger over.
    pub(crate) fn rebuild(&mut self, steps: Vec<Step>) -> Option<End> {
        self.processes += 1;
        let book = Salvaged::of(&self.store.snapshot()).book;
        // A recovery is of no tree that an apply could have begun.
        let plan = Plan { tree: TreeHash::new("recovery-tree"), ..plan(steps) };
        let job = Job::Run(Box::new(Run { plan, extras: BTreeMap::new(), pins: BTreeMap::new() }));
        let machine = Machine::new(self.config(job)).planned_at(book.position()).rebuilding();
        self.drive(machine, &Until::End)
    }

    /// Runs one process that takes everything down, by a plan of its own.
    pub(crate) fn leave(&mut self, steps: Vec<Step>) -> Option<End> {
        self.processes += 1;
        let book = Book::read(&self.store.snapshot()).expect("the store is whole");
        let plan = Plan { tree: TreeHash::new("destroy-tree"), ..plan(steps) };
        let job = Job::Run(Box::new(Run { plan, extras: BTreeMap::new(), pins: BTreeMap::new() }));
        let machine = Machine::new(self.config(job)).planned_at(book.position()).awaiting_what_goes();
        self.drive(machine, &Until::End)
    }

    fn drive(&mut self, mut machine: Machine, until: &Until) -> Option<End> {
        let (before, mut broken) = (self.live.sent.len(), false);
        let mut now = Duration::ZERO;
        let mut queue: Vec<Event> = vec![Event::Start];
        while now < Duration::from_secs(300) {
            let event = if queue.is_empty() { Event::Woke } else { queue.remove(0) };
            let idle = event == Event::Woke;
            let mut wake: Option<Elapsed> = None;
            for command in machine.handle(now, event) {
                match command {
                    Command::Wake(at) => wake = Some(at),
                    Command::Finished(end) => return Some(*end),
                    command => queue.extend(self.answer(command)),
                }
            }
            let sent = self.live.sent.len() - before;
            match until {
                Until::Settled(count) if sent == *count && self.settled() >= sent => return None,
                Until::Sent(count) if sent == *count => return None,
                Until::Broken(count) if sent == *count && !broken => {
                    self.store.break_lock("a person");
                    broken = true;
                }
                Until::End | Until::Sent(_) | Until::Settled(_) | Until::Broken(_) => {}
            }
            if queue.is_empty() && idle {
                now = wake.unwrap_or(now).max(now + Duration::from_millis(10));
            }
        }
        None
    }

    fn config(&self, job: Job) -> Config {
        let second = Duration::from_secs(1);
        Config {
            environment: "bench".into(),
            holder: Holder { name: "somebody".into(), nonce: Nonce::new(format!("n{}", self.processes)) },
            started: Timestamp::UNIX_EPOCH,
            timing: Timing {
                patience: Duration::from_secs(20),
                lock_patience: Duration::from_secs(30),
                ..Timing::new(second, second)
            },
            parallelism: 4,
            job,
        }
    }

    fn job(&self, steps: Vec<Step>) -> Job {
        let extra = |step: &Step| {
            let needs = self.needs.get(&step.address.name)?;
            let needs = needs.iter().map(|name| id(name)).collect();
            Some((step.id.clone(), Extra { needs, ..Extra::default() }))
        };
        let extras = steps.iter().filter_map(extra).collect();
        Job::Run(Box::new(Run { plan: plan(steps), extras, pins: BTreeMap::new() }))
    }

    fn settled(&self) -> usize {
        let text = |bytes: &Arc<[u8]>| String::from_utf8_lossy(bytes).matches("\"settled\":").count();
        self.store.snapshot().batches.iter().map(|(_, bytes)| text(bytes)).sum()
    }

    fn answer(&mut self, command: Command) -> Option<Event> {
        match command {
            Command::Store(call, request) => Some(Event::Store(call, self.store.execute(&request))),
            Command::Ask(call, _, questions) => {
                let readings = questions.into_iter().map(|question| self.live.reading(question)).collect();
                Some(Event::Answered(call, readings))
            }
            Command::Send(sending) => {
                self.live.sent.push(sending.step.clone());
                let name = sending.address.name.clone();
                match &sending.action {
                    Action::Write { mode: _, config, wanted: _ } | Action::Confirm { config, wanted: _ } => {
                        let value = config.get("value").and_then(Value::as_integer).unwrap_or_default();
                        self.live.things.insert(name.clone(), value);
                    }
                    Action::Delete { uid: _ } if self.live.lingering.contains(&name) => {}
                    Action::Delete { uid: _ } | Action::Operation(_) => drop(self.live.things.remove(&name)),
                }
                let receipt = Receipt { uid: Some(uid(&name)), ..Receipt::default() };
                let (step, attempt) = (sending.step.clone(), sending.attempt);
                let outcome = Outcome::Done(receipt);
                Some(Event::Sent(Box::new(Sent { step, attempt, outcome, remembered: None, left: None })))
            }
            Command::Poll(call, ..) => Some(Event::Polled(call, Polled::Forgotten)),
            Command::Wake(_) | Command::Tell(_) | Command::Finished(_) => None,
        }
    }

    /// Returns the names of the steps that were sent.
    pub(crate) fn sent(&self) -> Vec<&str> {
        self.live.sent.iter().map(StepId::as_str).collect()
    }
}

impl Live {
    fn reading(&self, question: Question) -> Reading {
        let answer = self.answers.get(&question).cloned().unwrap_or_else(|| match &question {
            Question::Object(id) | Question::Project(id, _) => {
                self.things.get(&id.name).map_or(Answer::NotFound, |value| seen(id, *value))
            }
            Question::Inventory(_) | Question::Everything(_) | Question::Fact(_) => {
                Answer::Unreadable(unreadable())
            }
        });
        let ready = match &question {
            Question::Object(id) if self.not_ready.contains(&id.name) => {
                Readiness::Waiting("0 of 1".to_owned())
            }
            _ => Readiness::Ready,
        };
        Reading { readiness: Some(ready), ..Reading::plain(question, answer) }
    }
}

pub(crate) fn unreadable() -> Why {
    Why { trouble: Trouble::Unavailable, message: "the kind is not served".to_owned() }
}

pub(crate) fn id(name: &str) -> ResourceId {
    ResourceId::kubernetes("ConfigMap", Some("default"), name)
}

pub(crate) fn uid(name: &str) -> Uid {
    Uid::new(format!("uid-{name}"))
}

/// Returns a resource of this value as it is read.
pub(crate) fn seen(id: &ResourceId, value: i64) -> Answer {
    let body = Body::Whole(Arc::new(body(value)));
    Answer::Seen(Seen { id: id.clone(), uid: uid(&id.name), version: "1".into(), body })
}

fn body(value: i64) -> Value {
    serde_json::from_value(serde_json::json!({ "value": value })).expect("a value")
}

pub(crate) fn sketch(value: i64) -> Sketch {
    Sketch::of(None, &body(value), [Path::of(&["value"])])
}

/// Returns the creation of a resource, in a wave, after other steps.
pub(crate) fn create(name: &str, wave: u8, after: &[&str]) -> Step {
    let action = Action::Write { mode: WriteMode::Create, config: body(1).into(), wanted: sketch(1) };
    Step {
        id: StepId::new(name),
        address: id(name),
        action,
        after: after.iter().map(|step| StepId::new(*step)).collect(),
        wave,
        expects: Expects::Absent,
        takes_over: Vec::new(),
        gates: Vec::new(),
        done_when: None,
        repeat: Repeat::Idempotent,
        because: Reason::SpecEdited,
        risk: Risk::None,
        fields: Vec::new(),
        approvals: Vec::new(),
    }
}

/// Returns the deletion of a resource, which is done once it is gone.
pub(crate) fn delete(name: &str, after: &[&str]) -> Step {
    let gate = Gate { condition: Condition::Gone(id(name), uid(name)), ..ready(name, 60) };
    Step {
        id: StepId::new(format!("delete-{name}")),
        action: Action::Delete { uid: uid(name) },
        expects: Expects::Seen(sketch(1)),
        done_when: Some(gate),
        ..create(name, 0, after)
    }
}

/// Returns a step that sends only what a dry run says would change something.
pub(crate) fn confirm(name: &str) -> Step {
    let action = Action::Confirm { config: body(2).into(), wanted: sketch(1) };
    Step { action, expects: Expects::Seen(sketch(1)), ..create(name, 0, &[]) }
}

pub(crate) fn plan(steps: Vec<Step>) -> Plan {
    Plan::of_steps(PlanId::new("plan"), "bench".into(), TreeHash::new("tree"), steps)
}

/// Returns the gate that waits until a resource is ready, for so many seconds.
pub(crate) fn ready(name: &str, patience: u64) -> Gate {
    let patience = Duration::from_secs(patience);
    Gate { condition: Condition::Ready(id(name)), patience, stable_for: Duration::ZERO }
}
