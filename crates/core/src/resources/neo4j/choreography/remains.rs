//! What is left of servers that are out already, as an apply ended between dropping one and deleting its workload: the
//! cluster counts on nobody there, and only the workload keeps it running.

use super::belongings::is_beside;
use super::leave::SETTLE;
use super::restart::seen_topology;
use super::{gate, led};
use crate::engine::id::{ResourceId, Uid};
use crate::engine::plan::choreography::{Does, Fragment, Part, Row, Scene};
use crate::engine::plan::{Held, HeldChange};
use crate::engine::question::Body;
use crate::resources::neo4j::tell::is_at;
use crate::resources::neo4j::{Cluster, Member, Server, ServerState, Topology, Watch};
use std::sync::Arc;

/// The label of a pod that says of which cluster it is.
const CLUSTER: [&str; 5] = ["spec", "template", "metadata", "labels", "helm.neo4j.com/neo4j.name"];

/// The workload of a server that is out.
pub(super) struct Remains<'a> {
    pub(super) workload: &'a ResourceId,
    /// Which server it was, while its process is still told of.
    id: Option<&'a Uid>,
}

/// Returns the workloads of the cluster that are ours and no longer wanted, also those that could not be
/// read.
pub(super) fn surplus<'a>(cluster: &Cluster, scene: &Scene<'a>) -> Vec<&'a ResourceId> {
    let server = cluster.servers.values().next();
    let of_cluster = cluster.workloads().find_map(|id| scene.wanted(id)?.at(&CLUSTER));
    let is_ours = |id: &ResourceId| match scene.seen(id).map(|seen| &seen.body) {
        Some(Body::Whole(body)) => of_cluster.is_none_or(|label| body.at(&CLUSTER) == Some(label)),
        Some(Body::Remembered) | None => true,
    };
    let goes = |row: &Row<'_>| match row {
        Row::Due { change, .. } => *change == HeldChange::Delete,
        Row::Held { change, .. } => matches!(change, HeldChange::Delete | HeldChange::Unknown),
    };
    let beside = |id: &ResourceId| server.is_some_and(|server| is_beside(&server.workload, id));
    let is_surplus = |id: &ResourceId| beside(id) && cluster.server_of(id).is_none() && is_ours(id);
    scene.rows().filter(|(id, row)| goes(row) && is_surplus(id)).map(|(id, _)| id).collect()
}

/// Returns the workloads that nobody wants of servers that were discovered and never let in.
pub(super) fn unlet<'a>(cluster: &Cluster, scene: &Scene<'a>) -> Vec<&'a ResourceId> {
    let (mut left, found) = rowless(cluster, scene);
    left.retain(|id| {
        let members = found.into_iter().flat_map(|found| found.servers.values());
        let mut states = members.filter(|member| is_of(member, &id.name)).map(|member| member.state);
        states.next() == Some(ServerState::Free) && states.next().is_none()
    });
    left
}

/// Returns the workloads of which Cypher has no row, and who is in the cluster, where that is known.
fn rowless<'a>(cluster: &Cluster, scene: &Scene<'a>) -> (Vec<&'a ResourceId>, Option<&'a Topology>) {
    let mut left = surplus(cluster, scene);
    left.retain(|id| has_no_row(cluster, id, scene));
    let found = if left.is_empty() { None } else { seen_topology(cluster, scene) };
    (left, found)
}

/// Returns the workloads of servers that are out. That one is out is known only from a cluster that answers.
pub(super) fn remains<'a>(cluster: &Cluster, scene: &Scene<'a>) -> Vec<Remains<'a>> {
    let (left, found) = rowless(cluster, scene);
    let Some(found) = found else { return Vec::new() };
    left.into_iter().filter_map(|workload| Remains::of(workload, found)).collect()
}

/// Tells whether Cypher has nothing of a workload's server, and nobody decides about anything but the record of it.
fn has_no_row(cluster: &Cluster, workload: &ResourceId, scene: &Scene<'_>) -> bool {
    let may_go = match scene.row(workload) {
        Some(Row::Held { by, .. }) => **by == Held::HoldsData,
        Some(Row::Due { .. }) => true,
        None => false,
    };
    let row = |server: &Server| ResourceId { name: Arc::clone(&workload.name), ..server.row.clone() };
    let row = cluster.servers.values().next().map(row);
    may_go
        && row.is_some_and(|row| match scene.row(&row) {
            Some(Row::Held { .. }) => false,
            Some(Row::Due { .. }) | None => scene.seen(&row).is_none(),
        })
}

impl<'a> Remains<'a> {
    fn of(workload: &'a ResourceId, found: &'a Topology) -> Option<Self> {
        let is_its = |member: &Member| is_of(member, &workload.name);
        let may_be_in = found.servers.iter().any(|(id, member)| {
            let is_nameless = &*member.name == id.as_str() && member.address.is_none();
            member.state != ServerState::Dropped && (is_its(member) || is_nameless)
        });
        let was = found.servers.iter().find(|(_, member)| is_its(member)).map(|(id, _)| id);
        (!found.servers.is_empty() && !may_be_in).then_some(Self { workload, id: was })
    }

    /// Nobody counts on it: nothing is moved, and no majority is asked of it.
    fn spared(&self, cluster: &Cluster) -> Watch {
        let connection = cluster.connection.clone();
        match self.id {
            None => Watch::StandsStill(connection),
            Some(id) => {
                Watch::Spared { cluster: connection, server: Arc::clone(&self.workload.name), id: id.clone() }
            }
        }
    }
}

/// Tells whether a member is the server of this name, also before it was given it.
pub(super) fn is_of(member: &Member, server: &str) -> bool {
    *member.name == *server || is_at(member, server)
}

/// Lets the workloads go of servers that are out; returns where they are gone.
pub(super) fn go(cluster: &Cluster, scene: &Scene<'_>, fragment: &mut Fragment) -> Vec<usize> {
    let remains = remains(cluster, scene);
    let each = remains.iter().map(|it| {
        let gates = vec![led(&cluster.connection), gate(it.spared(cluster), SETTLE)];
        Part { does: Does::DeleteEmptied, gates, ..Part::planned(it.workload, []) }
    });
    each.map(|part| fragment.add(part)).collect()
}
