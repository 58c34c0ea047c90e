//! When two spellings of a setting mean the same, so that neither a habit of Git nor one of the system is drift.

use crate::engine::id::{ResourceId, System};
use crate::engine::path::{Path, Segment};
use crate::engine::value::Value;
use crate::resources::{connect, kafka};
use std::borrow::Cow;
use std::sync::Arc;

/// How the settings of one resource are spelt.
#[derive(Clone, Debug)]
pub(super) enum Spelling {
    /// As Kafka reads them.
    Kafka,
    /// As this class of connectors reads them.
    Connector(Arc<str>),
}

/// What a setting is, for whoever reads its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueType {
    /// Nothing is known of it: every character counts.
    Text,
    /// A number.
    Number,
    /// true or false, in any case.
    Bool,
    /// One word out of a few, in any case.
    Keyword,
    /// Words between commas, whose order says nothing.
    Set,
    /// Words between commas, in this order.
    List,
    /// A length of time, such as `60s`, `1m` or `1m30s`.
    Duration,
}

impl Spelling {
    pub(super) fn of(id: &ResourceId, wanted: &Value) -> Self {
        match id.system {
            System::Connect => {
                let class = wanted.at(&["config", "connector.class"]).and_then(Value::as_text);
                Self::Connector(Arc::from(class.unwrap_or_default()))
            }
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

    fn value_type(&self, path: &Path) -> ValueType {
        let [Segment::Field(place), Segment::Field(key)] = path.0.as_slice() else { return ValueType::Text };
        match self {
            _ if &**place != "config" => ValueType::Text,
            Self::Kafka => kafka::value_type(key),
            Self::Connector(class) => connect::value_type(class, key),
        }
    }
}

/// Tells whether a system hides a value behind a mask: stars, bullets, or `[hidden]`.
#[must_use]
pub fn is_masked(value: &Value) -> bool {
    let Some(text) = value.as_text() else { return false };
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

/// Returns the one spelling that stands for all that mean the same; what cannot be read stays as it is.
fn canonical(value_type: ValueType, text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    match value_type {
        ValueType::Text => Cow::Borrowed(text),
        ValueType::Number => match trimmed.parse::<i64>() {
            Ok(number) => Cow::Owned(number.to_string()),
            Err(_) => match trimmed.parse::<f64>() {
                Ok(number) => Cow::Owned(number.to_string()),
                Err(_) => Cow::Borrowed(text),
            },
        },
        ValueType::Bool | ValueType::Keyword => Cow::Owned(trimmed.to_ascii_lowercase()),
        ValueType::Set => {
            let mut words: Vec<&str> = words(trimmed).collect();
            words.sort_unstable();
            words.dedup();
            Cow::Owned(words.join(","))
        }
        ValueType::List => Cow::Owned(words(trimmed).collect::<Vec<_>>().join(",")),
        ValueType::Duration => match milliseconds(trimmed) {
            Some(milliseconds) => Cow::Owned(format!("{milliseconds}ms")),
            None => Cow::Borrowed(text),
        },
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// Reads `1m30s` and its like: numbers, each with `ms`, `s`, `m`, `h` or `d`.
fn milliseconds(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut sum = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        sum = sum.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[letters..];
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_mean_the_same_are_the_same() {
        for (value_type, one, other) in [
            (ValueType::Number, "0060", "60"),
            (ValueType::Bool, "True", "true"),
            (ValueType::Keyword, "earliest", "EARLIEST"),
            (ValueType::Set, "compact, delete", "delete,compact"),
            (ValueType::List, "a, b", "a,b"),
            (ValueType::Duration, "60s", "1m"),
            (ValueType::Duration, "1m30s", "90s"),
        ] {
            assert_eq!(canonical(value_type, one), canonical(value_type, other), "{one} and {other}");
        }
    }

    #[test]
    fn spellings_that_mean_something_else_stay_different() {
        for (value_type, one, other) in [
            (ValueType::Text, "a", "A"),
            (ValueType::Text, "1", "01"),
            (ValueType::List, "a,b", "b,a"),
            (ValueType::Duration, "60", "60s"),
            (ValueType::Duration, "1m", "1ms"),
            (ValueType::Number, "one", "1"),
        ] {
            assert_ne!(canonical(value_type, one), canonical(value_type, other), "{one} and {other}");
        }
    }
}
