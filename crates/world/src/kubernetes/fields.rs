//! Sets of places in an object, as `managedFields` keeps them, and their text form `FieldsV1`.
//!
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/>: `f:` is an entry of a map, `k:` an item of a
//! keyed list, `v:` a member of a set, `i:` an item by position, and `.` the place itself.

use evenkeel_core::engine::path::{Path, Segment};
use evenkeel_core::engine::value::{Map, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A set of places, as a tree: each node may be a place of its own, have places below it, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet {
    pub(crate) member: bool,
    pub(crate) below: BTreeMap<Segment, Self>,
}

impl FieldSet {
    /// Returns the set that holds one place: where it is laid.
    #[must_use]
    pub fn leaf() -> Self {
        Self { member: true, below: BTreeMap::new() }
    }

    /// Returns the set that holds the place at the end of a path.
    #[must_use]
    pub fn at(path: &[Segment]) -> Self {
        path.iter().rev().fold(Self::leaf(), |below, segment| Self::default().with(segment.clone(), &below))
    }

    /// Returns the set that holds the place of nested map entries.
    pub(crate) fn of_names(path: &[&str]) -> Self {
        let path: Vec<Segment> = path.iter().map(|name| Segment::Field(Arc::from(*name))).collect();
        Self::at(&path)
    }

    /// Tells whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.member && self.below.is_empty()
    }

    /// Returns everything that is in either.
    #[must_use]
    pub fn union(mut self, other: &Self) -> Self {
        self.member |= other.member;
        for (segment, below) in &other.below {
            let mine = self.below.remove(segment).unwrap_or_default();
            self.below.insert(segment.clone(), mine.union(below));
        }
        self
    }

    /// Returns what is in this one and not in the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let below = self.below.iter().map(|(segment, mine)| match other.below.get(segment) {
            Some(theirs) => (segment.clone(), mine.minus(theirs)),
            None => (segment.clone(), mine.clone()),
        });
        Self {
            member: self.member && !other.member,
            below: below.filter(|(_, set)| !set.is_empty()).collect(),
        }
    }

    /// Returns what is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let below = self.below.iter().filter_map(|(segment, mine)| {
            let both = mine.and(other.below.get(segment)?);
            (!both.is_empty()).then(|| (segment.clone(), both))
        });
        Self { member: self.member && other.member, below: below.collect() }
    }

    /// Tells whether a place of nested map entries is in it.
    pub(crate) fn holds(&self, path: &[&str]) -> bool {
        match path.split_first() {
            None => self.member,
            Some((first, rest)) => {
                self.below.get(&Segment::Field(Arc::from(*first))).is_some_and(|below| below.holds(rest))
            }
        }
    }

    /// Returns this set without the places named and everything below them.
    #[must_use]
    pub fn without(mut self, path: &[&str]) -> Self {
        if let Some((first, rest)) = path.split_first() {
            let segment = Segment::Field(Arc::from(*first));
            if rest.is_empty() {
                self.below.remove(&segment);
            } else if let Some(below) = self.below.remove(&segment) {
                self = self.with(segment, &below.without(rest));
            }
        }
        self
    }

    /// Returns this set with everything of `below` laid under `segment`.
    #[must_use]
    pub(crate) fn with(mut self, segment: Segment, below: &Self) -> Self {
        if !below.is_empty() {
            let mine = self.below.remove(&segment).unwrap_or_default();
            self.below.insert(segment, mine.union(below));
        }
        self
    }

    /// Returns the places in order, outer ones before those inside them.
    #[must_use]
    pub fn places(&self) -> Vec<Path> {
        let mut places = Vec::new();
        self.collect(&Path::default(), &mut places);
        places
    }

    fn collect(&self, here: &Path, places: &mut Vec<Path>) {
        if self.member {
            places.push(here.clone());
        }
        for (segment, below) in &self.below {
            below.collect(&here.with(segment.clone()), places);
        }
    }

    /// Returns the set as `fieldsV1` writes it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut map: Map =
            self.below.iter().map(|(segment, below)| (written(segment), below.to_value())).collect();
        if self.member && !map.is_empty() {
            map.insert(".".to_owned(), Value::Map(Map::new()));
        }
        Value::Map(map)
    }

    /// Reads `fieldsV1`; nothing where it is none.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        let mut set = Self::read(value)?;
        set.member = value.get(".").is_some();
        Some(set)
    }

    fn read(value: &Value) -> Option<Self> {
        let map = value.as_map()?;
        let mut set = Self { member: map.is_empty() || map.contains_key("."), below: BTreeMap::new() };
        for (key, below) in map.iter().filter(|(key, _)| key.as_str() != ".") {
            set.below.insert(read_segment(key)?, Self::read(below)?);
        }
        Some(set)
    }
}

fn written(segment: &Segment) -> String {
    match segment {
        Segment::Field(name) => format!("f:{name}"),
        Segment::Keyed(keys) => format!("k:{}", json(&Value::Map(keys.clone()))),
        Segment::Member(value) => format!("v:{}", json(value)),
        Segment::Index(index) => format!("i:{index}"),
    }
}

fn json(value: &Value) -> String {
    serde_json::to_string(value).expect("a value is always written")
}

fn read_segment(key: &str) -> Option<Segment> {
    let (sort, rest) = key.split_once(':')?;
    Some(match sort {
        "f" => Segment::Field(Arc::from(rest)),
        "k" => Segment::Keyed(serde_json::from_str::<Value>(rest).ok()?.as_map()?.clone()),
        "v" => Segment::Member(serde_json::from_str(rest).ok()?),
        "i" => Segment::Index(rest.parse().ok()?),
        _ => return None,
    })
}

impl Serialize for FieldSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FieldSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).ok_or_else(|| serde::de::Error::custom("no FieldsV1"))
    }
}

/// Writes a place as the API server's messages do: `.spec.ports[port=80,protocol="TCP"].name`.
#[must_use]
pub(crate) fn server_text(path: &Path) -> String {
    path.0.iter().fold(String::new(), |text, segment| match segment {
        Segment::Field(name) => text + "." + name,
        Segment::Keyed(keys) => {
            let keys: Vec<String> =
                keys.iter().map(|(key, value)| format!("{key}={}", json(value))).collect();
            text + "[" + &keys.join(",") + "]"
        }
        Segment::Member(value) => text + "[=" + &json(value) + "]",
        Segment::Index(index) => format!("{text}[{index}]"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> FieldSet {
        serde_json::from_str(text).expect(text)
    }

    #[test]
    fn what_is_read_is_written_again() {
        let text =
            r#"{"f:spec":{"f:ports":{".":{},"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}}}}"#;
        assert_eq!(serde_json::to_string(&set(text)).expect("writes"), text);
    }

    #[test]
    fn subtraction_keeps_what_lies_below_a_place_that_goes() {
        let all = set(r#"{"f:data":{".":{},"f:a":{},"f:b":{}}}"#);
        let some = set(r#"{"f:data":{".":{},"f:a":{}}}"#);
        assert_eq!(all.minus(&some), set(r#"{"f:data":{"f:b":{}}}"#));
        assert_eq!(all.and(&some), some);
        assert_eq!(some.clone().union(&all), all);
    }
}
