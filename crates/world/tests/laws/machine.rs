//! Applies as the shell does: the machine with its journal, on the simulated platform. A process can be killed at any
//! send, before the request or between its effect and its answer.

use super::{Bench, Without};
use evenkeel_core::engine::apply::{
    Command, Config, End, EndReason, Event, Extra, Job, Machine, Mechanism, Polled, Precondition, Purpose,
    Reading, Run, Sending, Sent, Timing,
};
use evenkeel_core::engine::id::{ConnectionId, ConnectionName, Kind, ResourceId, StepId, System};
use evenkeel_core::engine::journal::{Holder, Nonce};
use evenkeel_core::engine::ledger::Book;
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::{Forms, Plan, forms};
use evenkeel_core::engine::question::{Answer, Fact, FactId, Question};
use evenkeel_core::engine::step::{Action, Operation, Outcome, Readiness};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::wanted::Desired;
use evenkeel_core::resources;
use evenkeel_world::kubernetes::{Delete, ObjectKey, Propagation, Selector};
use evenkeel_world::store::StateStore;
use evenkeel_world::{Send, World};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// No run takes this long.
const ENDLESS: Duration = Duration::from_secs(7200);

/// Where a process is killed: at which of its sends, and whether the request still had its effect.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kill {
    /// Before the request leaves.
    Before(usize),
    /// After the effect, before anybody hears of it.
    After(usize),
}

/// A request that reached its system.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) address: ResourceId,
    pub(crate) step: StepId,
    pub(crate) deletes: bool,
    /// What it needs and was not there, or not ready.
    pub(crate) unmet: Vec<ResourceId>,
}

/// An environment with its state, and everything that was ever sent for it.
#[derive(Clone)]
pub(crate) struct Platform {
    pub(crate) bench: Bench,
    pub(crate) store: StateStore,
    pub(crate) effects: Vec<Effect>,
    /// A mechanism of the machine that is taken out.
    pub(crate) out: Option<Mechanism>,
    /// The cluster whose majorities are watched, and each request that took one away.
    pub(crate) watched: Option<ConnectionName>,
    pub(crate) majorities_lost: Vec<String>,
    /// What is taken out of each plan before it is carried out.
    pub(crate) change_plan: Option<fn(&mut Plan)>,
    /// After so many sends of a process, this pod is deleted by somebody else.
    pub(crate) disturb_after: Option<(usize, String)>,
    processes: u32,
    /// What was read since time went on, or something was sent.
    read_at_once: BTreeMap<Question, Answer>,
}

/// One process that applies.
struct Process<'a> {
    desired: &'a Desired,
    forms: Forms,
    started: Timestamp,
    kill: Option<Kill>,
    sends: usize,
}

impl Platform {
    pub(crate) fn new(seed: u64) -> Self {
        let (bench, store) = (Bench::new(seed), StateStore::default());
        Self {
            bench,
            store,
            effects: Vec::new(),
            out: None,
            disturb_after: None,
            processes: 0,
            read_at_once: BTreeMap::new(),
            watched: None,
            majorities_lost: Vec::new(),
            change_plan: None,
        }
    }

    fn book(&self) -> Book {
        Book::read(&self.store.snapshot()).expect("the state is whole")
    }

    /// Plans with what the state says is ours.
    pub(crate) fn plan(&mut self, desired: &Desired) -> (Plan, Live) {
        self.bench.ledger = self.book().ledger();
        self.bench.plan(desired)
    }

    /// Applies as a command does: what a killed process left open is settled first. Nothing if this one is killed, too.
    pub(crate) fn apply(&mut self, desired: &Desired, kill: Option<Kill>) -> Option<End> {
        for _attempt in 0..8 {
            let is_open = self.book().open().next().is_some();
            let (mut plan, known) = self.plan(desired);
            if self.bench.is_out(Without::Order) {
                plan.steps.iter_mut().for_each(|step| step.after.clear());
            }
            if let Some(change) = self.change_plan {
                change(&mut plan);
            }
            let forms = forms(&self.bench.inputs(desired), &known);
            let job = if is_open {
                Job::Settle(plan.tree.clone())
            } else {
                Job::Run(Box::new(run(plan, &known, &forms)))
            };
            let started = self.bench.sandbox.world.now();
            let process = Process { desired, forms, started, kill, sends: 0 };
            let end = self.process(process, job)?;
            if end.reason != EndReason::PlanAgain {
                return Some(end);
            }
        }
        panic!("earlier applies are settled again and again")
    }

