//! The namespace controller: a deleted namespace goes when everything in it is gone.
//!
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>

use crate::kubernetes::object::{ObjectKey, set_at};
use crate::kubernetes::request::{Delete, Propagation};
use crate::kubernetes::server::ApiServer;
use evenkeel_core::engine::id::Kind;
use evenkeel_core::engine::value::Value;

pub(crate) fn work(server: &mut ApiServer) {
    let namespaces = server.scope(&Kind::new("Namespace"), None).filter(|(_, stored)| stored.is_deleting());
    let going: Vec<ObjectKey> = namespaces.map(|(key, _)| key.clone()).collect();
    for namespace in going {
        if empty(server, &namespace) {
            server.edit(&namespace, &super::manager(), |body| {
                set_at(body, &["spec", "finalizers"], Value::Null);
            });
        }
    }
}

/// Deletes what is in the namespace; tells whether nothing was.
fn empty(server: &mut ApiServer, namespace: &ObjectKey) -> bool {
    let inside = server.objects.iter().filter(|(key, _)| key.namespace.as_ref() == Some(&namespace.name));
    let inside: Vec<(ObjectKey, bool)> =
        inside.map(|(key, stored)| (key.clone(), stored.is_deleting())).collect();
    let was_empty = inside.is_empty();
    for (key, deleting) in inside {
        if !deleting {
            let request = Delete { key, uid: None, version: None, propagation: Propagation::Background };
            let _gone = server.delete(&request);
        }
    }
    was_empty
}
