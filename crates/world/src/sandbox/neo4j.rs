//! Simulated Neo4j servers as a back end: it sends the statements that any client sends, and knows no more than their
//! answers say.

use super::Sandbox;
use super::sending::Send;
use super::settled::{operated, refused, rejected, why_refused};
use crate::neo4j::{Asked, Unanswered as Silent};
use evenkeel_core::engine::id::{ConnectionName, ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Fact, Seen, Trouble, Why};
use evenkeel_core::engine::step::{Operation, Outcome, Receipt, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::neo4j::query::{self, Query, Refusal, Row, To, Told, Unanswered};
use evenkeel_core::resources::neo4j::statements::{self, Statement};
use evenkeel_core::resources::neo4j::{SERVER, answers, tell};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Sandbox {
    /// Returns who is in a cluster and who holds what.
    pub(super) fn neo4j_topology(&mut self, cluster: &ConnectionName) -> Answer {
        let told = self.told(cluster, query::of_topology());
        match tell::topology(&told, None) {
            Ok(topology) => Answer::Fact(Fact::Neo4jTopology(topology)),
            Err(unanswered) => Answer::Unreadable(unanswered.why(cluster.as_str())),
        }
    }

    /// Returns where the databases of these servers would go.
    pub(super) fn neo4j_moves(&mut self, cluster: &ConnectionName, servers: &BTreeSet<Arc<str>>) -> Answer {
        match self.query(cluster, &query::of_moves(servers)) {
            Ok(rows) => Answer::Fact(Fact::Neo4jMoves(tell::moves(&rows))),
            Err(unanswered) => Answer::Unreadable(unanswered.why(cluster.as_str())),
        }
    }

    /// The id of `system` tells one cluster from another.
    pub(super) fn neo4j_identity(&mut self, cluster: &ConnectionName) -> Answer {
        match self.query(cluster, &query::of_identity()) {
            Ok(rows) => tell::identity(&rows).map_or(Answer::NotFound, |id| Answer::Fact(Fact::Identity(id))),
            Err(unanswered) => Answer::Unreadable(unanswered.why(cluster.as_str())),
        }
    }

    /// Looks one row up.
    pub(super) fn neo4j_object(&mut self, id: &ResourceId) -> Answer {
        let told = self.told(&id.connection, query::of_row(id));
        answers::row(id, &told)
    }

    fn neo4j_look(&mut self, id: &ResourceId) -> Result<Option<Seen>, Unanswered> {
        let told = self.told(&id.connection, query::of_row(id));
        answers::look(id, &told)
    }

    /// Writes a row, if what is there is what was seen.
    pub(super) fn neo4j_write(&mut self, send: &Send<'_>, mode: WriteMode, config: &Value) -> Outcome {
        let id = send.address;
        let told = self.told(&id.connection, query::of_row(id));
        let live = match answers::look(id, &told) {
            Ok(live) => live,
            Err(unanswered) => return Outcome::Refused(unanswered.why(&id.to_string())),
        };
        // A server is not made by a statement: it is let in once it runs.
        if let Some(stale) = refused(send, mode, live.as_ref()).filter(|_| id.kind.as_str() != SERVER) {
            return stale;
        }
        if live.is_none() && id.kind.as_str() == SERVER {
            return Outcome::Refused(rejected(id, &"a server comes with its pod"));
        }
        let wanted = send.revealed.unwrap_or(config);
        if let Some(outcome) = self.run_all(id, &statements::to_write(id, live.as_ref(), wanted, &told)) {
            return outcome;
        }
        match self.neo4j_look(id) {
            Ok(seen) => {
                let uid = seen.as_ref().map(|seen| seen.uid.clone());
                Outcome::Done(Receipt { uid, seen, ..Receipt::default() })
            }
            Err(unanswered) => Outcome::Unknown(unanswered.why(&id.to_string())),
        }
    }

    /// Takes a server out of service: no more databases for it, or none at all.
    pub(super) fn neo4j_operate(&mut self, send: &Send<'_>, operation: &Operation) -> Outcome {
        let id = send.address;
        if !matches!(operation, Operation::Cordon | Operation::Deallocate { moves: _ }) {
            return operated(send, operation);
        }
        let live = match self.neo4j_look(id) {
            Ok(Some(live)) => live,
            Ok(None) => return Outcome::Stale(None),
            Err(unanswered) => return Outcome::Refused(unanswered.why(&id.to_string())),
        };
        let statements: Vec<Statement> = statements::to_operate(&live, operation).into_iter().collect();
        let receipt = Receipt { uid: Some(live.uid), ..Receipt::default() };
        self.run_all(id, &statements).unwrap_or(Outcome::Done(receipt))
    }

    /// Deletes a row, if it is this incarnation.
    pub(super) fn neo4j_delete(&mut self, id: &ResourceId, uid: &Uid) -> Outcome {
        let live = match self.neo4j_look(id) {
            Ok(Some(live)) => live,
            Ok(None) => return Outcome::Done(Receipt::default()),
            Err(unanswered) => return Outcome::Refused(unanswered.why(&id.to_string())),
        };
        if live.uid != *uid {
            return Outcome::Stale(Some(live));
        }
        let outcome = self.run_all(id, &[statements::to_delete(&live)]);
        outcome.unwrap_or_else(|| Outcome::Done(Receipt::default()))
    }

    /// Sends statements; tells the outcome where one is refused.
    fn run_all(&mut self, id: &ResourceId, statements: &[Statement]) -> Option<Outcome> {
        for (at, statement) in statements.iter().enumerate() {
            let (Statement { text, database, password: _ }, parameters) = (statement, statement.parameters());
            let asked = Asked { to: "", database, statement: text, parameters: Some(&parameters) };
            match self.world.neo4j(&id.connection).ask(&asked).map_err(unanswered) {
                Ok(_rows) => {}
                Err(Unanswered::Refused(refusal)) if statement.is_done_already(&refusal) => {}
                Err(refused @ Unanswered::Refused(_)) if at == 0 => {
                    let trouble = refused.why("").trouble;
                    let why = why_refused(id, trouble, &refused);
                    // Nobody leads at the moment: it passes, and is tried again.
                    let passes = trouble == Trouble::Unavailable;
                    return Some(if passes { Outcome::Unknown(why) } else { Outcome::Refused(why) });
                }
                // A later one was refused after an earlier one was carried out, or nobody knows.
                Err(unanswered) => return Some(Outcome::Unknown(unanswered.why(&id.to_string()))),
            }
        }
        None
    }

    fn told(&mut self, cluster: &ConnectionName, queries: BTreeSet<Query>) -> Told {
        let each = queries.into_iter().map(|query| {
            let answer = self.query(cluster, &query);
            (query, answer)
        });
        each.collect()
    }

    fn query(&mut self, cluster: &ConnectionName, query: &Query) -> Result<Vec<Row>, Unanswered> {
        let to = match &query.to {
            To::Anyone => "",
            To::Server(name) => name,
        };
        let asked = Asked { to, database: &query.database, statement: &query.statement, parameters: None };
        self.world.neo4j(cluster).ask(&asked).map_err(unanswered)
    }
}

fn unanswered(silent: Silent) -> Unanswered {
    match silent {
        Silent::Silent(silence) => {
            Unanswered::Failed(Why { trouble: Trouble::Unavailable, message: silence.to_string() })
        }
        Silent::Refused(refusal) => {
            Unanswered::Refused(Refusal { code: refusal.code.to_owned(), message: refusal.message })
        }
    }
}
