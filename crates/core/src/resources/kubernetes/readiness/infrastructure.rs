//! When volumes, definitions, namespaces, services and the like can be used.

use super::conditions::{Says, condition, wait_for};
use super::{number, text};
use crate::engine::step::Readiness;
use crate::engine::value::Value;

/// A claim that waits for its first consumer is as ready as it will be without one.
pub(super) fn claim(live: &Value) -> Readiness {
    match text(live, &["status", "phase"]) {
        Some("Bound") => resized(live),
        Some("Lost") => Readiness::Failed("its volume is lost".to_owned()),
        Some("Pending") | None if text(live, &["spec", "volumeName"]).is_none() => Readiness::Ready,
        Some(phase) => Readiness::Waiting(format!("phase {phase}")),
        None => Readiness::Waiting("not bound yet".to_owned()),
    }
}

fn resized(live: &Value) -> Readiness {
    let resizing = condition(live, "FileSystemResizePending").filter(|found| found.says == Says::Yes);
    match resizing {
        Some(found) => Readiness::Waiting(found.explain("the file system grows when a pod mounts it next")),
        None => Readiness::Ready,
    }
}

pub(super) fn volume(live: &Value) -> Readiness {
    match text(live, &["status", "phase"]) {
        Some("Available" | "Bound") => Readiness::Ready,
        Some("Failed") => {
            Readiness::Failed(text(live, &["status", "message"]).unwrap_or("its recycling failed").to_owned())
        }
        Some(phase) => Readiness::Waiting(format!("phase {phase}")),
        None => Readiness::Waiting("not available yet".to_owned()),
    }
}

pub(super) fn definition(live: &Value) -> Readiness {
    match condition(live, "NamesAccepted") {
        Some(names) if names.says == Says::No => Readiness::Failed(names.explain("its names are taken")),
        Some(_) | None => wait_for(live, "Established"),
    }
}

pub(super) fn api_service(live: &Value) -> Readiness {
    wait_for(live, "Available")
}

pub(super) fn namespace(live: &Value) -> Readiness {
    match text(live, &["status", "phase"]) {
        Some("Active") => Readiness::Ready,
        Some(phase) => Readiness::Waiting(format!("phase {phase}")),
        None => Readiness::Waiting("not active yet".to_owned()),
    }
}

pub(super) fn service(live: &Value) -> Readiness {
    let balanced = text(live, &["spec", "type"]) == Some("LoadBalancer");
    let ingress = live.at(&["status", "loadBalancer", "ingress"]).and_then(Value::as_list);
    if balanced && ingress.is_none_or(<[Value]>::is_empty) {
        return Readiness::Waiting("the load balancer has no address yet".to_owned());
    }
    Readiness::Ready
}

/// A budget protects once its controller has counted the pods, whether or not a disruption is allowed just now.
pub(super) fn disruption_budget(live: &Value) -> Readiness {
    if number(live, &["status", "observedGeneration"]).is_none() {
        return Readiness::Waiting("its controller has not counted its pods yet".to_owned());
    }
    Readiness::Ready
}

pub(super) fn autoscaler(live: &Value) -> Readiness {
    match condition(live, "AbleToScale") {
        Some(found) if found.says == Says::No => Readiness::Waiting(found.explain("cannot scale")),
        Some(_) => Readiness::Ready,
        None => Readiness::Waiting("its controller has not looked at it yet".to_owned()),
    }
}
