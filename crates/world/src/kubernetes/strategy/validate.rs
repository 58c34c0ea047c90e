//! Rules that several kinds share: names, keys of data, frozen data.

use super::text_at;
use crate::kubernetes::error::Invalid;
use crate::kubernetes::object::Stored;
use evenkeel_core::engine::value::{Map, Value};

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const DATA_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/// Names are DNS subdomains.
pub(super) fn name(object: &Value) -> Option<Invalid> {
    subdomain("metadata.name", object.at(&["metadata", "name"])?)
}

/// Returns a name that is no DNS subdomain.
pub(super) fn subdomain(field: &str, name: &Value) -> Option<Invalid> {
    let text = name.as_text()?;
    let edge = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let label = |label: &str| {
        label.starts_with(edge)
            && label.ends_with(edge)
            && label.chars().all(|letter| edge(letter) || letter == '-')
    };
    let valid = text.len() <= 253 && text.split('.').all(label);
    (!valid).then(|| Invalid::value(field, name, SUBDOMAIN))
}

/// Keys of data, `immutable`, and the type of a Secret.
pub(super) fn data(after: &Value, old: Option<&Stored>) -> Vec<Invalid> {
    let mut found = keys(after);
    found.extend(old.into_iter().flat_map(|old| frozen(after, &old.body)));
    found
}

fn keys(object: &Value) -> Vec<Invalid> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let keys = object.get("data").and_then(Value::as_map).into_iter().flat_map(Map::keys);
    keys.filter(|key| key.is_empty() || !key.chars().all(known))
        .map(|key| Invalid::value(format!("data[{key}]"), &Value::from(key.as_str()), DATA_KEY))
        .collect()
}

fn frozen(after: &Value, before: &Value) -> Vec<Invalid> {
    let mut found = Vec::new();
    if text_at(after, &["type"]) != text_at(before, &["type"]) {
        found.push(Invalid::value("type", &Value::from(text_at(after, &["type"])), "field is immutable"));
    }
    if before.get("immutable").and_then(Value::as_bool) == Some(true) {
        let fields = ["immutable", "data", "binaryData"].into_iter();
        let moved = fields.filter(|field| before.get(field) != after.get(field));
        found.extend(
            moved.map(|field| Invalid::forbidden(field, "field is immutable when `immutable` is set")),
        );
    }
    found
}

/// An autoscaler has bounds, and what it scales has a version, a kind and a name.
pub(super) fn autoscaler(object: &Value) -> Vec<Invalid> {
    let text = |field: &str| text_at(object, &["spec", "scaleTargetRef", field]);
    let mut found = Vec::new();
    let most = object.at(&["spec", "maxReplicas"]).and_then(Value::as_integer).unwrap_or(0);
    if most < 1 {
        found.push(Invalid::required("spec.maxReplicas", ""));
    }
    let least = object.at(&["spec", "minReplicas"]).and_then(Value::as_integer).unwrap_or(1);
    if most < least {
        let detail = "must be greater than or equal to `minReplicas`";
        found.push(Invalid::value("spec.maxReplicas", &Value::from(most), detail));
    }
    if text("apiVersion").is_empty() {
        let detail = "must specify a scale target";
        found.push(Invalid::value("spec.scaleTargetRef.apiVersion", &Value::from(""), detail));
    }
    for field in ["kind", "name"] {
        if text(field).is_empty() {
            found.push(Invalid::required(format!("spec.scaleTargetRef.{field}"), ""));
        }
    }
    found
}
