//! What an API server says of itself and of us: its version and clock, whom it takes us for, what we may do.
//!
//! The reviews are POSTs that keep nothing: the server answers them and forgets.

use super::addresses;
use super::connect::Connection;
use super::list;
use super::reply::{why, why_silent};
use crate::backend::http::{Call, Http, JSON, Reply};
use crate::clock;
use evenkeel_core::engine::preflight::Presence;
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
        Self { http: Http::new(connection.client.clone(), connection.deadline) }
    }

    /// Asks for version and time.
    pub async fn answering(&self) -> Result<Answering, Why> {
        let sent = clock::now();
        let reply = self.exchange("GET /version", Call::get("/version")).await?;
        let ours = sent + clock::now().duration_since(sent) / 2;
        let date = reply.date.as_deref().and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        let version = version("GET /version", &reply.body)?;
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
        let (resource, part) = object
            .plural
            .split_once('/')
            .map_or((&*object.plural, None), |(plural, part)| (plural, Some(part)));
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {
                "verb": verb.as_str(), "group": object.group, "resource": resource,
                "subresource": part, "namespace": object.namespace, "name": object.name,
            }},
        });
        let review = self.review(ACCESS, &body).await?;
        verdict(&review)
    }

    /// Reads the quotas of a namespace.
    pub async fn quotas(&self, namespace: &str) -> Result<Vec<Value>, Why> {
        let path = format!("/api/v1/namespaces/{}/resourcequotas", addresses::escape(namespace));
        let what = format!("GET {path}");
        let reply = self.exchange(&what, Call::get(&path)).await?;
        list::read(&reply.body, |quota| quota).map_err(|error| garbled(&what, &error.to_string()))
    }

    /// Asks whether a namespace is there.
    pub async fn namespace(&self, name: &str) -> Result<Presence, Why> {
        let path = format!("/api/v1/namespaces/{}", addresses::escape(name));
        let what = format!("GET {path}");
        let call = Call::get(&path);
        let reply = self.http.exchange(call).await.map_err(|silence| why_silent(&what, &silence))?;
        presence(&what, &reply)
    }

    async fn review(&self, path: &str, body: &serde_json::Value) -> Result<Value, Why> {
        let what = format!("POST {path}");
        let content = Some((JSON, body.to_string().into_bytes()));
        let call = Call { method: Method::POST, path, accept: JSON, content };
        parsed(&what, &self.exchange(&what, call).await?.body)
    }

    async fn exchange(&self, what: &str, call: Call<'_>) -> Result<Reply, Why> {
        let reply = self.http.exchange(call).await.map_err(|silence| why_silent(what, &silence))?;
        if matches!(reply.code, 200 | 201) { Ok(reply) } else { Err(why(what, &reply)) }
    }
}

fn presence(what: &str, reply: &Reply) -> Result<Presence, Why> {
    match reply.code {
        200 => {
            let found = parsed(what, &reply.body)?;
            let is_one = found.get("kind").and_then(Value::as_text) == Some("Namespace");
            if is_one {
                Ok(Presence::There)
            } else {
                Err(garbled(what, "a namespace was asked for and something else was answered"))
            }
        }
        _ if reply.is_not_found() => Ok(Presence::Missing),
        _ => Err(why(what, reply)),
    }
}

fn version(what: &str, body: &[u8]) -> Result<String, Why> {
    let version = parsed(what, body)?;
    let version = version.get("gitVersion").and_then(Value::as_text).filter(|version| !version.is_empty());
    version.map(str::to_owned).ok_or_else(|| garbled(what, "no version is named in the answer"))
}

/// An authorizer that broke down says no as well: that is no answer.
fn verdict(review: &Value) -> Result<bool, Why> {
    let allowed = review.at(&["status", "allowed"]).and_then(Value::as_bool);
    let error = review.at(&["status", "evaluationError"]).and_then(Value::as_text);
    match (allowed, error.filter(|error| !error.is_empty())) {
        (Some(true), _) => Ok(true),
        (Some(false), Some(error)) => {
            Err(Why { trouble: Trouble::Unavailable, message: format!("POST {ACCESS}: {error}") })
        }
        (Some(false), None) => Ok(false),
        (None, _) => Err(garbled(ACCESS, "the answer says neither yes nor no")),
    }
}

fn parsed(what: &str, body: &[u8]) -> Result<Value, Why> {
    serde_json::from_slice(body).map_err(|error| garbled(what, &error.to_string()))
}

fn garbled(what: &str, words: &str) -> Why {
    Why { trouble: Trouble::Garbled, message: format!("{what}: {words}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, body: &str) -> Reply {
        Reply { code, body: body.as_bytes().to_vec(), date: None }
    }

    fn trouble<T>(answer: Result<T, Why>) -> Option<Trouble> {
        answer.err().map(|why| why.trouble)
    }

    #[test]
    fn an_answer_without_a_version_is_garbled() {
        assert_eq!(trouble(version("GET /version", b"{}")), Some(Trouble::Garbled));
        assert_eq!(version("GET /version", br#"{"gitVersion": "v1.36.2"}"#).expect("it is named"), "v1.36.2");
    }

    #[test]
    fn a_namespace_is_missing_only_if_the_server_itself_says_so() {
        let what = "GET /api/v1/namespaces/graph";
        assert_eq!(presence(what, &reply(200, r#"{"kind": "Namespace"}"#)).ok(), Some(Presence::There));
        assert_eq!(presence(what, &reply(404, r#"{"reason": "NotFound"}"#)).ok(), Some(Presence::Missing));
        assert_eq!(trouble(presence(what, &reply(404, "a proxy's page"))), Some(Trouble::Garbled));
        assert_eq!(trouble(presence(what, &reply(200, "{}"))), Some(Trouble::Garbled));
        assert_eq!(trouble(presence(what, &reply(403, "{}"))), Some(Trouble::Forbidden));
    }

    #[test]
    fn a_no_of_an_authorizer_that_broke_down_is_no_answer() {
        let told = |status: serde_json::Value| {
            verdict(&serde_json::from_value(json!({"status": status})).expect("JSON is a value"))
        };
        assert_eq!(told(json!({"allowed": false})).ok(), Some(false));
        assert_eq!(told(json!({"allowed": true, "evaluationError": "a role is gone"})).ok(), Some(true));
        let broken =
            told(json!({"allowed": false, "evaluationError": "webhook: no answer"})).expect_err("no answer");
        assert_eq!(broken.trouble, Trouble::Unavailable);
        assert!(broken.message.contains("webhook: no answer"), "{}", broken.message);
        assert_eq!(trouble(told(json!({}))), Some(Trouble::Garbled));
    }
}
