//! CRDs: one tick after it was made, its names are accepted, it is established, and its objects are served.
//!
//! <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/>

use super::{map, text};
use crate::kubernetes::custom;
use crate::kubernetes::managers::Who;
use crate::kubernetes::object::{ObjectKey, set_at, texts, time};
use crate::kubernetes::request::{Delete, Propagation};
use crate::kubernetes::server::ApiServer;
use evenkeel_core::engine::id::Kind;
use evenkeel_core::engine::value::Value;

const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

pub(super) fn work(server: &mut ApiServer) {
    for key in super::all(server, "CustomResourceDefinition") {
        let Some(stored) = server.objects.get(&key) else { continue };
        let (established, deleting) = (is_established(&stored.body), stored.is_deleting());
        let kind = kind_of(&stored.body);
        if deleting {
            clean_up(server, &key, &kind);
        } else if !established || !server.customs.contains_key(&kind) {
            establish(server, &key);
            server.serve(&key);
        }
    }
}

fn kind_of(definition: &Value) -> Kind {
    Kind::kubernetes(text(definition, &["spec", "group"]), text(definition, &["spec", "names", "kind"]))
}

fn is_established(definition: &Value) -> bool {
    let conditions = definition.at(&["status", "conditions"]).and_then(Value::as_list).unwrap_or_default();
    conditions.iter().any(|one| text(one, &["type"]) == "Established" && text(one, &["status"]) == "True")
}

fn establish(server: &mut ApiServer, key: &ObjectKey) {
    if server.objects.get(key).is_none_or(|found| is_established(&found.body)) {
        return;
    }
    let now = time(server.now);
    let condition = |name: &str, reason: &str, message: &str| {
        map([
            ("type", Value::from(name)),
            ("status", Value::from("True")),
            ("lastTransitionTime", now.clone()),
            ("reason", Value::from(reason)),
            ("message", Value::from(message)),
        ])
    };
    let conditions = vec![
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ];
    let who = Who::updates("kube-apiserver").through("status");
    server.edit(key, &who, |body| {
        let names = body.at(&["spec", "names"]).cloned().unwrap_or_default();
        set_at(body, &["status", "acceptedNames"], names);
        set_at(body, &["status", "conditions"], Value::List(conditions));
        let mut finalizers: Vec<Value> =
            texts(body.at(&["metadata", "finalizers"])).into_iter().map(Value::from).collect();
        finalizers.push(Value::from(CLEANUP));
        set_at(body, &["metadata", "finalizers"], Value::List(finalizers));
    });
}

/// Deletes what the definition defined, then lets the definition go.
fn clean_up(server: &mut ApiServer, key: &ObjectKey, kind: &Kind) {
    let objects: Vec<(ObjectKey, bool)> =
        server.scope(kind, None).map(|(key, stored)| (key.clone(), stored.is_deleting())).collect();
    if objects.is_empty() {
        server.drop_finalizer(key, CLEANUP);
    }
    for (key, deleting) in objects {
        if !deleting {
            let request = Delete { key, uid: None, version: None, propagation: Propagation::Background };
            let _gone = server.delete(&request);
        }
    }
}

impl ApiServer {
    /// Serves what an established definition defines.
    fn serve(&mut self, key: &ObjectKey) {
        let Some(definition) = self.objects.get(key) else { return };
        self.customs.insert(kind_of(&definition.body), custom::kinds_of(&definition.body));
    }

    /// A definition that is served already is served as it is now.
    pub(crate) fn definition_changed(&mut self, key: &ObjectKey) {
        if key.kind.as_str() == "CustomResourceDefinition"
            && self.objects.get(key).is_some_and(|found| self.customs.contains_key(&kind_of(&found.body)))
        {
            self.serve(key);
        }
    }

    /// What is no longer defined is no longer served.
    pub(crate) fn definition_gone(&mut self, body: &Value) {
        if text(body, &["kind"]) == "CustomResourceDefinition" {
            self.customs.remove(&kind_of(body));
        }
    }
}
