//! Values at their places: what a configuration looks like with other values in some of its fields.

use super::path::{Path, Segment};
use super::value::{Map, Value};
use super::verdict::FieldChange;

/// Returns what a resource looked like before its fields changed, as far as Git manages it.
#[must_use]
pub fn with_live<'a>(config: &Value, fields: impl Iterator<Item = &'a FieldChange>) -> Value {
    let mut value = config.clone();
    for FieldChange { path, live, wanted: _, cause: _ } in fields {
        place(&mut value, &path.0, live.as_ref());
    }
    value
}

/// Returns what a resource will look like in these fields.
#[must_use]
pub fn with_wanted<'a>(config: &Value, fields: impl Iterator<Item = &'a FieldChange>) -> Value {
    let mut value = config.clone();
    for FieldChange { path, live: _, wanted, cause: _ } in fields {
        place(&mut value, &path.0, wanted.as_ref());
    }
    value
}

/// Puts a value at a path, makes the maps and items on the way, or takes out what stands there.
pub(crate) fn place(root: &mut Value, path: &[Segment], value: Option<&Value>) {
    let Some((segment, rest)) = path.split_first() else {
        *root = value.cloned().unwrap_or_default();
        return;
    };
    if value.is_none() && Path(vec![segment.clone()]).find(root).is_none() {
        return;
    }
    match segment {
        Segment::Field(name) => place_field(root, name, rest, value),
        Segment::Keyed(_) | Segment::Member(_) | Segment::Index(_) => place_item(root, segment, rest, value),
    }
}

fn place_field(root: &mut Value, name: &str, rest: &[Segment], value: Option<&Value>) {
    if root.as_map().is_none() {
        *root = Value::Map(Map::new());
    }
    let Some(map) = root.as_map_mut() else { return };
    if rest.is_empty() && value.is_none() {
        map.remove(name);
    } else {
        place(map.entry(name.to_owned()).or_default(), rest, value);
    }
}

fn place_item(root: &mut Value, segment: &Segment, rest: &[Segment], value: Option<&Value>) {
    if root.as_list().is_none() {
        *root = Value::List(Vec::new());
    }
    let Value::List(items) = root else { return };
    let found = items.iter().enumerate().position(|(index, item)| is_item(segment, index, item));
    match found {
        Some(index) if rest.is_empty() && value.is_none() => drop(items.remove(index)),
        Some(index) => place(&mut items[index], rest, value),
        None => {
            let mut item = match segment {
                Segment::Keyed(keys) => Value::Map(keys.clone()),
                Segment::Field(_) | Segment::Member(_) | Segment::Index(_) => Value::Null,
            };
            place(&mut item, rest, value);
            items.push(item);
        }
    }
}

fn is_item(segment: &Segment, index: usize, item: &Value) -> bool {
    match segment {
        Segment::Field(_) => false,
        Segment::Keyed(keys) => keys.iter().all(|(key, wanted)| item.get(key) == Some(wanted)),
        Segment::Member(member) => item == member,
        Segment::Index(wanted) => index == *wanted,
    }
}
