//! CRDs: named after what they define, and remembering what they stored.

use super::{Prepare, text_at};
use crate::kubernetes::error::Invalid;
use crate::kubernetes::object::{Stored, set_at};
use evenkeel_core::engine::value::Value;

pub(super) fn prepare(write: &mut Prepare<'_>) {
    if write.old.is_some() {
        return;
    }
    let versions = write.after.at(&["spec", "versions"]).and_then(Value::as_list).unwrap_or_default();
    let stored =
        versions.iter().filter(|version| version.get("storage").and_then(Value::as_bool) == Some(true));
    let stored: Vec<Value> = stored.filter_map(|version| version.get("name").cloned()).collect();
    set_at(write.after, &["status", "storedVersions"], Value::List(stored));
}

pub(super) fn validate(after: &Value, old: Option<&Stored>) -> Vec<Invalid> {
    let mut found = Vec::new();
    let called =
        format!("{}.{}", text_at(after, &["spec", "names", "plural"]), text_at(after, &["spec", "group"]));
    if text_at(after, &["metadata", "name"]) != called {
        let name = after.at(&["metadata", "name"]).cloned().unwrap_or_default();
        found.push(Invalid::value("metadata.name", &name, "must be spec.names.plural+\".\"+spec.group"));
    }
    for field in ["group", "scope"] {
        let (now, path) = (after.at(&["spec", field]), format!("spec.{field}"));
        if now.is_none() {
            found.push(Invalid::required(&path, ""));
        } else if old.is_some_and(|old| old.body.at(&["spec", field]) != now) {
            found.push(Invalid::value(path, now.unwrap_or(&Value::Null), "field is immutable"));
        }
    }
    let versions = after.at(&["spec", "versions"]).and_then(Value::as_list).unwrap_or_default();
    let storing =
        versions.iter().filter(|version| version.get("storage").and_then(Value::as_bool) == Some(true));
    if storing.count() != 1 {
        let versions = after.at(&["spec", "versions"]).cloned().unwrap_or_default();
        found.push(Invalid::value(
            "spec.versions",
            &versions,
            "must have exactly one version marked as storage version",
        ));
    }
    found
}
