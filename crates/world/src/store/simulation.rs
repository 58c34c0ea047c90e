//! Runs machines against the store and the target, event by event, with everything that a seed makes go wrong.

use super::client::{Birth, Client, Life, timing};
use super::faults::scenario;
use super::memory::{Checks, StateStore};
use super::moving::Moves;
use super::network::{Network, Trouble};
use super::scenario::{Scenario, Sort, Spec, VISIBLE_AFTER, WARMING};
use super::target::Target;
use super::wires::sent;
use super::witness::{Violation, Witness};
use crate::Random;
use evenkeel_core::engine::apply::{
    CallId, Event, Job, Mechanism, Sending, StoreAnswer, StoreRequest, Timing,
};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::ledger::{Book, Standing};
use evenkeel_core::engine::question::Question;
use evenkeel_core::engine::step;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a history in which every law held amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many sends there were.
    pub sends: usize,
    /// How many processes.
    pub processes: usize,
}

/// One simulated history.
pub struct Simulation {
    pub(super) now: Duration,
    pub(super) random: Random,
    pub(super) queue: BTreeMap<(Duration, u64), Happening>,
    pub(super) queued: u64,
    pub(super) store: StateStore,
    pub(super) target: Target,
    pub(super) scenario: Scenario,
    pub(super) clients: Vec<Client>,
    pub(super) witness: Witness,
    pub(super) timing: Timing,
    pub(super) store_network: Network,
    pub(super) target_network: Network,
    pub(super) trouble: Trouble,
    pub(super) without: Option<Mechanism>,
    pub(super) nonces: Nonces,
    pub(super) sends: usize,
    pub(super) history: Option<Vec<String>>,
}

/// Whether each process has a nonce of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nonces {
    Own,
    Shared,
}

/// What happens next.
#[derive(Debug)]
pub(super) enum Happening {
    Start(i64, Choice),
    Deliver(usize, Box<Event>),
    Store(usize, CallId, Box<StoreRequest>, Option<Duration>),
    Ask(usize, CallId, Vec<Question>, Option<Duration>),
    Poll(usize, CallId, ResourceId, Option<Duration>),
    Send(usize, usize, Box<Sending>, Option<Duration>),
    Kill,
    Freeze(Duration),
    BreakLock,
    DeleteLock,
    Edit(usize),
    Pass,
}

/// What a process is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Run,
    Abandon,
}

pub(super) const MILLISECOND: Duration = Duration::from_millis(1);

