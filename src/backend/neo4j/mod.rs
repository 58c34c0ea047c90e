//! Neo4j servers over the HTTP Query API: each statement that only reads is sent once for all rows that it answers for.

mod link;
mod read;
mod write;

pub use link::Connection;

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

/// At most so many statements are on their way at once.
const AT_ONCE: usize = 4;

/// One cluster, or a single server, and what is needed to read it the way this environment's plan wants it read.
#[derive(Clone)]
pub struct Neo4j {
    connection: Connection,
    reading: Arc<Reading>,
    sources: Sources,
}

impl Neo4j {
    /// Returns the back end of one cluster.
    #[must_use]
    pub fn new(connection: Connection, reading: Arc<Reading>, sources: Sources) -> Self {
        Self { connection, reading, sources }
    }
}

impl Read for Neo4j {
    fn ask(&self, questions: Vec<Question>) -> BoxStream<'_, Answered> {
        futures::stream::once(self.answer(questions)).flat_map(futures::stream::iter).boxed()
    }
}

#[async_trait]
impl Write for Neo4j {
    async fn send(&self, sending: &Sending) -> Outcome {
        self.carry_out(sending).await
    }
}
