//! Servers to talk to: who we are is read when the first question is asked, and one request has one deadline.
//!
//! Answers are read by the code in them: the status of a database that is starting is that of a bad request, and a
//! success may carry an error.

use crate::backend::door::{Door, encoded, why_silent};
use crate::backend::http::{Call, Http, JSON, Reply};
use crate::secret::Sources;
use evenkeel_core::documents::credential::Namespaces;
use evenkeel_core::documents::neo4j::Neo4jConnection;
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::resources::neo4j::query::{Query, Refusal, Row, To, Unanswered};
use evenkeel_core::resources::neo4j::statements::Statement;
use http::Method;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Servers to talk to. Cheap to clone; all clones share their connections.
#[derive(Clone)]
pub struct Connection {
    spec: Arc<Neo4jConnection>,
    namespaces: Arc<Namespaces>,
    deadline: Duration,
    kept: Arc<Mutex<Kept>>,
}

/// What was learnt of the servers.
#[derive(Default)]
struct Kept {
    doors: BTreeMap<(String, Key), Http>,
    /// Who answered last: asked first the next time.
    last: Option<String>,
    /// Which password opened last.
    key: Key,
}

/// Which of two passwords: while ours is changed, nobody knows which one holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    #[default]
    Current,
    Next,
}

impl Key {
    fn other(self) -> Self {
        match self {
            Self::Current => Self::Next,
            Self::Next => Self::Current,
        }
    }
}

/// A server's answer, whatever its status.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answered {
    data: Data,
    errors: Vec<Told>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    fields: Vec<String>,
    values: Vec<Vec<Json>>,
}

#[derive(Deserialize)]
struct Told {
    code: String,
    message: String,
}

/// Why a statement was not carried out, as far as that is known.
pub(super) enum Failed {
    /// The request was not even made: a password cannot be read.
    NotSent(Why),
    /// Nothing came back, or nothing that makes sense. It may have had its effect all the same.
    Silence(Why),
    /// The server refuses it.
    Refused(Refusal),
}

impl From<Failed> for Unanswered {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::NotSent(why) | Failed::Silence(why) => Self::Failed(why),
            Failed::Refused(refusal) => Self::Refused(refusal),
        }
    }
}

impl Connection {
    /// Keeps how to reach servers; nothing is read or sent yet.
    #[must_use]
    pub fn new(spec: Neo4jConnection, namespaces: Namespaces, deadline: Duration) -> Self {
        Self { spec: Arc::new(spec), namespaces: Arc::new(namespaces), deadline, kept: Arc::default() }
    }

    /// Returns the deadline of one request.
    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Asks a statement that only reads of whom it is for; says who answered.
    pub(super) async fn ask(
        &self,
        sources: &Sources,
        query: &Query,
    ) -> (Option<String>, Result<Vec<Row>, Unanswered>) {
        let body = json!({"statement": query.statement, "accessMode": "READ"});
        let request = (&*query.database, &body);
        match &query.to {
            To::Server(server) => {
                (Some(server.to_string()), self.post(sources, server, request).await.map_err(Into::into))
            }
            To::Anyone => {
                let (server, answer) = self.post_to_anyone(sources, request).await;
                (server, answer.map_err(Into::into))
            }
        }
    }

    /// Sends a statement that changes something to whoever answered last. One that is nobody's leader did nothing, so
    /// that the next one is asked.
    pub(super) async fn change(&self, sources: &Sources, statement: &Statement) -> Result<Vec<Row>, Failed> {
        let body = json!({"statement": statement.text, "parameters": statement.parameters()});
        let mut refusal = None;
        for server in self.in_order().await {
            match self.post(sources, &server, (&statement.database, &body)).await {
                Err(Failed::Refused(refused)) if refused.is_of_no_leader() => {
                    refusal = Some(Failed::Refused(refused));
                }
                answer => return answer,
            }
        }
        Err(refusal.unwrap_or_else(|| Failed::NotSent(nobody())))
    }

    /// Goes from server to server until one answers, whatever it says.
    async fn post_to_anyone(
        &self,
        sources: &Sources,
        request: (&str, &Json),
    ) -> (Option<String>, Result<Vec<Row>, Failed>) {
        let mut silence = None;
        for server in self.in_order().await {
            match self.post(sources, &server, request).await {
                Err(Failed::Silence(why)) => silence = Some(silence.unwrap_or(why)),
                answer => {
                    self.kept.lock().await.last = Some(server.clone());
                    return (Some(server), answer);
                }
            }
        }
        (None, Err(Failed::Silence(silence.unwrap_or_else(nobody))))
    }

    /// Returns the servers, the one that answered last before all others.
    async fn in_order(&self) -> Vec<String> {
        let last = self.kept.lock().await.last.clone();
        let others = self.spec.servers.keys().filter(|server| last.as_ref() != Some(*server)).cloned();
        last.iter().cloned().chain(others).collect()
    }

