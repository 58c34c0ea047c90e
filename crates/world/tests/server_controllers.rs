//! The cluster's controllers, as far as the modelled kinds need them.

use evenkeel_core::engine::value::Value;
use evenkeel_world::World;
use evenkeel_world::kubernetes::{
    Apply, Delete, DryRun, Force, MergePatch, ObjectKey, Propagation, Scale, Selector, Through,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

fn world() -> World {
    World::new(1, "2026-11-21T11:00:00Z".parse().expect("a time"))
}

fn apply(world: &mut World, object: Json) {
    let object: Value = serde_json::from_value(object).expect("a value");
    let request = Apply { object, manager: Arc::from("evenkeel"), force: Force::Yes, dry_run: DryRun::Off };
    world.kubernetes().apply(request).expect("applied");
}

fn stateful_set(replicas: u32, image: &str, strategy: &str) -> Json {
    json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "orders", "namespace": "default"},
        "spec": {"serviceName": "orders", "replicas": replicas, "updateStrategy": {"type": strategy},
            "selector": {"matchLabels": {"app": "orders"}},
            "template": {"metadata": {"labels": {"app": "orders"}},
                         "spec": {"containers": [{"name": "neo4j", "image": image}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}}}}]}})
}

fn pods(world: &World) -> Vec<(String, String)> {
    let pods = world.cluster().list(&"Pod".into(), Some("default"), &Selector::default()).expect("listed");
    let pods = pods.iter().map(|pod| {
        let image =
            pod.at(&["spec", "containers"]).and_then(Value::as_list).expect("containers")[0].get("image");
        let name = pod.at(&["metadata", "name"]).and_then(Value::as_text).expect("a name");
        (name.to_owned(), image.and_then(Value::as_text).expect("an image").to_owned())
    });
    pods.collect()
}

fn number(world: &World, kind: &str, name: &str, path: &[&str]) -> i64 {
    let object = world.cluster().get(&ObjectKey::new(kind, Some("default"), name)).expect("there");
    object.at(path).and_then(Value::as_integer).unwrap_or(0)
}

fn advance(world: &mut World, seconds: u64) {
    world.advance(Duration::from_secs(seconds));
}

#[test]
fn a_stateful_set_makes_its_pods_one_after_the_other_each_with_a_bound_claim() {
    let mut world = world();
    apply(&mut world, stateful_set(2, "neo4j:1", "RollingUpdate"));
    advance(&mut world, 2);
    assert_eq!(pods(&world).len(), 1);
    advance(&mut world, 10);
    assert_eq!(pods(&world).len(), 2);
    assert_eq!(number(&world, "StatefulSet", "orders", &["status", "readyReplicas"]), 2);
    let claim =
        world.cluster().get(&ObjectKey::new("PersistentVolumeClaim", Some("default"), "data-orders-1"));
    assert_eq!(claim.expect("a claim").at(&["status", "phase"]), Some(&Value::from("Bound")));
}

#[test]
fn a_rolling_update_replaces_the_last_pod_first_and_on_delete_replaces_none() {
    let mut world = world();
    apply(&mut world, stateful_set(2, "neo4j:1", "OnDelete"));
    advance(&mut world, 20);
    apply(&mut world, stateful_set(2, "neo4j:2", "OnDelete"));
    advance(&mut world, 30);
    assert!(pods(&world).iter().all(|(_, image)| image == "neo4j:1"));
    apply(&mut world, stateful_set(2, "neo4j:2", "RollingUpdate"));
    advance(&mut world, 3);
    assert_eq!(pods(&world)[0], ("orders-0".to_owned(), "neo4j:1".to_owned()));
    advance(&mut world, 30);
    assert!(pods(&world).iter().all(|(_, image)| image == "neo4j:2"));
}

#[test]
fn claims_outlive_their_pods_when_a_stateful_set_shrinks_or_goes() {
    let mut world = world();
    apply(&mut world, stateful_set(2, "neo4j:1", "RollingUpdate"));
    advance(&mut world, 20);
    let key = ObjectKey::new("StatefulSet", Some("default"), "orders");
    let request = Delete { key, uid: None, version: None, propagation: Propagation::Foreground };
    world.kubernetes().delete(&request).expect("deleted");
    advance(&mut world, 10);
    assert!(pods(&world).is_empty());
    assert!(world.cluster().get(&ObjectKey::new("StatefulSet", Some("default"), "orders")).is_err());
    let claims = world.cluster().list(&"PersistentVolumeClaim".into(), None, &Selector::default());
    assert_eq!(claims.expect("listed").len(), 2);
}

