//! Lets go of an object: our marker and our record of owning fields go, and no other value changes.
//!
//! An apply of nothing would delete every field that only we own, so ownership is given up by editing the record.

use super::normalise::MARKER;
use super::outlook::claimed_by_another;
use super::owners::MANAGER;
use crate::engine::path::{Path, Segment};
use crate::engine::question::Seen;
use crate::engine::sketch::Sketch;
use crate::engine::value::{Map, Value};

/// What is left of an object's record and label once we let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// `metadata.managedFields` without our entry, as it is sent: never empty.
    pub entries: Value,
    /// Whether there is a marker of ours to be taken off.
    pub marker: Marker,
}

/// Whether an object carries our marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// It does.
    Carried,
    /// It does not.
    Missing,
}

/// Returns what letting go of a live object sends; nothing for one that another environment has by now, as both write
/// under the same name.
#[must_use]
pub fn release(live: &Value, environment: &str) -> Option<Released> {
    let marker = live.at(&["metadata", "labels", MARKER]).and_then(Value::as_text);
    let marker = match marker {
        Some(marker) if marker == environment => Marker::Carried,
        Some(_) => return None,
        None => Marker::Missing,
    };
    let entries = live.at(&["metadata", "managedFields"]).and_then(Value::as_list).unwrap_or_default();
    let mut left: Vec<Value> =
        entries.iter().filter(|entry| !super::handover::is_ours(entry)).cloned().collect();
    if left.is_empty() {
        // An empty list would be taken for one that a client left out; this is how a record is begun anew.
        left.push(Value::Map(Map::new()));
    }
    Some(Released { entries: Value::List(left), marker })
}

/// Returns how an object looks once we let go of it: without our marker, and without our entry.
#[must_use]
pub fn sketch_released(seen: &Seen, environment: &str) -> Sketch {
    if claimed_by_another(seen, environment).is_some() {
        return Sketch { uid: Some(seen.uid.clone()), places: Vec::new() };
    }
    let entry = [("manager", MANAGER), ("operation", "Apply")];
    let entry = Map::from(entry.map(|(key, value)| (key.to_owned(), Value::from(value))));
    let entry = Path::of(&["metadata", "managedFields"]).with(Segment::Keyed(entry));
    let places = vec![(Path::of(&["metadata", "labels", MARKER]), None), (entry, None)];
    Sketch { uid: Some(seen.uid.clone()), places }
}
