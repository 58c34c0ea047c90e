//! Roles as manifests, ready for `kubectl apply`: what `preflight --rbac` prints.

use crate::documents::yaml::write::{WriteError, comment_line, to_manifest};
use crate::engine::id::{ConnectionName, EnvironmentName, Kind};
use crate::engine::question::Why;
use crate::engine::rights::{Binding, Needs, Purpose, Role, Subject, roles};
use crate::engine::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The roles of an environment.
#[derive(Clone, Copy, Debug)]
pub struct RolesReport<'a> {
    /// Whose.
    pub environment: &'a EnvironmentName,
    /// What they are to grant.
    pub needs: &'a Needs,
    /// For which purposes.
    pub purposes: &'a [Purpose],
    /// Whom they are bound to, if to anybody.
    pub subject: Option<&'a Subject>,
    /// Kinds in use that no role can name, as nobody knows how they are called in URLs.
    pub unknown_kinds: &'a BTreeMap<(ConnectionName, Kind), Option<Why>>,
}

/// Returns the manifests, each connection's under its name.
pub fn yaml(report: &RolesReport<'_>) -> Result<String, WriteError> {
    let mut by_connection: BTreeMap<ConnectionName, Vec<Role>> = BTreeMap::new();
    for purpose in report.purposes {
        for role in roles(report.environment, report.needs, *purpose) {
            by_connection.entry(role.connection.clone()).or_default().push(role);
        }
    }
    let mut text = String::new();
    for (connection, roles) in &by_connection {
        for line in header(report, connection, roles) {
            text.push_str(&comment_line(&line));
            text.push('\n');
        }
        for manifest in roles.iter().flat_map(|role| manifests(role, report.subject)) {
            text.push_str("---\n");
            text.push_str(&to_manifest(&manifest, &[])?);
        }
    }
    Ok(text)
}

fn manifests(role: &Role, subject: Option<&Subject>) -> Vec<Value> {
    let binding = subject.map(|subject| Binding { role, subject }.manifest());
    [role.manifest()].into_iter().chain(binding).collect()
}

fn header(report: &RolesReport<'_>, connection: &ConnectionName, roles: &[Role]) -> Vec<String> {
    let namespaces: BTreeSet<&Arc<str>> = roles.iter().filter_map(|role| role.namespace.as_ref()).collect();
    let namespaces: Vec<&str> = namespaces.into_iter().map(|namespace| &**namespace).collect();
    let mut lines = vec![
        format!(
            "What environment {} needs at connection {connection}, and nothing else.",
            report.environment
        ),
        "The role for applying grants what planning needs, too: bind one of the two.".to_owned(),
    ];
    if !namespaces.is_empty() {
        lines.push(format!("A role needs its namespace: {}.", namespaces.join(", ")));
    }
    if writes_roles(report.needs, connection) {
        let words = "Who writes roles must have the rights that they grant, or `escalate` and `bind`: not given here.";
        lines.push(words.to_owned());
    }
    let unknown = report.unknown_kinds.keys().filter(|(at, _)| at == connection);
    lines.extend(unknown.map(|(_, kind)| format!("Left out, as nobody serves it so far: {kind}.")));
    lines
}

fn writes_roles(needs: &Needs, connection: &ConnectionName) -> bool {
    let mut objects = needs.0.keys().map(|right| &right.object);
    objects.any(|object| object.connection == *connection && &*object.group == "rbac.authorization.k8s.io")
}