    /// Sends a statement with the password that opened last; where that does not open, with the other one, if there is
    /// one. A server that does not let us in has done nothing.
    async fn post(
        &self,
        sources: &Sources,
        server: &str,
        request: (&str, &Json),
    ) -> Result<Vec<Row>, Failed> {
        let key = self.kept.lock().await.key;
        let answer = self.post_with(key, sources, server, request).await;
        let is_changed = self.spec.login.as_ref().is_some_and(|login| login.next.is_some());
        if !is_changed || !matches!(&answer, Err(Failed::Refused(refusal)) if refusal.is_of_login()) {
            return answer;
        }
        match self.post_with(key.other(), sources, server, request).await {
            // Neither opens: what the first one was told is told, as the other one may not be in use yet.
            Err(Failed::Refused(refusal)) if refusal.is_of_login() => answer,
            other => {
                self.kept.lock().await.key = key.other();
                other
            }
        }
    }

    async fn post_with(
        &self,
        key: Key,
        sources: &Sources,
        server: &str,
        (database, body): (&str, &Json),
    ) -> Result<Vec<Row>, Failed> {
        let http = self.http(sources, server, key).await.map_err(Failed::NotSent)?;
        let path = encoded("/db/", database, "/query/v2");
        let content = Some((JSON, body.to_string().into_bytes()));
        let call = Call { method: Method::POST, path: &path, accept: JSON, content };
        let what = format!("{server}: POST {path}");
        let reply = http.exchange(call).await;
        rows(&what, &reply.map_err(|silence| Failed::Silence(why_silent(&what, &silence)))?)
    }

    async fn http(&self, sources: &Sources, server: &str, key: Key) -> Result<Http, Why> {
        let mut kept = self.kept.lock().await;
        if let Some(http) = kept.doors.get(&(server.to_owned(), key)) {
            return Ok(http.clone());
        }
        let Some(url) = self.spec.servers.get(server) else {
            let message = format!("the specs have no server {server}");
            return Err(Why { trouble: Trouble::NotConfigured, message });
        };
        let login = self.spec.login.as_ref().map(|login| {
            let next = login.next.as_ref().filter(|_| key == Key::Next);
            (login.username.as_str(), next.unwrap_or(&login.password))
        });
        let door = Door { url, login, tls: self.spec.tls.as_ref() };
        let http = door.open(sources, &self.namespaces, self.deadline).await?;
        kept.doors.insert((server.to_owned(), key), http.clone());
        Ok(http)
    }
}

fn nobody() -> Why {
    Why { trouble: Trouble::NotConfigured, message: "the specs have no server".to_owned() }
}

/// Reads rows by the names of their columns; newer versions have more of them.
fn rows(what: &str, reply: &Reply) -> Result<Vec<Row>, Failed> {
    let Ok(answered) = serde_json::from_slice::<Answered>(&reply.body) else {
        return Err(Failed::Silence(nonsense(what, reply)));
    };
    if let Some(Told { code, message }) = answered.errors.into_iter().next() {
        return Err(Failed::Refused(Refusal { code, message }));
    }
    if !(200..300).contains(&reply.code) {
        return Err(Failed::Silence(nonsense(what, reply)));
    }
    let Data { fields, values } = answered.data;
    Ok(values.into_iter().map(|row| fields.iter().cloned().zip(row).collect()).collect())
}

/// Says that somebody answers who does not speak like Neo4j: something in between.
fn nonsense(what: &str, reply: &Reply) -> Why {
    let beginning: String = String::from_utf8_lossy(&reply.body).chars().take(200).collect();
    let trouble = if reply.code < 400 { Trouble::Garbled } else { Trouble::of_status(reply.code) };
    Why { trouble, message: format!("{what}: {} {beginning}", reply.code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, body: &str) -> Reply {
        Reply { code, body: body.as_bytes().to_vec(), date: None }
    }

    #[test]
    fn an_error_counts_also_where_the_status_is_that_of_a_success() {
        let told = r#"{"data": {"fields": ["x"], "values": [[1]]},
            "errors": [{"code": "Neo.ClientError.Statement.ArithmeticError", "message": "/ by zero"}]}"#;
        let Err(Failed::Refused(refusal)) = rows("asked", &reply(202, told)) else { panic!("it is refused") };
        assert_eq!(refusal.to_string(), "Neo.ClientError.Statement.ArithmeticError: / by zero");
    }

    #[test]
    fn a_database_that_is_starting_is_a_bad_request_by_its_status_and_passes_by_its_code() {
        let told =
            r#"{"errors": [{"code": "Neo.TransientError.General.DatabaseUnavailable", "message": "later"}]}"#;
        let Err(Failed::Refused(refusal)) = rows("asked", &reply(400, told)) else { panic!("it is refused") };
        assert_eq!(refusal.trouble(), Trouble::Unavailable);
    }

    #[test]
    fn what_something_in_between_answers_is_no_refusal_of_a_server() {
        for (code, body, trouble) in [
            (502, "<html>Bad Gateway</html>", Trouble::Unavailable),
            (403, "{}", Trouble::Forbidden),
            (200, "hello", Trouble::Garbled),
        ] {
            let Err(Failed::Silence(why)) = rows("asked", &reply(code, body)) else { panic!("{body}") };
            assert_eq!(why.trouble, trouble, "{body}");
        }
    }
}
