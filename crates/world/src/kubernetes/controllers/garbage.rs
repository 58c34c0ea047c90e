//! The garbage collector: dependents go after their owner, or before it, or are set free.
//!
//! <https://kubernetes.io/docs/concepts/architecture/garbage-collection/>

use crate::kubernetes::object::{ObjectKey, set_meta, texts};
use crate::kubernetes::request::{Delete, Propagation};
use crate::kubernetes::server::ApiServer;
use evenkeel_core::engine::value::Value;

pub(crate) fn work(server: &mut ApiServer) {
    collect(server);
    let waiting = server.objects.iter().filter(|(_, stored)| stored.is_deleting());
    let waiting: Vec<ObjectKey> = waiting.map(|(key, _)| key.clone()).collect();
    for key in waiting {
        settle(server, &key);
    }
}

/// Deletes what nobody owns any more; what that leaves without owner goes with the next tick.
fn collect(server: &mut ApiServer) {
    for uid in std::mem::take(&mut server.orphaned) {
        for key in server.dependents.remove(&uid).into_iter().flatten() {
            if !has_living_owner(server, &key) {
                remove(server, key);
            }
        }
    }
}

fn has_living_owner(server: &ApiServer, key: &ObjectKey) -> bool {
    let Some(stored) = server.objects.get(key) else { return true };
    let owners =
        stored.body.at(&["metadata", "ownerReferences"]).and_then(Value::as_list).unwrap_or_default();
    owners.iter().any(|owner| {
        let owner_key = ObjectKey::of_reference(owner, key.namespace.as_deref());
        let uid = owner.get("uid").and_then(Value::as_text);
        owner_key
            .and_then(|key| server.objects.get(&key))
            .is_some_and(|found| Some(found.uid().as_str()) == uid)
    })
}

fn remove(server: &mut ApiServer, key: ObjectKey) {
    let request = Delete { key, uid: None, version: None, propagation: Propagation::Background };
    // What is gone already needs no deleting.
    let _gone = server.delete(&request);
}

/// Removes the finalizers that stand for foreground deletion and orphaning, once they are served.
fn settle(server: &mut ApiServer, key: &ObjectKey) {
    let Some(stored) = server.objects.get(key) else { return };
    let (uid, finalizers) = (stored.uid(), stored.finalizers());
    let dependents: Vec<ObjectKey> =
        server.dependents.get(uid.as_str()).into_iter().flatten().cloned().collect();
    if finalizers.contains(&"foregroundDeletion") {
        if dependents.is_empty() {
            server.drop_finalizer(key, "foregroundDeletion");
        }
        for dependent in dependents {
            if !is_deleting(server, &dependent) {
                remove(server, dependent);
            }
        }
    } else if finalizers.contains(&"orphan") {
        for dependent in dependents {
            disown(server, &dependent, uid.as_str());
        }
        server.drop_finalizer(key, "orphan");
    }
}

fn is_deleting(server: &ApiServer, key: &ObjectKey) -> bool {
    server.objects.get(key).is_none_or(crate::kubernetes::Stored::is_deleting)
}

fn disown(server: &mut ApiServer, key: &ObjectKey, uid: &str) {
    server.edit(key, &super::manager(), |body| {
        let owners = body.at(&["metadata", "ownerReferences"]).and_then(Value::as_list).unwrap_or_default();
        let left: Vec<Value> = owners
            .iter()
            .filter(|owner| owner.get("uid").and_then(Value::as_text) != Some(uid))
            .cloned()
            .collect();
        set_meta(body, "ownerReferences", if left.is_empty() { Value::Null } else { Value::List(left) });
    });
}

impl ApiServer {
    /// Takes a finalizer away, and with the last one the object.
    pub(crate) fn drop_finalizer(&mut self, key: &ObjectKey, finalizer: &str) {
        self.edit(key, &super::manager(), |body| {
            let left =
                texts(body.at(&["metadata", "finalizers"])).into_iter().filter(|name| *name != finalizer);
            let left: Vec<Value> = left.map(Value::from).collect();
            set_meta(body, "finalizers", if left.is_empty() { Value::Null } else { Value::List(left) });
        });
    }
}
