//! Places inside a configuration, and how to find them again in another copy of it.

use super::value::{Map, Value};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// One step down into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Segment {
    /// The entry of a map.
    Field(Arc<str>),
    /// The item of a keyed list whose key fields have these values.
    Keyed(Map),
    /// The member of a set that equals this.
    Member(Value),
    /// The item of an ordered list, counted from 0.
    Index(usize),
}

/// A place inside a configuration, outermost segment first.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Path(pub Vec<Segment>);

impl Path {
    /// Returns the path of nested map entries.
    #[must_use]
    pub fn of(fields: &[&str]) -> Self {
        Self(fields.iter().map(|field| Segment::Field(Arc::from(*field))).collect())
    }

    /// Returns this path with one more segment.
    #[must_use]
    pub fn with(&self, segment: Segment) -> Self {
        let mut segments = Vec::with_capacity(self.0.len() + 1);
        segments.extend_from_slice(&self.0);
        segments.push(segment);
        Self(segments)
    }

    /// Returns what stands at this place of `root`, if anything does.
    #[must_use]
    pub fn find<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(root, |value, segment| segment.find(value))
    }

    /// Tells whether `other` is this place or lies inside it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }
}

impl Segment {
    fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match self {
            Self::Field(name) => value.get(name),
            Self::Keyed(keys) => value.as_list()?.iter().find(|item| has_keys(item, keys)),
            Self::Member(member) => value.as_list()?.iter().find(|item| *item == member),
            Self::Index(index) => value.as_list()?.get(*index),
        }
    }
}

fn has_keys(item: &Value, keys: &Map) -> bool {
    keys.iter().all(|(key, wanted)| item.get(key) == Some(wanted))
}

/// Written as people write it: `spec.template.spec.containers[app].image`, `data["tls.crt"]`, `ports[port=53,protocol=UDP]`.
impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Field(name) if name.contains(['.', '/', ' ', '[', ']']) => {
                    write!(out, "[\"{name}\"]")?;
                }
                Segment::Field(name) if index == 0 => out.write_str(name)?,
                Segment::Field(name) => write!(out, ".{name}")?,
                Segment::Keyed(keys) => write_keys(out, keys)?,
                Segment::Member(member) => write!(out, "[={}]", Scalar(member))?,
                Segment::Index(position) => write!(out, "[{position}]")?,
            }
        }
        Ok(())
    }
}

fn write_keys(out: &mut fmt::Formatter<'_>, keys: &Map) -> fmt::Result {
    if let (1, Some((_, value))) = (keys.len(), keys.iter().next()) {
        return write!(out, "[{}]", Scalar(value));
    }
    out.write_str("[")?;
    for (index, (key, value)) in keys.iter().enumerate() {
        write!(out, "{}{key}={}", if index == 0 { "" } else { "," }, Scalar(value))?;
    }
    out.write_str("]")
}

/// A key value as it stands in a path: text without quotes.
struct Scalar<'a>(&'a Value);

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Text(text) => out.write_str(text),
            Value::Number(number) => write!(out, "{number}"),
            Value::Bool(value) => write!(out, "{value}"),
            Value::Null => out.write_str("null"),
            Value::List(_) | Value::Map(_) => out.write_str("…"),
            Value::Output(_) | Value::Secret(_) | Value::Opaque(_) => out.write_str("(secret)"),
        }
    }
}
