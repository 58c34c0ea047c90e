//! What belongs to a server that leaves, as far as the chart's names go: all of it is one server, however many objects.

use super::leave::is_server_of;
use crate::engine::id::{Kind, ResourceId};
use crate::resources::neo4j::{Cluster, Server};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Returns all that belongs to the server that leaves with this: its row, or, where a killed apply took that, what it
/// read or whose rights it had.
#[must_use]
pub fn belongings(cluster: &Cluster, goes: &ResourceId) -> BTreeSet<ResourceId> {
    let Some((sibling, server)) = cluster.servers.iter().next() else { return BTreeSet::new() };
    let Some(name) = name_of(cluster, (sibling, server), goes) else { return BTreeSet::new() };
    if cluster.servers.contains_key(name) {
        return BTreeSet::new();
    }
    let known = server.starts_with.iter().chain(&server.services).chain([&server.workload, &server.row]);
    let known = known.map(|id| renamed(id, sibling, name));
    known.chain(account(&renamed(&server.workload, sibling, name))).collect()
}

/// Returns the name of the server that something tells of without doubt: nobody else names objects by these
/// suffixes.
fn name_of<'a>(
    cluster: &Cluster,
    (sibling, server): (&str, &Server),
    goes: &'a ResourceId,
) -> Option<&'a str> {
    if is_server_of(cluster, goes) {
        return Some(&goes.name);
    }
    let account = account(&server.workload);
    let mut alike = server.starts_with.iter().chain(&account).filter(|known| is_beside(known, goes));
    alike.find_map(|known| {
        let suffix = known.name.strip_prefix(sibling).filter(|suffix| !suffix.is_empty())?;
        goes.name.strip_suffix(suffix)
    })
}

/// Tells whether two are of one kind, in one place.
pub(super) fn is_beside(one: &ResourceId, other: &ResourceId) -> bool {
    ResourceId { name: Arc::clone(&one.name), ..other.clone() } == *one
}

/// As whom a server runs, where it has an account of its own.
pub(super) fn account(workload: &ResourceId) -> [ResourceId; 3] {
    const RIGHTS: &str = "rbac.authorization.k8s.io";
    [
        ("", "ServiceAccount", ""),
        (RIGHTS, "Role", "-service-reader"),
        (RIGHTS, "RoleBinding", "-service-binding"),
    ]
    .map(|(group, kind, suffix)| ResourceId {
        kind: Kind::kubernetes(group, kind),
        name: Arc::from(format!("{}{suffix}", workload.name)),
        ..workload.clone()
    })
}

/// Returns what another server has in the place of this.
pub(super) fn renamed(id: &ResourceId, from: &str, to: &str) -> ResourceId {
    let rest = id.name.strip_prefix(from).unwrap_or_default();
    ResourceId { name: Arc::from(format!("{to}{rest}")), ..id.clone() }
}
