//! When an object does its work: per kind where Kubernetes has its own way of telling, by the kstatus conventions
//! elsewhere.

mod conditions;
mod infrastructure;
mod workloads;

use crate::engine::question::{Body, Seen};
use crate::engine::step::Readiness;
use crate::engine::value::Value;

/// Tells whether a seen object does its work. One whose body was not kept has to be read again for that.
#[must_use]
pub fn readiness(seen: &Seen) -> Readiness {
    let Body::Whole(live) = &seen.body else {
        return Readiness::Waiting("its status was not read".to_owned());
    };
    if let Some(waiting) = terminating(live) {
        return waiting;
    }
    if let Some(waiting) = not_observed(live) {
        return waiting;
    }
    match seen.id.kind.as_str() {
        "Deployment" => workloads::deployment(live),
        "StatefulSet" => workloads::stateful_set(live),
        "DaemonSet" => workloads::daemon_set(live),
        "ReplicaSet" | "ReplicationController" => workloads::replica_set(live),
        "Job" => workloads::job(live),
        "Pod" => workloads::pod(live),
        "PersistentVolumeClaim" => infrastructure::claim(live),
        "PersistentVolume" => infrastructure::volume(live),
        "CustomResourceDefinition" => infrastructure::definition(live),
        "APIService" => infrastructure::api_service(live),
        "Namespace" => infrastructure::namespace(live),
        "Service" => infrastructure::service(live),
        "PodDisruptionBudget" => infrastructure::disruption_budget(live),
        "HorizontalPodAutoscaler" => infrastructure::autoscaler(live),
        _ => conditions::by_convention(live),
    }
}

/// An object that is being deleted says which finalizers it waits for.
pub(super) fn terminating(live: &Value) -> Option<Readiness> {
    let since = live.at(&["metadata", "deletionTimestamp"])?.as_text()?;
    let finalizers = live.at(&["metadata", "finalizers"]).and_then(Value::as_list).unwrap_or_default();
    let names: Vec<&str> = finalizers.iter().filter_map(Value::as_text).collect();
    Some(Readiness::Waiting(match names.as_slice() {
        [] => format!("being deleted since {since}"),
        [name] => format!("being deleted since {since}: waits for finalizer {name}; {}", who_serves(name)),
        names => format!("being deleted since {since}: waits for finalizers {}", names.join(", ")),
    }))
}

/// Says who takes a finalizer away, as far as that is known.
fn who_serves(finalizer: &str) -> &'static str {
    match finalizer {
        "kubernetes.io/pvc-protection" => "it goes when no pod uses the claim",
        "kubernetes.io/pv-protection" => "it goes when no claim is bound to the volume",
        "foregroundDeletion" => "it goes when the dependants are gone",
        "orphan" => "it goes when the dependants are released",
        "kubernetes" => "it goes when everything in the namespace is gone",
        "customresourcecleanup.apiextensions.k8s.io" => "it goes when all its resources are gone",
        "service.kubernetes.io/load-balancer-cleanup" => {
            "it goes when the cloud has removed the load balancer"
        }
        "batch.kubernetes.io/job-tracking" => "it goes when the Job has counted its pod",
        _ => "if it stays, nobody serves it: the controller that put it there may be gone",
    }
}

/// A controller that has not looked at the latest generation yet says nothing about it.
fn not_observed(live: &Value) -> Option<Readiness> {
    let generation = number(live, &["metadata", "generation"])?;
    let observed = number(live, &["status", "observedGeneration"])?;
    (observed < generation)
        .then(|| Readiness::Waiting(format!("its controller has seen generation {observed} of {generation}")))
}

/// Returns the whole number at a place.
fn number(live: &Value, path: &[&str]) -> Option<i64> {
    live.at(path).and_then(Value::as_integer)
}

/// Returns the text at a place.
fn text<'a>(live: &'a Value, path: &[&str]) -> Option<&'a str> {
    live.at(path).and_then(Value::as_text)
}

/// Returns waiting with `done of wanted things` while there are fewer.
fn at_least(done: i64, wanted: i64, things: &str) -> Option<Readiness> {
    (done < wanted).then(|| Readiness::Waiting(format!("{done} of {wanted} {things}")))
}
