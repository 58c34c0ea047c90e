//! What each kind does to an object on its way into the store, and what it refuses.

use super::error::Invalid;
use super::kinds::KindInfo;
use super::object::{Stored, set_at, set_meta, texts};
use super::server::ApiServer;
use evenkeel_core::engine::value::{Map, Value};

/// Fills in what the server derives: generation, finalizers, allocated values.
pub(crate) fn prepare(after: &mut Value, old: Option<&Stored>, kind: &KindInfo, _server: &ApiServer) {
    if &*kind.served.kind == "Namespace" {
        prepare_namespace(after, old);
    }
    if has_generation(kind) {
        let before = old.map_or(0, Stored::generation);
        let moved = old.is_none_or(|old| old.body.get("spec") != after.get("spec"));
        set_meta(after, "generation", Value::from(before + i64::from(moved)));
    }
}

fn has_generation(kind: &KindInfo) -> bool {
    matches!(&*kind.served.kind, "Deployment" | "StatefulSet" | "ReplicaSet" | "CustomResourceDefinition")
}

fn prepare_namespace(after: &mut Value, old: Option<&Stored>) {
    if let Some(name) = after.at(&["metadata", "name"]).cloned() {
        set_at(after, &["metadata", "labels", "kubernetes.io/metadata.name"], name);
    }
    if old.is_none() {
        set_at(after, &["spec", "finalizers"], Value::List(vec![Value::from("kubernetes")]));
        set_at(after, &["status"], Value::Map(Map::from([("phase".to_owned(), Value::from("Active"))])));
    }
}

/// Tells whether nothing but metadata keeps a deleted object: a namespace has finalizers of its own.
pub(crate) fn may_go(stored: &Stored) -> bool {
    stored.body.get("kind").and_then(Value::as_text) != Some("Namespace")
        || texts(stored.body.at(&["spec", "finalizers"])).is_empty()
}

/// Returns what is wrong with an object.
pub(crate) fn validate(after: &Value, old: Option<&Stored>, kind: &KindInfo) -> Vec<Invalid> {
    let mut found = Vec::new();
    found.extend(name_trouble(after));
    if matches!(&*kind.served.kind, "ConfigMap" | "Secret") {
        found.extend(key_trouble(after));
        found.extend(frozen_data(after, old));
    }
    found
}

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const DATA_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

fn name_trouble(object: &Value) -> Option<Invalid> {
    let name = object.at(&["metadata", "name"])?;
    let text = name.as_text()?;
    let label = |label: &str| {
        let edge = |letter: Option<char>| {
            letter.is_some_and(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        };
        edge(label.chars().next())
            && edge(label.chars().last())
            && label.chars().all(|letter| edge(Some(letter)) || letter == '-')
    };
    (text.len() > 253 || !text.split('.').all(label))
        .then(|| Invalid::value("metadata.name", name, SUBDOMAIN))
}

fn key_trouble(object: &Value) -> Vec<Invalid> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let keys = object.get("data").and_then(Value::as_map).into_iter().flat_map(Map::keys);
    keys.filter(|key| key.is_empty() || !key.chars().all(known))
        .map(|key| Invalid::value(format!("data[{key}]"), &Value::from(key.as_str()), DATA_KEY))
        .collect()
}

/// `immutable: true` freezes data and itself.
fn frozen_data(after: &Value, old: Option<&Stored>) -> Vec<Invalid> {
    let Some(old) = old.filter(|old| old.body.get("immutable").and_then(Value::as_bool) == Some(true)) else {
        return Vec::new();
    };
    let fields = ["immutable", "data", "binaryData"].into_iter();
    fields
        .filter(|field| old.body.get(field) != after.get(field))
        .map(|field| Invalid::forbidden(field, "field is immutable when `immutable` is set"))
        .collect()
}
