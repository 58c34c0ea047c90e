//! A connection that cannot be opened: it says why to whoever asks, and keeps nobody from the others.

use super::connections::{open, state_connection};
use super::session::{Session, SessionError, Systems};
use crate::backend::kubernetes::{ConnectError, Reading};
use crate::backend::{Answered, Read};
use crate::clock;
use crate::state::Location;
use evenkeel_core::engine::id::System;
use evenkeel_core::engine::question::{Answer, Question, Scope, Trouble, Why};
use futures::StreamExt;
use futures::stream::BoxStream;
use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

/// Why a connection cannot be opened.
#[derive(Clone, Debug)]
pub(super) enum Closed {
    /// What its credentials or its address say cannot be used.
    Connect(Arc<ConnectError>),
    /// It names no credentials that are there.
    Credentials(String),
}

impl Closed {
    /// Returns it as what ends a verb that does not come through without this connection.
    pub(super) fn error(&self, name: &str) -> SessionError {
        let name = name.to_owned();
        match self {
            Self::Connect(source) => SessionError::Connect { name, source: Arc::clone(source) },
            Self::Credentials(message) => SessionError::Credentials { name, message: message.clone() },
        }
    }

    /// Returns it as the answer to every question.
    pub(super) fn why(&self) -> Why {
        match self {
            Self::Connect(error) => Why { trouble: trouble(error), message: told(error.as_ref()) },
            Self::Credentials(message) => Why { trouble: Trouble::Unauthorized, message: message.clone() },
        }
    }
}

fn trouble(error: &ConnectError) -> Trouble {
    match error {
        ConnectError::Client(_) => Trouble::Unavailable,
        ConnectError::Kubeconfig { path: _, trouble: _ }
        | ConnectError::InCluster(_)
        | ConnectError::Plugin(_, _) => Trouble::Unauthorized,
    }
}

/// Says an error with its causes, each once.
fn told(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !told.ends_with(&words) {
            told = format!("{told}: {words}");
        }
        cause = error.source();
    }
    told
}

impl Session {
    /// Nothing is planned without state: a connection that cannot be opened ends a verb if state is behind it.
    pub(super) fn with_state(self) -> Result<Self, SessionError> {
        let name = state_connection(&self.specs);
        match (&self.location, &self.systems) {
            (Location::Closed { .. }, Systems::Real(connections)) => match connections.get(&name) {
                Some(Err(closed)) => Err(closed.error(name.as_str())),
                Some(Ok(_)) | None => Ok(self),
            },
            (Location::Closed { .. } | Location::Cluster { .. } | Location::Directory(_), _) => Ok(self),
        }
    }

    /// Returns the names of a scope, asked for without what they name, where that can be.
    pub(super) async fn names(
        &self,
        scope: &Scope,
        reading: &Arc<Reading>,
    ) -> Option<Result<BTreeSet<Arc<str>>, Why>> {
        let Systems::Real(connections) = &self.systems else { return None };
        let connection = match (scope.system, connections.get(&scope.connection)?) {
            (System::Kubernetes, Ok(connection)) => connection,
            (System::Kubernetes, Err(closed)) => return Some(Err(closed.why())),
            (System::Kafka | System::Connect | System::Neo4j, _) => return None,
        };
        let names = self.kubernetes(connection, reading).names(scope).await;
        Some(names.map(|names| names.into_iter().map(Arc::from).collect()))
    }

    /// Says where state is kept.
    pub(super) fn place_of_state(&self) -> String {
        match (&self.location, &self.systems) {
            (Location::Directory(path), _) => path.display().to_string(),
            (Location::Cluster { client: _, namespace }, Systems::Real(connections)) => {
                let name = state_connection(&self.specs);
                let mut open = open(connections);
                let server =
                    open.find(|(open, _)| **open == name).map_or("its server", |(_, it)| it.server());
                format!("namespace {namespace} of connection `{name}` ({server})")
            }
            (Location::Closed { namespace, why: _ }, Systems::Real(_)) => {
                format!("namespace {namespace} of connection `{}`", state_connection(&self.specs))
            }
            (
                Location::Cluster { client: _, namespace } | Location::Closed { namespace, why: _ },
                Systems::Sandbox(_),
            ) => format!("namespace {namespace}"),
        }
    }
}

/// Answers every question by why the connection is closed.
pub(super) struct Silent(pub(super) Why);

impl Read for Silent {
    fn ask(&self, questions: Vec<Question>) -> BoxStream<'_, Answered> {
        let answer = |question| (question, Answer::Unreadable(self.0.clone()), clock::now());
        futures::stream::iter(questions).map(answer).boxed()
    }
}
