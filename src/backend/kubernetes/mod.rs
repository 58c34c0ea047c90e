//! Kubernetes API servers: questions become GET and LIST, steps become server-side apply and pinned deletes.

mod addresses;
mod connect;
mod discovery;
mod http;
mod read;
mod reply;
mod write;

pub use connect::{ConnectError, Connection, connect};
pub use read::Reading;

use self::http::Http;
use super::{Answered, Read, Sending, Write};
use async_trait::async_trait;
use evenkeel_core::engine::question::Question;
use evenkeel_core::engine::step::Outcome;
use futures::StreamExt;
use futures::stream::BoxStream;
use std::sync::Arc;

/// One connection, and what is needed to read it the way this environment's plan wants it read.
#[derive(Clone)]
pub struct Kubernetes {
    http: Http,
    reading: Arc<Reading>,
    parallelism: usize,
}

impl Kubernetes {
    /// Returns the back end of one connection.
    #[must_use]
    pub fn new(connection: Connection, reading: Arc<Reading>, parallelism: usize) -> Self {
        Self { http: Http::new(connection), reading, parallelism }
    }
}

#[async_trait]
impl Read for Kubernetes {
    fn ask(&self, questions: Vec<Question>) -> BoxStream<'_, Answered> {
        let batches = read::batches(questions);
        futures::stream::iter(batches)
            .map(|batch| self.answer(batch))
            .buffer_unordered(self.parallelism)
            .flat_map(futures::stream::iter)
            .boxed()
    }
}

#[async_trait]
impl Write for Kubernetes {
    async fn send(&self, sending: Sending) -> Outcome {
        self.carry_out(sending).await
    }
}
