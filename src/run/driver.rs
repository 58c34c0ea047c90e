//! Drives the apply machine: carries out its commands, several at a time, and hands back what happened.
//!
//! No choice is made here. Each command is one task; whatever it ends with is one event.

use super::before_sends::BeforeSends;
use super::systems::{Readers, Writers};
use crate::backend::kubernetes::Reading as Forms;
use crate::clock::Clock;
use crate::state::Store;
use evenkeel_core::engine::apply::{
    Command, End, Event, Machine, Notice, Polled, Progress, Purpose, Reading, Sending, Sent,
};
use evenkeel_core::engine::id::StepId;
use evenkeel_core::engine::ledger::Remembered;
use evenkeel_core::engine::question::{Answer, Question, Seen};
use evenkeel_core::engine::step::Outcome;
use evenkeel_core::resources::kubernetes;
use futures::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

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

/// Where tasks put what happened.
pub(super) type Events = mpsc::UnboundedSender<Event>;

/// Watches an apply go on.
pub trait Observer: Send {
    /// A step is sent now.
    fn began(&mut self, step: &StepId, elapsed: Duration);
    /// Something worth telling happened.
    fn notice(&mut self, notice: &Notice, elapsed: Duration);
    /// How it goes right now; called a few times a second.
    fn progress(&mut self, progress: &Progress, elapsed: Duration);
}

/// People cannot read faster than this, and drawing a thousand steps after each of a thousand events adds up.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Runs a machine to its end. A message on `interrupts` lets nothing new start.
pub async fn drive(
    mut machine: Machine,
    hands: Hands,
    mut interrupts: mpsc::Receiver<()>,
    observer: &mut dyn Observer,
) -> End {
    let clock = Clock::start();
    let (events, mut happened) = mpsc::unbounded_channel();
    let mut tasks: JoinSet<()> = JoinSet::new();
    let mut wake = None;
    let mut shown = Duration::ZERO;
    let mut event = Event::Start;
    loop {
        let mut before_sends = BeforeSends::default();
        for command in machine.handle(clock.elapsed(), event) {
            match command {
                Command::Finished(end) => return *end,
                Command::Wake(at) => wake = Some(at),
                Command::Tell(notice) => observer.notice(&notice, clock.elapsed()),
                Command::Ask(id, purpose @ Purpose::BeforeSend(_), questions) => {
                    before_sends.add(id, purpose, questions);
                }
                Command::Store(..) | Command::Ask(..) | Command::Send(_) | Command::Poll(..) => {
                    if let Command::Send(sending) = &command {
                        observer.began(&sending.step, clock.elapsed());
                    }
                    let _task = tasks.spawn(carry_out(hands.clone(), command, events.clone()));
                }
            }
        }
        if !before_sends.is_empty() {
            let _task = tasks.spawn(before_sends.ask(hands.clone(), events.clone()));
        }
        if clock.elapsed() >= shown + BETWEEN_LOOKS {
            shown = clock.elapsed();
            observer.progress(&machine.progress(), shown);
        }
        let sleep = wake.map(|at| at.saturating_sub(clock.elapsed()));
        event = next(&mut happened, &mut tasks, &mut interrupts, sleep).await;
        if event == Event::Woke {
            wake = None;
        }
    }
}

/// Waits for whatever comes first.
async fn next(
    happened: &mut mpsc::UnboundedReceiver<Event>,
    tasks: &mut JoinSet<()>,
    interrupts: &mut mpsc::Receiver<()>,
    sleep: Option<Duration>,
) -> Event {
    let sleep = tokio::time::sleep(sleep.unwrap_or(Duration::from_secs(3600)));
    tokio::pin!(sleep);
    loop {
        tokio::select! {
            Some(event) = happened.recv() => return event,
            // A task that panicked answers nothing; the machine finds out by its deadline, as of a lost request.
            Some(_ended) = tasks.join_next() => {}
            Some(()) = interrupts.recv() => return Event::Interrupted,
            () = &mut sleep => return Event::Woke,
        }
    }
}

async fn carry_out(hands: Hands, command: Command, events: Events) {
    let event = match command {
        Command::Store(id, request) => Event::Store(id, hands.store.handle(request).await),
        Command::Ask(id, purpose, questions) => {
            Event::Answered(id, hands.readings(&purpose, questions).await)
        }
        Command::Send(sending) => Event::Sent(Box::new(hands.send(*sending).await)),
        // Kubernetes takes nothing on for later: there are no receipts to ask about.
        Command::Poll(id, ..) => Event::Polled(id, Polled::Forgotten),
        Command::Wake(_) | Command::Tell(_) | Command::Finished(_) => return,
    };
    // Nobody listens any more once the machine is over.
    let _over = events.send(event);
}

impl Hands {
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
            remembered = self.remembered(seen);
            readiness = matches!(purpose, Purpose::Gate(_)).then(|| kubernetes::readiness(seen));
        }
        Reading { remembered, readiness, ..Reading::plain(question, answer) }
    }

    fn remembered(&self, seen: &Seen) -> Option<Remembered> {
        let form = self.forms.forms.get(&seen.id)?;
        Some(kubernetes::remember(&form.normal, seen, &form.shape))
    }

    async fn send(&self, sending: Sending) -> Sent {
        let outcome = self.writers.send(&sending).await;
        let seen = match &outcome {
            Outcome::Done(receipt) | Outcome::Accepted(receipt) => receipt.seen.as_ref(),
            Outcome::Refused(_) | Outcome::Stale(_) | Outcome::Unknown(_) => None,
        };
        let form = |seen: &Seen| self.forms.forms.get(&seen.id);
        let left = seen.and_then(|seen| {
            let form = form(seen)?;
            Some(kubernetes::sketch_seen(&form.normal, seen, &form.shape))
        });
        let remembered = seen.and_then(|seen| self.remembered(seen));
        Sent { step: sending.step, attempt: sending.attempt, outcome, remembered, left }
    }
}
