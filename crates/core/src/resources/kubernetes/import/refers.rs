//! Which objects belong together: what a workload names in its pods, what selects those pods, what scales it.

use crate::engine::id::ResourceId;
use crate::engine::value::{Map, Value};
use std::collections::BTreeSet;

/// Returns the pod template of a workload.
pub(super) fn pod_template<'v>(id: &ResourceId, live: &'v Value) -> Option<&'v Value> {
    match id.kind.as_str() {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "ReplicationController" => {
            live.at(&["spec", "template"])
        }
        "CronJob" => live.at(&["spec", "jobTemplate", "spec", "template"]),
        "Pod" => Some(live),
        _ => None,
    }
}

/// Returns what an object names, as kind and name in its own namespace.
pub(super) fn named(id: &ResourceId, live: &Value) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    if let Some(pod) = pod_template(id, live).and_then(|template| template.get("spec")) {
        pod_names(pod, &mut found);
    }
    let mut add = |kind: &str, name: Option<&Value>| {
        let name = name.and_then(Value::as_text).filter(|name| !name.is_empty());
        found.extend(name.map(|name| (kind.to_owned(), name.to_owned())));
    };
    match id.kind.as_str() {
        "StatefulSet" => add("Service", live.at(&["spec", "serviceName"])),
        "HorizontalPodAutoscaler" => {
            let kind = live.at(&["spec", "scaleTargetRef", "kind"]).and_then(Value::as_text);
            add(kind.unwrap_or_default(), live.at(&["spec", "scaleTargetRef", "name"]));
        }
        "RoleBinding" => {
            for subject in items(live, &["subjects"]) {
                let kind = subject.get("kind").and_then(Value::as_text).unwrap_or_default();
                add(kind, subject.get("name"));
            }
            let kind = live.at(&["roleRef", "kind"]).and_then(Value::as_text);
            add(kind.unwrap_or_default(), live.at(&["roleRef", "name"]));
        }
        "Ingress" => {
            for rule in items(live, &["spec", "rules"]) {
                for path in items(rule, &["http", "paths"]) {
                    add("Service", path.at(&["backend", "service", "name"]));
                }
            }
            for tls in items(live, &["spec", "tls"]) {
                add("Secret", tls.get("secretName"));
            }
            add("Service", live.at(&["spec", "defaultBackend", "service", "name"]));
        }
        "ServiceAccount" => {
            for secret in items(live, &["imagePullSecrets"]) {
                add("Secret", secret.get("name"));
            }
        }
        _ => {}
    }
    found
}

fn items<'v>(value: &'v Value, path: &[&str]) -> &'v [Value] {
    value.at(path).and_then(Value::as_list).unwrap_or_default()
}

/// Wherever they stand in the description of a pod, these fields name other objects.
fn pod_names(value: &Value, found: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Map(map) => {
            for (field, inner) in map {
                let (kind, name) = match field.as_str() {
                    "configMap" | "configMapRef" | "configMapKeyRef" => ("ConfigMap", inner.get("name")),
                    "secretRef" | "secretKeyRef" => ("Secret", inner.get("name")),
                    "secret" => ("Secret", inner.get("secretName").or_else(|| inner.get("name"))),
                    "persistentVolumeClaim" => ("PersistentVolumeClaim", inner.get("claimName")),
                    "serviceAccountName" => ("ServiceAccount", Some(inner)),
                    _ => ("", None),
                };
                found.extend(name.and_then(Value::as_text).map(|name| (kind.to_owned(), name.to_owned())));
                pod_names(inner, found);
            }
            for secret in map.get("imagePullSecrets").and_then(Value::as_list).unwrap_or_default() {
                let name = secret.get("name").and_then(Value::as_text);
                found.extend(name.map(|name| ("Secret".to_owned(), name.to_owned())));
            }
        }
        Value::List(items) => items.iter().for_each(|item| pod_names(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        Value::Output(_) | Value::Secret(_) | Value::Opaque(_) => {}
    }
}

/// Returns the labels by which an object selects pods; nothing if it selects none, or all.
pub(super) fn selector<'v>(id: &ResourceId, live: &'v Value) -> Option<&'v Map> {
    let path: &[&str] = match id.kind.as_str() {
        "Service" => &["spec", "selector"],
        "PodDisruptionBudget" => &["spec", "selector", "matchLabels"],
        "NetworkPolicy" => &["spec", "podSelector", "matchLabels"],
        _ => return None,
    };
    live.at(path)?.as_map().filter(|labels| !labels.is_empty())
}

/// Tells whether a workload's pods carry these labels.
pub(super) fn selects(selector: &Map, template: &Value) -> bool {
    let labels = template.at(&["metadata", "labels"]).and_then(Value::as_map);
    labels.is_some_and(|labels| selector.iter().all(|(name, value)| labels.get(name) == Some(value)))
}
