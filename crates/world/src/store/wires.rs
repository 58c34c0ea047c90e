//! Carries out what a simulated process commands: requests get their fate, and silence comes at their deadline.

use super::client::{Client, Life};
use super::network::Network;
use super::scenario::all_done;
use super::simulation::{Choice, Happening, MILLISECOND, Simulation};
use super::witness::Truth;
use evenkeel_core::engine::apply::{
    Command, End, EndReason, Event, Notice, Polled, Reading, Sending, Sent, StoreAnswer,
};
use evenkeel_core::engine::ledger::Book;
use evenkeel_core::engine::question::{Answer, Question, Trouble as Kind, Why};
use evenkeel_core::engine::step;
use std::time::Duration;

impl Simulation {
    pub(super) fn command(&mut self, number: usize, command: Command) {
        match command {
            Command::Store(call, request) => {
                let (lands, answered) = self.fate(number, self.store_network);
                if let Some(at) = lands {
                    self.at(at, Happening::Store(number, call, Box::new(request), answered));
                }
                let why = silence("store");
                self.unless(answered, number, Event::Store(call, StoreAnswer::NoAnswer(why)));
            }
            Command::Ask(call, _, questions) => {
                let (lands, answered) = self.fate(number, self.target_network);
                let unreadable = |question: &Question| {
                    Reading::plain(question.clone(), Answer::Unreadable(silence("target")))
                };
                let silent = questions.iter().map(unreadable).collect();
                self.unless(answered, number, Event::Answered(call, silent));
                if let (Some(at), Some(_)) = (lands, answered) {
                    self.at(at, Happening::Ask(number, call, questions, answered));
                }
            }
            Command::Send(sending) => self.send(number, sending),
            Command::Poll(call, _, id, _) => {
                let (lands, answered) = self.fate(number, self.target_network);
                let silent = Polled::Unreadable(silence("target"));
                self.unless(answered, number, Event::Polled(call, silent));
                if let (Some(at), Some(_)) = (lands, answered) {
                    self.at(at, Happening::Poll(number, call, id, answered));
                }
            }
            Command::Wake(local) => self.wake(number, local),
            Command::Tell(Notice::Acquired(epoch)) => self.clients[number].epoch = Some(epoch),
            Command::Tell(_) => {}
            Command::Finished(end) => self.finished(number, &end),
        }
    }

    fn finished(&mut self, number: usize, end: &End) {
        self.clients[number].life = Life::Finished;
        if end.reason == EndReason::Finished
            && all_done(&end.steps)
            && let Ok(book) = Book::read(&self.store.snapshot())
        {
            let truth = Truth { scenario: &self.scenario, target: &self.target, book: &book };
            self.witness.finished(&self.clients[number], end, &truth);
        }
        if end.reason == EndReason::PlanAgain {
            let tree = self.clients[number].tree;
            self.at(self.now + MILLISECOND, Happening::Start(tree, Choice::Run));
        }
    }

    fn send(&mut self, number: usize, sending: Box<Sending>) {
        self.sends += 1;
        let sent_number = self.witness.sent(&sending, &self.clients[number], self.now);
        self.witness.started(&sending, &self.scenario, &self.target, self.now);
        let (lands, answered) = self.fate(number, self.target_network);
        let unknown = step::Outcome::Unknown(silence("target"));
        self.unless(answered, number, sent(&sending, unknown));
        if let Some(at) = lands {
            self.at(at, Happening::Send(number, sent_number, sending, answered));
        }
    }

    fn wake(&mut self, number: usize, local: Duration) {
        let client = &mut self.clients[number];
        let at = client.global(local).max(self.now + Duration::from_micros(1));
        if client.wake.is_none_or(|wake| wake > at) {
            client.wake = Some(at);
            self.at(at, Happening::Deliver(number, Box::new(Event::Woke)));
        }
    }

    /// Returns when a request lands and when its answer arrives.
    fn fate(&mut self, number: usize, network: Network) -> (Option<Duration>, Option<Duration>) {
        let _: &Client = &self.clients[number];
        let fate = network.fate(&mut self.random, self.trouble);
        (fate.lands.map(|after| self.now + after), fate.answered.map(|after| self.now + after))
    }

    /// Delivers what stands for no answer at the deadline, on the process's own clock.
    fn unless(&mut self, answered: Option<Duration>, number: usize, silent: Event) {
        if answered.is_none() {
            let client = &self.clients[number];
            let deadline = client.global(client.local(self.now) + self.timing.request);
            self.at(deadline, Happening::Deliver(number, Box::new(silent)));
        }
    }
}

pub(super) fn sent(sending: &Sending, outcome: step::Outcome) -> Event {
    let (step, attempt) = (sending.step.clone(), sending.attempt);
    Event::Sent(Box::new(Sent { step, attempt, outcome, remembered: None, left: None }))
}

fn silence(whose: &str) -> Why {
    Why { trouble: Kind::TimedOut, message: format!("the {whose} did not answer") }
}
