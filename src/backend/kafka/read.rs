//! Questions as requests: one for all topics, one for all ACLs, one for all users of a batch.

use super::words::{nonsense, why};
use super::{Kafka, acls, topics, users};
use crate::backend::Answered;
use crate::clock;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::question::{Answer, Fact, FactId, Question, Scope, Seen};
use evenkeel_core::resources::kafka;
use evenkeel_kafka_admin::{Client, Error};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What was found of each of several resources: none is a proof of absence.
pub(super) type Found = BTreeMap<ResourceId, Result<Option<Seen>, Error>>;

/// Questions that are answered together.
pub(super) enum Batch {
    /// The same request brings all of them.
    Objects(Sort, Vec<ResourceId>),
    /// Anything else.
    One(Question),
}

/// The sorts of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Topic,
    Acl,
    User,
}

impl Sort {
    /// Returns the sort of an address, if it is one of Kafka's.
    pub(super) fn of(id: &ResourceId) -> Option<Self> {
        Self::of_kind(id.kind.as_str())
    }

    fn of_kind(kind: &str) -> Option<Self> {
        match kind {
            kafka::TOPIC => Some(Self::Topic),
            kafka::ACL => Some(Self::Acl),
            kafka::USER => Some(Self::User),
            _ => None,
        }
    }

    /// Returns the addresses of all that we are shown.
    fn list(self, client: &Client, scope: &Scope) -> Result<Vec<ResourceId>, Error> {
        let names: BTreeSet<String> = match self {
            Self::Topic => client.list_topics()?.into_keys().collect(),
            Self::Acl => acls::names(client)?,
            Self::User => client.describe_scram_users(&[])?.into_keys().collect(),
        };
        let id = |name: String| ResourceId {
            system: scope.system,
            connection: scope.connection.clone(),
            kind: scope.kind.clone(),
            namespace: None,
            name: Arc::from(name),
        };
        Ok(names.into_iter().map(id).collect())
    }

    /// Looks several resources up.
    pub(super) fn look_up(self, client: &Client, ids: &[ResourceId]) -> Result<Found, Error> {
        match self {
            Self::Topic => topics::look_up(client, ids),
            Self::Acl => acls::look_up(client, ids),
            Self::User => users::look_up(client, ids),
        }
    }
}

/// Puts look-ups of the same sort together.
pub(super) fn batches(questions: Vec<Question>) -> Vec<Batch> {
    let mut objects: BTreeMap<Sort, Vec<ResourceId>> = BTreeMap::new();
    let mut batches = Vec::new();
    for question in questions {
        match question {
            Question::Object(id) => match Sort::of(&id) {
                Some(sort) => objects.entry(sort).or_default().push(id),
                None => batches.push(Batch::One(Question::Object(id))),
            },
            other => batches.push(Batch::One(other)),
        }
    }
    batches.extend(objects.into_iter().map(|(sort, ids)| Batch::Objects(sort, ids)));
    batches
}

impl Kafka {
    /// Answers one batch.
    pub(super) async fn answer(&self, batch: Batch) -> Vec<Answered> {
        match batch {
            Batch::Objects(sort, ids) => self.objects(sort, ids).await,
            Batch::One(question) => {
                let answer = self.answer_one(&question).await;
                vec![(question, answer, clock::now())]
            }
        }
    }

    async fn objects(&self, sort: Sort, ids: Vec<ResourceId>) -> Vec<Answered> {
        let asked = ids.clone();
        let found = self.connection.with(&self.sources, move |client| sort.look_up(client, &asked)).await;
        let now = clock::now();
        match found {
            Ok(mut found) => {
                let answers = ids.into_iter().map(|id| {
                    let answer = found.remove(&id).map_or_else(unanswered, answer);
                    (Question::Object(id), answer, now)
                });
                answers.collect()
            }
            Err(failed) => {
                let unreadable = Answer::Unreadable(failed.why());
                ids.into_iter().map(|id| (Question::Object(id), unreadable.clone(), now)).collect()
            }
        }
    }

    /// Returns everything of a sort that the brokers show us; what we may not see is in none of their lists.
    async fn everything(&self, scope: &Scope) -> Answer {
        let (asked, kind) = (scope.clone(), scope.kind.as_str());
        let Some(sort) = Sort::of_kind(kind) else {
            return Answer::Unreadable(nonsense(format!("Kafka has no {kind}")));
        };
        let listed = self.connection.with(&self.sources, move |client| {
            let ids = sort.list(client, &asked)?;
            if ids.is_empty() { Ok(Found::new()) } else { sort.look_up(client, &ids) }
        });
        match listed.await {
            Err(failed) => Answer::Inventory { rows: Vec::new(), complete: Err(failed.why()) },
            Ok(found) => {
                let (mut rows, mut complete) = (Vec::new(), Ok(()));
                for found in found.into_values() {
                    match found {
                        Ok(seen) => rows.extend(seen),
                        Err(error) => complete = Err(why(&error)),
                    }
                }
                Answer::Inventory { rows, complete }
            }
        }
    }

    async fn answer_one(&self, question: &Question) -> Answer {
        match question {
            Question::Everything(scope) => self.everything(scope).await,
            Question::Fact(FactId::Identity(_)) => match self.connection.identity(&self.sources).await {
                Ok(id) => Answer::Fact(Fact::Identity(Arc::from(id))),
                Err(why) => Answer::Unreadable(why),
            },
            Question::Object(id) => Answer::Unreadable(nonsense(format!("Kafka has no {}", id.kind))),
            Question::Inventory(_)
            | Question::Project(..)
            | Question::Fact(
                FactId::ServedKinds(_)
                | FactId::CustomResourceSchema(..)
                | FactId::SecretDigest(_)
                | FactId::Neo4jTopology(_)
                | FactId::Neo4jMoves(..),
            ) => Answer::Unreadable(nonsense("Kafka does not answer that")),
        }
    }
}

/// Turns what was found of one resource into an answer.
pub(super) fn answer(found: Result<Option<Seen>, Error>) -> Answer {
    match found {
        Ok(Some(seen)) => Answer::Seen(seen),
        Ok(None) => Answer::NotFound,
        Err(error) => Answer::Unreadable(why(&error)),
    }
}

fn unanswered() -> Answer {
    Answer::Unreadable(nonsense("the brokers left it out of their answer"))
}
