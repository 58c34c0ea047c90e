//! Everything that was answered, with its age: the planner's only window on reality.

use super::question::{Answer, Question, Seen};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Answers by question. Serialisable, so that a snapshot file is as good as a live system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    answers: BTreeMap<Question, Answered>,
}

/// An answer and when it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answered {
    /// The answer.
    pub answer: Answer,
    /// When the system gave it.
    pub as_of: Timestamp,
}

impl Live {
    /// Returns the answer to a question, if it was asked.
    #[must_use]
    pub fn get(&self, question: &Question) -> Option<&Answer> {
        self.answers.get(question).map(|answered| &answered.answer)
    }

    /// Returns the answer to a question with its age, if it was asked.
    #[must_use]
    pub fn answered(&self, question: &Question) -> Option<&Answered> {
        self.answers.get(question)
    }

    /// Keeps an answer; a later one to the same question replaces it.
    pub fn insert(&mut self, question: Question, answer: Answer, as_of: Timestamp) {
        self.answers.insert(question, Answered { answer, as_of });
    }

    /// Returns all answers in the order of their questions.
    pub fn iter(&self) -> impl Iterator<Item = (&Question, &Answered)> {
        self.answers.iter()
    }

    /// Returns every object that was seen as it is, in a list or by its name.
    pub fn objects(&self) -> impl Iterator<Item = &Seen> {
        self.answers.iter().flat_map(|(question, answered)| match (question, &answered.answer) {
            // What a dry run shows is not there.
            (Question::Project(..), _) => &[],
            (_, Answer::Inventory { rows, complete: _ }) => rows.as_slice(),
            (_, Answer::Seen(seen)) => std::slice::from_ref(seen),
            (_, Answer::NotFound | Answer::Fact(_) | Answer::Unreadable(_) | Answer::Rejected(_)) => &[],
        })
    }

    /// Returns when the oldest answer was given.
    #[must_use]
    pub fn oldest(&self) -> Option<Timestamp> {
        self.answers.values().map(|answered| answered.as_of).min()
    }
}

impl Serialize for Live {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.answers.iter())
    }
}

impl<'de> Deserialize<'de> for Live {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let answers = Vec::<(Question, Answered)>::deserialize(deserializer)?;
        Ok(Self { answers: answers.into_iter().collect() })
    }
}
