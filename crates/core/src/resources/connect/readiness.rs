//! When a connector does its work. RUNNING is not health: it may run without tasks, or restart for ever.

use crate::engine::question::{Body, Seen};
use crate::engine::step::Readiness;
use crate::engine::value::Value;

/// Tells whether a connector does what it is to do: runs with every task running, or stands still as wanted.
#[must_use]
pub fn readiness(seen: &Seen) -> Readiness {
    let Body::Whole(live) = &seen.body else {
        return Readiness::Waiting("its status was not read".to_owned());
    };
    let Some(status) = live.get("status") else {
        return Readiness::Waiting("no worker has told its status yet".to_owned());
    };
    let state = status.get("state").and_then(Value::as_text).unwrap_or("UNASSIGNED");
    match state {
        "STOPPED" | "PAUSED" => Readiness::Ready,
        "RUNNING" => tasks(status),
        "FAILED" => Readiness::Failed(words("the connector failed", status)),
        "RESTARTING" => {
            Readiness::Waiting("it restarts; if it stays so, the worker's log says why".to_owned())
        }
        "UNASSIGNED" => Readiness::Waiting("no worker runs it: it is UNASSIGNED".to_owned()),
        other => Readiness::Waiting(format!("it is {other}")),
    }
}

fn tasks(status: &Value) -> Readiness {
    let tasks = status.get("tasks").and_then(Value::as_list).unwrap_or_default();
    let state = |task: &Value| task.get("state").and_then(Value::as_text).unwrap_or("UNASSIGNED").to_owned();
    if let Some((number, task)) = tasks.iter().enumerate().find(|(_, task)| state(task) == "FAILED") {
        return Readiness::Failed(words(&format!("task {number} failed"), task));
    }
    let running = tasks.iter().filter(|task| state(task) == "RUNNING").count();
    match tasks.len() {
        0 => Readiness::Waiting("it runs, but has no tasks".to_owned()),
        all if running == all => Readiness::Ready,
        all => Readiness::Waiting(format!("{running} of {all} tasks run")),
    }
}

fn words(what: &str, at: &Value) -> String {
    match at.get("cause").and_then(Value::as_text) {
        Some(cause) => format!("{what}: {cause}"),
        None => what.to_owned(),
    }
}
