//! Roles as manifests, ready for `kubectl apply`: what `preflight --rbac` prints.

use crate::documents::yaml::write::{WriteError, comment_line, to_manifest};
use crate::engine::id::{ConnectionName, EnvironmentName};
use crate::engine::plan::Uses;
use crate::engine::rights::{Binding, Needs, Purpose, Role, StatePlace, Subject, Verb, roles};
use crate::engine::value::Value;
use crate::report::plain::line;
use crate::report::words;
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
    /// What the environment uses: kinds that no role can name, namespaces that Git makes.
    pub uses: &'a Uses,
    /// As whom connections act instead of as their credentials.
    pub acting_as: &'a BTreeMap<ConnectionName, String>,
    /// Where state is kept, if in a cluster.
    pub state: Option<&'a StatePlace>,
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
    let mut lines = vec![format!(
        "What environment {} needs at connection {connection}, and nothing else.",
        report.environment
    )];
    if report.purposes.len() > 1 {
        lines.push("The role for applying grants what planning needs, too: bind one of the two.".to_owned());
    }
    lines.extend(of_namespaces(report, connection, roles));
    if report.state.is_some_and(|state| state.connection == *connection) {
        lines.extend(OF_STATE.map(str::to_owned));
    }
    if let Some(user) = report.acting_as.get(connection) {
        lines.push(format!(
            "This connection acts as {}: bind to that one; its credentials need `impersonate` on it.",
            line(user)
        ));
    }
    if report.purposes.contains(&Purpose::Apply) && writes_roles(report.needs, connection) {
        let words = "Who writes roles must have the rights that they grant, or `escalate` and `bind`: not given here.";
        lines.push(words.to_owned());
    }
    let unknown = report.uses.unknown.iter().filter(|((at, _), _)| at == connection);
    lines.extend(unknown.map(|((_, kind), why)| match why {
        None => format!("Left out, as nobody serves it so far: {kind}."),
        Some(why) => format!("Left out: {kind}; {}", words::why(why)),
    }));
    lines
}

/// `ConfigMaps` and Secrets of state cannot all be granted by name.
const OF_STATE: [&str; 2] = [
    "Environments that share a namespace for state can read and change one another's: give each its own.",
    "Keep nothing else in that namespace: who applies reads and deletes its ConfigMaps and makes Secrets in it.",
];

/// A role can only be made in a namespace that is there.
fn of_namespaces(report: &RolesReport<'_>, connection: &ConnectionName, roles: &[Role]) -> Vec<String> {
    let namespaces: BTreeSet<&Arc<str>> = roles.iter().filter_map(|role| role.namespace.as_ref()).collect();
    let is_made = |name: &Arc<str>| report.uses.made.contains(&(connection.clone(), Arc::clone(name)));
    let told = |names: &[&str]| (!names.is_empty()).then(|| names.join(", "));
    let all: Vec<&str> = namespaces.iter().map(|name| &***name).collect();
    let made: Vec<&str> = namespaces.iter().filter(|name| is_made(name)).map(|name| &***name).collect();
    let all = told(&all).map(|names| format!("A role needs its namespace: {names}."));
    let made = told(&made).map(|names| {
        format!("Git makes {names} itself: make it by hand, as Git has it, before these roles.")
    });
    all.into_iter().chain(made).collect()
}

fn writes_roles(needs: &Needs, connection: &ConnectionName) -> bool {
    let mut here = needs.0.keys().filter(|right| right.object.connection == *connection);
    here.any(|right| matches!(right.verb, Verb::Escalate | Verb::Bind))
}