    fn process(&mut self, mut process: Process<'_>, job: Job) -> Option<End> {
        self.processes += 1;
        self.expect(&process);
        self.read_at_once.clear();
        let name = format!("process {}", self.processes);
        let mut timing = Timing::new(Duration::from_secs(10), Duration::from_secs(10));
        timing.late = System::ALL.map(|system| (system, Duration::ZERO)).into();
        let config = Config {
            environment: "prod".into(),
            holder: Holder { name: name.as_str().into(), nonce: Nonce::new(name.as_str()) },
            started: process.started,
            timing,
            parallelism: 4,
            job,
        };
        let machine = Machine::new(config).planned_at(self.book().position());
        let mut machine = self.without(machine);
        let (mut events, mut wake) = (VecDeque::from([Event::Start]), None);
        loop {
            let now = self.elapsed(&process);
            assert!(now < ENDLESS, "an apply does not end");
            let event = match (events.pop_front(), wake) {
                (Some(event), _) => event,
                (None, Some(at)) => {
                    self.read_at_once.clear();
                    self.bench.sandbox.world.advance(Duration::saturating_sub(at, now));
                    wake = None;
                    Event::Woke
                }
                (None, None) => panic!("nothing would ever happen again"),
            };
            for command in machine.handle(self.elapsed(&process), event) {
                match command {
                    Command::Finished(end) => return Some(*end),
                    Command::Wake(at) => wake = Some(at),
                    Command::Send(sending) => events.push_back(self.send(&mut process, &sending)?),
                    Command::Store(call, request) => {
                        events.push_back(Event::Store(call, self.store.execute(&request)));
                    }
                    Command::Ask(call, purpose, questions) => {
                        let readings =
                            questions.into_iter().map(|question| self.read(&process, &purpose, question));
                        events.push_back(Event::Answered(call, readings.collect()));
                    }
                    Command::Poll(call, ..) => events.push_back(Event::Polled(call, Polled::Forgotten)),
                    Command::Tell(_) => {}
                }
            }
        }
    }

    #[cfg(feature = "mutations")]
    fn without(&self, machine: Machine) -> Machine {
        self.out.into_iter().fold(machine, Machine::without)
    }

    #[cfg(not(feature = "mutations"))]
    fn without(&self, machine: Machine) -> Machine {
        assert!(self.out.is_none(), "mechanisms come out only with the feature");
        machine
    }

    fn elapsed(&self, process: &Process<'_>) -> Duration {
        let since = self.bench.sandbox.world.now().duration_since(process.started);
        Duration::try_from(since).expect("time goes on")
    }

    /// Whoever reads knows what is wanted, and not what was applied: nothing may be left out.
    fn expect(&mut self, process: &Process<'_>) {
        self.bench.sandbox.forget_expectations();
        for (id, form) in process.forms.iter() {
            self.bench.sandbox.expect(id.clone(), form.clone(), None);
        }
    }

    fn read(&mut self, process: &Process<'_>, purpose: &Purpose, question: Question) -> Reading {
        let answer = self.answer(&question);
        let (mut remembered, mut readiness) = (None, None);
        if let Answer::Seen(seen) = &answer {
            let form = process.forms.get(&seen.id);
            remembered = form.map(|form| resources::remember(&form.normal, seen));
            let always = self.bench.is_out(Without::Gates);
            let told = || if always { Readiness::Ready } else { resources::readiness(seen) };
            readiness = matches!(purpose, Purpose::Gate(_)).then(told);
        }
        Reading { remembered, readiness, ..Reading::plain(question, answer) }
    }

    /// Many gates ask about the same objects at one moment. What a cluster tells is asked each time: by whom differs.
    fn answer(&mut self, question: &Question) -> Answer {
        let Question::Object(id) = question else { return self.bench.sandbox.answer(question) };
        if id.system != System::Kubernetes {
            return self.bench.sandbox.answer(question);
        }
        if let Some(known) = self.read_at_once.get(question) {
            return known.clone();
        }
        let answer = self.bench.sandbox.answer(question);
        self.read_at_once.insert(question.clone(), answer.clone());
        answer
    }

    /// Carries a request out; nothing if the process is killed over it.
    fn send(&mut self, process: &mut Process<'_>, sending: &Sending) -> Option<Event> {
        let number = process.sends;
        process.sends += 1;
        if matches!(process.kill, Some(Kill::Before(at)) if at == number) {
            return None;
        }
        let is_of_cluster = matches!(
            sending.action,
            Action::Operation(Operation::Evict { .. } | Operation::Cordon | Operation::Deallocate { .. })
        );
        if is_of_cluster || !matches!(sending.action, Action::Operation(_)) {
            let effect = self.effect(process.desired, sending);
            self.effects.push(effect);
        }
        self.read_at_once.clear();
        let takes = is_of_cluster || matches!(sending.action, Action::Delete { .. });
        let before = self.watched.as_ref().filter(|_| takes).map(|_| self.bench.sandbox.world.clone());
        let outcome = self.bench.sandbox.send(&Send {
            address: &sending.address,
            action: &sending.action,
            revealed: None,
            precondition: match &sending.precondition {
                Precondition::Absent => None,
                Precondition::Version(uid, version) => Some((uid, version)),
            },
            takes_over: &sending.takes_over,
        });
        if let Some(before) = before {
            let lost = self.majorities_since(before);
            let lost = lost.into_iter().map(|database| format!("{}: {database}", sending.address));
            self.majorities_lost.extend(lost);
        }
        if self.watched.is_some() && sending.address.kind.as_str() == "PodDisruptionBudget" {
            self.majorities_lost.extend(self.lets_several_go(&sending.address));
        }
        if matches!(process.kill, Some(Kill::After(at)) if at == number) {
            return None;
        }
        if let Some((_, pod)) = self.disturb_after.take_if(|(after, _)| *after == number) {
            let key = ObjectKey::new("Pod", Some("default"), &pod);
            let request = Delete { key, uid: None, version: None, propagation: Propagation::Background };
            // It may be gone at that moment, as we took it away.
            let _gone_already = self.bench.sandbox.world.kubernetes().delete(&request);
        }
        Some(Event::Sent(Box::new(sent(process, sending, outcome))))
    }

