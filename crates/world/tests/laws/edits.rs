//! Somebody with kubectl: edits of fields that we own, of fields that nobody owns, deletions, and foreign objects.

use super::specs::NAMESPACE;
use evenkeel_core::engine::value::Value;
use evenkeel_world::kubernetes::{Apply, Delete, DryRun, Force, MergePatch, ObjectKey, Propagation, Through};
use evenkeel_world::{Random, World};
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn value(json: Json) -> Value {
    serde_json::from_value(json).expect("a value")
}

fn key_of(object: &Json) -> ObjectKey {
    let api_version = object["apiVersion"].as_str().expect("a version");
    let kind = object["kind"].as_str().expect("a kind");
    let kind =
        if api_version.starts_with("example.org") { format!("{kind}.example.org") } else { kind.to_owned() };
    let name = object["metadata"]["name"].as_str().expect("a name");
    ObjectKey::new(&kind, object["metadata"]["namespace"].as_str(), name)
}

/// Edits some of the objects by hand.
pub(crate) fn by_hand(world: &mut World, random: &mut Random, objects: &[Json]) {
    for object in objects {
        let kind = object["kind"].as_str().expect("a kind");
        let is_there = world.cluster().get(&key_of(object)).is_ok();
        if !is_there || matches!(kind, "Namespace" | "CustomResourceDefinition") || random.happens(50) {
            continue;
        }
        let patch = match (kind, random.below(3)) {
            ("ConfigMap", 0) => json!({"data": {"a": "by hand"}}),
            ("ConfigMap", 1) => json!({"data": {"b": null, "x": "foreign"}}),
            ("Deployment" | "StatefulSet", 0) => json!({"spec": {"replicas": 4}}),
            ("Service", 0) => json!({"spec": {"selector": {"app": "elsewhere"}}}),
            ("ConfigMap", 2) => {
                let key = key_of(object);
                let request = Delete { key, uid: None, version: None, propagation: Propagation::Background };
                world.kubernetes().delete(&request).expect("deleted by hand");
                continue;
            }
            _ => json!({"metadata": {"labels": {"tier": "by hand", "mine": "yes"}}}),
        };
        let request = MergePatch {
            key: key_of(object),
            patch: value(patch),
            manager: Arc::from("kubectl-edit"),
            through: Through::Object,
            dry_run: DryRun::Off,
        };
        world.kubernetes().merge_patch(request).expect("edited by hand");
    }
}

/// Makes an object that is not ours and differs from what we may want under its name.
pub(crate) fn foreign(world: &mut World, name: &str) -> ObjectKey {
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "theirs"},
                        "metadata": {"name": name, "namespace": NAMESPACE}});
    for object in [namespace, object.clone()] {
        let request = Apply {
            object: value(object),
            manager: Arc::from("helm"),
            force: Force::Yes,
            dry_run: DryRun::Off,
        };
        world.kubernetes().apply(request).expect("made by others");
    }
    key_of(&object)
}

/// Puts a secret text into a Secret that we list: by `stringData`, and in the annotation that `kubectl apply` keeps.
pub(crate) fn plant(world: &mut World, canary: &str) {
    let note = json!({"stringData": {"password": canary}}).to_string();
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    let object = json!({
        "apiVersion": "v1", "kind": "Secret", "stringData": {"password": canary},
        "metadata": {"name": "planted", "namespace": NAMESPACE, "labels": {"evenkeel.dev/environment": "prod"},
                     "annotations": {"kubectl.kubernetes.io/last-applied-configuration": note}},
    });
    for object in [namespace, object] {
        let request = Apply {
            object: value(object),
            manager: Arc::from("helm"),
            force: Force::Yes,
            dry_run: DryRun::Off,
        };
        world.kubernetes().apply(request).expect("planted");
    }
}
