//! Disruption budgets: how many pods are healthy, how many have to be, and so how many may go.
//!
//! <https://kubernetes.io/docs/tasks/run-application/configure-pdb/>

use super::{all, is_ready, number, reporter, text, whole};
use crate::kubernetes::object::{ObjectKey, set_at};
use crate::kubernetes::server::ApiServer;
use evenkeel_core::engine::id::Kind;
use evenkeel_core::engine::value::Value;
use std::collections::BTreeSet;

const BUDGET: &str = "PodDisruptionBudget";

pub(super) fn work(server: &mut ApiServer) {
    for key in all(server, BUDGET) {
        let Some(budget) = server.objects.get(&key).map(|stored| stored.body.clone()) else { continue };
        let pods = pods_of(server, &key, &budget);
        let expected = expected(server, key.namespace.as_deref(), &budget, &pods);
        let healthy = whole(pods.iter().filter(|pod| is_ready(pod)).count());
        let needed = needed(&budget, expected);
        let allowed = if expected > 0 { (healthy - needed).max(0) } else { 0 };
        server.edit(&key, &reporter(), |body| {
            let generation = number(body, &["metadata", "generation"]);
            let counts = [
                ("currentHealthy", healthy),
                ("desiredHealthy", needed),
                ("disruptionsAllowed", allowed),
                ("expectedPods", expected),
                ("observedGeneration", generation),
            ];
            for (field, count) in counts {
                set_at(body, &["status", field], Value::from(count));
            }
            set_at(body, &["status", "disruptedPods"], Value::Null);
        });
    }
}

/// Returns the budgets that a pod falls under.
pub(crate) fn budgets_of(server: &ApiServer, namespace: Option<&str>, pod: &Value) -> Vec<ObjectKey> {
    let budgets = server.scope(&Kind::new(BUDGET), namespace);
    budgets.filter(|(_, budget)| selects(&budget.body, pod)).map(|(key, _)| key.clone()).collect()
}

fn pods_of(server: &ApiServer, key: &ObjectKey, budget: &Value) -> Vec<Value> {
    let pods = server.scope(&Kind::new("Pod"), key.namespace.as_deref());
    pods.filter(|(_, pod)| selects(budget, &pod.body)).map(|(_, pod)| pod.body.clone()).collect()
}

/// An empty selector is of all pods, none of no pod.
fn selects(budget: &Value, pod: &Value) -> bool {
    let Some(selector) = budget.at(&["spec", "selector"]) else { return false };
    let labels = pod.at(&["metadata", "labels"]).and_then(Value::as_map);
    let label = |name: &str| labels.and_then(|labels| labels.get(name));
    let equal = selector.get("matchLabels").and_then(Value::as_map);
    let expressions = selector.get("matchExpressions").and_then(Value::as_list).unwrap_or_default();
    let holds = |one: &Value| {
        let found = label(text(one, &["key"]));
        let values = one.get("values").and_then(Value::as_list).unwrap_or_default();
        let is_in = found.is_some_and(|found| values.contains(found));
        match text(one, &["operator"]) {
            "In" => is_in,
            "NotIn" => !is_in,
            "Exists" => found.is_some(),
            "DoesNotExist" => found.is_none(),
            _ => false,
        }
    };
    equal.is_none_or(|equal| equal.iter().all(|(name, value)| label(name) == Some(value)))
        && expressions.iter().all(holds)
}

/// How many pods there are to be: what their controllers want, where the budget is of those that may be missing.
fn expected(server: &ApiServer, namespace: Option<&str>, budget: &Value, pods: &[Value]) -> i64 {
    if budget.at(&["spec", "maxUnavailable"]).is_none()
        && !is_percentage(budget.at(&["spec", "minAvailable"]))
    {
        return whole(pods.len());
    }
    let owners: BTreeSet<ObjectKey> = pods
        .iter()
        .flat_map(|pod| pod.at(&["metadata", "ownerReferences"]).and_then(Value::as_list).unwrap_or_default())
        .filter_map(|owner| ObjectKey::of_reference(owner, namespace))
        .collect();
    let wanted = owners.iter().filter_map(|owner| server.objects.get(owner));
    wanted.map(|owner| number(&owner.body, &["spec", "replicas"])).sum()
}

fn needed(budget: &Value, expected: i64) -> i64 {
    let spec = budget.get("spec").and_then(Value::as_map).cloned().unwrap_or_default();
    match (spec.get("maxUnavailable"), spec.get("minAvailable")) {
        (Some(most), _) => (expected - share(most, expected)).max(0),
        (None, Some(least)) => share(least, expected),
        (None, None) => 1,
    }
}

fn is_percentage(value: Option<&Value>) -> bool {
    value.and_then(Value::as_text).is_some_and(|text| text.ends_with('%'))
}

/// A number, or so many of a hundred, rounded up.
fn share(value: &Value, of: i64) -> i64 {
    let percent = value.as_text().and_then(|text| text.strip_suffix('%')?.parse::<i64>().ok());
    match percent {
        Some(percent) => (of * percent + 99) / 100,
        None => value.as_integer().unwrap_or(0),
    }
}
