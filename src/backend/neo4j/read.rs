//! Questions as statements: those that several questions need are sent once, and core makes rows of the answers.

use super::link::Connection;
use super::{AT_ONCE, Neo4j};
use crate::backend::Answered;
use crate::clock;
use crate::secret::Sources;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::question::{Answer, Fact, FactId, Question, Scope, Trouble, Why};
use evenkeel_core::resources::neo4j::query::{self, Query, Told, Unanswered};
use evenkeel_core::resources::neo4j::{answers, tell};
use futures::StreamExt;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What was answered, and by whom.
pub(super) struct Heard {
    pub(super) told: Told,
    told_by: Option<String>,
}

impl Connection {
    /// Asks statements that only read. The first goes alone: where we are not let in nothing more is tried, as servers
    /// shut out whoever errs three times.
    pub(super) async fn hear(&self, sources: &Sources, queries: BTreeSet<Query>) -> Heard {
        let mut heard = Heard { told: Told::new(), told_by: None };
        let mut queries = queries.into_iter();
        let Some(first) = queries.next() else { return heard };
        let (told_by, answer) = self.ask(sources, &first).await;
        heard.told_by = told_by;
        if let Some(shut) = answer.as_ref().err().filter(|unanswered| is_shut(unanswered)).cloned() {
            heard.told.extend(queries.map(|query| (query, Err(shut.clone()))));
        } else {
            let asked = futures::stream::iter(queries).map(|query| async move {
                let (_, answer) = self.ask(sources, &query).await;
                (query, answer)
            });
            let others: Vec<_> = asked.buffer_unordered(AT_ONCE).collect().await;
            heard.told.extend(others);
        }
        heard.told.insert(first, answer);
        heard
    }
}

fn is_shut(unanswered: &Unanswered) -> bool {
    unanswered.why("").trouble == Trouble::Unauthorized
}

impl Neo4j {
    /// Answers all questions of a batch.
    pub(super) async fn answer(&self, questions: Vec<Question>) -> Vec<Answered> {
        let queries = questions.iter().flat_map(queries).collect();
        let heard = self.connection.hear(&self.sources, queries).await;
        let now = clock::now();
        let mut answered = Vec::new();
        for question in questions {
            let answer = match &question {
                Question::Everything(scope) => self.everything(scope, &heard).await,
                other => answer(other, &heard),
            };
            answered.push((question, answer, now));
        }
        answered
    }

    /// Looks one row up.
    pub(super) async fn look(&self, id: &ResourceId) -> Answer {
        answers::row(id, &self.connection.hear(&self.sources, query::of_row(id)).await.told)
    }

    /// Returns everything of a kind that there is.
    async fn everything(&self, scope: &Scope, heard: &Heard) -> Answer {
        let names = match answers::names(scope.kind.as_str(), &heard.told) {
            Ok(names) => names,
            Err(unanswered) => {
                return Answer::Inventory {
                    rows: Vec::new(),
                    complete: Err(unanswered.why(&scope.to_string())),
                };
            }
        };
        let id = |name| ResourceId {
            system: scope.system,
            connection: scope.connection.clone(),
            kind: scope.kind.clone(),
            namespace: None,
            name,
        };
        let ids: Vec<ResourceId> = names.into_iter().map(id).collect();
        let queries = ids.iter().flat_map(query::of_row).collect();
        let told = self.connection.hear(&self.sources, queries).await.told;
        let (mut rows, mut complete) = (Vec::new(), Ok(()));
        for id in &ids {
            match answers::look(id, &told) {
                Ok(seen) => rows.extend(seen),
                Err(unanswered) => complete = Err(unanswered.why(&id.to_string())),
            }
        }
        Answer::Inventory { rows, complete }
    }
}

/// Returns what has to be asked for a question.
fn queries(question: &Question) -> BTreeSet<Query> {
    match question {
        Question::Object(id) => query::of_row(id),
        Question::Everything(scope) => query::of_names(scope.kind.as_str()),
        Question::Fact(FactId::Identity(_)) => [query::of_identity()].into(),
        Question::Fact(FactId::Neo4jTopology(_)) => query::of_topology(),
        Question::Fact(FactId::Neo4jMoves(_, servers)) => [query::of_moves(servers)].into(),
        Question::Inventory(_)
        | Question::Project(..)
        | Question::Fact(
            FactId::ServedKinds(_) | FactId::CustomResourceSchema(..) | FactId::SecretDigest(_),
        ) => BTreeSet::new(),
    }
}

fn answer(question: &Question, heard: &Heard) -> Answer {
    let Heard { told, told_by } = heard;
    let rows = |query: &Query| match told.get(query) {
        Some(answer) => answer.clone(),
        None => Err(Unanswered::Failed(nonsense("it was not asked"))),
    };
    let fact = |fact: Result<Fact, Unanswered>, cluster: &str| match fact {
        Ok(fact) => Answer::Fact(fact),
        Err(unanswered) => Answer::Unreadable(unanswered.why(cluster)),
    };
    match question {
        Question::Object(id) => answers::row(id, told),
        Question::Fact(FactId::Identity(connection)) => match rows(&query::of_identity()) {
            Ok(rows) => tell::identity(&rows).map_or(Answer::NotFound, |id| Answer::Fact(Fact::Identity(id))),
            Err(unanswered) => Answer::Unreadable(unanswered.why(&connection.to_string())),
        },
        Question::Fact(FactId::Neo4jTopology(cluster)) => {
            fact(tell::topology(told, told_by.as_deref()).map(Fact::Neo4jTopology), cluster.as_str())
        }
        Question::Fact(FactId::Neo4jMoves(cluster, servers)) => {
            let moves = rows(&query::of_moves(servers)).map(|rows| Fact::Neo4jMoves(tell::moves(&rows)));
            fact(moves, cluster.as_str())
        }
        Question::Inventory(_)
        | Question::Everything(_)
        | Question::Project(..)
        | Question::Fact(
            FactId::ServedKinds(_) | FactId::CustomResourceSchema(..) | FactId::SecretDigest(_),
        ) => Answer::Unreadable(nonsense("Neo4j does not answer that")),
    }
}

/// Returns why something that should not be asked or answered is of no use.
pub(super) fn nonsense(message: &str) -> Why {
    Why { trouble: Trouble::Garbled, message: message.to_owned() }
}

/// Returns the identity of the cluster that answers.
pub(super) async fn identity(connection: &Connection, sources: &Sources) -> Result<Arc<str>, Why> {
    let (_, rows) = connection.ask(sources, &query::of_identity()).await;
    let rows = rows.map_err(|unanswered| unanswered.why("the cluster's identity"))?;
    tell::identity(&rows).ok_or_else(|| nonsense("`system` has no id"))
}
