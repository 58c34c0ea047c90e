//! Edits by other hands: patches, replacements, other appliers, the scale subresource, lost entries; and odd
//! edits in Git that no sensible person makes.

use crate::support::chance::Chance;
use evenkeel_core::engine::path::{Path, Segment};
use serde_json::{Map, Value, json};

/// Something that somebody does to a live object.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    /// A JSON merge patch.
    Merge(&'static str, Value),
    /// The whole object, changed.
    Put(&'static str, Value),
    /// Server-side apply of a part, by another manager.
    Apply(&'static str, Value, Force),
    /// The scale subresource.
    Scale(i64),
}

/// Whether another applier takes what it conflicts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Force {
    Yes,
    No,
}

const PEOPLE: [&str; 3] = ["kubectl-edit", "k9s", "kubectl-patch"];
const MACHINES: [&str; 3] = ["flux", "operator", "argocd-controller"];

/// Draws something that somebody does to `live`; `other` is another manifest of the same object.
pub(super) fn draw(live: &Value, other: &Value, scales: bool, chance: &mut Chance) -> Edit {
    let manager = if chance.once_in(3) { *chance.pick(&MACHINES) } else { *chance.pick(&PEOPLE) };
    match chance.below(if scales { 9 } else { 8 }) {
        0 | 1 => {
            let place = leaf(live, chance);
            Edit::Merge(manager, nested(&place, changed(at(live, &place), chance)))
        }
        2 => Edit::Merge(manager, nested(&leaf(live, chance), Value::Null)),
        3 | 4 => Edit::Put(manager, mutated(live, chance)),
        5 => Edit::Apply(MACHINES[chance.below(3)], part(other, chance), Force::Yes),
        6 => Edit::Apply(MACHINES[chance.below(3)], part(other, chance), Force::No),
        7 => Edit::Put(manager, without_entries(live, chance)),
        _ => Edit::Scale(i64::try_from(chance.below(4)).expect("small")),
    }
}

/// A way down by map keys, ending where no map is left or early.
fn leaf(live: &Value, chance: &mut Chance) -> Vec<String> {
    let mut place = Vec::new();
    let mut value = live;
    while let Value::Object(map) = value {
        let keys: Vec<&String> = map.keys().filter(|key| !place.is_empty() || is_editable(key)).collect();
        if keys.is_empty() || (place.len() > 1 && chance.once_in(6)) {
            break;
        }
        let key = if place == ["metadata"] {
            chance.pick(&["labels", "annotations"]).to_string()
        } else {
            (*chance.pick(&keys)).clone()
        };
        value = map.get(&key).unwrap_or(&Value::Null);
        place.push(key);
    }
    place
}

/// Draws a place of a manifest to be left to others.
pub(super) fn place(manifest: &Value, chance: &mut Chance) -> Path {
    let place = leaf(manifest, chance);
    let items = at(manifest, &place).as_array().map_or(0, Vec::len);
    let mut path = Path(place.into_iter().map(|key| Segment::Field(key.into())).collect());
    if items > 0 && chance.once_in(2) {
        path.0.push(Segment::Index(chance.below(items)));
    }
    path
}

fn is_editable(key: &str) -> bool {
    !matches!(key, "apiVersion" | "kind" | "status")
}

fn at<'a>(live: &'a Value, place: &[String]) -> &'a Value {
    place.iter().try_fold(live, |value, key| value.get(key)).unwrap_or(&Value::Null)
}

fn nested(place: &[String], value: Value) -> Value {
    place.iter().rev().fold(value, |inner, key| json!({ (key.as_str()): inner }))
}

/// Another value of about the same type.
fn changed(value: &Value, chance: &mut Chance) -> Value {
    match value {
        Value::Null => json!({"added": "x"}),
        Value::Bool(value) => json!(!value),
        Value::Number(number) => json!(number.as_i64().unwrap_or(0) + 1),
        Value::String(text) => {
            json!(chance.pick(&[format!("{text}x"), "other".to_owned(), "1".to_owned(), "2Gi".to_owned()]))
        }
        Value::Array(items) => {
            let mut items = items.clone();
            match chance.below(4) {
                0 => items.reverse(),
                1 => drop(items.pop()),
                2 => items.extend(items.clone().first().cloned()),
                _ => {
                    if let Some(item) = items.first_mut() {
                        *item = changed(item, chance);
                    }
                }
            }
            Value::Array(items)
        }
        Value::Object(map) => {
            let mut map = map.clone();
            let keys: Vec<String> = map.keys().cloned().collect();
            if keys.is_empty() || chance.once_in(4) {
                map.insert("added".to_owned(), json!("x"));
            } else {
                let key = chance.pick(&keys);
                let value = changed(&map[key], chance);
                map.insert(key.clone(), value);
            }
            Value::Object(map)
        }
    }
}

