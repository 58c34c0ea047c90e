//! The calls of an apply that are under way: one task each, and what each still owes the machine.
//!
//! The machine waits for every answer. A call that panics gives none, so the answer that says "nobody knows" is kept
//! for each from its start, and handed over in its place.

use super::before_sends::BeforeSends;
use super::hands::Hands;
use evenkeel_core::engine::apply::{CallId, Command, Event, Polled, Reading, Sending, Sent, StoreAnswer};
use evenkeel_core::engine::question::{Answer, Question, Trouble, Why};
use evenkeel_core::engine::step::Outcome;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Where calls put what happened.
pub(super) type Events = mpsc::UnboundedSender<Event>;

/// Everything that is under way.
pub(super) struct Calls {
    hands: Hands,
    events: Events,
    happened: mpsc::UnboundedReceiver<Event>,
    tasks: JoinSet<()>,
}

impl Calls {
    /// Nothing is under way.
    pub(super) fn new(hands: Hands) -> Self {
        let (events, happened) = mpsc::unbounded_channel();
        Self { hands, events, happened, tasks: JoinSet::new() }
    }

    /// Begins one command.
    pub(super) fn begin(&mut self, command: Command) {
        let (hands, events) = (self.hands.clone(), self.events.clone());
        self.spawn(unanswered(&command).into_iter().collect(), async move {
            if let Some(event) = hands.carry_out(command).await {
                // Nobody listens any more once the machine is over.
                let _over = events.send(event);
            }
        });
    }

    /// Begins readings before sends, all together.
    pub(super) fn begin_readings(&mut self, readings: BeforeSends) {
        if readings.is_empty() {
            return;
        }
        let owed = readings.calls().map(|(call, questions)| unreadable(call, questions)).collect();
        self.spawn(owed, readings.ask(self.hands.clone(), self.events.clone()));
    }

    /// What was answered before a panic is answered twice then; the machine takes the first answer.
    fn spawn(&mut self, owed: Vec<Event>, work: impl Future<Output = ()> + Send + 'static) {
        let events = self.events.clone();
        let _task = self.tasks.spawn(async move {
            // What a panic may leave half done is in locks only, and whoever takes one of those reckons with it.
            if AssertUnwindSafe(work).catch_unwind().await.is_err() {
                owed.into_iter().chain([Event::Panicked]).for_each(|event| {
                    let _over = events.send(event);
                });
            }
        });
    }

    /// Returns the next answer, or nothing if none is to come: nothing is under way.
    ///
    /// May be dropped at any time and called again: nothing is lost.
    pub(super) async fn next(&mut self) -> Option<Event> {
        while !self.is_idle() {
            tokio::select! {
                // A task tells what happened before it ends.
                biased;
                Some(event) = self.happened.recv() => return Some(event),
                Some(_ended) = self.tasks.join_next() => {}
            }
        }
        None
    }

    /// Tells whether no answer can come.
    pub(super) fn is_idle(&self) -> bool {
        self.tasks.is_empty() && self.happened.is_empty()
    }
}

fn nobody_knows() -> Why {
    Why { trouble: Trouble::Garbled, message: "a bug in evenkeel ended the request".to_owned() }
}

/// Returns the answer that says that there is none.
fn unanswered(command: &Command) -> Option<Event> {
    match command {
        Command::Store(id, _) => Some(Event::Store(*id, StoreAnswer::NoAnswer(nobody_knows()))),
        Command::Ask(id, _, questions) => Some(unreadable(*id, questions)),
        Command::Send(sending) => Some(Event::Sent(Box::new(unknown(sending)))),
        Command::Poll(id, ..) => Some(Event::Polled(*id, Polled::Unreadable(nobody_knows()))),
        Command::Wake(_) | Command::Tell(_) | Command::Finished(_) => None,
    }
}

fn unreadable<'a>(call: CallId, questions: impl IntoIterator<Item = &'a Question>) -> Event {
    let reading = |question: &Question| Reading::plain(question.clone(), Answer::Unreadable(nobody_knows()));
    Event::Answered(call, questions.into_iter().map(reading).collect())
}

