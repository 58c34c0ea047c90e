//! What each kind does to an object on its way into the store, and what it refuses.

mod claims;
mod definitions;
mod namespaces;
mod services;
mod status;
mod validate;
mod workloads;

pub(crate) use services::is_reachable;

use super::error::Invalid;
use super::kinds::{Habit, KindInfo};
use super::object::{Stored, set_meta, texts};
use crate::random::Random;
use evenkeel_core::engine::value::Value;

/// What a kind gets to see of a write.
pub(crate) struct Prepare<'a> {
    pub(crate) after: &'a mut Value,
    pub(crate) old: Option<&'a Stored>,
    pub(crate) kind: &'a KindInfo,
    pub(crate) random: &'a mut Random,
}

/// Fills in what the server derives: generation, finalizers, allocated values.
pub(crate) fn prepare(write: &mut Prepare<'_>) {
    status::begin(write);
    match (&*write.kind.served.kind, write.kind.habit) {
        ("Namespace", Habit::BuiltIn) => namespaces::prepare(write),
        ("Service", Habit::BuiltIn) => services::prepare(write),
        ("PersistentVolumeClaim", Habit::BuiltIn) => claims::prepare(write),
        ("CustomResourceDefinition", Habit::BuiltIn) => definitions::prepare(write),
        _ => {}
    }
    if has_generation(write.kind) {
        let before = write.old.map_or(0, Stored::generation);
        let moved = write.old.is_none_or(|old| is_new_generation(&old.body, write.after, write.kind));
        set_meta(write.after, "generation", Value::from(before + i64::from(moved)));
    }
}

fn has_generation(kind: &KindInfo) -> bool {
    kind.habit == Habit::Custom
        || matches!(
            &*kind.served.kind,
            "Deployment"
                | "StatefulSet"
                | "ReplicaSet"
                | "Pod"
                | "PodDisruptionBudget"
                | "CustomResourceDefinition"
        )
}

/// A custom resource has a new generation when anything but metadata and status changed, a Deployment also when its
/// annotations did: seen on 1.36.
fn is_new_generation(before: &Value, after: &Value, kind: &KindInfo) -> bool {
    if kind.habit == Habit::BuiltIn {
        let annotations = &["metadata", "annotations"];
        let noted = &*kind.served.kind == "Deployment" && before.at(annotations) != after.at(annotations);
        return noted || before.get("spec") != after.get("spec");
    }
    let rest = |object: &Value| {
        let mut map = object.as_map().cloned().unwrap_or_default();
        map.remove("metadata");
        if kind.keeps_status_apart() {
            map.remove("status");
        }
        map
    };
    rest(before) != rest(after)
}

/// Tells whether nothing but metadata keeps a deleted object: a namespace has finalizers of its own.
pub(crate) fn may_go(stored: &Stored) -> bool {
    stored.body.get("kind").and_then(Value::as_text) != Some("Namespace")
        || texts(stored.body.at(&["spec", "finalizers"])).is_empty()
}

/// Returns what is wrong with an object.
pub(crate) fn validate(after: &Value, old: Option<&Stored>, kind: &KindInfo) -> Vec<Invalid> {
    let mut found: Vec<Invalid> = validate::name(after).into_iter().collect();
    if kind.habit == Habit::Custom {
        return found;
    }
    match &*kind.served.kind {
        "ConfigMap" | "Secret" => found.extend(validate::data(after, old)),
        "Deployment" | "StatefulSet" | "ReplicaSet" => found.extend(workloads::validate(after, old)),
        "HorizontalPodAutoscaler" => found.extend(validate::autoscaler(after)),
        "Service" => found.extend(services::validate(after, old)),
        "PersistentVolumeClaim" => found.extend(claims::validate(after, old)),
        "CustomResourceDefinition" => found.extend(definitions::validate(after, old)),
        _ => {}
    }
    found
}

/// A field that takes one of a few words.
struct Choice {
    field: &'static [&'static str],
    of: &'static [&'static str],
}

/// Returns the fields that hold none of the words they may.
fn choices(object: &Value, choices: &[Choice]) -> Vec<Invalid> {
    let wrong = choices.iter().filter_map(|choice| {
        let found =
            object.at(choice.field).filter(|found| found.as_text().is_some_and(|text| !text.is_empty()))?;
        let is_known = choice.of.contains(&found.as_text().unwrap_or_default());
        (!is_known).then(|| Invalid::unsupported(choice.field.join("."), found, choice.of))
    });
    wrong.collect()
}

/// Adds a finalizer that the server itself sets.
fn add_finalizer(after: &mut Value, finalizer: &str) {
    let mut list: Vec<Value> =
        texts(after.at(&["metadata", "finalizers"])).into_iter().map(Value::from).collect();
    if !list.contains(&Value::from(finalizer)) {
        list.push(Value::from(finalizer));
        set_meta(after, "finalizers", Value::List(list));
    }
}

fn text_at<'a>(object: &'a Value, path: &[&str]) -> &'a str {
    object.at(path).and_then(Value::as_text).unwrap_or_default()
}
