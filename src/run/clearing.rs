//! Clears an address that an earlier apply left in doubt: under the lock, and in the journal.

use super::apply::{ApplyError, config};
use super::driver::{Observer, drive};
use super::hands::Hands;
use super::interrupts::Interrupts;
use super::session::StateRead;
use super::writable::Writable;
use crate::backend::kubernetes::Reading;
use evenkeel_core::engine::apply::{End, Job, Machine, Notice, Progress};
use evenkeel_core::engine::id::StepId;
use evenkeel_core::engine::journal::Cleared;
use evenkeel_core::engine::plan::Forms;
use std::sync::Arc;
use std::time::Duration;

/// Clears one address. Nothing is asked of live systems and nothing is sent to them.
pub async fn clear_address(
    environment: &Writable,
    state: &StateRead,
    cleared: Cleared,
) -> Result<End, ApplyError> {
    let by = Arc::clone(&cleared.by);
    let machine = Machine::new(config(environment, &by, Job::Clear(vec![cleared]))?);
    let forms = Arc::new(Reading {
        environment: environment.session.name.clone(),
        key: state.key.clone(),
        forms: Forms::default(),
        ledger: Arc::default(),
    });
    let hands = Hands {
        store: environment.store.clone(),
        readers: environment.session.readers(&forms),
        writers: environment.writers(&forms),
        forms,
    };
    Ok(drive(machine, hands, Interrupts::never(), &mut Silent).await?)
}

/// There are no steps to tell of.
struct Silent;

impl Observer for Silent {
    fn began(&mut self, _step: &StepId, _elapsed: Duration) {}

    fn notice(&mut self, _notice: &Notice, _elapsed: Duration) {}

    fn progress(&mut self, _progress: &Progress, _elapsed: Duration) {}
}
