//! Kubernetes API servers: questions become GET and LIST, steps become server-side apply and pinned deletes.

mod access;
mod addresses;
mod connect;
mod discovery;
mod handing;
mod kinds;
mod list;
mod names;
mod read;
mod reply;
mod write;

pub use access::{Access, Answering};
pub use connect::{ConnectError, Connection, Credentials, Impersonation, connect};
pub use read::Reading;

use super::http::Http;
use super::{Answered, Read, Write};
use crate::secret::Sources;
use async_trait::async_trait;
use evenkeel_core::engine::apply::Sending;
use evenkeel_core::engine::question::Question;
use evenkeel_core::engine::step::Outcome;
use futures::StreamExt;
use futures::stream::BoxStream;
use std::sync::Arc;

/// One connection, and what is needed to read it the way this environment's plan wants it read.
#[derive(Clone)]
pub struct Kubernetes {
    http: Http,
    kinds: connect::Kinds,
    reading: Arc<Reading>,
    sources: Sources,
    parallelism: usize,
}

impl Kubernetes {
    /// Returns the back end of one connection.
    #[must_use]
    pub fn new(connection: Connection, reading: Arc<Reading>, sources: Sources, parallelism: usize) -> Self {
        Self {
            kinds: Arc::clone(&connection.kinds),
            http: Http::new(connection.client, connection.deadline),
            reading,
            sources,
            parallelism,
        }
    }
}

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
    async fn send(&self, sending: &Sending) -> Outcome {
        self.carry_out(sending).await
    }
}
