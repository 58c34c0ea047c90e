//! A Secret that is its own source: its text stays where it is, and is lost once it is gone from there.

use super::normal::Normal;
use crate::engine::value::{SecretRef, SecretSource, Value};

/// Returns which keys of a Secret are their own source and cannot be read there: nobody else has their text.
#[must_use]
pub fn lost_sources(wanted: &Normal) -> Vec<&str> {
    let data = wanted.value.get("data").and_then(Value::as_map);
    let lost = data.into_iter().flatten().filter(|(key, value)| match value {
        Value::Secret(secret) => secret.digest.is_none() && is_itself(secret, key, wanted),
        _ => false,
    });
    lost.map(|(key, _)| key.as_str()).collect()
}

fn is_itself(secret: &SecretRef, of: &str, wanted: &Normal) -> bool {
    let SecretSource::FromSecret { connection, namespace, name, key } = &secret.source else { return false };
    wanted.id.kind.as_str() == "Secret"
        && wanted.id.connection.as_str() == connection
        && wanted.id.namespace.as_deref() == Some(namespace)
        && *wanted.id.name == **name
        && key == of
}
