//! Letting servers in: a server comes with its pod, and is given its name and its options once it runs.

use super::led;
use crate::engine::plan::HeldChange;
use crate::engine::plan::choreography::{Does, Fragment, Part, Row, Scene};
use crate::resources::neo4j::Cluster;

/// Lets in whoever is not there yet. At the first formation all workloads are made at once, as none is ready before
/// enough of them are up.
pub(super) fn enter(cluster: &Cluster, scene: &Scene<'_>, fragment: &mut Fragment) {
    for server in cluster.servers.values() {
        if let Some(Row::Due { change: HeldChange::Create, .. }) = scene.row(&server.row) {
            let gates = vec![led(&cluster.connection)];
            fragment.add(Part { does: Does::Enter, gates, ..Part::planned(&server.row, []) });
        }
    }
}
