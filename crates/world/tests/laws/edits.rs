//! Somebody with kubectl: edits of fields that we own, of fields that nobody owns, deletions, and foreign objects.

use super::Bench;
use super::specs::{NAMESPACE, Permission};
use evenkeel_core::diagnostic::Location;
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::wanted::{Approval, ApprovedAction};
use evenkeel_world::kubernetes::{Apply, Delete, DryRun, Force, MergePatch, ObjectKey, Propagation, Through};
use evenkeel_world::{Random, World};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
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

/// Lets an operator write a field of each second ConfigMap that we applied; returns those that we still want otherwise.
pub(crate) fn contested(bench: &mut Bench, operator: &str, objects: &[Json]) -> BTreeSet<ObjectKey> {
    let maps = objects.iter().filter(|object| object["kind"] == "ConfigMap").step_by(2);
    let mut contested = BTreeSet::new();
    for key in maps.map(key_of) {
        let is_ours = bench.ledger.rows.keys().any(|id| ObjectKey::from(id) == key);
        let request = MergePatch {
            key: key.clone(),
            patch: value(json!({"data": {"a": "by an operator"}})),
            manager: Arc::from(operator),
            through: Through::Object,
            dry_run: DryRun::Off,
        };
        if bench.sandbox.world.kubernetes().merge_patch(request).is_ok() && is_ours {
            contested.insert(key);
        }
    }
    contested
}

/// Returns a permission to make an object ours, for what is there or for something that was there before.
pub(crate) fn approval(bench: &Bench, key: &ObjectKey, permission: Option<Permission>) -> Option<Approval> {
    let live = bench.sandbox.world.cluster().get(key).expect("made by others");
    let uid = match permission? {
        Permission::ForThisOne => live.at(&["metadata", "uid"]).and_then(Value::as_text).expect("has one"),
        Permission::ForAnother => "00000000-0000-4000-8000-000000000000",
    };
    Some(Approval {
        address: ResourceId::kubernetes(key.kind.as_str(), key.namespace.as_deref(), &key.name),
        action: ApprovedAction::Adopt,
        policy: None,
        uid: Some(Uid::from(uid)),
        until: "2027-01-01T00:00:00Z".parse().expect("a time"),
        reason: "we agreed".to_owned(),
        at: Location::start_of("environments/prod/approvals.yaml"),
    })
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