/// The object with one to three changes somewhere.
pub(super) fn mutated(object: &Value, chance: &mut Chance) -> Value {
    let mut object = object.clone();
    for _ in 0..=chance.below(2) {
        let keys: Vec<String> =
            object.as_object().expect("an object").keys().filter(|key| is_editable(key)).cloned().collect();
        let key = chance.pick(&keys).clone();
        let inside = if key == "metadata" {
            chance.pick(&["labels", "annotations"]).to_string()
        } else {
            String::new()
        };
        let place = if inside.is_empty() { &mut object[&key] } else { &mut object[&key][&inside] };
        disturb(place, 0, chance);
    }
    object
}

fn disturb(value: &mut Value, depth: usize, chance: &mut Chance) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let keys: Vec<String> = map.keys().cloned().collect();
            let key = chance.pick(&keys).clone();
            if depth > 0 && chance.once_in(6) {
                map.remove(&key);
            } else {
                disturb(&mut map[&key], depth + 1, chance);
            }
        }
        Value::Array(items) if !items.is_empty() => match chance.below(6) {
            0 => items.reverse(),
            1 => drop(items.remove(0)),
            2 => {
                let mut copy = items[0].clone();
                if let Some(name) = copy.get_mut("name") {
                    *name = json!("added");
                }
                items.insert(0, copy);
            }
            _ => {
                let index = chance.below(items.len());
                disturb(&mut items[index], depth + 1, chance);
            }
        },
        other => *other = changed(other, chance),
    }
}

/// A manifest with nulls, empty values and other orders: legal for the most part, and where the traps are.
pub(super) fn oddly(manifest: &Value, chance: &mut Chance) -> Value {
    let mut manifest = manifest.clone();
    for key in ["spec", "data", "template", "rules", "webhooks", "subsets"] {
        if manifest.get(key).is_some() && chance.once_in(2) {
            odd(&mut manifest[key], 0, chance);
        }
    }
    manifest
}

fn odd(value: &mut Value, depth: usize, chance: &mut Chance) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let keys: Vec<String> = map.keys().cloned().collect();
            let key = chance.pick(&keys).clone();
            let value = &mut map[&key];
            match chance.below(8) {
                0 if depth > 0 => *value = Value::Null,
                1 if depth > 0 => *value = emptied(value),
                2 if depth > 0 => drop(map.remove(&key)),
                _ => odd(value, depth + 1, chance),
            }
        }
        Value::Array(items) if items.len() > 1 && chance.once_in(2) => items.reverse(),
        Value::Array(items) if !items.is_empty() => {
            let index = chance.below(items.len());
            odd(&mut items[index], depth + 1, chance);
        }
        _ => {}
    }
}

fn emptied(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => json!(false),
        Value::Number(_) => json!(0),
        Value::String(_) => json!(""),
        Value::Array(_) => json!([]),
        Value::Object(_) => json!({}),
    }
}

/// A part of a manifest, as another applier would own it.
fn part(manifest: &Value, chance: &mut Chance) -> Value {
    let mut part = prune(manifest, 0, chance);
    part["apiVersion"] = manifest["apiVersion"].clone();
    part["kind"] = manifest["kind"].clone();
    let labels = if chance.once_in(2) { json!({"app": "a", "team": "flux"}) } else { json!({}) };
    part["metadata"] = json!({"name": manifest["metadata"]["name"], "namespace": manifest["metadata"]["namespace"], "labels": labels});
    if part["metadata"]["namespace"].is_null() {
        part["metadata"].as_object_mut().expect("made so").remove("namespace");
    }
    part
}

fn prune(value: &Value, depth: usize, chance: &mut Chance) -> Value {
    const KEYS: [&str; 12] = [
        "name",
        "port",
        "protocol",
        "containerPort",
        "ip",
        "selector",
        "image",
        "template",
        "containers",
        "mountPath",
        "key",
        "type",
    ];
    let Value::Object(map) = value else {
        return match value {
            Value::Array(items) if items.iter().all(Value::is_object) => {
                json!(items.iter().map(|item| prune(item, depth + 1, chance)).collect::<Vec<_>>())
            }
            other => other.clone(),
        };
    };
    let mut kept = Map::new();
    for (key, value) in map {
        if depth == 0 || KEYS.contains(&key.as_str()) || !chance.once_in(2) {
            kept.insert(key.clone(), prune(value, depth + 1, chance));
        }
    }
    Value::Object(kept)
}

/// The object without some entries of `managedFields`, as old tools and backups leave it.
fn without_entries(live: &Value, chance: &mut Chance) -> Value {
    let mut live = live.clone();
    let Some(entries) = live["metadata"]["managedFields"].as_array_mut() else { return live };
    if chance.once_in(2) {
        entries.retain(|entry| entry["manager"] != "evenkeel");
    } else {
        *entries = vec![json!({})];
    }
    live
}
