//! Kafka brokers: questions about topics, ACLs and users become one request for all of a kind, steps become admin calls.

mod acls;
mod connect;
mod read;
mod rights;
mod storage;
mod tokens;
mod topics;
mod users;
mod words;
mod write;

pub use connect::Connection;
pub use rights::Asked;

use super::kubernetes::Reading;
use super::{Answered, Read, Write};
use crate::secret::Sources;
use async_trait::async_trait;
use evenkeel_core::engine::apply::Sending;
use evenkeel_core::engine::question::Question;
use evenkeel_core::engine::step::Outcome;
use futures::StreamExt;
use futures::stream::BoxStream;
use std::sync::Arc;

/// At most so many requests are on their way at once: a cluster answers all questions of a kind in one.
const AT_ONCE: usize = 4;

/// One cluster, and what is needed to read it the way this environment's plan wants it read.
#[derive(Clone)]
pub struct Kafka {
    connection: Connection,
    reading: Arc<Reading>,
    sources: Sources,
}

impl Kafka {
    /// Returns the back end of one cluster.
    #[must_use]
    pub fn new(connection: Connection, reading: Arc<Reading>, sources: Sources) -> Self {
        Self { connection, reading, sources }
    }
}

impl Read for Kafka {
    fn ask(&self, questions: Vec<Question>) -> BoxStream<'_, Answered> {
        futures::stream::iter(read::batches(questions))
            .map(|batch| self.answer(batch))
            .buffer_unordered(AT_ONCE)
            .flat_map(futures::stream::iter)
            .boxed()
    }
}

#[async_trait]
impl Write for Kafka {
    async fn send(&self, sending: &Sending) -> Outcome {
        self.carry_out(sending).await
    }
}
