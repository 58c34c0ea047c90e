//! Ctrl-C and SIGTERM: heard from the start of a verb to its end, and told to whatever goes on at the time.

use super::error::Failure;
use super::ui;
use crate::run::interrupts::{Interrupted, Interrupter, Interrupts};
use evenkeel_core::report::Exit;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

/// Listens as long as it lives. The process no longer ends by itself at the first wish: whoever starts this has to heed
/// it. The second one ends it.
pub(super) struct Listening {
    interrupts: Interrupts,
    _listener: JoinSet<()>,
}

impl Listening {
    /// Begins to listen.
    pub(super) fn start() -> Self {
        let (interrupter, interrupts) = Interrupter::new();
        let mut listener = JoinSet::new();
        listener.spawn(async move {
            let mut wishes = Wishes::listen();
            wishes.next().await;
            interrupter.interrupt();
            wishes.next().await;
            leave();
        });
        Self { interrupts, _listener: listener }
    }

    /// Returns what hears of it.
    pub(super) fn interrupts(&self) -> Interrupts {
        self.interrupts.clone()
    }
}

/// Whoever asks twice does not want to wait: what runs is found in the journal by the next apply, as after a kill.
#[expect(clippy::exit, reason = "this is what a second wish to stop means")]
fn leave() -> ! {
    ui::talk("stopped at once; what was sent is looked up by the next run");
    std::process::exit(Exit::Partial.code().into())
}

/// The signals that ask a process to stop.
struct Wishes {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

impl Wishes {
    fn listen() -> Self {
        let listen = |kind| signal(kind).ok();
        Self { interrupt: listen(SignalKind::interrupt()), terminate: listen(SignalKind::terminate()) }
    }

    async fn next(&mut self) {
        tokio::select! {
            () = received(&mut self.interrupt) => {}
            () = received(&mut self.terminate) => {}
        }
    }
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            let _received = signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

impl From<Interrupted> for Failure {
    fn from(interrupted: Interrupted) -> Self {
        Self::of(Exit::Partial, &interrupted).hint("run it again to go on")
    }
}