fn unknown(sending: &Sending) -> Sent {
    Sent {
        step: sending.step.clone(),
        attempt: sending.attempt,
        outcome: Outcome::Unknown(nobody_knows()),
        remembered: None,
        left: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::kubernetes::Reading as Forms;
    use crate::backend::{Answered, Read, Write};
    use crate::clock;
    use crate::run::systems::{Readers, Writers};
    use crate::state::{self, Location};
    use async_trait::async_trait;
    use evenkeel_core::engine::apply::{Precondition, Purpose};
    use evenkeel_core::engine::fingerprint::DigestKey;
    use evenkeel_core::engine::id::{ConnectionId, ConnectionName, EnvironmentName, ResourceId, StepId, Uid};
    use evenkeel_core::engine::journal::Expected;
    use evenkeel_core::engine::plan::Forms as Wanted;
    use evenkeel_core::engine::step::Action;
    use evenkeel_core::engine::wanted::Limits;
    use futures::StreamExt;
    use futures::stream::BoxStream;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    /// A back end with a bug.
    struct Buggy;

    impl Read for Buggy {
        fn ask(&self, _questions: Vec<Question>) -> BoxStream<'_, Answered> {
            futures::stream::once(async { panic!("a bug while reading") }).boxed()
        }
    }

    #[async_trait]
    impl Write for Buggy {
        async fn send(&self, _sending: &Sending) -> Outcome {
            panic!("a bug while sending")
        }
    }

    fn calls() -> Calls {
        let environment = EnvironmentName::new("prod");
        let nowhere = Location::Directory("/nonexistent/evenkeel".into());
        let readers = Readers {
            connections: BTreeMap::from([(
                ConnectionId::kubernetes(&ConnectionName::default()),
                Arc::new(Buggy) as Arc<dyn Read>,
            )]),
            secrets: Arc::new(Buggy),
        };
        let writer: Arc<dyn Write> = Arc::new(Buggy);
        let forms = Forms {
            environment: environment.clone(),
            key: DigestKey::new([0; 32]),
            forms: Wanted::default(),
            ledger: Arc::default(),
        };
        Calls::new(Hands {
            store: state::open(nowhere, &environment, &Limits::default(), Arc::new(clock::now)),
            readers,
            writers: Writers {
                connections: BTreeMap::from([(ConnectionId::kubernetes(&ConnectionName::default()), writer)]),
            },
            forms: Arc::new(forms),
        })
    }

    fn address() -> ResourceId {
        ResourceId::kubernetes("ConfigMap", Some("graph"), "orders")
    }

    #[tokio::test]
    async fn a_reading_that_panics_is_answered_as_unreadable() {
        let mut calls = calls();
        let question = Question::Object(address());
        let purpose = Purpose::Confirm(StepId::new("one"));
        calls.begin(Command::Ask(CallId(1), purpose, vec![question.clone()]));
        assert_eq!(calls.next().await, Some(unreadable(CallId(1), [&question])));
        assert_eq!(calls.next().await, Some(Event::Panicked));
        assert_eq!(calls.next().await, None);
    }

    #[tokio::test]
    async fn readings_before_sends_that_panic_are_all_answered() {
        let mut calls = calls();
        let question = Question::Object(address());
        let mut readings = BeforeSends::default();
        for call in [1, 2] {
            let purpose = Purpose::BeforeSend(StepId::new(call.to_string()));
            readings.add(CallId(call), purpose, vec![question.clone()]);
        }
        calls.begin_readings(readings);
        assert_eq!(calls.next().await, Some(unreadable(CallId(1), [&question])));
        assert_eq!(calls.next().await, Some(unreadable(CallId(2), [&question])));
        assert_eq!(calls.next().await, Some(Event::Panicked));
        assert_eq!(calls.next().await, None);
    }

    #[tokio::test]
    async fn a_send_that_panics_is_unknown_as_it_may_have_been_carried_out() {
        let mut calls = calls();
        let sending = Sending {
            step: StepId::new("one"),
            attempt: 1,
            address: address(),
            action: Action::Delete { uid: Uid::new("u1") },
            precondition: Precondition::Absent,
            expects: Expected::Absent,
            takes_over: Vec::new(),
        };
        let sent = unknown(&sending);
        calls.begin(Command::Send(Box::new(sending)));
        assert_eq!(calls.next().await, Some(Event::Sent(Box::new(sent))));
        assert_eq!(calls.next().await, Some(Event::Panicked));
        assert_eq!(calls.next().await, None);
    }
}
