//! What an apply works with: the state store, live systems to read and to write, and the forms in which it compares.

use super::systems::{Readers, Writers};
use crate::backend::kubernetes::Reading as Forms;
use crate::state::Store;
use evenkeel_core::engine::apply::{Command, Event, Polled, Purpose, Reading, Sending, Sent};
use evenkeel_core::engine::plan::Form;
use evenkeel_core::engine::question::{Answer, Question, Seen};
use evenkeel_core::engine::step::Outcome;
use evenkeel_core::resources;
use futures::StreamExt;
use std::sync::Arc;

/// What a machine works with.
#[derive(Clone)]
pub struct Hands {
    /// Where journal, ledger and lock are.
    pub store: Store,
    /// For readings before and after a send.
    pub readers: Readers,
    /// For sends.
    pub writers: Writers,
    /// What is wanted, in the form that is compared.
    pub forms: Arc<Forms>,
}

impl Hands {
    /// Does what a command says; the event is its answer, if it has one.
    pub(super) async fn carry_out(&self, command: Command) -> Option<Event> {
        match command {
            Command::Store(id, request) => Some(Event::Store(id, self.store.handle(request).await)),
            Command::Ask(id, purpose, questions) => {
                Some(Event::Answered(id, self.readings(&purpose, questions).await))
            }
            Command::Send(sending) => Some(Event::Sent(Box::new(self.send(*sending).await))),
            // No system that is spoken to takes anything on for later: there are no receipts to ask about.
            Command::Poll(id, ..) => Some(Event::Polled(id, Polled::Forgotten)),
            Command::Wake(_) | Command::Tell(_) | Command::Finished(_) => None,
        }
    }

    /// Asks live systems, and adds what pure functions make of the answers.
    pub(super) async fn readings(&self, purpose: &Purpose, questions: Vec<Question>) -> Vec<Reading> {
        let mut answers = self.readers.ask(questions);
        let mut readings = Vec::new();
        while let Some((question, answer, _as_of)) = answers.next().await {
            readings.push(self.reading(purpose, question, answer));
        }
        readings
    }

    pub(super) fn reading(&self, purpose: &Purpose, question: Question, answer: Answer) -> Reading {
        let (mut remembered, mut readiness) = (None, None);
        if let Answer::Seen(seen) = &answer {
            remembered = self.form(seen).map(|form| resources::remember_found(&form.normal, seen));
            readiness = matches!(purpose, Purpose::Gate(_)).then(|| resources::readiness(seen));
        }
        Reading { remembered, readiness, ..Reading::plain(question, answer) }
    }

    fn form(&self, seen: &Seen) -> Option<&Form> {
        self.forms.forms.get(&seen.id)
    }

    async fn send(&self, sending: Sending) -> Sent {
        let outcome = self.writers.send(&sending).await;
        let seen = match &outcome {
            Outcome::Done(receipt) | Outcome::Accepted(receipt) => receipt.seen.as_ref(),
            Outcome::Refused(_) | Outcome::Stale(_) | Outcome::Unknown(_) => None,
        };
        let seen = seen.and_then(|seen| Some((seen, &self.form(seen)?.normal)));
        let left = seen.map(|(seen, normal)| resources::sketch_seen(normal, seen));
        let remembered = seen.map(|(seen, normal)| resources::remember(normal, seen));
        Sent { step: sending.step, attempt: sending.attempt, outcome, remembered, left }
    }
}