impl Simulation {
    /// Prepares the history that a seed decides.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let landing = Duration::from_millis(600);
        let scenario = scenario(&mut random);
        let mut target = Target::new(VISIBLE_AFTER.saturating_sub(MILLISECOND));
        for spec in &scenario.specs {
            spec.prepare(&mut target);
        }
        let deadline = Duration::from_secs(1);
        let usual = Duration::from_millis(40);
        let drift = Duration::from_millis(200);
        let mut timing = timing(landing, drift);
        timing.checkpoint_batches = 1 + u32::try_from(random.below(6)).unwrap_or_default();
        timing.shard_rows = 1 + usize::try_from(random.below(3)).unwrap_or_default();
        let level = |random: &mut Random| u8::try_from(random.below(3) * random.below(6)).unwrap_or_default();
        let trouble =
            Trouble { lost: level(&mut random), unanswered: level(&mut random), late: level(&mut random) };
        let mut simulation = Self {
            now: Duration::ZERO,
            random,
            queue: BTreeMap::new(),
            queued: 0,
            store: StateStore::default(),
            target,
            scenario,
            clients: Vec::new(),
            witness: Witness::default(),
            timing,
            store_network: Network { usual, deadline, landing: Duration::from_secs(2) },
            target_network: Network { usual, deadline, landing },
            trouble,
            without: None,
            nonces: Nonces::Own,
            sends: 0,
            history: None,
        };
        simulation.prepare();
        simulation
    }

    /// Returns everything that happens in this history, in words, for finding out why a law was broken.
    #[must_use]
    pub fn tell(mut self) -> Vec<String> {
        self.history = Some(vec![format!("{:?} {:?}", self.scenario, self.trouble)]);
        let told = self.play();
        told.history.unwrap_or_default()
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(history) = &mut self.history {
            let line: String = line().chars().take(600).collect();
            history.push(format!("{:>9.3} {line}", now.as_secs_f64()));
        }
    }

    /// Takes a mechanism out of every machine.
    #[must_use]
    pub fn without(mut self, mechanism: Mechanism) -> Self {
        self.without = Some(mechanism);
        self
    }

    /// Lets rows move in another order.
    #[must_use]
    pub fn with_moves(mut self, moves: Moves) -> Self {
        self.scenario.moves = moves;
        self
    }

    /// Gives every process the same nonce.
    #[must_use]
    pub fn with_shared_nonces(mut self) -> Self {
        self.nonces = Nonces::Shared;
        self
    }

    /// Lets the store compare less than it must.
    #[must_use]
    pub fn with_checks(mut self, checks: Checks) -> Self {
        self.store = StateStore::new(checks);
        self
    }

    pub(super) fn at(&mut self, at: Duration, happening: Happening) {
        self.queued += 1;
        self.queue.insert((at, self.queued), happening);
    }

    /// Lets everything happen; then a last process, with nothing going wrong any more, must reach the end.
    pub fn run(self) -> Result<Outcome, Violation> {
        let played = self.play();
        let outcome = Outcome { sends: played.sends, processes: played.clients.len() };
        played.witness.broken.map_or(Ok(outcome), Err)
    }

    fn play(mut self) -> Self {
        self.until_quiet(Duration::from_secs(60));
        self.trouble = Trouble::default();
        for round in 0.. {
            if self.witness.broken.is_some() {
                break;
            }
            let open = self.left_to_do();
            if open.is_empty() {
                break;
            }
            if round == 8 {
                self.witness.no_end(open.join(", "));
            }
            self.at(self.now + MILLISECOND, Happening::Start(1, Choice::Run));
            self.until_quiet(self.now + Duration::from_secs(60));
        }
        if let Ok(book) = Book::read(&self.store.snapshot()) {
            self.witness.at_the_end(&self.scenario, &self.target, &book);
        }
        self
    }

    /// Lets things happen until nobody lives any more.
    fn until_quiet(&mut self, end: Duration) {
        while let Some(((at, _), happening)) = self.queue.pop_first() {
            self.now = self.now.max(at);
            if self.witness.broken.is_some() {
                return;
            }
            let alive = self.clients.iter().position(|client| client.life == Life::Alive);
            if let Some(alive) = alive.filter(|_| self.now > end) {
                return self.witness.no_end(format!("process {alive} still runs"));
            }
            self.happen(happening);
        }
    }

    /// Returns what is neither as wanted nor left to a person.
    fn left_to_do(&self) -> Vec<String> {
        let Ok(book) = Book::read(&self.store.snapshot()) else {
            return vec!["the store is garbled".to_owned()];
        };
        let excused = |spec: &Spec| match book.standing(&spec.id) {
            Standing::Held(_) => spec.sort == Sort::AtMostOnce || self.witness.was_edited(&spec.id),
            Standing::Free | Standing::Open(_) => false,
        };
        let foreign = |spec: &Spec| {
            spec.sort == Sort::Named && book.row(&spec.id).is_none() && self.witness.was_edited(&spec.id)
        };
        let left = self
            .scenario
            .specs
            .iter()
            .filter(|spec| !spec.is_reached(1, &self.target, &book) && !excused(spec) && !foreign(spec));
        left.map(|spec| spec.id.to_string()).collect()
    }

    fn happen(&mut self, happening: Happening) {
        self.target.pass(self.now);
        self.note(|| format!("{happening:?}"));
        match happening {
            Happening::Start(tree, choice) => self.start(tree, choice),
            Happening::Deliver(client, event) => self.deliver(client, *event),
            Happening::Store(client, call, request, answered) => {
                let answer = self.land(client, &request);
                self.answer(client, answered, Event::Store(call, answer));
            }
            Happening::Ask(client, call, questions, answered) => {
                let readings = questions.into_iter().map(|question| self.target.answer(question, self.now));
                let readings = readings.collect();
                self.answer(client, answered, Event::Answered(call, readings));
            }
            Happening::Poll(client, call, id, answered) => {
                let polled = self.target.poll(&id);
                self.answer(client, answered, Event::Polled(call, polled));
            }
            Happening::Send(client, number, sending, answered) => {
                self.execute(client, number, &sending, answered);
            }
            Happening::Kill => self.kill(),
            Happening::Freeze(long) => {
                if let Some(client) = self.alive() {
                    self.clients[client].frozen = self.now + long;
                }
            }
            Happening::BreakLock => self.store.break_lock("a person"),
            Happening::DeleteLock => self.store.delete_lock(),
            Happening::Edit(which) => self.edit(which),
            Happening::Pass => {}
        }
    }

    /// Executes a store request; the journal has a witness.
    fn land(&mut self, client: usize, request: &StoreRequest) -> StoreAnswer {
        let answer = self.store.execute(request);
        if let (StoreRequest::Create { position, bytes }, StoreAnswer::Done(_)) = (request, &answer) {
            self.witness.batch(*position, bytes, &self.clients[client]);
        }
        if let (true, Ok(book)) = (self.scenario.has_moves(), Book::read(&self.store.snapshot())) {
            self.witness.rows(&self.scenario, &book);
        }
        answer
    }

    fn execute(&mut self, client: usize, number: usize, sending: &Sending, answered: Option<Duration>) {
        if !self.target.refuses(sending) {
            self.witness.effect(number, &self.scenario, &self.target);
        }
        let outcome = self.target.execute(sending, self.now);
        if self.scenario.spec(&sending.address).is_some_and(Spec::is_awaited) {
            self.target.warm_up(&sending.address, self.now + WARMING);
        }
        if matches!(outcome, step::Outcome::Accepted(_)) {
            self.at(self.now + Duration::from_millis(701), Happening::Pass);
        }
        self.answer(client, answered, sent(sending, outcome));
    }

    fn answer(&mut self, client: usize, answered: Option<Duration>, event: Event) {
        if let Some(at) = answered {
            self.at(at, Happening::Deliver(client, Box::new(event)));
        }
    }

    fn start(&mut self, tree: i64, choice: Choice) {
        let Ok(book) = Book::read(&self.store.snapshot()) else { return };
        let job = match choice {
            Choice::Run => Job::Run(Box::new(self.scenario.plan(tree, &self.target, &book))),
            Choice::Abandon => Job::Abandon,
        };
        let nonce = match self.nonces {
            Nonces::Own => format!("n{}", self.clients.len()),
            Nonces::Shared => "same".to_owned(),
        };
        let rate = 970 + 30 * self.random.below(3);
        let birth = Birth {
            nonce,
            tree,
            planned_at: book.position(),
            job,
            timing: self.timing.clone(),
            without: self.without,
            rate,
        };
        self.clients.push(Client::new(birth, self.now));
        self.deliver(self.clients.len() - 1, Event::Start);
    }

    fn deliver(&mut self, number: usize, event: Event) {
        let now = self.now;
        let client = &mut self.clients[number];
        if client.life != Life::Alive {
            return;
        }
        if client.frozen > now {
            let at = client.frozen;
            return self.at(at, Happening::Deliver(number, Box::new(event)));
        }
        if event == Event::Woke {
            client.wake = None;
        }
        let local = client.local(now);
        for command in client.machine.handle(local, event) {
            self.note(|| format!("  {number} at {local:?}: {command:?}"));
            self.command(number, command);
        }
    }
}
