//! Workers to talk to: who we are is read when the first question is asked, and one request has one deadline.

use crate::backend::door::{Door, encoded, why_silent};
use crate::backend::http::{Call, Http, JSON, Reply};
use crate::secret::Sources;
use evenkeel_core::documents::connect::cluster::ConnectClusterSpec;
use evenkeel_core::documents::credential::Namespaces;
use evenkeel_core::engine::question::{Trouble, Why};
use http::Method;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long to wait before asking again whether a rebalance is over.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Workers to talk to. Cheap to clone; all clones share their connections.
#[derive(Clone)]
pub struct Connection {
    spec: Arc<ConnectClusterSpec>,
    namespaces: Arc<Namespaces>,
    deadline: Duration,
    http: Arc<Mutex<Option<Http>>>,
}

/// What a worker says of an error.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Complaint {
    error_code: u16,
    message: String,
}

impl Connection {
    /// Keeps how to reach workers; nothing is read or sent yet.
    #[must_use]
    pub fn new(spec: ConnectClusterSpec, namespaces: Namespaces, deadline: Duration) -> Self {
        let (spec, namespaces) = (Arc::new(spec), Arc::new(namespaces));
        Self { spec, namespaces, deadline, http: Arc::default() }
    }

    /// Returns the deadline of one request.
    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Sends one request, and reads its whole reply.
    pub(super) async fn exchange(
        &self,
        sources: &Sources,
        (method, path): (Method, &str),
        body: Option<&serde_json::Value>,
    ) -> Result<Reply, NoAnswer> {
        let http = self.http(sources).await.map_err(NoAnswer::NotSent)?;
        let content = body.map(|body| (JSON, body.to_string().into_bytes()));
        let what = format!("{method} {path}");
        let call = Call { method, path, accept: JSON, content };
        http.exchange(call).await.map_err(|silence| NoAnswer::Silence(why_silent(&what, &silence)))
    }

    /// Reads a document; nothing if the worker itself says that there is none.
    ///
    /// While workers are about to share out their work they do not even tell what is there, so they are asked again.
    pub(super) async fn get(&self, sources: &Sources, path: &str) -> Result<Option<serde_json::Value>, Why> {
        let end = Instant::now() + self.deadline;
        loop {
            let reply = self.exchange(sources, (Method::GET, path), None).await.map_err(NoAnswer::why)?;
            if !is_before_rebalance(&reply) || Instant::now() + BETWEEN_LOOKS >= end {
                return document(path, &reply);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    async fn http(&self, sources: &Sources) -> Result<Http, Why> {
        let mut kept = self.http.lock().await;
        if let Some(http) = &*kept {
            return Ok(http.clone());
        }
        let login = self.spec.basic_auth.as_ref().map(|login| (login.username.as_str(), &login.password));
        let door = Door { url: &self.spec.url, login, tls: self.spec.tls.as_ref() };
        let http = door.open(sources, &self.namespaces, self.deadline).await?;
        Ok(kept.insert(http).clone())
    }
}

fn document(path: &str, reply: &Reply) -> Result<Option<serde_json::Value>, Why> {
    match reply.code {
        200 => match serde_json::from_slice(&reply.body) {
            Ok(document) => Ok(Some(document)),
            Err(error) => Err(Why { trouble: Trouble::Garbled, message: format!("GET {path}: {error}") }),
        },
        404 if is_the_workers_own(reply, 404) => Ok(None),
        _ => Err(why(&format!("GET {path}"), reply)),
    }
}

/// Tells whether workers are about to share out their work. To whoever reads they say so by a 500 (seen on 3.9.2, with
/// two dozen connectors made at once).
fn is_before_rebalance(reply: &Reply) -> bool {
    matches!(reply.code, 409 | 500)
        && is_the_workers_own(reply, reply.code)
        && words(reply).contains("rebalance")
}

/// Why there is no reply.
pub(super) enum NoAnswer {
    /// The request was not even made: a password cannot be read.
    NotSent(Why),
    /// Nothing came back. The request may have had its effect all the same.
    Silence(Why),
}

impl NoAnswer {
    /// Returns why, where it does not matter whether the request was made.
    pub(super) fn why(self) -> Why {
        match self {
            Self::NotSent(why) | Self::Silence(why) => why,
        }
    }
}

/// Tells a worker's own error from that of anything in between.
pub(super) fn is_the_workers_own(reply: &Reply, code: u16) -> bool {
    reply.code == code && complaint(reply).error_code == code
}

/// Returns the worker's words.
pub(super) fn words(reply: &Reply) -> String {
    let Complaint { error_code: _, message } = complaint(reply);
    message
}

fn complaint(reply: &Reply) -> Complaint {
    serde_json::from_slice(&reply.body).unwrap_or_else(|_| Complaint {
        message: String::from_utf8_lossy(&reply.body).chars().take(200).collect(),
        ..Complaint::default()
    })
}

/// Returns why a request failed, in the worker's words.
pub(super) fn why(what: &str, reply: &Reply) -> Why {
    why_in(what, reply, &words(reply))
}

/// Returns why a request failed, in words that were made of the worker's.
pub(super) fn why_in(what: &str, reply: &Reply, told: &str) -> Why {
    let trouble = match reply.code {
        401 => Trouble::Unauthorized,
        403 => Trouble::Forbidden,
        408 | 504 => Trouble::TimedOut,
        409 | 429 | 500..=599 => Trouble::Unavailable,
        _ => Trouble::Garbled,
    };
    Why { trouble, message: format!("{what}: {} {told}", reply.code) }
}

/// Returns the address of a connector.
pub(super) fn path(name: &str, below: &str) -> String {
    encoded("/connectors/", name, below)
}
