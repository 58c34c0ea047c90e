//! What an API server says of itself and of us: its version and clock, whom it takes us for, what we may do.
//!
//! The reviews are POSTs that keep nothing: the server answers them and forgets.

use super::addresses;
use super::connect::Connection;
use super::http::{Call, Http, JSON, Reply};
use super::reply::{why, why_silent};
use crate::clock;
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::rights::Right;
use evenkeel_core::engine::value::Value;
use http::Method;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::json;

const ACCESS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const WHO: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/// Asks one connection about itself and about us.
#[derive(Clone)]
pub struct Access {
    http: Http,
}

/// A server that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answering {
    /// Which version it is (`v1.36.2`).
    pub version: String,
    /// What its clock said, to the second, and what ours said in the middle of the exchange.
    pub clock: Option<(Timestamp, Timestamp)>,
}

impl Access {
    /// Returns what asks over this connection.
    #[must_use]
    pub fn over(connection: &Connection) -> Self {
        Self { http: Http::new(connection.clone()) }
    }

    /// Asks for version and time.
    pub async fn answering(&self) -> Result<Answering, Why> {
        let sent = clock::now();
        let reply = self.exchange("GET /version", Call::get("/version")).await?;
        let ours = sent + clock::now().duration_since(sent) / 2;
        let date = reply.date.as_deref().and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        let version = parsed("GET /version", &reply)?;
        let version = version.get("gitVersion").and_then(Value::as_text).unwrap_or_default().to_owned();
        Ok(Answering { version, clock: date.map(|theirs| (theirs, ours)) })
    }

    /// Asks whom the server takes us for.
    pub async fn who(&self) -> Result<String, Why> {
        let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let review = self.review(WHO, &body).await?;
        let name = review.at(&["status", "userInfo", "username"]).and_then(Value::as_text);
        name.map(str::to_owned).ok_or_else(|| garbled(WHO, "no user is named in the answer"))
    }

    /// Asks whether we may do this.
    pub async fn may(&self, right: &Right) -> Result<bool, Why> {
        let Right { object, verb } = right;
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {
                "verb": verb.as_str(), "group": object.group, "resource": object.plural,
                "namespace": object.namespace, "name": object.name,
            }},
        });
        let review = self.review(ACCESS, &body).await?;
        let allowed = review.at(&["status", "allowed"]).and_then(Value::as_bool);
        allowed.ok_or_else(|| garbled(ACCESS, "the answer says neither yes nor no"))
    }

    /// Reads the quotas of a namespace.
    pub async fn quotas(&self, namespace: &str) -> Result<Vec<Value>, Why> {
        let path = format!("/api/v1/namespaces/{}/resourcequotas", addresses::escape(namespace));
        let what = format!("GET {path}");
        let list = parsed(&what, &self.exchange(&what, Call::get(&path)).await?)?;
        Ok(list.get("items").and_then(Value::as_list).unwrap_or_default().to_vec())
    }

    async fn review(&self, path: &str, body: &serde_json::Value) -> Result<Value, Why> {
        let what = format!("POST {path}");
        let content = Some((JSON, body.to_string().into_bytes()));
        let call = Call { method: Method::POST, path, accept: JSON, content };
        parsed(&what, &self.exchange(&what, call).await?)
    }

    async fn exchange(&self, what: &str, call: Call<'_>) -> Result<Reply, Why> {
        let reply = self.http.exchange(call).await.map_err(|silence| why_silent(what, &silence))?;
        if matches!(reply.code, 200 | 201) { Ok(reply) } else { Err(why(what, &reply)) }
    }
}

fn parsed(what: &str, reply: &Reply) -> Result<Value, Why> {
    serde_json::from_slice(&reply.body).map_err(|error| garbled(what, &error.to_string()))
}

fn garbled(what: &str, words: &str) -> Why {
    Why { trouble: Trouble::Garbled, message: format!("{what}: {words}") }
}
