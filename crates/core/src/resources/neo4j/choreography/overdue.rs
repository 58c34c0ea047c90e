//! Servers that run with the old although what they read is new: an apply ended between the two. No row of theirs differs,
//! and yet they are restarted; so their pods are decided about like a row, and whoever judges changes judges this.

use super::restart::{outage, seen_topology, takes_effect_at_start};
use crate::engine::id::{ResourceId, Uid};
use crate::engine::plan::choreography::Scene;
use crate::engine::question::{Answer, Body, Question, Seen};
use crate::engine::step::Risk;
use crate::engine::value::Value;
use crate::resources::neo4j::{Cluster, Server};

/// A pod that has to go, for nothing that the plan itself changes.
#[derive(Debug)]
pub struct Overdue<'a> {
    /// Which.
    pub pod: &'a ResourceId,
    /// Which incarnation.
    pub uid: Uid,
    /// What it costs.
    pub risk: Risk,
}

/// Returns the pods whose servers an earlier apply wrote for and did not restart.
#[must_use]
pub fn overdue<'a>(cluster: &'a Cluster, scene: &Scene<'_>) -> Vec<Overdue<'a>> {
    let found = seen_topology(cluster, scene);
    let of_one = |server: &'a Server| {
        let Some(Answer::Seen(pod)) = scene.ask(Question::Object(server.pod.clone())) else { return None };
        let is_overdue = is_behind(server, pod, scene) && !takes_effect_at_start(server, scene);
        is_overdue.then(|| Overdue {
            pod: &server.pod,
            uid: pod.uid.clone(),
            risk: outage(cluster, server, (found, scene)).risk(),
        })
    };
    cluster.servers.values().filter_map(of_one).collect()
}

/// Tells whether a pod is of another template than the one that is wanted, or there.
pub(super) fn is_behind(server: &Server, pod: &Seen, scene: &Scene<'_>) -> bool {
    let Body::Whole(pod) = &pod.body else { return false };
    lacks_our_marks(server, pod, scene) || is_of_another_revision(server, pod, scene)
}

/// Not all that a server starts with is in its pod's template: what is only in a `ConfigMap` shows in our mark.
fn lacks_our_marks(server: &Server, pod: &Value, scene: &Scene<'_>) -> bool {
    let place = ["spec", "template", "metadata", "annotations"];
    let wanted = scene.wanted(&server.workload).and_then(|wanted| wanted.at(&place));
    let of_pod = |name: &str| pod.at(&["metadata", "annotations", name]);
    let ours = wanted.and_then(Value::as_map).into_iter().flatten();
    ours.filter(|(name, _)| name.starts_with("evenkeel.dev/")).any(|(name, text)| of_pod(name) != Some(text))
}

/// A `StatefulSet` tells the revision that its template has, once its controller has seen it, and a pod the one that it was
/// made of: <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#revision-history>.
fn is_of_another_revision(server: &Server, pod: &Value, scene: &Scene<'_>) -> bool {
    let Some(Body::Whole(workload)) = scene.seen(&server.workload).map(|seen| &seen.body) else {
        return false;
    };
    let generation = workload.at(&["metadata", "generation"]);
    let is_known = generation.is_some() && generation == workload.at(&["status", "observedGeneration"]);
    let revisions = workload.at(&["status", "updateRevision"]).zip(pod.at(&[
        "metadata",
        "labels",
        "controller-revision-hash",
    ]));
    is_known && revisions.is_some_and(|(of_template, of_pod)| of_template != of_pod)
}
