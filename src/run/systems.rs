//! All live systems of an environment behind one pair of hands: each question goes to the connection it is about.

use crate::backend::{Answered, Read, Write};
use crate::clock;
use evenkeel_core::engine::apply::Sending;
use evenkeel_core::engine::id::{ConnectionId, System};
use evenkeel_core::engine::question::{Answer, FactId, Question, Trouble, Why};
use evenkeel_core::engine::step::Outcome;
use futures::StreamExt;
use futures::stream::{BoxStream, SelectAll};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who answers, by connection; secrets are answered by their sources.
#[derive(Clone)]
pub struct Readers {
    /// The live systems.
    pub connections: BTreeMap<ConnectionId, Arc<dyn Read>>,
    /// The sources of secrets.
    pub secrets: Arc<dyn Read>,
}

impl Readers {
    /// Asks every question of the one that it is about, all at the same time.
    #[must_use]
    pub fn ask(&self, questions: Vec<Question>) -> BoxStream<'_, Answered> {
        let mut batches: BTreeMap<Option<ConnectionId>, Vec<Question>> = BTreeMap::new();
        for question in questions {
            batches.entry(about(&question)).or_default().push(question);
        }
        let streams = batches.into_iter().map(|(connection, questions)| match connection {
            None => self.secrets.ask(questions),
            Some(name) => match self.connections.get(&name) {
                Some(reader) => reader.ask(questions),
                None => nobody(&name, questions),
            },
        });
        streams.collect::<SelectAll<_>>().boxed()
    }
}

/// Which connection a question is about; secrets are about none.
fn about(question: &Question) -> Option<ConnectionId> {
    match question {
        Question::Inventory(scope) | Question::Everything(scope) => Some(scope.connection_id()),
        Question::Object(id) | Question::Project(id, _) => Some(id.connection_id()),
        Question::Fact(FactId::Identity(connection)) => Some(connection.clone()),
        Question::Fact(FactId::ServedKinds(name) | FactId::CustomResourceSchema(name, _, _)) => {
            Some(ConnectionId::kubernetes(name))
        }
        Question::Fact(FactId::Neo4jTopology(name) | FactId::Neo4jMoves(name, _)) => {
            Some(ConnectionId { system: System::Neo4j, name: name.clone() })
        }
        Question::Fact(FactId::SecretDigest(_)) => None,
    }
}

fn nobody<'a>(name: &ConnectionId, questions: Vec<Question>) -> BoxStream<'a, Answered> {
    let (trouble, message) = match name.system {
        System::Kubernetes => {
            (Trouble::NotConfigured, format!("connection {name} is not configured in environment.yaml"))
        }
        System::Kafka => (Trouble::NotConfigured, format!("the specs have no KafkaCluster {}", name.name)),
        System::Connect => {
            (Trouble::NotConfigured, format!("the specs have no ConnectCluster {}", name.name))
        }
        System::Neo4j => {
            let message = format!("the specs have no Neo4jCluster {} with a login", name.name);
            (Trouble::NotConfigured, message)
        }
    };
    let why = Why { trouble, message };
    let answers =
        questions.into_iter().map(move |question| (question, Answer::Unreadable(why.clone()), clock::now()));
    futures::stream::iter(answers.collect::<Vec<_>>()).boxed()
}

/// The same systems with the right to write; only `apply` holds one.
#[derive(Clone)]
pub struct Writers {
    /// The live systems.
    pub connections: BTreeMap<ConnectionId, Arc<dyn Write>>,
}

impl Writers {
    /// Sends one step to the connection that its address names.
    pub async fn send(&self, sending: &Sending) -> Outcome {
        match self.connections.get(&sending.address.connection_id()) {
            Some(writer) => writer.send(sending).await,
            None => Outcome::Refused(Why {
                trouble: Trouble::Unavailable,
                message: format!("connection {} is not configured", sending.address.connection_id()),
            }),
        }
    }
}
