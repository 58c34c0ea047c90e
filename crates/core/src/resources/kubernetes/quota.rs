//! What quotas leave room for: object counts, and the sums of requests and limits that are written down.
//!
//! Only what would be created is counted. What a server derives (defaults of a `LimitRange`, pods of a `DaemonSet`) and what
//! grows in place is not, and quotas with scopes bound only some objects: they are told, and not judged.

use super::canonical::thousandths;
use crate::engine::id::{ConnectionName, ResourceId};
use crate::engine::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One bound of a quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// At which connection.
    pub connection: ConnectionName,
    /// In which namespace.
    pub namespace: Arc<str>,
    /// Which quota.
    pub quota: String,
    /// What it bounds, as it is written there (`requests.cpu`).
    pub what: String,
    /// The bound, as it is written.
    pub hard: String,
    /// What is used of it, as it is written.
    pub used: String,
    /// How what would be created fits.
    pub fits: Fits,
}

/// How what would be created fits into a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fits {
    /// In thousandths of a unit, so much would be added, and there is room.
    Yes(i128),
    /// So much would be added, and that is more than is left.
    No(i128),
    /// It is not counted here.
    NotCounted,
}

/// What would be added in a namespace, in thousandths, by what quotas call it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added(BTreeMap<String, i128>);

impl Added {
    /// Counts an object that would be created; `plural` and `group` as in `count/PLURAL.GROUP`.
    pub fn count(&mut self, id: &ResourceId, (plural, group): (&str, &str), config: &Value) {
        let own =
            if group.is_empty() { format!("count/{plural}") } else { format!("count/{plural}.{group}") };
        self.add(&own, 1000);
        if group.is_empty() && plural != "pods" {
            self.add(plural, 1000);
        }
        if id.kind.as_str() == "PersistentVolumeClaim" {
            self.add("requests.storage", amount(config, &["spec", "resources", "requests", "storage"]));
        }
        let Some((pods, spec)) = pods(id.kind.as_str(), config) else { return };
        self.add("pods", pods * 1000);
        self.add("count/pods", pods * 1000);
        for part in ["requests", "limits"] {
            for resource in ["cpu", "memory", "ephemeral-storage"] {
                let sum = pods * of_pod(spec, part, resource);
                self.add(&format!("{part}.{resource}"), sum);
                if part == "requests" {
                    self.add(resource, sum);
                }
            }
        }
    }

    fn add(&mut self, what: &str, thousandths: i128) {
        *self.0.entry(what.to_owned()).or_default() += thousandths;
    }
}

/// Returns what quotas of one namespace leave room for.
#[must_use]
pub fn rooms(place: (&ConnectionName, &Arc<str>), quotas: &[Value], added: &Added) -> Vec<Room> {
    quotas.iter().flat_map(|quota| rooms_of(place, quota, added)).collect()
}

fn rooms_of(
    (connection, namespace): (&ConnectionName, &Arc<str>),
    quota: &Value,
    added: &Added,
) -> Vec<Room> {
    let text = |value: Option<&Value>| value.and_then(Value::as_text).unwrap_or("0").to_owned();
    let name = text(quota.at(&["metadata", "name"]));
    let scoped = ["scopes", "scopeSelector"].iter().any(|scope| quota.at(&["spec", scope]).is_some());
    let Some(hard) = quota.at(&["status", "hard"]).and_then(Value::as_map) else { return Vec::new() };
    let room = |(what, bound): (&String, &Value)| {
        let (hard, used) = (text(Some(bound)), text(quota.at(&["status", "used", what])));
        let fits = if scoped { Fits::NotCounted } else { fits(&hard, &used, added.0.get(what)) };
        let (connection, namespace) = (connection.clone(), Arc::clone(namespace));
        Room { connection, namespace, quota: name.clone(), what: what.clone(), hard, used, fits }
    };
    hard.iter().map(room).collect()
}

fn fits(hard: &str, used: &str, added: Option<&i128>) -> Fits {
    match (thousandths(hard), thousandths(used), added) {
        (Some(hard), Some(used), Some(added)) if used + added > hard && *added > 0 => Fits::No(*added),
        (Some(_), Some(_), added) => Fits::Yes(added.copied().unwrap_or_default()),
        (None, _, _) | (_, None, _) => Fits::NotCounted,
    }
}

/// Returns how many pods an object brings, and what each of them is.
fn pods<'v>(kind: &str, config: &'v Value) -> Option<(i128, &'v Value)> {
    let number = |field: &str| config.at(&["spec", field]).and_then(Value::as_integer).map_or(1, i128::from);
    let template = || config.at(&["spec", "template", "spec"]);
    match kind {
        "Pod" => Some((1, config.get("spec")?)),
        "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController" => {
            Some((number("replicas"), template()?))
        }
        "Job" => Some((number("parallelism"), template()?)),
        _ => None,
    }
}

/// Containers run together, those that initialise one after the other.
fn of_pod(spec: &Value, part: &str, resource: &str) -> i128 {
    let each = |list: &str| {
        let containers = spec.get(list).and_then(Value::as_list).unwrap_or_default();
        let written = |container: &Value| amount(container, &["resources", part, resource]);
        containers.iter().map(written).collect::<Vec<i128>>()
    };
    let together: i128 = each("containers").iter().sum();
    each("initContainers").into_iter().max().unwrap_or_default().max(together)
}

fn amount(value: &Value, path: &[&str]) -> i128 {
    let written = match value.at(path) {
        Some(Value::Text(text)) => thousandths(text),
        Some(Value::Number(number)) => thousandths(&number.to_string()),
        _ => None,
    };
    written.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &serde_json::Value) -> Value {
        serde_json::from_value(json.clone()).expect("JSON is a value")
    }

    #[test]
    fn pods_and_what_they_ask_for_are_counted_against_what_is_left() {
        let deployment = value(&serde_json::json!({"spec": {"replicas": 3, "template": {"spec": {
            "containers": [{"resources": {"requests": {"cpu": "250m", "memory": "1Gi"}}}, {"resources": {"requests": {"cpu": 1}}}],
            "initContainers": [{"resources": {"requests": {"cpu": "2"}}}]}}}}));
        let mut added = Added::default();
        let id = ResourceId::kubernetes("Deployment", Some("graph"), "web");
        added.count(&id, ("deployments", "apps"), &deployment);
        let quota = value(&serde_json::json!({"metadata": {"name": "compute"}, "status": {
            "hard": {"pods": "10", "requests.cpu": "6", "memory": "3Gi", "count/deployments.apps": "1", "services": "5"},
            "used": {"pods": "8", "requests.cpu": "0", "memory": "0", "count/deployments.apps": "0", "services": "7"}}}));
        let found = rooms((&ConnectionName::default(), &"graph".into()), &[quota], &added);
        let told: Vec<(&str, Fits)> = found.iter().map(|room| (room.what.as_str(), room.fits)).collect();
        assert_eq!(
            told,
            [
                ("count/deployments.apps", Fits::Yes(1000)),
                ("memory", Fits::Yes(3 * 1024 * 1024 * 1024 * 1000)),
                ("pods", Fits::No(3000)),
                ("requests.cpu", Fits::Yes(6000)),
                ("services", Fits::Yes(0)),
            ]
        );
    }
}
