//! The API server of the world against answers that were seen on Kubernetes 1.36.

use evenkeel_core::engine::id::Uid;
use evenkeel_core::engine::value::Value;
use evenkeel_world::World;
use evenkeel_world::kubernetes::{
    ApiError, Apply, Delete, Deleted, DryRun, Effect, Force, MergePatch, ObjectKey, Propagation, Selector,
    Through, Whole, Written,
};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

fn world() -> World {
    World::new(1, "2026-11-21T11:00:00Z".parse().expect("a time"))
}

fn value(json: serde_json::Value) -> Value {
    serde_json::from_value(json).expect("a value")
}

#[expect(clippy::needless_pass_by_value, reason = "tests write the value where they use it")]
fn config_map(name: &str, rest: serde_json::Value) -> serde_json::Value {
    let mut object =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}});
    for (key, inner) in rest.as_object().expect("a map") {
        object[key] = inner.clone();
    }
    object
}

fn apply(
    world: &mut World,
    manager: &str,
    force: Force,
    object: serde_json::Value,
) -> Result<Written, ApiError> {
    let object = value(object);
    world.kubernetes().apply(Apply { object, manager: Arc::from(manager), force, dry_run: DryRun::Off })
}

fn edit(world: &mut World, key: &ObjectKey, patch: serde_json::Value) -> Result<Written, ApiError> {
    world.kubernetes().merge_patch(MergePatch {
        key: key.clone(),
        patch: value(patch),
        manager: Arc::from("kubectl-edit"),
        through: Through::Object,
        dry_run: DryRun::Off,
    })
}

fn managed_fields(object: &Value) -> serde_json::Value {
    let list = object.at(&["metadata", "managedFields"]).cloned().unwrap_or_default();
    let list = serde_json::to_value(&list).expect("json");
    list.as_array().map_or(json!([]), |entries| {
        entries.iter().map(|entry| json!([entry["manager"], entry["operation"], entry["fieldsV1"]])).collect()
    })
}

fn key() -> ObjectKey {
    ObjectKey::new("ConfigMap", Some("default"), "a")
}

#[test]
fn a_hand_edit_takes_the_path_out_of_our_entry_and_an_unforced_apply_answers_409() {
    let mut world = world();
    let ours = config_map("a", json!({"data": {"a": "1", "b": "2"}}));
    assert_eq!(
        apply(&mut world, "evenkeel", Force::No, ours.clone()).expect("created").effect,
        Effect::Created
    );
    let edited = edit(&mut world, &key(), json!({"data": {"a": "9", "c": "3"}})).expect("edited");
    assert_eq!(
        managed_fields(&edited.object),
        json!([
            ["evenkeel", "Apply", {"f:data": {"f:b": {}}}],
            ["kubectl-edit", "Update", {"f:data": {"f:a": {}, "f:c": {}}}],
        ])
    );
    let refused = apply(&mut world, "evenkeel", Force::No, ours.clone()).expect_err("conflict");
    assert_eq!(refused.code, 409);
    assert_eq!(
        refused.message,
        "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using v1: .data.a"
    );
    assert_eq!(refused.causes[0].field, ".data.a");
    let forced = apply(&mut world, "evenkeel", Force::Yes, ours).expect("forced");
    assert_eq!(forced.effect, Effect::Updated);
    assert_eq!(
        managed_fields(&forced.object),
        json!([
            ["evenkeel", "Apply", {"f:data": {"f:a": {}, "f:b": {}}}],
            ["kubectl-edit", "Update", {"f:data": {"f:c": {}}}],
        ])
    );
}

#[test]
fn what_an_applier_no_longer_names_goes_unless_somebody_else_owns_it() {
    let mut world = world();
    apply(
        &mut world,
        "evenkeel",
        Force::No,
        config_map("a", json!({"data": {"a": "1", "b": "2", "c": "3"}})),
    )
    .expect("created");
    apply(&mut world, "flux", Force::No, config_map("a", json!({"data": {"b": "2"}}))).expect("shared");
    let after = apply(&mut world, "evenkeel", Force::No, config_map("a", json!({"data": {"a": "1"}})))
        .expect("applied");
    assert_eq!(after.object.get("data"), Some(&value(json!({"a": "1", "b": "2"}))));
}

#[test]
fn a_vanished_object_is_not_recreated_when_its_uid_is_given() {
    let mut world = world();
    let mut object = config_map("a", json!({}));
    object["metadata"]["uid"] = json!("1234");
    let refused = apply(&mut world, "evenkeel", Force::No, object.clone()).expect_err("409");
    assert_eq!(
        (refused.code, refused.message.as_str()),
        (
            409,
            "Operation cannot be fulfilled on configmaps \"a\": uid mismatch: the provided object specified uid 1234, and no existing object was found"
        )
    );
    apply(&mut world, "evenkeel", Force::No, config_map("a", json!({}))).expect("created");
    let refused = apply(&mut world, "evenkeel", Force::Yes, object).expect_err("422");
    assert_eq!((refused.code, refused.message.split(": ").nth(1)), (422, Some("[metadata.uid")));
    let mut stale = config_map("a", json!({}));
    stale["metadata"]["resourceVersion"] = json!("1");
    assert_eq!(apply(&mut world, "evenkeel", Force::Yes, stale.clone()).expect_err("stale").code, 409);
    world.kubernetes().delete(&delete(None)).expect("deleted");
    assert_eq!(apply(&mut world, "evenkeel", Force::Yes, stale).expect("re-created").effect, Effect::Created);
}

fn delete(uid: Option<&str>) -> Delete {
    Delete { key: key(), uid: uid.map(Uid::from), version: None, propagation: Propagation::Background }
}

