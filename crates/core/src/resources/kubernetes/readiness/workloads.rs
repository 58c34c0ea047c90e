//! When workloads run what they should.

use super::conditions::{Says, condition, wait_for};
use super::{at_least, number, text};
use crate::engine::step::Readiness;
use crate::engine::value::Value;

fn first(checks: impl IntoIterator<Item = Option<Readiness>>) -> Readiness {
    checks.into_iter().flatten().next().unwrap_or(Readiness::Ready)
}

/// A controller's status must be of the latest generation, and must be there at all.
fn unobserved(live: &Value) -> Option<Readiness> {
    let missing = number(live, &["status", "observedGeneration"]).is_none();
    missing.then(|| Readiness::Waiting("its controller has not looked at it yet".to_owned()))
}

pub(super) fn deployment(live: &Value) -> Readiness {
    let wanted = number(live, &["spec", "replicas"]).unwrap_or(1);
    let count = |name: &str| number(live, &["status", name]).unwrap_or(0);
    let progressing = condition(live, "Progressing").filter(|found| found.says == Says::No);
    let failed = condition(live, "ReplicaFailure").filter(|found| found.says == Says::Yes);
    let old = count("replicas") - count("updatedReplicas");
    first([
        unobserved(live),
        progressing.map(|found| Readiness::Failed(found.explain("no progress within its deadline"))),
        failed.map(|found| Readiness::Waiting(found.explain("pods cannot be created"))),
        at_least(count("updatedReplicas"), wanted, "replicas updated"),
        (old > 0).then(|| Readiness::Waiting(format!("{old} old replicas still there"))),
        at_least(count("availableReplicas"), wanted, "replicas available"),
    ])
}

/// With `OnDelete`, and below the partition, pods stay as they are until somebody deletes them: that is no failure. Where
/// all are of an earlier revision, none of them becomes ready by what was written, and nobody waits for that.
pub(super) fn stateful_set(live: &Value) -> Readiness {
    let wanted = number(live, &["spec", "replicas"]).unwrap_or(1);
    let count = |name: &str| number(live, &["status", name]).unwrap_or(0);
    let on_delete = text(live, &["spec", "updateStrategy", "type"]) == Some("OnDelete");
    if on_delete && count("replicas") > 0 && count("updatedReplicas") == 0 {
        return first([unobserved(live)]);
    }
    let ready = [unobserved(live), at_least(count("readyReplicas"), wanted, "pods ready")];
    if on_delete {
        return first(ready);
    }
    let partition = number(live, &["spec", "updateStrategy", "rollingUpdate", "partition"]).unwrap_or(0);
    let to_update = (wanted - partition).max(0);
    let behind = text(live, &["status", "currentRevision"]) != text(live, &["status", "updateRevision"]);
    let updated =
        (behind || partition > 0).then(|| at_least(count("updatedReplicas"), to_update, "pods updated"));
    let switching =
        (behind && partition == 0).then(|| Readiness::Waiting("the last pods are being replaced".to_owned()));
    first(ready.into_iter().chain([updated.flatten(), switching]))
}

pub(super) fn daemon_set(live: &Value) -> Readiness {
    let count = |name: &str| number(live, &["status", name]).unwrap_or(0);
    let wanted = count("desiredNumberScheduled");
    let on_delete = text(live, &["spec", "updateStrategy", "type"]) == Some("OnDelete");
    first([
        unobserved(live),
        (!on_delete).then(|| at_least(count("updatedNumberScheduled"), wanted, "pods updated")).flatten(),
        at_least(count("numberAvailable"), wanted, "pods available"),
    ])
}

pub(super) fn replica_set(live: &Value) -> Readiness {
    let wanted = number(live, &["spec", "replicas"]).unwrap_or(1);
    let available = number(live, &["status", "availableReplicas"]).unwrap_or(0);
    first([unobserved(live), at_least(available, wanted, "replicas available")])
}

pub(super) fn job(live: &Value) -> Readiness {
    if let Some(failed) = condition(live, "Failed").filter(|found| found.says == Says::Yes) {
        return Readiness::Failed(failed.explain("Failed"));
    }
    if live.at(&["spec", "suspend"]) == Some(&Value::Bool(true)) {
        return Readiness::Waiting("suspended".to_owned());
    }
    if condition(live, "Complete").is_some_and(|found| found.says == Says::Yes) {
        return Readiness::Ready;
    }
    let active = number(live, &["status", "active"]).unwrap_or(0);
    let succeeded = number(live, &["status", "succeeded"]).unwrap_or(0);
    Readiness::Waiting(format!("{succeeded} pods succeeded, {active} active"))
}

pub(super) fn pod(live: &Value) -> Readiness {
    match text(live, &["status", "phase"]) {
        Some("Succeeded") => Readiness::Ready,
        Some("Failed") => Readiness::Failed(
            text(live, &["status", "message"]).unwrap_or("its containers failed").to_owned(),
        ),
        Some(_) | None => match stuck_container(live) {
            Some(why) => Readiness::Waiting(why),
            None => wait_for(live, "Ready"),
        },
    }
}

/// Names the first container that waits for more than its start.
fn stuck_container(live: &Value) -> Option<String> {
    let statuses = live.at(&["status", "containerStatuses"])?.as_list()?;
    statuses.iter().find_map(|status| {
        let reason = text(status, &["state", "waiting", "reason"])?;
        let name = text(status, &["name"])?;
        (!matches!(reason, "ContainerCreating" | "PodInitializing")).then(|| {
            match text(status, &["state", "waiting", "message"]) {
                Some(message) => format!("container {name}: {reason}: {message}"),
                None => format!("container {name}: {reason}"),
            }
        })
    })
}