#[test]
fn a_deployment_rolls_and_an_autoscaler_takes_its_replicas_through_the_scale_subresource() {
    let mut world = world();
    let deployment = |image: &str| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}},
                             "spec": {"containers": [{"name": "web", "image": image}]}}}})
    };
    apply(&mut world, deployment("web:1"));
    advance(&mut world, 10);
    assert_eq!(number(&world, "Deployment", "web", &["status", "availableReplicas"]), 2);
    apply(&mut world, deployment("web:2"));
    advance(&mut world, 40);
    assert_eq!(number(&world, "Deployment", "web", &["status", "updatedReplicas"]), 2);
    assert!(pods(&world).iter().all(|(_, image)| image == "web:2"));
    apply(
        &mut world,
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "default"}, "spec": {"minReplicas": 3, "maxReplicas": 5,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}}),
    );
    advance(&mut world, 20);
    assert_eq!(number(&world, "Deployment", "web", &["status", "readyReplicas"]), 3);
    let web = world.cluster().get(&ObjectKey::new("Deployment", Some("default"), "web")).expect("there");
    let entries = web.at(&["metadata", "managedFields"]).and_then(Value::as_list).expect("managers");
    assert!(entries.iter().any(|entry| entry.get("subresource") == Some(&Value::from("scale"))));
}

#[test]
fn a_custom_resource_is_served_once_its_definition_is_established_and_goes_with_it() {
    let mut world = world();
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "graphs.example.org"}, "spec": {"group": "example.org", "scope": "Namespaced",
            "names": {"kind": "Graph", "plural": "graphs"}, "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object",
                    "required": ["size"], "properties": {"size": {"type": "integer", "minimum": 1}}}}}}}]}});
    let graph = |size: Json| -> Apply {
        let object = json!({"apiVersion": "example.org/v1", "kind": "Graph",
            "metadata": {"name": "g", "namespace": "default"}, "spec": size});
        let object = serde_json::from_value(object).expect("a value");
        Apply { object, manager: Arc::from("evenkeel"), force: Force::No, dry_run: DryRun::Off }
    };
    apply(&mut world, definition);
    assert_eq!(world.kubernetes().apply(graph(json!({"size": 1}))).expect_err("not served").code, 404);
    advance(&mut world, 2);
    assert_eq!(
        world.kubernetes().apply(graph(json!({}))).expect_err("required").causes[0].field,
        "spec.size"
    );
    assert_eq!(world.kubernetes().apply(graph(json!({"size": 0}))).expect_err("too small").code, 422);
    world.kubernetes().apply(graph(json!({"size": 1}))).expect("applied");
    let key = ObjectKey::new("CustomResourceDefinition", None, "graphs.example.org");
    let request = Delete { key, uid: None, version: None, propagation: Propagation::Background };
    world.kubernetes().delete(&request).expect("deleted");
    advance(&mut world, 5);
    assert_eq!(world.kubernetes().apply(graph(json!({"size": 1}))).expect_err("gone").code, 404);
}

#[test]
fn scaling_by_hand_and_status_by_others_leave_entries_of_their_own() {
    let mut world = world();
    apply(&mut world, stateful_set(1, "neo4j:1", "RollingUpdate"));
    let key = ObjectKey::new("StatefulSet", Some("default"), "orders");
    let scale = Scale { key: key.clone(), replicas: 3, manager: Arc::from("kubectl") };
    world.kubernetes().scale(scale).expect("scaled");
    let patch: Value = serde_json::from_value(json!({"status": {"replicas": 7}})).expect("a value");
    let (manager, dry_run) = (Arc::from("operator"), DryRun::Off);
    let patch = MergePatch { key, patch, manager, through: Through::Status, dry_run };
    let written = world.kubernetes().merge_patch(patch).expect("reported").object;
    let entries = written.at(&["metadata", "managedFields"]).and_then(Value::as_list).expect("managers");
    let through =
        |name: &str| entries.iter().any(|entry| entry.get("subresource") == Some(&Value::from(name)));
    assert!(through("scale") && through("status"));
    assert_eq!(written.at(&["spec", "replicas"]), Some(&Value::from(3)));
}

#[test]
fn a_thousand_objects_take_a_minute_of_their_time_in_seconds_of_ours() {
    let mut world = world();
    for number in 0..1000 {
        apply(
            &mut world,
            json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"},
            "metadata": {"name": format!("c{number}"), "namespace": "default"}}),
        );
    }
    advance(&mut world, 60);
    let listed = world.cluster().list(&"ConfigMap".into(), Some("default"), &Selector::default());
    assert_eq!(listed.expect("listed").len(), 1000);
}