#[test]
fn a_deletion_pinned_by_uid_leaves_another_incarnation_alone() {
    let mut world = world();
    apply(&mut world, "evenkeel", Force::No, config_map("a", json!({}))).expect("created");
    assert_eq!(world.kubernetes().delete(&delete(Some("other"))).expect_err("409").code, 409);
    assert_eq!(world.kubernetes().delete(&delete(None)), Ok(Deleted::Gone));
    assert_eq!(world.kubernetes().delete(&delete(None)).expect_err("404").code, 404);
}

#[test]
fn a_finalizer_keeps_a_deleted_object_until_somebody_takes_it_away() {
    let mut world = world();
    let mut object = config_map("a", json!({}));
    object["metadata"]["finalizers"] = json!(["example.org/hold"]);
    apply(&mut world, "evenkeel", Force::No, object).expect("created");
    assert!(matches!(world.kubernetes().delete(&delete(None)), Ok(Deleted::Terminating(_))));
    world.advance(Duration::from_secs(60));
    assert!(world.cluster().get(&key()).is_ok());
    edit(&mut world, &key(), json!({"metadata": {"finalizers": null}})).expect("edited");
    assert!(world.cluster().get(&key()).is_err());
}

#[test]
fn a_deleted_namespace_goes_after_what_is_in_it_and_takes_nothing_new() {
    let mut world = world();
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}});
    let written = apply(&mut world, "evenkeel", Force::No, namespace).expect("created");
    assert_eq!(managed_fields(&written.object), json!([]));
    assert_eq!(written.object.at(&["status", "phase"]), Some(&Value::from("Active")));
    let mut inside = config_map("a", json!({}));
    inside["metadata"]["namespace"] = json!("team");
    apply(&mut world, "evenkeel", Force::No, inside.clone()).expect("created");
    let home = ObjectKey::new("Namespace", None, "team");
    let request = Delete { key: home.clone(), ..delete(None) };
    assert!(matches!(world.kubernetes().delete(&request), Ok(Deleted::Terminating(_))));
    inside["metadata"]["name"] = json!("b");
    assert_eq!(apply(&mut world, "evenkeel", Force::No, inside.clone()).expect_err("forbidden").code, 403);
    world.advance(Duration::from_secs(3));
    assert!(world.cluster().get(&home).is_err());
    assert_eq!(
        apply(&mut world, "evenkeel", Force::No, inside).expect_err("gone").message,
        "namespaces \"team\" not found"
    );
}

#[test]
fn what_does_not_fit_the_schema_is_refused_as_the_server_does() {
    let mut world = world();
    let unknown =
        apply(&mut world, "evenkeel", Force::No, config_map("a", json!({"dat": {}}))).expect_err("unknown");
    assert_eq!(
        (unknown.code, unknown.message.as_str()),
        (
            500,
            "failed to create typed patch object (default/a; /v1, Kind=ConfigMap): .dat: field not declared in schema"
        )
    );
    let bad_key = apply(&mut world, "evenkeel", Force::No, config_map("a", json!({"data": {"b/c": "x"}})))
        .expect_err("key");
    assert_eq!((bad_key.code, bad_key.causes[0].field.as_str()), (422, "data[b/c]"));
    let bad_name = apply(&mut world, "evenkeel", Force::No, config_map("A_", json!({}))).expect_err("name");
    assert_eq!((bad_name.code, bad_name.causes[0].field.as_str()), (422, "metadata.name"));
}

#[test]
fn an_object_that_nobody_owns_is_credited_to_before_first_apply() {
    let mut world = world();
    apply(&mut world, "evenkeel", Force::No, config_map("a", json!({}))).expect("created without fields");
    let object = config_map("b", json!({"data": {"x": "1"}}));
    let request = Whole { object: value(object), manager: Arc::from("kubectl-create"), dry_run: DryRun::Off };
    let created = world.kubernetes().create(request).expect("created");
    assert_eq!(
        managed_fields(&created.object),
        json!([["kubectl-create", "Update", {"f:data": {".": {}, "f:x": {}}}]])
    );
    let other = ObjectKey::new("ConfigMap", Some("default"), "b");
    edit(&mut world, &other, json!({"metadata": {"managedFields": [{}]}})).expect("reset");
    let refused = apply(&mut world, "evenkeel", Force::No, config_map("b", json!({"data": {"x": "2"}})))
        .expect_err("409");
    assert_eq!(
        refused.message,
        "Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .data.x"
    );
}

#[test]
fn a_dry_run_changes_nothing_and_a_write_without_effect_keeps_the_version() {
    let mut world = world();
    let before = world.clone();
    let object = value(config_map("a", json!({"data": {"a": "1"}})));
    let request = Apply { object, manager: Arc::from("evenkeel"), force: Force::No, dry_run: DryRun::On };
    assert_eq!(world.kubernetes().apply(request).expect("tried").effect, Effect::Created);
    assert_eq!(
        world.cluster().list(&key().kind, None, &Selector::default()),
        before.cluster().list(&key().kind, None, &Selector::default())
    );
    let one = apply(&mut world, "evenkeel", Force::No, config_map("a", json!({"data": {"a": "1"}})))
        .expect("created");
    world.advance(Duration::from_secs(5));
    let two =
        apply(&mut world, "evenkeel", Force::No, config_map("a", json!({"data": {"a": "1"}}))).expect("same");
    assert_eq!(one.object, two.object);
}

#[test]
fn a_world_is_saved_and_read_back_as_it_was() {
    let mut world = world();
    apply(&mut world, "evenkeel", Force::No, config_map("a", json!({"data": {"a": "1"}}))).expect("created");
    edit(&mut world, &key(), json!({"data": {"b": "9"}})).expect("edited");
    let text = serde_json::to_string(&world).expect("written");
    assert_eq!(serde_json::from_str::<World>(&text).expect("read"), world);
}
