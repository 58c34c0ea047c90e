//! Answers the planner's questions about secrets: digests only, read from where the specs say.

use crate::backend::{Answered, Read};
use crate::clock;
use crate::secret::Sources;
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::question::{Answer, FactId, Question, Trouble, Why};
use futures::StreamExt;
use futures::stream::BoxStream;

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
