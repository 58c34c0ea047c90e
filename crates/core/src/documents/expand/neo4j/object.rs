//! One object on its way: its kind, its name, and what it says.

use crate::engine::value::{Map, Value};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// An object of Kubernetes, its namespace apart.
pub(super) struct Object {
    pub api_version: &'static str,
    pub kind: &'static str,
    pub name: String,
    pub says: Map,
}

impl Object {
    pub(super) fn new(api_version: &'static str, kind: &'static str, name: &str) -> Self {
        let head = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}});
        let says = value(head).as_map().cloned().unwrap_or_default();
        Self { api_version, kind, name: name.to_owned(), says }
    }

    /// Sets the labels.
    pub(super) fn labels(self, labels: BTreeMap<String, String>) -> Self {
        self.metadata("labels", labels)
    }

    /// Sets the annotations, if there are any.
    pub(super) fn annotations(self, annotations: &BTreeMap<String, String>) -> Self {
        if annotations.is_empty() { self } else { self.metadata("annotations", annotations.clone()) }
    }

    fn metadata(mut self, field: &str, entries: BTreeMap<String, String>) -> Self {
        let entries = entries.into_iter().map(|(key, text)| (key, Value::from(text))).collect();
        if let Some(metadata) = self.says.get_mut("metadata").and_then(Value::as_map_mut) {
            metadata.insert(field.to_owned(), Value::Map(entries));
        }
        self
    }

    /// Adds fields beside `metadata`; what is null is not written.
    pub(super) fn with(mut self, fields: Json) -> Self {
        if let Value::Map(fields) = value(fields) {
            self.says.extend(fields);
        }
        self
    }

    /// Adds `data`.
    pub(super) fn data(mut self, data: BTreeMap<String, String>) -> Self {
        let data = data.into_iter().map(|(key, text)| (key, Value::from(text))).collect();
        self.says.insert("data".to_owned(), Value::Map(data));
        self
    }
}

/// Reads JSON as configuration, without what is null: that is what was not written.
pub(super) fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::from(value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::from(number),
            None => Value::from(number.to_string()),
        },
        Json::String(text) => Value::from(text),
        Json::Array(items) => Value::List(items.into_iter().map(value).collect()),
        Json::Object(fields) => {
            let written = fields.into_iter().filter(|(_, field)| !field.is_null());
            Value::Map(written.map(|(key, field)| (key, value(field))).collect())
        }
    }
}
