//! A live Secret as a `ManagedSecret`: every key refers to the Secret itself, so its text stays where it is.
//!
//! Only the names of keys are looked at; texts became digests before they came here.

use super::look::Order;
use crate::documents::metadata::API_VERSION;
use crate::engine::id::ResourceId;
use crate::engine::value::{Map, Value};

/// Returns the document, and what a reader should know of it.
pub(super) fn managed(id: &ResourceId, live: &Value, order: &Order) -> (Value, Vec<String>) {
    let keys: Vec<&String> =
        live.get("data").and_then(Value::as_map).into_iter().flat_map(Map::keys).collect();
    let data = keys.iter().map(|key| ((*key).clone(), of_itself(id, key)));
    let mut target = Map::from([("name".to_owned(), Value::from(&*id.name))]);
    target.extend(id.namespace.as_deref().map(|namespace| ("namespace".to_owned(), Value::from(namespace))));
    if !id.connection.is_default() {
        target.insert("connection".to_owned(), Value::from(order.connection.as_str()));
    }
    let mut spec = Map::from([
        ("target".to_owned(), Value::Map(target)),
        ("data".to_owned(), Value::Map(data.collect())),
    ]);
    let of_type = live.get("type").and_then(Value::as_text).filter(|of_type| *of_type != "Opaque");
    spec.extend(of_type.map(|of_type| ("type".to_owned(), Value::from(of_type))));
    let document = Map::from([
        ("apiVersion".to_owned(), Value::from(API_VERSION)),
        ("kind".to_owned(), Value::from("ManagedSecret")),
        (
            "metadata".to_owned(),
            Value::Map(Map::from([("name".to_owned(), Value::from(document_name(id, order)))])),
        ),
        ("spec".to_owned(), Value::Map(spec)),
    ]);
    (Value::Map(document), notes(id, &keys))
}

/// Documents have no namespace of their own, so two Secrets of one name need two names.
fn document_name(id: &ResourceId, order: &Order) -> String {
    match (order.namespaces.len(), &id.namespace) {
        (2.., Some(namespace)) => format!("{namespace}.{}", id.name),
        _ => id.name.to_string(),
    }
}

fn of_itself(id: &ResourceId, key: &str) -> Value {
    let source = [("name".to_owned(), Value::from(&*id.name)), ("key".to_owned(), Value::from(key))];
    Value::Map(Map::from([("fromSecret".to_owned(), Value::Map(Map::from(source)))]))
}

fn notes(id: &ResourceId, keys: &[&String]) -> Vec<String> {
    let mut notes = vec!["the text stays where it is: each key refers to the live Secret itself".to_owned()];
    if let Some(key) = keys.first() {
        notes.push(format!("to take it from CI instead: {key}: {{fromEnv: {}}}", variable(id, key)));
    }
    notes
}

fn variable(id: &ResourceId, key: &str) -> String {
    let name = format!("{}_{key}", id.name);
    name.chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' })
        .collect()
}
