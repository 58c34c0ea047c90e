//! Somebody's wish to stop: one for a whole verb, heard by whatever goes on at the time.

use std::future::Future;
use tokio::sync::watch;

/// Hears the wish. All clones hear the same one, and it stays: who asks later hears it, too.
#[derive(Clone, Debug)]
pub struct Interrupts(watch::Receiver<bool>);

/// Voices the wish.
#[derive(Debug)]
pub struct Interrupter(watch::Sender<bool>);

/// Somebody wanted it to stop first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted: nothing new was started")]
pub struct Interrupted;

impl Interrupter {
    /// Returns the two ends.
    #[must_use]
    pub fn new() -> (Self, Interrupts) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Interrupts(receiver))
    }

    /// Wants it to stop.
    pub fn interrupt(&self) {
        self.0.send_replace(true);
    }
}

impl Interrupts {
    /// Nobody will ever want it to stop.
    #[must_use]
    pub fn never() -> Self {
        Interrupter::new().1
    }

    /// Waits for the wish.
    pub async fn asked(&mut self) {
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits for some work that may be dropped, unless the wish comes first.
    pub async fn or<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Interrupted> {
        tokio::select! {
            biased;
            () = self.asked() => Err(Interrupted),
            done = work => Ok(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wish_is_heard_by_who_asks_later() {
        let (interrupter, mut interrupts) = Interrupter::new();
        assert_eq!(interrupts.or(async { 1 }).await, Ok(1));
        interrupter.interrupt();
        assert_eq!(interrupts.or(std::future::pending::<()>()).await, Err(Interrupted));
        assert_eq!(interrupts.clone().or(std::future::pending::<()>()).await, Err(Interrupted));
    }
}
