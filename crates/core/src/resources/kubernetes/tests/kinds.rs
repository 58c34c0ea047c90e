//! What differs from kind to kind: readiness, immutable fields, data, managers of old.

use super::{Case, entry};
use crate::engine::id::{ResourceId, Uid};
use crate::engine::question::{Body, Seen};
use crate::engine::step::Readiness;
use crate::engine::verdict::Verdict;
use crate::resources::kubernetes::{Legacy, holds_data, immutable, migrations, readiness};
use crate::resources::{HoldsData, Occasion};
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn seen(kind: &str, live: &Json) -> Seen {
    Seen {
        id: ResourceId::kubernetes(kind, Some("graph"), "it"),
        uid: Uid::new("one"),
        version: Arc::from("1"),
        body: Body::Whole(Arc::new(super::value(live))),
    }
}

fn ready(kind: &str, live: &Json) -> Readiness {
    readiness(&seen(kind, live))
}

fn waiting(text: &str) -> Readiness {
    Readiness::Waiting(text.to_owned())
}

#[test]
fn a_deployment_is_ready_when_its_new_replicas_are_available_and_the_old_ones_gone() {
    let live =
        |status: Json| json!({"metadata": {"generation": 2}, "spec": {"replicas": 3}, "status": status});
    let full = json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3});
    assert_eq!(ready("Deployment", &live(full)), Readiness::Ready);
    assert_eq!(ready("Deployment", &live(json!({}))), waiting("its controller has not looked at it yet"));
    let behind =
        json!({"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3});
    assert_eq!(ready("Deployment", &live(behind)), waiting("its controller has seen generation 1 of 2"));
    let old = json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 3, "availableReplicas": 3});
    assert_eq!(ready("Deployment", &live(old)), waiting("1 old replicas still there"));
    let stuck = json!({"observedGeneration": 2, "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]});
    assert_eq!(ready("Deployment", &live(stuck)), Readiness::Failed("ProgressDeadlineExceeded".to_owned()));
}

#[test]
fn a_stateful_set_does_not_wait_for_pods_that_its_strategy_leaves_alone() {
    let live = |strategy: Json| {
        json!({"spec": {"replicas": 3, "updateStrategy": strategy},
        "status": {"observedGeneration": 1, "readyReplicas": 3, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b"}})
    };
    assert_eq!(ready("StatefulSet", &live(json!({"type": "RollingUpdate"}))), waiting("1 of 3 pods updated"));
    assert_eq!(ready("StatefulSet", &live(json!({"type": "OnDelete"}))), Readiness::Ready);
    let partition = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}});
    assert_eq!(ready("StatefulSet", &live(partition)), Readiness::Ready);
}

#[test]
fn pods_of_an_earlier_revision_that_only_a_deletion_replaces_are_not_waited_for() {
    let live = |updated: i64| {
        json!({"spec": {"replicas": 1, "updateStrategy": {"type": "OnDelete"}},
        "status": {"observedGeneration": 1, "replicas": 1, "readyReplicas": 0, "updatedReplicas": updated}})
    };
    assert_eq!(ready("StatefulSet", &live(0)), Readiness::Ready);
    assert_eq!(ready("StatefulSet", &live(1)), waiting("0 of 1 pods ready"));
}

#[test]
fn a_claim_that_waits_for_its_first_consumer_has_not_failed() {
    assert_eq!(ready("PersistentVolumeClaim", &json!({"status": {"phase": "Pending"}})), Readiness::Ready);
    let lost = Readiness::Failed("its volume is lost".to_owned());
    assert_eq!(ready("PersistentVolumeClaim", &json!({"status": {"phase": "Lost"}})), lost);
}

#[test]
fn a_definition_is_ready_when_it_is_established() {
    let live = |status: &str| json!({"status": {"conditions": [{"type": "Established", "status": status}]}});
    assert_eq!(ready("CustomResourceDefinition", &live("True")), Readiness::Ready);
    assert_eq!(ready("CustomResourceDefinition", &live("False")), waiting("not Established yet"));
}

#[test]
fn custom_resources_follow_the_conventions() {
    let live = |kind: &str, status: &str| json!({"status": {"conditions": [{"type": kind, "status": status, "reason": "Why", "message": "because"}]}});
    assert_eq!(ready("Kafka.kafka.strimzi.io", &json!({})), Readiness::Ready);
    assert_eq!(ready("Kafka.kafka.strimzi.io", &live("Ready", "True")), Readiness::Ready);
    assert_eq!(ready("Kafka.kafka.strimzi.io", &live("Ready", "False")), waiting("Why: because"));
    assert_eq!(ready("Kafka.kafka.strimzi.io", &live("Reconciling", "True")), waiting("Why: because"));
    assert_eq!(
        ready("Kafka.kafka.strimzi.io", &live("Stalled", "True")),
        Readiness::Failed("Why: because".to_owned())
    );
}

#[test]
fn what_is_being_deleted_names_the_finalizer_it_waits_for() {
    let live =
        json!({"metadata": {"deletionTimestamp": "2026-11-20T23:14:00Z", "finalizers": ["x.example/y"]}});
    let text = "being deleted since 2026-11-20T23:14:00Z: waits for finalizer x.example/y; if it stays, nobody serves it: the controller that put it there may be gone";
    assert_eq!(ready("ConfigMap", &live), waiting(text));
}

#[test]
fn an_immutable_field_is_named_with_the_way_around_it() {
    let manifest = |storage: &str, replicas: i64| json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {}, "spec": {"replicas": replicas, "serviceName": storage}});
    let (before, after) = (Case::new(&manifest("old", 1)), Case::new(&manifest("new", 2)));
    let live = before.live(&json!({}));
    let Verdict::Differs(difference) = after.verdict(&live) else { panic!("differs") };
    let found = immutable(&seen("StatefulSet", &live), &difference.fields);
    assert_eq!(found.iter().map(|found| found.path.to_string()).collect::<Vec<_>>(), ["spec.serviceName"]);
    assert!(found[0].migration.contains("--cascade=orphan"));
}

