//! Deployments: a ReplicaSet for each template, the new one grown pod by pod while the old ones shrink.
//!
//! Simplified: one more and one fewer at a time, whatever `maxSurge` and `maxUnavailable` say.
//! <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/>

use super::{all, controller_reference, count, manager, map, number, owned, reporter, revision_of, text};
use crate::kubernetes::object::{ObjectKey, meta_text, set_at, set_meta, time};
use crate::kubernetes::server::ApiServer;
use evenkeel_core::engine::value::Value;

pub(super) fn work(server: &mut ApiServer) {
    for key in all(server, "Deployment") {
        let Some(deployment) = server.objects.get(&key).filter(|stored| !stored.is_deleting()) else {
            continue;
        };
        let body = deployment.body.clone();
        let revision = revision_of(body.at(&["spec", "template"]).unwrap_or(&Value::Null));
        let current = format!("{}-{revision}", meta_text(&body, "name").unwrap_or_default());
        let paused = body.at(&["spec", "paused"]).and_then(Value::as_bool) == Some(true);
        if !paused {
            roll(server, &key, &body, &current, &revision);
        }
        report(server, &key, &body, &current);
    }
}

fn roll(server: &mut ApiServer, key: &ObjectKey, body: &Value, current: &str, revision: &str) {
    let sets = owned(server, body, "ReplicaSet");
    let wanted = number(body, &["spec", "replicas"]);
    let Some(new) = sets.iter().find(|set| &*set.name == current).cloned() else {
        let first = if sets.is_empty() { wanted } else { 0 };
        make_set(server, body, current, revision, first);
        let number = (sets.len() + 1).to_string();
        server.edit(key, &reporter(), |body| {
            set_at(
                body,
                &["metadata", "annotations", "deployment.kubernetes.io/revision"],
                Value::from(number),
            );
        });
        return;
    };
    let old: Vec<ObjectKey> =
        sets.into_iter().filter(|set| *set != new && replicas(server, set) > 0).collect();
    let recreate = text(body, &["spec", "strategy", "type"]) == "Recreate";
    match old.first() {
        None => resize(server, &new, wanted),
        Some(set) if recreate => resize(server, set, 0),
        Some(_) if is_settling(server, &new) => {}
        Some(set) => {
            let (grown, left) = (replicas(server, &new), replicas(server, set));
            if grown < wanted {
                resize(server, &new, grown + 1);
            }
            if ready(server, &new) + left > wanted || grown >= wanted {
                resize(server, set, left - 1);
            }
        }
    }
}

fn make_set(server: &mut ApiServer, deployment: &Value, name: &str, revision: &str, replicas: i64) {
    let mut set = map([
        ("apiVersion", Value::from("apps/v1")),
        ("kind", Value::from("ReplicaSet")),
        ("spec", map([("replicas", Value::from(replicas))])),
    ]);
    set_meta(&mut set, "name", Value::from(name));
    set_meta(&mut set, "namespace", Value::from(text(deployment, &["metadata", "namespace"])));
    set_meta(&mut set, "ownerReferences", controller_reference(deployment));
    for field in ["selector", "template"] {
        set_at(&mut set, &["spec", field], deployment.at(&["spec", field]).cloned().unwrap_or_default());
    }
    let labels = deployment.at(&["spec", "template", "metadata", "labels"]).cloned().unwrap_or_default();
    set_meta(&mut set, "labels", labels);
    for path in [&["metadata"][..], &["spec", "template", "metadata"][..], &["spec", "selector"][..]] {
        let labels = if path[path.len() - 1] == "selector" { "matchLabels" } else { "labels" };
        set_at(&mut set, &[path, &[labels, "pod-template-hash"]].concat(), Value::from(revision));
    }
    server.make(set);
}

fn replicas(server: &ApiServer, set: &ObjectKey) -> i64 {
    server.objects.get(set).map_or(0, |set| number(&set.body, &["spec", "replicas"]))
}

fn ready(server: &ApiServer, set: &ObjectKey) -> i64 {
    server.objects.get(set).map_or(0, |set| number(&set.body, &["status", "readyReplicas"]))
}

/// A set that has not as many ready pods as it should holds the roll.
fn is_settling(server: &ApiServer, set: &ObjectKey) -> bool {
    ready(server, set) < replicas(server, set)
}

fn resize(server: &mut ApiServer, set: &ObjectKey, to: i64) {
    server.edit(set, &manager(), |body| {
        if number(body, &["spec", "replicas"]) != to {
            set_at(body, &["spec", "replicas"], Value::from(to));
            let generation = number(body, &["metadata", "generation"]) + 1;
            set_meta(body, "generation", Value::from(generation));
        }
    });
}

fn report(server: &mut ApiServer, key: &ObjectKey, body: &Value, current: &str) {
    let sets = owned(server, body, "ReplicaSet");
    let counted = |set: &ObjectKey, field: &str| {
        server.objects.get(set).map_or(0, |set| number(&set.body, &["status", field]))
    };
    let total: i64 = sets.iter().map(|set| counted(set, "replicas")).sum();
    let ready: i64 = sets.iter().map(|set| counted(set, "readyReplicas")).sum();
    let updated = sets.iter().filter(|set| &*set.name == current).map(|set| counted(set, "replicas")).sum();
    let wanted = number(body, &["spec", "replicas"]);
    let now = server.now;
    server.edit(key, &reporter(), |body| {
        let generation = number(body, &["metadata", "generation"]);
        count(body, "observedGeneration", generation);
        count(body, "replicas", total);
        count(body, "updatedReplicas", updated);
        count(body, "readyReplicas", ready);
        count(body, "availableReplicas", ready);
        count(body, "unavailableReplicas", (wanted - ready).max(0));
        let done = ready >= wanted && updated == wanted && total == wanted;
        set_conditions(body, ready >= wanted, done, &time(now));
    });
}

fn set_conditions(body: &mut Value, available: bool, done: bool, now: &Value) {
    let known = body.at(&["status", "conditions"]).and_then(Value::as_list).unwrap_or_default().to_vec();
    let condition = |name: &str, holds: bool, reason: &str| {
        let status = Value::from(if holds { "True" } else { "False" });
        let before = known.iter().find(|one| text(one, &["type"]) == name);
        let since = before.filter(|one| one.get("status") == Some(&status));
        let since = since.and_then(|one| one.get("lastTransitionTime")).unwrap_or(now).clone();
        map([
            ("type", Value::from(name)),
            ("status", status),
            ("reason", Value::from(reason)),
            ("lastTransitionTime", since),
        ])
    };
    let available = if available {
        condition("Available", true, "MinimumReplicasAvailable")
    } else {
        condition("Available", false, "MinimumReplicasUnavailable")
    };
    let progressing =
        condition("Progressing", true, if done { "NewReplicaSetAvailable" } else { "ReplicaSetUpdated" });
    set_at(body, &["status", "conditions"], Value::List(vec![available, progressing]));
}
