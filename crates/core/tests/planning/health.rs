//! What is as Git says and does not do its work: started again where that may mend it, told where nothing of ours does.

use crate::carrying::{connector, is_live, want};
use crate::platform::{Platform, steps};
use evenkeel_core::engine::question::Body;
use evenkeel_core::engine::step::{Action, Operation, Reason, Risk};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// A connector that is ours and as Git says, with this status.
fn with_status(status: &Json) -> Platform {
    let id = connector("main", "orders");
    let mut platform = Platform::new();
    want(&mut platform, &id, "RUNNING");
    is_live(&mut platform, &id, "RUNNING");
    platform.adopt(&id);
    let seen = platform.live.get_mut(&id).expect("it is there");
    let Body::Whole(body) = &seen.body else { panic!("bodies are whole") };
    let mut body: Json = serde_json::to_value(body).expect("a value is JSON");
    body["status"] = status.clone();
    seen.body = Body::Whole(Arc::new(serde_json::from_value(body).expect("JSON is a value")));
    platform
}

fn told(status: &Json) -> Vec<String> {
    let plan = with_status(status).plan();
    assert!(plan.steps.is_empty(), "nothing of ours mends it");
    plan.unwell.into_iter().map(|unwell| unwell.why).collect()
}

#[test]
fn a_connector_that_runs_without_tasks_or_restarts_for_ever_is_told_by_a_plan_of_nothing() {
    assert_eq!(told(&json!({"state": "RUNNING", "tasks": []})), ["it runs, but has no tasks"]);
    assert_eq!(
        told(&json!({"state": "RESTARTING", "tasks": []})),
        ["it restarts; if it stays so, the worker's log says why"]
    );
    assert_eq!(told(&json!({"state": "UNASSIGNED", "tasks": []})), ["no worker runs it: it is UNASSIGNED"]);
    let half = json!({"state": "RUNNING", "tasks": [{"state": "RUNNING"}, {"state": "UNASSIGNED"}]});
    assert_eq!(told(&half), ["1 of 2 tasks run"]);
}

#[test]
fn a_connector_at_work_is_not_told() {
    assert!(told(&json!({"state": "RUNNING", "tasks": [{"state": "RUNNING"}]})).is_empty());
    assert!(told(&json!({"state": "PAUSED", "tasks": [{"state": "PAUSED"}]})).is_empty());
}

#[test]
fn what_failed_is_started_again_by_a_step_of_its_own() {
    let failed = json!({"state": "RUNNING", "tasks": [{"state": "FAILED", "cause": "no such file"}]});
    let plan = with_status(&failed).plan();
    let restart = steps(&plan, &connector("main", "orders"))[0];
    assert_eq!(restart.action, Action::Operation(Operation::Restart));
    assert_eq!(restart.because, Reason::Degraded("task 0 failed: no such file".to_owned()));
    assert_eq!(restart.risk, Risk::Restart);
}
