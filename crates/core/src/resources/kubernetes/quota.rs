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
pub struct Added {
    amounts: BTreeMap<String, i128>,
    held: usize,
}

/// What is counted beside the objects themselves (`count/…`, and the older names of some).
const COUNTED: [&str; 17] = [
    "configmaps",
    "cpu",
    "ephemeral-storage",
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "memory",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
    "resourcequotas",
    "secrets",
    "services",
];

impl Added {
    /// Counts an object that would be created; `plural` and `group` as in `count/PLURAL.GROUP`.
    pub fn count(&mut self, id: &ResourceId, (plural, group): (&str, &str), config: &Value) {
        self.object(plural, group, 1);
        let kind = id.kind.as_str();
        if kind == "PersistentVolumeClaim" {
            self.claim(config, 1);
        }
        let Some((pods, spec)) = pods(kind, config) else { return };
        self.object("pods", "", pods);
        if kind == "StatefulSet" {
            let claims = config.at(&["spec", "volumeClaimTemplates"]).and_then(Value::as_list);
            for claim in claims.unwrap_or_default() {
                self.object("persistentvolumeclaims", "", pods);
                self.claim(claim, pods);
            }
        }
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

    /// Remembers that one more may be created once whatever holds it is lifted.
    pub fn hold(&mut self) {
        self.held += 1;
    }

    /// Returns how many may be created that are not counted, as they are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held
    }

    fn object(&mut self, plural: &str, group: &str, number: i128) {
        let suffix = if group.is_empty() { String::new() } else { format!(".{group}") };
        self.add(&format!("count/{plural}{suffix}"), number * 1000);
        if group.is_empty() {
            self.add(plural, number * 1000);
        }
    }

    fn claim(&mut self, claim: &Value, number: i128) {
        let asked = amount(claim, &["spec", "resources", "requests", "storage"]).unwrap_or_default();
        self.add("requests.storage", number * asked);
    }

    fn add(&mut self, what: &str, thousandths: i128) {
        *self.amounts.entry(what.to_owned()).or_default() += thousandths;
    }

    /// Returns how much of something is added, if that is counted at all.
    fn of(&self, what: &str) -> Option<i128> {
        let is_counted = what.starts_with("count/") || COUNTED.contains(&what);
        is_counted.then(|| self.amounts.get(what).copied().unwrap_or_default())
    }
}

/// Returns what quotas of one namespace leave room for; nothing is judged where nobody knows what would be added.
#[must_use]
pub fn rooms(place: (&ConnectionName, &Arc<str>), quotas: &[Value], added: Option<&Added>) -> Vec<Room> {
    quotas.iter().flat_map(|quota| rooms_of(place, quota, added)).collect()
}

fn rooms_of(
    (connection, namespace): (&ConnectionName, &Arc<str>),
    quota: &Value,
    added: Option<&Added>,
) -> Vec<Room> {
    let text = |value: Option<&Value>| value.and_then(Value::as_text).unwrap_or("0").to_owned();
    let name = text(quota.at(&["metadata", "name"]));
    let scoped = ["scopes", "scopeSelector"].iter().any(|scope| quota.at(&["spec", scope]).is_some());
    let added = added.filter(|_| !scoped);
    let Some(hard) = quota.at(&["status", "hard"]).and_then(Value::as_map) else { return Vec::new() };
    let room = |(what, bound): (&String, &Value)| {
        let (hard, used) = (text(Some(bound)), text(quota.at(&["status", "used", what])));
        let fits = added.map_or(Fits::NotCounted, |added| fits(&hard, &used, added.of(what), added.held));
        let (connection, namespace) = (connection.clone(), Arc::clone(namespace));
        Room { connection, namespace, quota: name.clone(), what: what.clone(), hard, used, fits }
    };
    hard.iter().map(room).collect()
}

