//! The truth by plain JSON, without a line of the comparison that it judges.
//!
//! What counts as a change is whatever a forced dry run would leave otherwise than it is, three fields of the
//! server's bookkeeping aside. The environment's marker counts as there: its loss alone is no change (design).

use evenkeel_core::engine::path::{Path, Segment};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const BOOKKEEPING: [&str; 3] = ["generation", "managedFields", "resourceVersion"];

/// What is live beside what a forced apply would make of it.
pub(super) struct Truth {
    live: Value,
    projected: Value,
    changed: Vec<String>,
}

impl Truth {
    pub(super) fn of(live: &Value, projected: &Value, marker: (&str, &str)) -> Self {
        let mut live = without_bookkeeping(live);
        mark(&mut live, marker);
        let projected = without_bookkeeping(projected);
        let mut changed = Vec::new();
        differences(Some(&live), Some(&projected), "", &mut changed);
        Self { live, projected, changed }
    }

    pub(super) fn is_change(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Tells whether the place that a verdict names would change.
    pub(super) fn changes_at(&self, path: &Path) -> bool {
        at(&self.live, path) != at(&self.projected, path)
    }

    pub(super) fn show(&self) -> String {
        self.changed.join(", ")
    }
}

fn without_bookkeeping(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.retain(|name, _| !BOOKKEEPING.contains(&name.as_str()));
    }
    object
}

fn mark(object: &mut Value, (name, environment): (&str, &str)) {
    object["metadata"]["labels"][name] = json!(environment);
}

/// Collects where two values differ, as JSON pointers; lists differ as a whole where their lengths do.
fn differences(live: Option<&Value>, projected: Option<&Value>, at: &str, found: &mut Vec<String>) {
    match (live, projected) {
        (Some(Value::Object(live)), Some(Value::Object(projected))) => {
            let names: BTreeSet<&String> = live.keys().chain(projected.keys()).collect();
            for name in names {
                differences(live.get(name), projected.get(name), &format!("{at}/{name}"), found);
            }
        }
        (Some(Value::Array(live)), Some(Value::Array(projected))) if live.len() == projected.len() => {
            for (index, (live, projected)) in live.iter().zip(projected).enumerate() {
                differences(Some(live), Some(projected), &format!("{at}/{index}"), found);
            }
        }
        (live, projected) if live == projected => {}
        _ => found.push(at.to_owned()),
    }
}

/// Returns what stands at a place: nothing, one value, or each of the items that share a key.
fn at<'a>(value: &'a Value, path: &Path) -> Vec<&'a Value> {
    path.0.iter().fold(vec![value], |values, segment| {
        values.into_iter().flat_map(|value| step(value, segment)).collect()
    })
}

fn step<'a>(value: &'a Value, segment: &Segment) -> Vec<&'a Value> {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    match segment {
        Segment::Field(name) => value.get(name.as_ref()).into_iter().collect(),
        Segment::Index(index) => items.get(*index).into_iter().collect(),
        Segment::Member(member) => {
            let member = plain(member);
            items.iter().filter(|item| **item == member).collect()
        }
        Segment::Keyed(keys) => {
            let keys = serde_json::to_value(keys).expect("JSON");
            let keys = keys.as_object().expect("a map");
            items.iter().filter(|item| has(item, keys)).collect()
        }
    }
}

/// Tells whether an item has these keys; the server drops an empty one.
fn has(item: &Value, keys: &Map<String, Value>) -> bool {
    keys.iter().all(|(name, value)| item.get(name).map_or(value == "", |there| there == value))
}

fn plain(value: &evenkeel_core::engine::value::Value) -> Value {
    serde_json::to_value(value).expect("JSON")
}

#[test]
fn the_oracle_sees_every_change_but_those_of_the_servers_bookkeeping() {
    let live = json!({
        "metadata": {"generation": 1, "managedFields": [], "resourceVersion": "1", "labels": {"a": "b"}},
        "spec": {"generation": 1, "list": [1, 2], "map": {"gone": null}},
        "status": {"phase": "Active"},
    });
    let mut projected = live.clone();
    projected["metadata"]["generation"] = json!(2);
    projected["metadata"]["managedFields"] = json!([{"manager": "evenkeel"}]);
    projected["metadata"]["resourceVersion"] = json!("2");
    projected["metadata"]["labels"]["marker"] = json!("test");
    let marker = ("marker", "test");
    assert!(!Truth::of(&live, &projected, marker).is_change());
    projected["spec"] = json!({"generation": 2, "list": [2, 1], "map": {}});
    projected["status"]["phase"] = json!("Terminating");
    let truth = Truth::of(&live, &projected, marker);
    assert_eq!(truth.show(), "/spec/generation, /spec/list/0, /spec/list/1, /spec/map/gone, /status/phase");
    assert!(truth.changes_at(&Path::of(&["spec", "list"])) && !truth.changes_at(&Path::of(&["metadata"])));
}
