//! Ownership that changes hands while no value does: other tools' entries become ours, and ours go with our label.
//!
//! Both are one JSON patch that tests what was read: the incarnation that the plan saw, in the version of a moment ago.

use super::reply::{Words, why, why_silent};
use super::{Kubernetes, addresses};
use crate::backend::http::{Call, JSON, JSON_PATCH};
use evenkeel_core::engine::apply::{Precondition, Sending};
use evenkeel_core::engine::id::Uid;
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::{ServedKind, Trouble, Why};
use evenkeel_core::engine::step::{Outcome, Receipt, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::kubernetes::{MARKER, Marker, hand_over, release};
use http::Method;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// An object as it was read a moment ago, where it is, and what is done to it.
struct Turn<'a> {
    what: String,
    url: String,
    sending: &'a Sending,
    live: Value,
}

impl Kubernetes {
    /// Hands other tools' ownership to ours, under the version that was read.
    pub(super) async fn migrate(
        &self,
        kind: &ServedKind,
        sending: &Sending,
        (managers, left): (&[Arc<str>], &[Path]),
    ) -> Outcome {
        let form = self.reading.forms.get(&sending.address);
        let Some(form) = form.and_then(|form| form.normal.kubernetes()) else {
            let message = format!("{} is not wanted any more", sending.address);
            return Outcome::Refused(Why { trouble: Trouble::Garbled, message });
        };
        let turn = match self.turn("migrate the field ownership of", kind, sending).await {
            Ok(turn) => turn,
            Err(outcome) => return outcome,
        };
        let entries = turn.live.at(&["metadata", "managedFields"]).and_then(Value::as_list);
        let handed = hand_over(entries.unwrap_or_default(), managers, left, form);
        self.patch(&turn, vec![json!({"op": "add", "path": "/metadata/managedFields", "value": handed})])
            .await
    }

    /// Lets go of an object: our label and our entry go in one patch, under the version that was read.
    pub(super) async fn release(&self, kind: &ServedKind, sending: &Sending, environment: &str) -> Outcome {
        let turn = match self.turn("let go of", kind, sending).await {
            Ok(turn) => turn,
            Err(outcome) => return outcome,
        };
        let Some(released) = release(&turn.live, environment) else {
            // Another environment has it by now: nothing on it is ours.
            return Outcome::Done(Receipt { uid: uid(&turn.live), ..Receipt::default() });
        };
        let mut operations =
            vec![json!({"op": "add", "path": "/metadata/managedFields", "value": released.entries})];
        if released.marker == Marker::Carried {
            let path = format!("/metadata/labels/{}", MARKER.replace('~', "~0").replace('/', "~1"));
            operations.push(json!({"op": "remove", "path": path}));
        }
        self.patch(&turn, operations).await
    }

    /// Reads the incarnation that the step is about; another one is nobody's to touch.
    async fn turn<'a>(
        &self,
        what: &str,
        kind: &ServedKind,
        sending: &'a Sending,
    ) -> Result<Turn<'a>, Outcome> {
        let what = format!("{what} {}", sending.address);
        let url = addresses::object(kind, sending.address.namespace.as_deref(), &sending.address.name);
        let Precondition::Version(expected, _) = &sending.precondition else {
            return Err(Outcome::Stale(None));
        };
        let live = self.live(&url).await.map_err(Outcome::Refused)?.ok_or(Outcome::Stale(None))?;
        if uid(&live).as_ref() != Some(expected) {
            return Err(Outcome::Stale(None));
        }
        Ok(Turn { what, url, sending, live })
    }

    /// Returns an object with the records that the server keeps of it, if there is one.
    async fn live(&self, url: &str) -> Result<Option<Value>, Why> {
        let what = format!("GET {url}");
        let reply = self.http.read(Call::get(url)).await.map_err(|silence| why_silent(&what, &silence))?;
        match reply.code {
            _ if reply.is_not_found() => Ok(None),
            200 => {
                let garbled = |error: serde_json::Error| Why {
                    trouble: Trouble::Garbled,
                    message: format!("{what}: {error}"),
                };
                serde_json::from_slice(&reply.body).map(Some).map_err(garbled)
            }
            _ => Err(why(&what, &reply)),
        }
    }

    /// Sends one JSON patch that changes no value which anybody manages.
    async fn patch(&self, turn: &Turn<'_>, operations: Vec<Json>) -> Outcome {
        let Turn { what, url, sending, live } = turn;
        let tests = [
            json!({"op": "test", "path": "/metadata/uid", "value": text(live, "uid")}),
            json!({"op": "test", "path": "/metadata/resourceVersion", "value": text(live, "resourceVersion")}),
        ];
        let operations: Vec<Json> = tests.into_iter().chain(operations).collect();
        let content = Some((JSON_PATCH, json!(operations).to_string().into_bytes()));
        let path = format!("{url}?{}", self.http.timeout());
        match self.http.exchange(Call { method: Method::PATCH, path: &path, accept: JSON, content }).await {
            // A test that fails is told like anything else that is wrong with a patch.
            Ok(reply) if reply.code == 422 && self.has_moved(turn).await => Outcome::Stale(None),
            Ok(reply) => {
                self.outcome_of_apply(what, &sending.address, (WriteMode::Own, Words::Quoted), &reply)
            }
            Err(silence) => Outcome::Unknown(why_silent(what, &silence)),
        }
    }

    /// Tells whether an object is no longer what was tested for.
    async fn has_moved(&self, turn: &Turn<'_>) -> bool {
        let tested =
            |of: &Value| [text(of, "uid"), text(of, "resourceVersion")].map(|it| it.map(str::to_owned));
        match self.live(&turn.url).await {
            Ok(Some(now)) => tested(&now) != tested(&turn.live),
            Ok(None) => true,
            Err(_) => false,
        }
    }
}

fn uid(live: &Value) -> Option<Uid> {
    text(live, "uid").map(Uid::new)
}

fn text<'a>(live: &'a Value, field: &str) -> Option<&'a str> {
    live.at(&["metadata", field]).and_then(Value::as_text)
}
