//! Reads one object of an answer: the boundary at which secrets become digests.

use super::canonical::decode;
use super::normal::Normal;
use super::normalise::LAST_APPLIED;
use super::owners::Entries;
use super::remember::is_as_remembered;
use super::shape::Shape;
use crate::engine::fingerprint::DigestKey;
use crate::engine::id::{ConnectionName, Kind, ResourceId, System, Uid};
use crate::engine::ledger::Row;
use crate::engine::question::{ApiVersion, Body, Seen};
use crate::engine::value::{Map, Value};
use std::sync::Arc;

/// What annotations of ours begin with; none holds a secret.
const OURS: &str = "evenkeel.dev/";
/// Annotations that hold the name of an owner, and nothing else.
const OWNERS: [&str; 2] = ["meta.helm.sh/release-name", "argocd.argoproj.io/tracking-id"];

/// What the reader of an answer knows beforehand.
#[derive(Clone, Copy, Debug)]
pub struct Lens<'a> {
    /// Through which connection the answer came.
    pub connection: &'a ConnectionName,
    /// The key under which secrets are digested.
    pub key: &'a DigestKey,
    /// What is wanted of this object, what the ledger has of it, and how it is compared: then a body that is as
    /// remembered need not be kept.
    pub expected: Option<Expected<'a>>,
}

/// What is wanted and remembered of an object that is about to be read.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// What is wanted.
    pub wanted: &'a Normal,
    /// What the ledger has.
    pub row: Option<&'a Row>,
    /// How they are compared.
    pub shape: &'a Shape,
}

/// Why an answer is no Kubernetes object.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// It is no JSON.
    #[error("the answer is no JSON")]
    NoJson(#[source] serde_json::Error),
    /// It lacks what every object has.
    #[error("the answer has no `{0}`")]
    Lacks(&'static str),
}

/// Reads one object, digests what is secret in it, and keeps its body only where the ledger does not have it.
pub fn observe(row: &[u8], lens: &Lens<'_>) -> Result<Seen, ObserveError> {
    let value = serde_json::from_slice(row).map_err(ObserveError::NoJson)?;
    observe_value(value, lens)
}

/// Reads one object that was parsed already (the items of a list do not name their kind: the caller adds it).
pub fn observe_value(mut value: Value, lens: &Lens<'_>) -> Result<Seen, ObserveError> {
    let (id, uid, version) = identify(&value, lens.connection)?;
    conceal(&mut value, &id, lens);
    let remembered = lens.expected.is_some_and(|expected| is_expected(&expected, &uid, &value));
    let body = if remembered { Body::Remembered } else { Body::Whole(Arc::new(value)) };
    Ok(Seen { id, uid, version, body })
}

fn identify(value: &Value, connection: &ConnectionName) -> Result<(ResourceId, Uid, Arc<str>), ObserveError> {
    let text = |path: &[&str], name| value.at(path).and_then(Value::as_text).ok_or(ObserveError::Lacks(name));
    let api_version = ApiVersion::new(text(&["apiVersion"], "apiVersion")?);
    let id = ResourceId {
        system: System::Kubernetes,
        connection: connection.clone(),
        kind: Kind::kubernetes(api_version.group(), text(&["kind"], "kind")?),
        namespace: text(&["metadata", "namespace"], "namespace").ok().map(Arc::from),
        name: Arc::from(text(&["metadata", "name"], "metadata.name")?),
    };
    let uid = Uid::new(text(&["metadata", "uid"], "metadata.uid").unwrap_or_default());
    let version = text(&["metadata", "resourceVersion"], "metadata.resourceVersion").unwrap_or_default();
    Ok((id, uid, Arc::from(version)))
}

fn is_expected(expected: &Expected<'_>, uid: &Uid, live: &Value) -> bool {
    let Some(row) = expected.row else { return false };
    let terminating = live.at(&["metadata", "deletionTimestamp"]).is_some();
    row.uid == *uid
        && !terminating
        && !runs_another_template(live)
        && is_as_remembered(
            expected.wanted,
            live,
            Entries::of(live).ours.as_ref(),
            &row.remembered,
            expected.shape,
        )
}

/// Tells whether a `StatefulSet` that replaces no pod by itself has pods of another template than its own, or may have: as a
/// spec it is as we left it, and yet somebody has to see which pods those are.
fn runs_another_template(live: &Value) -> bool {
    let status = |name: &str| live.at(&["status", name]);
    live.at(&["spec", "updateStrategy", "type"]).and_then(Value::as_text) == Some("OnDelete")
        && (status("updatedReplicas") != status("replicas")
            || status("observedGeneration") != live.at(&["metadata", "generation"]))
}

/// Replaces secret texts by digests, but not those that Git itself has in plain text.
fn conceal(value: &mut Value, id: &ResourceId, lens: &Lens<'_>) {
    let Value::Map(root) = value else { return };
    if let Some(text) = entry(root, &["metadata", "annotations", LAST_APPLIED]) {
        digest(text, None, lens.key);
    }
    if id.kind.as_str() != "Secret" {
        return;
    }
    if let Some(Value::Map(annotations)) = entry(root, &["metadata", "annotations"]) {
        conceal_annotations(annotations, lens);
    }
    let wanted = lens.expected.and_then(|expected| expected.wanted.value.get("data"));
    for (place, spelt) in [("data", Spelling::Base64), ("stringData", Spelling::Plain)] {
        let Some(Value::Map(data)) = root.get_mut(place) else { continue };
        for (key, text) in data {
            let literal = wanted.and_then(|wanted| wanted.get(key));
            if literal.is_none() || literal != Some(text) {
                digest(text, Some(spelt), lens.key);
            }
        }
    }
}

/// Tools keep copies of what they applied in annotations of a Secret, texts and all: only what Git has as well is told,
/// and whose it is.
fn conceal_annotations(annotations: &mut Map, lens: &Lens<'_>) {
    let wanted = lens.expected.and_then(|expected| expected.wanted.value.at(&["metadata", "annotations"]));
    for (name, text) in annotations {
        let is_told = name.starts_with(OURS) || OWNERS.contains(&name.as_str());
        let is_in_git = wanted.and_then(|wanted| wanted.get(name)) == Some(text);
        if !is_told && !is_in_git && !matches!(text, Value::Opaque(_)) {
            digest(text, None, lens.key);
        }
    }
}

/// How a secret is spelt on the wire.
#[derive(Clone, Copy)]
enum Spelling {
    Base64,
    Plain,
}

fn digest(value: &mut Value, spelt: Option<Spelling>, key: &DigestKey) {
    let Some(text) = value.as_text() else {
        if *value != Value::Null {
            *value = Value::Opaque(key.digest(b""));
        }
        return;
    };
    let digest = match spelt {
        Some(Spelling::Base64) => match decode(text) {
            Some(bytes) => key.digest(&bytes),
            None => key.digest(text.as_bytes()),
        },
        Some(Spelling::Plain) | None => key.digest(text.as_bytes()),
    };
    *value = Value::Opaque(digest);
}

fn entry<'a>(map: &'a mut Map, path: &[&str]) -> Option<&'a mut Value> {
    let (first, rest) = path.split_first()?;
    let child = map.get_mut(*first)?;
    if rest.is_empty() { Some(child) } else { entry(child.as_map_mut()?, rest) }
}
