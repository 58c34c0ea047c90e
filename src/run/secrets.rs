//! Answers the planner's questions about secrets: digests only, read from where the specs say.

use super::closed::Closed;
use super::session::{Systems, connection_names};
use super::surroundings::Surroundings;
use crate::backend::kubernetes::Connection;
use crate::backend::{Answered, Read};
use crate::clock;
use crate::secret::{Cluster, Keeper, Keepers, Sources, Unreachable};
use crate::source::Root;
use evenkeel_core::documents::Specs;
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::question::{Answer, FactId, Question, Trouble, Why};
use futures::StreamExt;
use futures::stream::BoxStream;
use std::sync::Arc;

/// The sources of secrets, and the key that they are digested under.
pub struct Secrets {
    /// Where secrets are read.
    pub sources: Sources,
    /// The environment's key.
    pub key: DigestKey,
}

impl Read for Secrets {
    fn ask(&self, questions: Vec<Question>) -> BoxStream<'_, Answered> {
        futures::stream::iter(questions).map(|question| self.answer(question)).buffer_unordered(4).boxed()
    }
}

impl Secrets {
    async fn answer(&self, question: Question) -> Answered {
        let answer = match &question {
            Question::Fact(FactId::SecretDigest(source)) => self.sources.digest(source, &self.key).await,
            Question::Inventory(_)
            | Question::Everything(_)
            | Question::Object(_)
            | Question::Project(..)
            | Question::Fact(_) => {
                let message = "the sources of secrets know nothing else".to_owned();
                Answer::Unreadable(Why { trouble: Trouble::Garbled, message })
            }
        };
        (question, answer, clock::now())
    }
}

/// Secrets are read where everything else is: what is simulated keeps its own.
pub(super) fn sources(specs: &Specs, systems: &Systems, root: &Root, surroundings: &Surroundings) -> Sources {
    let keepers: Keepers = match systems {
        Systems::Sandbox(sandbox) => {
            let keeper: Arc<dyn Keeper> = Arc::new(sandbox.clone());
            connection_names(specs).map(|name| (name, Arc::clone(&keeper))).collect()
        }
        Systems::Real(connections) => {
            let keeper = |connection: &Result<Connection, Closed>| -> Arc<dyn Keeper> {
                match connection {
                    Ok(open) => Arc::new(Cluster { client: open.client(), deadline: open.deadline() }),
                    Err(closed) => Arc::new(Unreachable(closed.why())),
                }
            };
            connections.iter().map(|(name, connection)| (name.clone(), keeper(connection))).collect()
        }
    };
    let deadline = specs.desired.limits.request_timeout;
    Sources::new(Arc::clone(&surroundings.variables), root.path().to_owned(), keepers, deadline)
}
