//! Hands the ownership of wanted fields from other tools' entries to ours, so that a later removal takes effect.
//!
//! Only fields that the manifest has change hands: what else the other tool wrote stays its own, so no value is
//! removed by an adoption. The tool's entry goes when nothing is left in it.

use super::fields::FieldSet;
use super::normal::Normal;
use super::owners::MANAGER;
use super::shape::Shape;
use crate::engine::path::{Path, Segment};
use crate::engine::value::{Map, Value};
use std::sync::Arc;

/// Returns `metadata.managedFields` after these managers handed over what the manifest has, and our own entry gave
/// up what is left to others.
///
/// An object without any entry gets ours: the server would otherwise invent one that nobody can take over
/// (design-diff.md, rule 5).
#[must_use]
pub fn hand_over(
    entries: &[Value],
    managers: &[Arc<str>],
    left: &[Path],
    (wanted, shape): (&Normal, &Shape),
) -> Vec<Value> {
    let set = wanted.set(shape);
    let is_from = |entry: &Value| {
        let name = text(entry, "manager");
        text(entry, "subresource").is_none() && managers.iter().any(|manager| Some(manager.as_ref()) == name)
    };
    let mut taken = if entries.is_empty() { set.clone() } else { FieldSet::default() };
    let mut kept = Vec::new();
    for entry in entries {
        if !is_from(entry) {
            kept.push(entry.clone());
            continue;
        }
        let (common, rest) = FieldSet::read(entry.get("fieldsV1").unwrap_or(&Value::Null)).split(set);
        taken.merge(&common);
        if !rest.is_empty() {
            kept.push(with_fields(entry, &rest));
        }
    }
    let ours = kept.iter().position(is_ours);
    let ours = ours.map_or_else(|| our_entry(wanted), |position| kept.remove(position));
    taken.merge(&FieldSet::read(ours.get("fieldsV1").unwrap_or(&Value::Null)));
    for place in left {
        taken.remove(&place.0);
    }
    kept.push(with_fields(&ours, &taken));
    kept
}

fn text<'v>(entry: &'v Value, key: &str) -> Option<&'v str> {
    entry.get(key).and_then(Value::as_text).filter(|text| !text.is_empty())
}

/// Tells whether an entry is the one that our applies write.
pub(super) fn is_ours(entry: &Value) -> bool {
    text(entry, "manager") == Some(MANAGER)
        && text(entry, "operation") == Some("Apply")
        && text(entry, "subresource").is_none()
}

fn our_entry(wanted: &Normal) -> Value {
    let entry = [
        ("manager", MANAGER),
        ("operation", "Apply"),
        ("apiVersion", wanted.api_version.as_str()),
        ("fieldsType", "FieldsV1"),
    ];
    Value::Map(entry.into_iter().map(|(key, text)| (key.to_owned(), Value::from(text))).collect())
}

fn with_fields(entry: &Value, fields: &FieldSet) -> Value {
    let mut entry = entry.as_map().cloned().unwrap_or_default();
    entry.insert("fieldsV1".to_owned(), fields.write());
    Value::Map(entry)
}

impl FieldSet {
    /// Returns what both sets have, and what only this one has.
    fn split(&self, other: &Self) -> (Self, Self) {
        let mut common = Self { member: self.member && other.member, ..Self::default() };
        let mut rest = Self { member: self.member && !other.member, ..Self::default() };
        for (segment, child) in &self.children {
            match other.children.get(segment) {
                None => {
                    rest.children.insert(segment.clone(), child.clone());
                }
                Some(counterpart) => {
                    let (shared, own) = child.split(counterpart);
                    common.keep(segment, shared);
                    rest.keep(segment, own);
                }
            }
        }
        // Owning a map is owning that it is there. Once the manifest has taken what is in it, what is left would read
        // as owning all of it, and keep it from ever being removed.
        if rest.children.is_empty() && !other.children.is_empty() {
            rest.member = false;
        }
        (common, rest)
    }

    fn keep(&mut self, segment: &Segment, child: Self) {
        if !child.is_empty() {
            self.children.insert(segment.clone(), child);
        }
    }

    /// Returns the set in the format `FieldsV1`.
    fn write(&self) -> Value {
        let mut map = Map::new();
        if self.member && !self.children.is_empty() {
            map.insert(".".to_owned(), Value::Map(Map::new()));
        }
        for (segment, child) in &self.children {
            let key = match segment {
                Segment::Field(name) => format!("f:{name}"),
                Segment::Keyed(keys) => format!("k:{}", json(&Value::Map(keys.clone()))),
                Segment::Member(member) => format!("v:{}", json(member)),
                Segment::Index(index) => format!("i:{index}"),
            };
            map.insert(key, child.write());
        }
        Value::Map(map)
    }
}

fn json(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
