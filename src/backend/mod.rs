//! The only code that talks to live systems: a folder for each, behind one reading and one writing trait.
//!
//! `plan` and `drift` are handed a [`Read`] and could not write if they wanted to; there is no dry-run flag
//! anywhere. Implementers turn questions into requests and replies into answers, and decide nothing.

pub mod connect;
mod door;
mod heard;
mod http;
pub mod kafka;
pub mod kubernetes;
mod log;
pub mod neo4j;
mod transport;
mod unrecorded;

use async_trait::async_trait;
use evenkeel_core::engine::apply::Sending;
use evenkeel_core::engine::question::{Answer, Question};
use evenkeel_core::engine::step::Outcome;
use futures::stream::BoxStream;
use jiff::Timestamp;

/// An answer with its question and the time at which the system gave it.
pub type Answered = (Question, Answer, Timestamp);

/// Answers questions.
///
/// Callers may count on one answer to each question, in any order. Implementers never fail as a whole: what could
/// not be read is [`Answer::Unreadable`], and nothing is called absent that was not proved to be.
pub trait Read: Send + Sync {
    /// Asks all questions, several at a time within the environment's limits.
    fn ask(&self, questions: Vec<Question>) -> BoxStream<'_, Answered>;
}

/// Carries out one step at a time.
///
/// Callers may send the same step again only as its `Repeat` allows. Implementers send one request, or, where the system
/// has none that does the whole step, a few; none leaves later than one deadline after the step began. They repeat only
/// what the system says it did not even begin, and call an outcome refused only where it says that it did nothing.
#[async_trait]
pub trait Write: Read {
    /// Sends one step, with its precondition: what was read a moment ago, or what the plan saw.
    async fn send(&self, sending: &Sending) -> Outcome;
}
