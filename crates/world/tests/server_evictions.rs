//! Evictions: what a disruption budget allows, and what it keeps waiting. Messages are those of 1.36.

use evenkeel_core::engine::id::Uid;
use evenkeel_core::engine::value::Value;
use evenkeel_world::World;
use evenkeel_world::kubernetes::{
    ApiError, Apply, Delete, Deleted, DryRun, Evict, Force, ObjectKey, Propagation,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

fn apply(world: &mut World, object: Json) {
    let object: Value = serde_json::from_value(object).expect("a value");
    let request = Apply { object, manager: Arc::from("evenkeel"), force: Force::Yes, dry_run: DryRun::Off };
    world.kubernetes().apply(request).expect("applied");
}

/// Three sets of one pod each under one budget, as the servers of a cluster are.
fn three(budget: &Json) -> World {
    let mut world = World::new(1, "2026-11-22T01:00:00Z".parse().expect("a time"));
    for name in ["one", "two", "three"] {
        apply(
            &mut world,
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name, "namespace": "default"},
            "spec": {"serviceName": name, "replicas": 1, "updateStrategy": {"type": "OnDelete"},
                "selector": {"matchLabels": {"instance": name}},
                "template": {"metadata": {"labels": {"app": "graph", "instance": name}, "annotations": {"fake.example/stops-after": "5"}},
                    "spec": {"containers": [{"name": "neo4j", "image": "neo4j:5.26.30-enterprise"}],
                        "terminationGracePeriodSeconds": 3600}}}}),
        );
    }
    apply(
        &mut world,
        json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": budget,
        "metadata": {"name": "graph", "namespace": "default"}}),
    );
    world.advance(Duration::from_secs(10));
    world
}

fn of_all(most: &Json) -> Json {
    json!({"maxUnavailable": most, "selector": {"matchLabels": {"app": "graph"}}})
}

fn evict(world: &mut World, pod: &str) -> Result<Deleted, ApiError> {
    let key = ObjectKey::new("Pod", Some("default"), pod);
    world.kubernetes().evict(&Evict { key, uid: None })
}

fn status(world: &World, field: &str) -> i64 {
    let budget = world.cluster().get(&ObjectKey::new("PodDisruptionBudget", Some("default"), "graph"));
    budget.expect("there").at(&["status", field]).and_then(Value::as_integer).expect("a number")
}

#[test]
fn a_budget_lets_one_pod_go_and_keeps_the_next_waiting_until_the_first_is_back() {
    let mut world = three(&of_all(&json!(1)));
    assert_eq!((status(&world, "desiredHealthy"), status(&world, "disruptionsAllowed")), (2, 1));
    assert!(matches!(evict(&mut world, "one-0"), Ok(Deleted::Terminating(_))));
    let refused = evict(&mut world, "two-0").expect_err("has to wait");
    assert_eq!((refused.code, refused.reason.as_str()), (429, "TooManyRequests"));
    world.advance(Duration::from_secs(2));
    let refused = evict(&mut world, "two-0").expect_err("has to wait");
    assert_eq!(
        refused.causes[0].message,
        "The disruption budget graph needs 2 healthy pods and has 2 currently"
    );
    world.advance(Duration::from_secs(20));
    assert!(evict(&mut world, "two-0").is_ok());
}

#[test]
fn a_budget_of_a_share_is_of_what_the_controllers_want() {
    assert_eq!(status(&three(&of_all(&json!("34%"))), "desiredHealthy"), 1);
    assert_eq!(status(&three(&of_all(&json!(0))), "disruptionsAllowed"), 0);
}

#[test]
fn an_eviction_of_another_incarnation_and_of_nobody_is_refused() {
    let mut world = three(&of_all(&json!(1)));
    let key = ObjectKey::new("Pod", Some("default"), "one-0");
    let request = Evict { key, uid: Some(Uid::from("another")) };
    assert_eq!(world.kubernetes().evict(&request).expect_err("is another").code, 409);
    assert_eq!(evict(&mut world, "four-0").expect_err("is nobody").code, 404);
    assert_eq!(status(&world, "disruptionsAllowed"), 1, "nothing was used up");
}

#[test]
fn a_pod_that_stops_slowly_is_there_until_its_processes_end_and_no_longer_than_its_grace_period() {
    let mut world = three(&of_all(&json!(1)));
    let key = ObjectKey::new("Pod", Some("default"), "one-0");
    let before = world.cluster().get(&key).expect("there");
    let request = Delete { key: key.clone(), uid: None, version: None, propagation: Propagation::Background };
    world.kubernetes().delete(&request).expect("is deleted");
    world.advance(Duration::from_secs(4));
    let during = world.cluster().get(&key).expect("there");
    let uid = |pod: &Value| pod.at(&["metadata", "uid"]).cloned();
    assert_eq!(uid(&during), uid(&before));
    assert_eq!(during.at(&["metadata", "deletionGracePeriodSeconds"]), Some(&Value::from(3600)));
    world.advance(Duration::from_secs(4));
    assert_ne!(world.cluster().get(&key).ok().as_ref().and_then(uid), uid(&before));
}
