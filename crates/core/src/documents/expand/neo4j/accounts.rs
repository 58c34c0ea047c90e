//! As whom servers run, what they may see, and the Secret with the first password.

use super::layout::{Layout, Server};
use super::object::Object;
use crate::documents::credential::Namespaces;
use crate::documents::neo4j::operation::ServiceAccount;
use crate::engine::value::{Map, Value};
use serde_json::json;
use std::collections::BTreeMap;

/// Returns the accounts of all servers, each with the right to see the Services by which servers find each other.
pub(super) fn accounts(layout: &Layout<'_>) -> Vec<Object> {
    let written = layout.spec.service_account.as_ref();
    if written.is_some_and(|account| !account.create) {
        return Vec::new();
    }
    let mut names: Vec<String> = layout.servers.iter().filter_map(|server| layout.account(server)).collect();
    names.dedup();
    names.iter().flat_map(|name| account(layout, name, written)).collect()
}

fn account(layout: &Layout<'_>, name: &str, written: Option<&ServiceAccount>) -> [Object; 3] {
    let annotations = written.map(|account| account.annotations.clone()).unwrap_or_default();
    let (reader, binding) = (format!("{name}-service-reader"), format!("{name}-service-binding"));
    let rules =
        json!({"apiGroups": [""], "resources": ["services", "endpoints"], "verbs": ["get", "watch", "list"]});
    [
        Object::new("v1", "ServiceAccount", name).labels(layout.labels(&[])).annotations(&annotations),
        Object::new(RIGHTS, "Role", &reader).labels(layout.labels(&[])).with(json!({"rules": [rules]})),
        Object::new(RIGHTS, "RoleBinding", &binding).labels(layout.labels(&[])).with(json!({
            "subjects": [{"kind": "ServiceAccount", "name": name}],
            "roleRef": {"kind": "Role", "name": reader, "apiGroup": "rbac.authorization.k8s.io"},
        })),
    ]
}

/// The version of rights.
const RIGHTS: &str = "rbac.authorization.k8s.io/v1";

/// What a server's account needs before the server runs.
pub(super) fn rights(layout: &Layout<'_>, server: &Server<'_>) -> Vec<(&'static str, String)> {
    let account = layout.account(server);
    let named = |name: String| {
        let (reader, binding) = (format!("{name}-service-reader"), format!("{name}-service-binding"));
        [("ServiceAccount", name), ("Role", reader), ("RoleBinding", binding)]
    };
    account.map(named).into_iter().flatten().collect()
}

/// Returns the Secret with the first password, where the document says where its text comes from.
pub(super) fn first_password(layout: &Layout<'_>, namespaces: &Namespaces) -> Option<Object> {
    let initial = layout.spec.auth.initial.as_ref()?;
    let mut secret = Object::new("v1", "Secret", &layout.auth_secret()).labels(layout.labels(&[]));
    let data = Map::from([("NEO4J_AUTH".to_owned(), initial.reference(namespaces))]);
    secret.says.extend(BTreeMap::from([
        ("type".to_owned(), Value::from("Opaque")),
        ("data".to_owned(), Value::Map(data)),
    ]));
    Some(secret)
}