    /// The databases that would have had a majority a few seconds later without what was done since, and have none.
    fn majorities_since(&self, before: World) -> BTreeSet<String> {
        let Some(name) = &self.watched else { return BTreeSet::new() };
        let without = quorums(self.bench.sandbox.world.clone(), name).1;
        if without.is_empty() {
            return without;
        }
        let with = quorums(before, name).0;
        without.intersection(&with).cloned().collect()
    }

    /// Tells whether a bound that was just written lets more than one of those that are there go at once.
    fn lets_several_go(&self, budget: &ResourceId) -> Option<String> {
        let server = self.bench.sandbox.world.cluster();
        let workloads = Kind::kubernetes("apps", "StatefulSet");
        let workloads = server.list(&workloads, Some("default"), &Selector::default()).expect("it is served");
        let bound = server.get(&ObjectKey::from(budget)).ok()?;
        let least = bound.at(&["spec", "minAvailable"]).and_then(Value::as_integer)?;
        let allowed = i64::try_from(workloads.len()).expect("few") - least;
        (allowed > 1).then(|| format!("{budget} lets {allowed} go at once"))
    }

    fn effect(&mut self, desired: &Desired, sending: &Sending) -> Effect {
        let deletes = matches!(sending.action, Action::Delete { .. });
        let wanted = desired.resources.get(&sending.address).filter(|_| !deletes);
        let needs = wanted.map(|wanted| wanted.needs.clone()).unwrap_or_default();
        let unmet = needs.into_iter().filter(|need| !self.is_ready(need)).collect();
        Effect { address: sending.address.clone(), step: sending.step.clone(), deletes, unmet }
    }

    fn is_ready(&mut self, id: &ResourceId) -> bool {
        match self.bench.sandbox.answer(&Question::Object(id.clone())) {
            Answer::Seen(seen) => resources::readiness(&seen) == Readiness::Ready,
            _ => false,
        }
    }
}

/// Tells which databases have a majority a few seconds from now, if nothing more is done, and which have none.
fn quorums(mut world: World, cluster: &ConnectionName) -> (BTreeSet<String>, BTreeSet<String>) {
    world.advance(Duration::from_secs(3));
    let cluster = world.neo4j(cluster);
    let all: Vec<String> = cluster.databases().map(str::to_owned).collect();
    all.into_iter().partition(|database| cluster.has_quorum(database))
}

fn sent(process: &Process<'_>, sending: &Sending, outcome: Outcome) -> Sent {
    let seen = match &outcome {
        Outcome::Done(receipt) | Outcome::Accepted(receipt) => receipt.seen.as_ref(),
        Outcome::Refused(_) | Outcome::Stale(_) | Outcome::Unknown(_) => None,
    };
    let formed = seen.and_then(|seen| Some((process.forms.get(&seen.id)?, seen)));
    let remembered = formed.map(|(form, seen)| resources::remember(&form.normal, seen));
    let left = formed.map(|(form, seen)| resources::sketch_seen(&form.normal, seen));
    Sent { step: sending.step.clone(), attempt: sending.attempt, outcome, remembered, left }
}

fn run(plan: Plan, known: &Live, forms: &Forms) -> Run {
    let extras = plan.steps.iter().map(|step| {
        let needs = forms.get(&step.address).map(|form| form.needs.clone()).unwrap_or_default();
        (step.id.clone(), Extra { needs, ..Extra::default() })
    });
    Run { extras: extras.collect(), pins: pins(known), plan }
}

fn pins(known: &Live) -> BTreeMap<ConnectionId, Arc<str>> {
    let pins = known.iter().filter_map(|(question, answered)| match (question, &answered.answer) {
        (Question::Fact(FactId::Identity(connection)), Answer::Fact(Fact::Identity(identity))) => {
            Some((connection.clone(), Arc::clone(identity)))
        }
        _ => None,
    });
    pins.collect()
}
