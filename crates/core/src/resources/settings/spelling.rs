//! When two spellings of a setting mean the same, so that neither a habit of Git nor one of the system is drift.

use super::value_type::{ValueType, canonical};
use crate::engine::id::{ResourceId, System};
use crate::engine::path::{Path, Segment};
use crate::engine::value::{Map, Value};
use crate::resources::{connect, kafka, neo4j};
use std::borrow::Cow;
use std::sync::Arc;

/// How the settings of one resource are spelt.
#[derive(Clone, Debug)]
pub(super) enum Spelling {
    /// As Kafka reads them.
    Kafka,
    /// As Neo4j reads them.
    Neo4j,
    /// As this class of connectors reads them.
    Connector(Arc<str>),
}

impl Spelling {
    pub(super) fn of(id: &ResourceId, wanted: &Value) -> Self {
        match id.system {
            System::Connect => {
                let class = wanted.at(&["config", "connector.class"]).and_then(Value::as_text);
                Self::Connector(Arc::from(class.unwrap_or_default()))
            }
            System::Neo4j => Self::Neo4j,
            System::Kafka | System::Kubernetes => Self::Kafka,
        }
    }

    /// Tells whether both mean the same to the system that reads them.
    pub(super) fn is_same(&self, path: &Path, one: &Value, other: &Value) -> bool {
        if one == other {
            return true;
        }
        match (one, other) {
            (Value::List(one), Value::List(other)) => sorted(one) == sorted(other),
            (Value::Map(_) | Value::List(_), _) | (_, Value::Map(_) | Value::List(_)) => false,
            _ => {
                let value_type = self.value_type(path);
                let words = |value| text(value).map(|text| canonical(value_type, &text).into_owned());
                words(one).is_some_and(|one| Some(one) == words(other))
            }
        }
    }

    /// Returns what holds at the wanted places where nobody sets it, as far as the class of a connector says.
    pub(super) fn defaults(&self, wanted: &Value) -> Value {
        let (Self::Connector(class), Some(Value::Map(config))) = (self, wanted.get("config")) else {
            return Value::Null;
        };
        let known = config
            .keys()
            .filter_map(|key| Some((key.clone(), Value::from(connect::default_of(class, key)?))));
        Value::Map(Map::from([("config".to_owned(), Value::Map(known.collect()))]))
    }

    fn value_type(&self, path: &Path) -> ValueType {
        let [Segment::Field(place), Segment::Field(key)] = path.0.as_slice() else { return ValueType::Text };
        match self {
            _ if &**place != "config" => ValueType::Text,
            Self::Kafka => kafka::value_type(key),
            Self::Neo4j => neo4j::value_type(key),
            Self::Connector(class) => connect::value_type(class, key),
        }
    }
}

/// Tells whether a system hides a value behind a mask: stars, bullets, or `[hidden]`.
#[must_use]
pub fn is_masked(value: &Value) -> bool {
    value.as_text().is_some_and(is_mask)
}

/// Tells whether a text is such a mask.
#[must_use]
pub fn is_mask(text: &str) -> bool {
    text == "[hidden]"
        || (text.chars().count() >= 4 && text.chars().all(|letter| matches!(letter, '*' | '•')))
}

/// Systems keep texts; Git may say the same as a number or a truth value.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(value) => Some(Cow::Owned(value.to_string())),
        Value::Null | Value::List(_) | Value::Map(_) => None,
        Value::Output(_) | Value::Secret(_) | Value::Opaque(_) => None,
    }
}

fn sorted(items: &[Value]) -> Vec<&Value> {
    let mut items: Vec<&Value> = items.iter().collect();
    items.sort();
    items.dedup();
    items
}
