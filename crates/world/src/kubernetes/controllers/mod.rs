//! The controllers of the cluster, as far as the modelled kinds need them. They work when time passes.

mod autoscalers;
mod budgets;
mod claims;
mod definitions;
mod deployments;
mod garbage;
mod namespaces;
mod pods;
mod replicas;
mod stateful;

pub(crate) use budgets::budgets_of;

use super::managers::Who;
use super::object::{ObjectKey, meta_text, set_at};
use super::server::ApiServer;
use evenkeel_core::engine::id::Kind;
use evenkeel_core::engine::value::{Map, Value};
use jiff::Timestamp;

impl ApiServer {
    /// Lets every controller look once. Where nothing changed since they found nothing to do, only pods wait for time.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.now = now;
        let before = self.revision;
        if self.quiet_at == before && !pods::are_waited_for(self) {
            return;
        }
        definitions::work(self);
        autoscalers::work(self);
        deployments::work(self);
        stateful::work(self);
        replicas::work(self);
        claims::work(self);
        pods::work(self);
        budgets::work(self);
        namespaces::work(self);
        garbage::work(self);
        self.quiet_at = if self.revision == before { before } else { 0 };
    }
}

/// The controllers' name as a field manager.
fn manager() -> Who {
    Who::updates("kube-controller-manager")
}

/// The same, writing status.
fn reporter() -> Who {
    manager().through("status")
}

/// Returns the addresses of all objects of a built-in kind.
fn all(server: &ApiServer, kind: &str) -> Vec<ObjectKey> {
    server.scope(&Kind::new(kind), None).map(|(key, _)| key.clone()).collect()
}

fn number(object: &Value, path: &[&str]) -> i64 {
    object.at(path).and_then(Value::as_integer).unwrap_or(0)
}

fn text<'a>(object: &'a Value, path: &[&str]) -> &'a str {
    object.at(path).and_then(Value::as_text).unwrap_or_default()
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.map(|(key, value)| (key.to_owned(), value)).into_iter().collect::<Map>())
}

/// Writes counts into status; zero is not written, as in Go.
fn count(body: &mut Value, field: &str, value: i64) {
    set_at(body, &["status", field], if value == 0 { Value::Null } else { Value::from(value) });
}

/// Returns a reference by which `owner` controls what it made.
fn controller_reference(owner: &Value) -> Value {
    Value::List(vec![map([
        ("apiVersion", owner.get("apiVersion").cloned().unwrap_or_default()),
        ("kind", owner.get("kind").cloned().unwrap_or_default()),
        ("name", Value::from(meta_text(owner, "name").unwrap_or_default())),
        ("uid", Value::from(meta_text(owner, "uid").unwrap_or_default())),
        ("controller", Value::from(true)),
        ("blockOwnerDeletion", Value::from(true)),
    ])])
}

/// Returns the addresses of what `owner` owns of a kind.
fn owned(server: &ApiServer, owner: &Value, kind: &str) -> Vec<ObjectKey> {
    let keys = server.dependents.get(meta_text(owner, "uid").unwrap_or_default());
    keys.into_iter().flatten().filter(|key| key.kind.as_str() == kind).cloned().collect()
}

/// Tells whether a pod does its work.
pub(crate) fn is_ready(pod: &Value) -> bool {
    let conditions = pod.at(&["status", "conditions"]).and_then(Value::as_list).unwrap_or_default();
    meta_text(pod, "deletionTimestamp").is_none()
        && conditions.iter().any(|one| text(one, &["type"]) == "Ready" && text(one, &["status"]) == "True")
}

/// Returns a count as JSON has numbers.
fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The letters that Kubernetes leaves in generated names, so that no words come out.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Returns a short name for a pod template, the same for the same template.
fn revision_of(template: &Value) -> String {
    let print = evenkeel_core::engine::fingerprint::LeafHash::of(template).0;
    (0..10)
        .scan(print, |rest, _| {
            let letter = LETTERS[usize::try_from(*rest % 27).unwrap_or(0)];
            *rest /= 27;
            Some(char::from(letter))
        })
        .collect()
}