/// With some held, what fits now may not fit then; what does not fit now never does.
fn fits(hard: &str, used: &str, added: Option<i128>, held: usize) -> Fits {
    match (thousandths(hard), thousandths(used), added) {
        (Some(hard), Some(used), Some(added)) if added > 0 && used + added > hard => Fits::No(added),
        (Some(_), Some(_), Some(added)) if held == 0 => Fits::Yes(added),
        (Some(_), Some(_), Some(_) | None) | (None, _, _) | (_, None, _) => Fits::NotCounted,
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

/// Containers and sidecars run together; what initialises runs one after the other, beside the sidecars before it.
fn of_pod(spec: &Value, part: &str, resource: &str) -> i128 {
    let list = |name| spec.get(name).and_then(Value::as_list).unwrap_or_default();
    let (mut sidecars, mut at_most) = (0, 0);
    for container in list("initContainers") {
        let asked = of_container(container, part, resource);
        if container.get("restartPolicy").and_then(Value::as_text) == Some("Always") {
            sidecars += asked;
            at_most = at_most.max(sidecars);
        } else {
            at_most = at_most.max(sidecars + asked);
        }
    }
    let together: i128 = list("containers").iter().map(|one| of_container(one, part, resource)).sum();
    at_most.max(sidecars + together)
}

/// A limit without a request is a request, too.
fn of_container(container: &Value, part: &str, resource: &str) -> i128 {
    let written = |part| amount(container, &["resources", part, resource]);
    match part {
        "requests" => written("requests").or_else(|| written("limits")).unwrap_or_default(),
        _ => written(part).unwrap_or_default(),
    }
}

fn amount(value: &Value, path: &[&str]) -> Option<i128> {
    match value.at(path) {
        Some(Value::Text(text)) => thousandths(text),
        Some(Value::Number(number)) => thousandths(&number.to_string()),
        _ => None,
    }
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
        let found = rooms((&ConnectionName::default(), &"graph".into()), &[quota], Some(&added));
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

    /// Returns how the creation of one object fits below these bounds, of which nothing is used.
    fn fit(kind: &str, config: &serde_json::Value, hard: &serde_json::Value) -> Vec<Fits> {
        let mut added = Added::default();
        let plural = format!("{}s", kind.to_lowercase());
        added.count(&ResourceId::kubernetes(kind, Some("graph"), "a"), (&plural, "apps"), &value(config));
        let quota =
            value(&serde_json::json!({"metadata": {"name": "few"}, "status": {"hard": hard, "used": {}}}));
        let found = rooms((&ConnectionName::default(), &"graph".into()), &[quota], Some(&added));
        found.into_iter().map(|room| room.fits).collect()
    }

    fn deployment(pod: &serde_json::Value) -> serde_json::Value {
        serde_json::json!({"spec": {"replicas": 1, "template": {"spec": pod}}})
    }

    #[test]
    fn a_bound_of_something_that_is_not_counted_is_told_as_that() {
        let pod = serde_json::json!({"containers": [{"resources": {"requests": {"example.org/gpu": "4"}}}]});
        let hard = serde_json::json!({"requests.example.org/gpu": "1", "services": "5", "services.loadbalancers": "0"});
        assert_eq!(
            fit("Deployment", &deployment(&pod), &hard),
            [Fits::NotCounted, Fits::Yes(0), Fits::NotCounted]
        );
    }

    #[test]
    fn claims_of_a_templates_volumes_are_counted_for_each_replica() {
        let claim = serde_json::json!({"spec": {"resources": {"requests": {"storage": "10"}}}});
        let set = serde_json::json!({"spec": {"replicas": 3, "volumeClaimTemplates": [claim], "template": {"spec": {}}}});
        let hard = serde_json::json!({"persistentvolumeclaims": "2", "requests.storage": "30"});
        assert_eq!(fit("StatefulSet", &set, &hard), [Fits::No(3000), Fits::Yes(30_000)]);
    }

    #[test]
    fn a_limit_without_a_request_counts_as_a_request() {
        let pod = serde_json::json!({"containers": [{"resources": {"limits": {"cpu": "2"}}}]});
        let hard = serde_json::json!({"limits.cpu": "2", "requests.cpu": "1"});
        assert_eq!(fit("Deployment", &deployment(&pod), &hard), [Fits::Yes(2000), Fits::No(2000)]);
    }

    #[test]
    fn sidecars_run_beside_containers_and_beside_what_initialises_after_them() {
        let asks = |cpu: &str| serde_json::json!({"requests": {"cpu": cpu}});
        let sidecar = serde_json::json!({"restartPolicy": "Always", "resources": asks("1")});
        let pod = serde_json::json!({"initContainers": [sidecar, {"resources": asks("3")}], "containers": [{"resources": asks("2")}]});
        assert_eq!(fit("Deployment", &deployment(&pod), &serde_json::json!({"cpu": "9"})), [Fits::Yes(4000)]);
        let pod = serde_json::json!({"initContainers": [sidecar], "containers": [{"resources": asks("2")}]});
        assert_eq!(fit("Deployment", &deployment(&pod), &serde_json::json!({"cpu": "9"})), [Fits::Yes(3000)]);
    }

    #[test]
    fn what_is_held_is_not_counted_and_so_nothing_is_said_to_fit() {
        let quota = value(&serde_json::json!({"status": {"hard": {"pods": "5"}, "used": {"pods": "1"}}}));
        let place = (&ConnectionName::default(), &Arc::from("graph"));
        let mut added = Added::default();
        added.hold();
        for added in [Some(&added), None] {
            let found = rooms(place, std::slice::from_ref(&quota), added);
            assert_eq!(found[0].fits, Fits::NotCounted);
        }
    }
}
