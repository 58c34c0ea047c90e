//! Ctrl-C and SIGTERM: heard from the start of a verb to its end, and told to whatever goes on at the time.

use super::error::Failure;
use crate::run::interrupts::{Interrupted, Interrupter, Interrupts};
use evenkeel_core::report::Exit;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

/// Listens as long as it lives. The process no longer ends by itself then: whoever starts this has to heed it.
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
            tokio::select! {
                () = heard(SignalKind::interrupt()) => {}
                () = heard(SignalKind::terminate()) => {}
            }
            interrupter.interrupt();
            // Who asks later must hear it, too.
            std::future::pending::<()>().await;
        });
        Self { interrupts, _listener: listener }
    }

    /// Returns what hears of it.
    pub(super) fn interrupts(&self) -> Interrupts {
        self.interrupts.clone()
    }
}

async fn heard(kind: SignalKind) {
    match signal(kind) {
        Ok(mut signal) => {
            let _received = signal.recv().await;
        }
        Err(_not_to_be_had) => std::future::pending().await,
    }
}

impl From<Interrupted> for Failure {
    fn from(interrupted: Interrupted) -> Self {
        Self::of(Exit::Partial, &interrupted).hint("run it again to go on")
    }
}
