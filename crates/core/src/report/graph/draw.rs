//! From specs and plans to pictures.

use super::{Graph, Look, Node};
use crate::engine::id::ResourceId;
use crate::engine::plan::{Plan, Unknown};
use crate::engine::step::{Gate, Risk, Step};
use crate::engine::wanted::{Desired, Wanted};
use crate::report::humane::count;
use crate::report::plan::Doing;
use crate::report::words;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Draws what Git wants: each resource, and what it needs.
#[must_use]
pub fn of_specs(desired: &Desired) -> Graph {
    let nodes: BTreeMap<_, _> =
        desired.resources.values().map(|wanted| (wanted.id.to_string(), of_wanted(wanted))).collect();
    let needs = |wanted: &Wanted| {
        let then = wanted.id.to_string();
        wanted.needs.iter().map(move |need| (need.to_string(), then.clone())).collect::<Vec<_>>()
    };
    let arrows: BTreeSet<_> = desired.resources.values().flat_map(needs).collect();
    let title = format!("{} wants {}", desired.environment, count(nodes.len(), "resource"));
    Graph { title, nodes, arrows }
}

fn of_wanted(wanted: &Wanted) -> Node {
    let group = wanted.document.as_ref().map(ToString::to_string);
    Node { lines: named(&wanted.id), group, fold: fold(&wanted.id), look: Look::Plain }
}

/// Draws what a plan does, in which order, what it waits for and what it costs; and what is held, apart.
#[must_use]
pub fn of_plan(plan: &Plan, desired: &Desired, now: Timestamp) -> Graph {
    let document = |id: &ResourceId| {
        let document = desired.resources.get(id).and_then(|wanted| wanted.document.as_ref());
        document.map(ToString::to_string)
    };
    let keys: BTreeMap<_, _> =
        plan.steps.iter().enumerate().map(|(at, step)| (&step.id, key(at, step))).collect();
    let steps =
        plan.steps.iter().map(|step| (keys[&step.id].clone(), of_step(step, document(&step.address))));
    let held = plan.held.iter().map(|held| {
        let why = format!("held: {}", words::held(&held.held, now));
        let lines = named(&held.address).into_iter().chain([why]).collect();
        let group = document(&held.address);
        (format!("held {}", held.address), Node { lines, group, fold: fold(&held.address), look: Look::Held })
    });
    let after = |step: &Step| {
        let then = keys[&step.id].clone();
        let first = step.after.iter().filter_map(|first| keys.get(first).cloned());
        first.map(|first| (first, then.clone())).collect::<Vec<_>>()
    };
    let unknown = plan.unknown.iter().map(|unknown| {
        let Unknown { scope, why, resources: _ } = unknown;
        let lines = vec![scope.to_string(), format!("not compared: {}", words::why(why))];
        (format!("unknown {scope}"), Node { lines, group: None, fold: scope.to_string(), look: Look::Held })
    });
    Graph {
        title: title(plan),
        nodes: steps.chain(held).chain(unknown).collect(),
        arrows: plan.steps.iter().flat_map(after).collect(),
    }
}

fn title(plan: &Plan) -> String {
    let unknown = match plan.unknown.len() {
        0 => String::new(),
        some => format!(", {some} not compared"),
    };
    format!("{}: {}, {} held{unknown}", plan.environment, count(plan.steps.len(), "step"), plan.held.len())
}

/// The order of a plan is the order of its picture.
fn key(at: usize, step: &Step) -> String {
    format!("{at:06} {}", step.id)
}

fn of_step(step: &Step, group: Option<String>) -> Node {
    let doing = Doing::of(step);
    let mut lines = named(&step.address);
    if let Some(first) = lines.first_mut() {
        *first = format!("{} {first}", doing.verb());
    }
    // What is of a later wave starts after all of the earlier ones: a rank, and no arrows.
    lines.push(format!("wave {}", step.wave));
    lines.extend(words::risk(step.risk).map(str::to_owned));
    lines.extend(step.gates.iter().map(|gate| format!("not before {}", condition(gate, step))));
    lines.extend(step.done_when.iter().map(|gate| format!("done when {}", condition(gate, step))));
    let look = match (doing, step.risk) {
        (Doing::Delete | Doing::RecordGone, _) => Look::Going,
        (_, Risk::None) => Look::Plain,
        (_, Risk::Restart | Risk::Downtime | Risk::DataLoss) => Look::Risky,
    };
    Node { lines, group, fold: format!("{} {}", doing.verb(), fold(&step.address)), look }
}

/// What a node is about stands in its first line.
fn condition(gate: &Gate, step: &Step) -> String {
    let told = words::condition(&gate.condition);
    told.strip_prefix(&format!("{} ", step.address)).unwrap_or(&told).to_owned()
}

/// A kind and a name are read more easily than an address.
fn named(id: &ResourceId) -> Vec<String> {
    let place = id.namespace.as_ref().map(|namespace| format!("in {namespace}"));
    [format!("{} {}", id.kind, id.name)].into_iter().chain(place).collect()
}

fn fold(id: &ResourceId) -> String {
    let at = if id.connection.is_default() { String::new() } else { format!(" at {}", id.connection) };
    match &id.namespace {
        Some(namespace) => format!("{} in {namespace}{at}", id.kind),
        None => format!("{}{at}", id.kind),
    }
}
