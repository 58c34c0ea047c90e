//! Deletion: preconditions, finalizers, and what becomes of what an object owns.

use super::error::ApiError;
use super::object::{ObjectKey, Stored, set_at, set_meta, texts, time};
use super::request::{Delete, Propagation};
use super::server::ApiServer;
use super::strategy;
use evenkeel_core::engine::value::Value;
use jiff::SignedDuration;

/// The annotation of a pod that says how many seconds its processes take to end; those of others end at once.
pub(super) const STOPS_AFTER: &str = "fake.example/stops-after";

/// How far a deletion came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// The object is gone.
    Gone,
    /// It waits for its finalizers.
    Terminating(Value),
}

impl ApiServer {
    /// Deletes an object, or begins to.
    pub fn delete(&mut self, request: &Delete) -> Result<Deleted, ApiError> {
        let Delete { key, uid, version, propagation } = request;
        let kind = self.kind_of(&key.kind)?;
        let Some(found) = self.objects.get(key) else { return Err(ApiError::not_found(key, &kind.plural())) };
        if let Some(uid) = uid.as_ref().filter(|uid| **uid != found.uid()) {
            let detail = format!(
                "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
                found.uid()
            );
            return Err(ApiError::conflict(key, &kind.served.kind, &detail));
        }
        if let Some(version) = version.as_ref().filter(|version| &***version != found.version()) {
            let detail = format!(
                "the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({}). The object might have been modified",
                found.version()
            );
            return Err(ApiError::conflict(key, &kind.served.kind, &detail));
        }
        let mut body = found.body.clone();
        let managers = found.managers.clone();
        collect_as(&mut body, *propagation);
        let waits = Stored { body: body.clone(), managers: managers.clone() };
        let grace = grace(&body);
        if waits.finalizers().is_empty() && strategy::may_go(&waits) && grace.is_none() {
            self.finish_deletion(key);
            return Ok(Deleted::Gone);
        }
        if !found.is_deleting() {
            self.mark_deleting(&mut body);
            if let Some(grace) = grace {
                let until = self.now.checked_add(SignedDuration::from_secs(grace)).unwrap_or(self.now);
                set_meta(&mut body, "deletionTimestamp", time(until));
                set_meta(&mut body, "deletionGracePeriodSeconds", Value::from(grace));
            }
        }
        Ok(Deleted::Terminating(self.store(key, body, managers).to_value()))
    }

    /// Marks an object as being deleted; that counts as a change of its spec.
    fn mark_deleting(&self, body: &mut Value) {
        set_meta(body, "deletionTimestamp", time(self.now));
        set_meta(body, "deletionGracePeriodSeconds", Value::from(0));
        if let Some(generation) = body.at(&["metadata", "generation"]).and_then(Value::as_integer) {
            set_meta(body, "generation", Value::from(generation + 1));
        }
        if body.get("kind").and_then(Value::as_text) == Some("Namespace") {
            set_meta(body, "deletionGracePeriodSeconds", Value::Null);
            set_at(body, &["status", "phase"], Value::from("Terminating"));
        }
    }

    /// Takes an object away for good and leaves its dependents to the garbage collector.
    pub(crate) fn finish_deletion(&mut self, key: &ObjectKey) {
        if let Some(gone) = self.purge(key) {
            self.orphaned.insert(gone.uid().as_str().to_owned());
            self.definition_gone(&gone.body);
        }
    }
}

/// Returns how long a pod that stops slowly may take: its processes are asked to end, and killed after that long.
fn grace(body: &Value) -> Option<i64> {
    let is_pod = body.get("kind").and_then(Value::as_text) == Some("Pod");
    let stops_slowly = body.at(&["metadata", "annotations", STOPS_AFTER]).is_some();
    let grace = body.at(&["spec", "terminationGracePeriodSeconds"]).and_then(Value::as_integer).unwrap_or(30);
    (is_pod && stops_slowly).then_some(grace)
}

/// Foreground deletion and orphaning are finalizers that the garbage collector removes; a later deletion takes back
/// what an earlier one asked for: seen on 1.36.
fn collect_as(body: &mut Value, propagation: Propagation) {
    const COLLECTED: [&str; 2] = ["foregroundDeletion", "orphan"];
    let wanted = match propagation {
        Propagation::Background => None,
        Propagation::Foreground => Some(COLLECTED[0]),
        Propagation::Orphan => Some(COLLECTED[1]),
    };
    let before = texts(body.at(&["metadata", "finalizers"]));
    let there: Vec<&str> = before.iter().copied().filter(|name| COLLECTED.contains(name)).collect();
    if there == wanted.as_slice() {
        return;
    }
    let others = before.into_iter().filter(|name| !COLLECTED.contains(name));
    let list: Vec<Value> = others.chain(wanted).map(Value::from).collect();
    set_meta(body, "finalizers", if list.is_empty() { Value::Null } else { Value::List(list) });
}
