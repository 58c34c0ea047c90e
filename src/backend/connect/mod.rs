//! Kafka Connect workers: all connectors are read by one request, steps become calls of their REST interface.

mod calls;
mod link;
mod operate;
mod plugins;
mod read;
mod settle;
mod trace;
mod validate;
mod write;

pub use link::Connection;
pub use plugins::Installed;

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

/// One group of workers, and what is needed to read it the way this environment's plan wants it read.
#[derive(Clone)]
pub struct Connect {
    connection: Connection,
    reading: Arc<Reading>,
    sources: Sources,
}

impl Connect {
    /// Returns the back end of one group of workers.
    #[must_use]
    pub fn new(connection: Connection, reading: Arc<Reading>, sources: Sources) -> Self {
        Self { connection, reading, sources }
    }
}

impl Read for Connect {
    fn ask(&self, questions: Vec<Question>) -> BoxStream<'_, Answered> {
        futures::stream::once(self.answer(questions)).flat_map(futures::stream::iter).boxed()
    }
}

#[async_trait]
impl Write for Connect {
    async fn send(&self, sending: &Sending) -> Outcome {
        self.carry_out(sending).await
    }
}
