//! Puts a value at a place of a document, or takes it away.

use crate::engine::path::Segment;
use crate::engine::value::{Map, Value};

/// Puts `value` there; nothing takes the place away. What is on the way and missing is made.
pub(super) fn put(root: &mut Value, path: &[Segment], value: Option<Value>) {
    let Some((first, rest)) = path.split_first() else {
        if let Some(value) = value {
            *root = value;
        }
        return;
    };
    match first {
        Segment::Field(name) => {
            if root.as_map().is_none() {
                *root = Value::Map(Map::new());
            }
            let Some(map) = root.as_map_mut() else { return };
            match (rest.is_empty(), value) {
                (true, Some(value)) => drop(map.insert(name.to_string(), value)),
                (true, None) => drop(map.remove(&**name)),
                (false, value) => match map.get_mut(&**name) {
                    Some(inner) => put(inner, rest, value),
                    None if value.is_none() => {}
                    None => put(map.entry(name.to_string()).or_default(), rest, value),
                },
            }
        }
        Segment::Keyed(_) | Segment::Member(_) | Segment::Index(_) => item(root, first, rest, value),
    }
}

fn item(root: &mut Value, segment: &Segment, rest: &[Segment], value: Option<Value>) {
    let Value::List(items) = root else { return };
    let at = items.iter().position(|item| is_meant(item, segment));
    let at = if let Segment::Index(index) = segment { Some(*index) } else { at };
    match (at, value) {
        (Some(at), None) if rest.is_empty() && at < items.len() => drop(items.remove(at)),
        (Some(at), value) => {
            if let Some(item) = items.get_mut(at) {
                put(item, rest, value);
            }
        }
        (None, Some(value)) if rest.is_empty() => items.push(value),
        (None, Some(_) | None) => {}
    }
}

fn is_meant(item: &Value, segment: &Segment) -> bool {
    match segment {
        Segment::Keyed(keys) => keys.iter().all(|(key, value)| item.get(key) == Some(value)),
        Segment::Member(member) => item == member,
        Segment::Field(_) | Segment::Index(_) => false,
    }
}
