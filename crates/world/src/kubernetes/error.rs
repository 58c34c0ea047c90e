//! What the server answers when it does not do what was asked: a `Status` with code, reason, message and causes.
//!
//! The texts are those of 1.36, as users and the shell's messages quote them.

use super::fields::server_text;
use super::object::ObjectKey;
use super::ownership::Conflict;
use evenkeel_core::engine::value::{Map, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The HTTP status.
    pub code: u16,
    /// The reason in one word; empty for failures that the server did not foresee.
    pub reason: String,
    /// The sentence.
    pub message: String,
    /// The details, field by field.
    pub causes: Vec<Cause>,
}

/// One detail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// What sort of trouble.
    pub reason: String,
    /// The sentence.
    pub message: String,
    /// Which field.
    pub field: String,
}

/// One thing that validation found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    pub(crate) reason: &'static str,
    pub(crate) field: String,
    pub(crate) message: String,
}

impl Invalid {
    pub(crate) fn required(field: impl Into<String>, detail: &str) -> Self {
        let message =
            if detail.is_empty() { "Required value".into() } else { format!("Required value: {detail}") };
        Self { reason: "FieldValueRequired", field: field.into(), message }
    }

    pub(crate) fn value(field: impl Into<String>, value: &Value, detail: &str) -> Self {
        let message = format!("Invalid value: {}: {detail}", shown(value));
        Self { reason: "FieldValueInvalid", field: field.into(), message }
    }

    pub(crate) fn duplicate(field: impl Into<String>, text: &str) -> Self {
        let message = format!("Duplicate value: {text:?}");
        Self { reason: "FieldValueDuplicate", field: field.into(), message }
    }

    pub(crate) fn not_found(field: impl Into<String>, text: &str) -> Self {
        Self { reason: "FieldValueNotFound", field: field.into(), message: format!("Not found: {text:?}") }
    }

    pub(crate) fn forbidden(field: impl Into<String>, detail: &str) -> Self {
        Self { reason: "FieldValueForbidden", field: field.into(), message: format!("Forbidden: {detail}") }
    }

    pub(crate) fn unsupported(field: impl Into<String>, value: &Value, supported: &[&str]) -> Self {
        let known: Vec<String> = supported.iter().map(|text| format!("{text:?}")).collect();
        let message = format!("Unsupported value: {}: supported values: {}", shown(value), known.join(", "));
        Self { reason: "FieldValueNotSupported", field: field.into(), message }
    }
}

fn shown(value: &Value) -> String {
    serde_json::to_string(value).expect("a value is always written")
}

impl ApiError {
    pub(crate) fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { code, reason: reason.to_owned(), message: message.into(), causes: Vec::new() }
    }

    pub(crate) fn not_found(key: &ObjectKey, plural: &str) -> Self {
        Self::new(404, "NotFound", format!("{plural} \"{}\" not found", key.name))
    }

    pub(crate) fn already_exists(key: &ObjectKey, plural: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{plural} \"{}\" already exists", key.name))
    }

    pub(crate) fn conflict(key: &ObjectKey, plural: &str, detail: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {plural} \"{}\": {detail}", key.name);
        Self::new(409, "Conflict", message)
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    /// 422 for a patch whose result its type cannot hold. It names neither kind nor name: seen on 1.36.
    pub(crate) fn unreadable_patch(object: &Value, why: &str) -> Self {
        let found = Invalid::value("patch", object, why);
        let message = format!("\"\" is invalid: patch: {}", found.message);
        let cause = Cause { reason: found.reason.to_owned(), message: found.message, field: found.field };
        Self { causes: vec![cause], ..Self::new(422, "Invalid", message) }
    }

    /// 422, with all that was found.
    pub(crate) fn invalid(key: &ObjectKey, called: &str, found: &[Invalid]) -> Self {
        let lines: Vec<String> = found.iter().map(|one| format!("{}: {}", one.field, one.message)).collect();
        let all = if lines.len() == 1 { lines.concat() } else { format!("[{}]", lines.join(", ")) };
        let message = format!("{called} \"{}\" is invalid: {all}", key.name);
        let causes = found.iter().map(|one| Cause {
            reason: one.reason.to_owned(),
            message: one.message.clone(),
            field: one.field.clone(),
        });
        Self { causes: causes.collect(), ..Self::new(422, "Invalid", message) }
    }

    /// 409, with each field and its other owner.
    pub(crate) fn owned_by_others(conflicts: &[Conflict]) -> Self {
        let mut by_owner: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for conflict in conflicts {
            by_owner.entry(conflict.sentence()).or_default().push(server_text(&conflict.path));
        }
        let message = if let [only] = conflicts {
            format!("Apply failed with 1 conflict: {}: {}", only.sentence(), server_text(&only.path))
        } else {
            let owners = by_owner.iter().map(|(sentence, paths)| {
                format!("{}:\n- {}", sentence.replacen("conflict", "conflicts", 1), paths.join("\n- "))
            });
            let owners: Vec<String> = owners.collect();
            format!("Apply failed with {} conflicts: {}", conflicts.len(), owners.join("\n"))
        };
        let causes = by_owner.iter().flat_map(|(sentence, paths)| {
            paths.iter().map(|path| Cause {
                reason: "FieldManagerConflict".to_owned(),
                message: sentence.clone(),
                field: path.clone(),
            })
        });
        Self { causes: causes.collect(), ..Self::new(409, "Conflict", message) }
    }

    /// Returns the `Status` object that the server sends.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let text = |text: &str| Value::from(text);
        let causes = self.causes.iter().map(|cause| {
            Value::Map(Map::from([
                ("reason".to_owned(), text(&cause.reason)),
                ("message".to_owned(), text(&cause.message)),
                ("field".to_owned(), text(&cause.field)),
            ]))
        });
        Value::Map(Map::from([
            ("apiVersion".to_owned(), text("v1")),
            ("kind".to_owned(), text("Status")),
            ("status".to_owned(), text("Failure")),
            ("code".to_owned(), Value::from(i64::from(self.code))),
            ("reason".to_owned(), text(&self.reason)),
            ("message".to_owned(), text(&self.message)),
            (
                "details".to_owned(),
                Value::Map(Map::from([("causes".to_owned(), Value::List(causes.collect()))])),
            ),
        ]))
    }
}