#[test]
fn what_holds_data_is_a_closed_table() {
    let of = |kind: &str| holds_data(&ResourceId::kubernetes(kind, Some("graph"), "it"), None);
    assert_eq!(of("StatefulSet"), HoldsData::ByKind);
    assert_eq!(of("Kafka.kafka.strimzi.io"), HoldsData::UnknownKind);
    assert_eq!((of("ConfigMap"), of("Secret")), (HoldsData::No, HoldsData::No));
    let mut row = Case::new(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": {}}))
        .row(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "it"}}));
    row.generated = crate::engine::ledger::Generated::Secret;
    assert_eq!(
        holds_data(&ResourceId::kubernetes("Secret", Some("graph"), "it"), Some(&row)),
        HoldsData::GeneratedSecret
    );
}

#[test]
fn helm_and_client_side_apply_must_be_migrated_and_people_need_not() {
    let live = |entries: Json| json!({"metadata": {"managedFields": entries}});
    let at = |entries: Json, occasion| migrations(&seen("ConfigMap", &live(entries)), occasion);
    let of = |entries: Json| at(entries, Occasion::Write);
    let update = |manager: &str| entry(manager, "Update", "v1", json!({"f:data": {}}));
    assert_eq!(of(json!([update("helm")])), [(Arc::from("helm"), Legacy::Helm)]);
    assert_eq!(
        of(json!([update("kubectl-client-side-apply")])),
        [(Arc::from("kubectl-client-side-apply"), Legacy::ClientSideApply)]
    );
    let person = json!([update("kubectl-edit")]);
    assert_eq!(of(person.clone()), [], "an edit by hand is no habit");
    assert_eq!(at(person, Occasion::Adoption), [(Arc::from("kubectl-edit"), Legacy::Person)]);
    assert_eq!(of(json!([])), [(Arc::from("before-first-apply"), Legacy::BeforeFirstApply)]);
}
