//! Readings right before sends, asked together: one list can answer hundreds of them.

use super::calls::Events;
use super::hands::Hands;
use evenkeel_core::engine::apply::{CallId, Event, Purpose};
use evenkeel_core::engine::question::Question;
use futures::StreamExt;
use std::collections::BTreeMap;

/// The readings before sends that the machine wants at one moment; each asks about one resource.
#[derive(Default)]
pub(super) struct BeforeSends {
    wanted: BTreeMap<Question, (CallId, Purpose)>,
    twice: Vec<(CallId, Purpose, Vec<Question>)>,
}

impl BeforeSends {
    /// Adds a reading.
    pub(super) fn add(&mut self, call: CallId, purpose: Purpose, questions: Vec<Question>) {
        match questions.as_slice() {
            [question] if !self.wanted.contains_key(question) => {
                self.wanted.insert(question.clone(), (call, purpose));
            }
            _ => self.twice.push((call, purpose, questions)),
        }
    }

    /// Tells whether there is nothing to ask.
    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.twice.is_empty()
    }

    /// Every call with its questions.
    pub(super) fn calls(&self) -> impl Iterator<Item = (CallId, &[Question])> {
        let once = self.wanted.iter().map(|(question, (call, _))| (*call, std::slice::from_ref(question)));
        once.chain(self.twice.iter().map(|(call, _, questions)| (*call, questions.as_slice())))
    }

    /// Asks, and hands each answer on as it comes.
    pub(super) async fn ask(mut self, hands: Hands, events: Events) {
        let questions: Vec<Question> = self.wanted.keys().cloned().collect();
        let mut answers = hands.readers.ask(questions);
        while let Some((question, answer, _as_of)) = answers.next().await {
            if let Some((call, purpose)) = self.wanted.remove(&question) {
                let reading = hands.reading(&purpose, question, answer);
                // Nobody listens any more once the machine is over.
                let _over = events.send(Event::Answered(call, vec![reading]));
            }
        }
        for (call, purpose, questions) in self.twice {
            let _over = events.send(Event::Answered(call, hands.readings(&purpose, questions).await));
        }
    }
}
