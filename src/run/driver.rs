//! Drives the apply machine: hands its commands out, waits for whatever comes first, and hands that back.
//!
//! No choice is made here. Each command is one call; whatever it ends with is one event.

use super::before_sends::BeforeSends;
use super::calls::Calls;
use super::hands::Hands;
use super::interrupts::Interrupts;
use crate::clock::Clock;
use evenkeel_core::engine::apply::{Command, Elapsed, End, Event, Machine, Notice, Progress, Purpose};
use evenkeel_core::engine::id::StepId;
use std::time::Duration;

/// Watches an apply go on.
pub trait Observer: Send {
    /// A step is sent now.
    fn began(&mut self, step: &StepId, elapsed: Duration);
    /// Something worth telling happened.
    fn notice(&mut self, notice: &Notice, elapsed: Duration);
    /// How it goes right now; called a few times a second.
    fn progress(&mut self, progress: &Progress, elapsed: Duration);
}

/// Nothing is under way and no time is waited for, so nothing would ever happen again: our bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is under way any more that could end this apply")]
pub struct Stuck;

/// People cannot read faster than this, and drawing a thousand steps after each of a thousand events adds up.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Runs a machine to its end. Once somebody wants it to stop, nothing new starts.
pub async fn drive(
    machine: Machine,
    hands: Hands,
    interrupts: Interrupts,
    observer: &mut dyn Observer,
) -> Result<End, Stuck> {
    let clock = Clock::start();
    let mut drive = Drive { clock, calls: Calls::new(hands), wake: None, interrupts, stopping: Stopping::No };
    drive.run(machine, observer).await
}

/// Whether the machine knows already that it is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopping {
    No,
    Told,
}

struct Drive {
    clock: Clock,
    calls: Calls,
    wake: Option<Elapsed>,
    interrupts: Interrupts,
    stopping: Stopping,
}

impl Drive {
    async fn run(&mut self, mut machine: Machine, observer: &mut dyn Observer) -> Result<End, Stuck> {
        let mut shown = Duration::ZERO;
        let mut event = Event::Start;
        loop {
            let commands = machine.handle(self.clock.elapsed(), event);
            if let Some(end) = self.carry_out(commands, observer) {
                return Ok(end);
            }
            if self.clock.elapsed() >= shown + BETWEEN_LOOKS {
                shown = self.clock.elapsed();
                observer.progress(&machine.progress(), shown);
            }
            event = self.next().await?;
        }
    }

    /// Begins what the commands say; the end is returned once it is there.
    fn carry_out(&mut self, commands: Vec<Command>, observer: &mut dyn Observer) -> Option<End> {
        let mut readings = BeforeSends::default();
        for command in commands {
            match command {
                Command::Finished(end) => return Some(*end),
                Command::Wake(at) => self.wake = Some(at),
                Command::Tell(notice) => observer.notice(&notice, self.clock.elapsed()),
                Command::Ask(id, purpose @ Purpose::BeforeSend(_), questions) => {
                    readings.add(id, purpose, questions);
                }
                Command::Send(sending) => {
                    observer.began(&sending.step, self.clock.elapsed());
                    self.calls.begin(Command::Send(sending));
                }
                Command::Store(..) | Command::Ask(..) | Command::Poll(..) => self.calls.begin(command),
            }
        }
        self.calls.begin_readings(readings);
        None
    }

    /// Waits for whatever comes first.
    async fn next(&mut self) -> Result<Event, Stuck> {
        loop {
            if self.calls.is_idle() && self.wake.is_none() {
                return Err(Stuck);
            }
            let sleep = self.wake.unwrap_or_default().saturating_sub(self.clock.elapsed());
            tokio::select! {
                event = self.calls.next(), if !self.calls.is_idle() => {
                    // Those that were under way may have ended without a word.
                    let Some(event) = event else { continue };
                    return Ok(event);
                }
                () = self.interrupts.asked(), if self.stopping == Stopping::No => {
                    self.stopping = Stopping::Told;
                    return Ok(Event::Interrupted);
                }
                () = tokio::time::sleep(sleep), if self.wake.is_some() => {
                    self.wake = None;
                    return Ok(Event::Woke);
                }
            }
        }
    }
}
