//! Plans, steps and things, as short as a test wants to say them.

use evenkeel_core::engine::apply::Run;
use evenkeel_core::engine::id::{PlanId, ResourceId, StepId, TreeHash, Uid};
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::engine::question::{Body, Seen};
use evenkeel_core::engine::sketch::Sketch;
use evenkeel_core::engine::step::{Action, Expects, Reason, Repeat, Risk, Step, WriteMode};
use evenkeel_core::engine::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) fn thing(name: &str) -> ResourceId {
    ResourceId::kubernetes("Thing", None, name)
}

pub(crate) fn body(key: &str, value: Value) -> Value {
    Value::Map(BTreeMap::from([(key.to_owned(), value)]))
}

pub(crate) fn config(value: i64) -> Value {
    body("value", Value::from(value))
}

pub(crate) fn sketch(value: i64) -> Sketch {
    Sketch::of(None, &config(value), [Path::of(&["value"])])
}

pub(crate) fn seen(id: &ResourceId, uid: &Uid, value: i64) -> Seen {
    let body = Body::Whole(Arc::new(config(value)));
    Seen { id: id.clone(), uid: uid.clone(), version: value.to_string().into(), body }
}

/// A step that changes a thing from 0 to `value`, after other steps.
pub(crate) fn step(name: &str, value: i64, after: &[&str]) -> Step {
    let action =
        Action::Write { mode: WriteMode::Update, config: config(value).into(), wanted: sketch(value) };
    Step {
        id: StepId::new(name),
        address: thing(name),
        action,
        after: after.iter().map(|name| StepId::new(*name)).collect::<BTreeSet<_>>(),
        wave: 0,
        expects: Expects::Seen(sketch(0)),
        takes_over: Vec::new(),
        gates: Vec::new(),
        done_when: None,
        repeat: Repeat::Idempotent,
        because: Reason::SpecEdited,
        risk: Risk::None,
        fields: Vec::new(),
        approvals: Vec::new(),
    }
}

pub(crate) fn plan(tree: &str, steps: Vec<Step>) -> Run {
    let plan = Plan::of_steps(PlanId::new(format!("plan-{tree}")), "desk".into(), TreeHash::new(tree), steps);
    Run { plan, extras: BTreeMap::new(), pins: BTreeMap::new() }
}
