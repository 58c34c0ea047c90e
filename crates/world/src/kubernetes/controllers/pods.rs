//! Pods: scheduled, started and ready after a few ticks; gone at the tick after their deletion.
//!
//! A pod annotated `fake.example/ready: "false"` cannot pull its image, as with the fake kubelets of the real test
//! servers. One annotated `fake.example/stops-after: "5"` takes so many seconds to end, at most its grace period.

use super::{all, map, text};
use crate::kubernetes::delete::STOPS_AFTER;
use crate::kubernetes::managers::Who;
use crate::kubernetes::object::{ObjectKey, set_at, time};
use crate::kubernetes::server::ApiServer;
use evenkeel_core::engine::id::Kind;
use evenkeel_core::engine::value::Value;
use jiff::{SignedDuration, Timestamp};

/// How long a pod takes from its making until it is ready.
const START: SignedDuration = SignedDuration::from_secs(3);

pub(super) fn work(server: &mut ApiServer) {
    for key in all(server, "Pod") {
        let Some(stored) = server.objects.get(&key) else { continue };
        if stored.is_deleting() {
            if is_over(&stored.body, server.now) {
                server.finish_deletion(&key);
            }
        } else if text(&stored.body, &["status", "phase"]) != "Running" && is_due(&stored.body, server.now) {
            start(server, &key);
        }
    }
}

/// Tells whether a pod starts or ends as time passes.
pub(super) fn are_waited_for(server: &ApiServer) -> bool {
    let mut pods = server.scope(&Kind::new("Pod"), None);
    pods.any(|(_, pod)| pod.is_deleting() || text(&pod.body, &["status", "phase"]) != "Running")
}

/// Tells whether the processes of a pod that is being deleted have ended, or were killed.
fn is_over(pod: &Value, now: Timestamp) -> bool {
    let killed: Option<Timestamp> = text(pod, &["metadata", "deletionTimestamp"]).parse().ok();
    let takes: Option<i64> = text(pod, &["metadata", "annotations", STOPS_AFTER]).parse().ok();
    let (Some(killed), Some(takes)) = (killed, takes) else { return true };
    let grace = super::number(pod, &["metadata", "deletionGracePeriodSeconds"]);
    let ends = killed.checked_sub(SignedDuration::from_secs(grace - takes.min(grace)));
    ends.is_ok_and(|ends| now >= ends)
}

fn is_due(pod: &Value, now: Timestamp) -> bool {
    let broken = text(pod, &["metadata", "annotations", "fake.example/ready"]) == "false";
    let made: Option<Timestamp> = text(pod, &["metadata", "creationTimestamp"]).parse().ok();
    !broken && made.is_some_and(|made| now.duration_since(made) >= START)
}

fn start(server: &mut ApiServer, key: &ObjectKey) {
    let now = time(server.now);
    let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(|name| {
        map([
            ("type", Value::from(name)),
            ("status", Value::from("True")),
            ("lastTransitionTime", now.clone()),
        ])
    });
    server.edit(key, &Who::updates("kwok").through("status"), |body| {
        let containers = body.at(&["spec", "containers"]).and_then(Value::as_list).unwrap_or_default();
        let statuses = containers.iter().map(|container| {
            map([
                ("name", container.get("name").cloned().unwrap_or_default()),
                ("image", container.get("image").cloned().unwrap_or_default()),
                ("ready", Value::from(true)),
                ("restartCount", Value::from(0)),
                ("state", map([("running", map([("startedAt", now.clone())]))])),
            ])
        });
        let statuses = Value::List(statuses.collect());
        let status = map([
            ("phase", Value::from("Running")),
            ("startTime", now.clone()),
            ("conditions", Value::List(conditions.to_vec())),
            ("containerStatuses", statuses),
        ]);
        set_at(body, &["status"], status);
    });
}

impl ApiServer {
    /// Reports what the probe of a running pod found.
    pub(crate) fn report_ready(&mut self, key: &ObjectKey, is_ready: bool) {
        let (now, status) = (time(self.now), if is_ready { "True" } else { "False" });
        self.edit(key, &Who::updates("kwok").through("status"), |body| {
            let conditions = body.at(&["status", "conditions"]).and_then(Value::as_list).unwrap_or_default();
            let conditions = conditions.iter().cloned().map(|mut one| {
                if matches!(text(&one, &["type"]), "Ready" | "ContainersReady") {
                    set_at(&mut one, &["status"], Value::from(status));
                    set_at(&mut one, &["lastTransitionTime"], now.clone());
                }
                one
            });
            let conditions = Value::List(conditions.collect());
            set_at(body, &["status", "conditions"], conditions);
        });
    }

    /// Makes a pod of a template, for an owner that controls it.
    pub(super) fn make_pod(&mut self, name: &str, owner: &Value, labels: &[(&str, &str)]) {
        let template = owner.at(&["spec", "template"]).cloned().unwrap_or_default();
        let mut pod = map([
            ("apiVersion", Value::from("v1")),
            ("kind", Value::from("Pod")),
            ("metadata", template.get("metadata").cloned().unwrap_or_default()),
            ("spec", template.get("spec").cloned().unwrap_or_default()),
        ]);
        set_at(&mut pod, &["metadata", "name"], Value::from(name));
        set_at(&mut pod, &["metadata", "namespace"], Value::from(text(owner, &["metadata", "namespace"])));
        set_at(&mut pod, &["metadata", "ownerReferences"], super::controller_reference(owner));
        for (label, value) in labels {
            set_at(&mut pod, &["metadata", "labels", label], Value::from(*value));
        }
        mount_claims(&mut pod, name, owner);
        self.make(pod);
    }

    /// Creates what a controller makes; what is there already, or may not be made, is left to the next tick.
    pub(super) fn make(&mut self, object: Value) {
        use crate::kubernetes::request::{DryRun, Whole};
        let manager = super::manager().name;
        let _later = self.create(Whole { object, manager, dry_run: DryRun::Off });
    }
}

/// A pod of a StatefulSet mounts the claims of its own number.
fn mount_claims(pod: &mut Value, name: &str, owner: &Value) {
    let templates = owner.at(&["spec", "volumeClaimTemplates"]).and_then(Value::as_list).unwrap_or_default();
    let mut volumes = pod.at(&["spec", "volumes"]).and_then(Value::as_list).unwrap_or_default().to_vec();
    for template in templates {
        let volume = text(template, &["metadata", "name"]);
        let claim = Value::from(format!("{volume}-{name}"));
        volumes.push(map([
            ("name", Value::from(volume)),
            ("persistentVolumeClaim", map([("claimName", claim)])),
        ]));
    }
    if !templates.is_empty() {
        set_at(pod, &["spec", "volumes"], Value::List(volumes));
    }
}
