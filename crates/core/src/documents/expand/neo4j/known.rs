//! What a choreography has to know of a cluster and of each of its servers, beside what their rows say.

use super::layout::{Layout, Server};
use super::{checks, claimed, secrets};
use crate::documents::neo4j::servers::{Dynamic, Selector, Storage};
use crate::engine::id::{ConnectionName, ResourceId, System};
use crate::resources::neo4j::{self, Autoscaling, Cluster, Copies, Login, MadeVolume, Volume};
use std::sync::Arc;

/// Returns it; addresses in Kubernetes are made of a kind and a name.
pub(super) fn cluster(layout: &Layout<'_>, address: &dyn Fn(&str, &str) -> ResourceId) -> Cluster {
    let spec = layout.spec;
    let servers = layout.servers.iter();
    let topologies = spec.databases.iter().filter_map(|database| {
        let topology = database.topology?;
        let copies = Copies { primaries: topology.primaries, secondaries: topology.secondaries };
        Some((Arc::from(database.name.as_str()), copies))
    });
    let default = spec.databases.iter().find(|database| database.default);
    Cluster {
        document: Arc::from(format!("Neo4jCluster/{}", layout.name)),
        connection: ConnectionName::new(layout.name),
        login: if checks::is_asked(layout) { Login::Given } else { Login::Nobody },
        edition: layout.edition(),
        shape: layout.shape,
        version: layout.version,
        discovery: layout.discovery(),
        initial_primaries: layout.initial_primaries(),
        servers: servers.map(|one| (Arc::from(one.name.as_str()), server(layout, one, address))).collect(),
        topologies: topologies.collect(),
        default_database: default.map(|database| Arc::from(database.name.as_str())),
        budget: layout.has_budget().then(|| address("PodDisruptionBudget", layout.name)),
        autoscaling: autoscaling(layout),
        grace: spec.termination_grace_period.0,
    }
}

fn server(
    layout: &Layout<'_>,
    server: &Server<'_>,
    address: &dyn Fn(&str, &str) -> ResourceId,
) -> neo4j::Server {
    let name = &server.name;
    let maps =
        ["default-config", "user-config", "k8s-config", "env", "server-logs-config", "user-logs-config"];
    let maps = maps.iter().take(if layout.spec.logging.manage { 6 } else { 4 });
    let suffixes: &[&str] =
        if layout.has_internals() { &["", "-admin", "-internals"] } else { &["", "-admin"] };
    neo4j::Server {
        part: server.part,
        place: server.place,
        mode: server.mode(),
        row: ResourceId::of(System::Neo4j, neo4j::SERVER, layout.name, name),
        workload: address("StatefulSet", name),
        pod: address("Pod", &format!("{name}-0")),
        starts_with: maps.map(|map| address("ConfigMap", &format!("{name}-{map}"))).collect(),
        secrets: secrets(layout).iter().map(|(kind, secret)| address(kind, secret)).collect(),
        services: suffixes.iter().map(|suffix| address("Service", &format!("{name}{suffix}"))).collect(),
        volume: volume(layout, server, address),
    }
}

fn volume(layout: &Layout<'_>, server: &Server<'_>, address: &dyn Fn(&str, &str) -> ResourceId) -> Volume {
    let made = match server.storage(layout.spec) {
        Storage::Claim(_) => None,
        Storage::Dynamic(Dynamic { size, class })
        | Storage::Selector(Selector { size, class, match_labels: _ }) => {
            let class = class.as_deref().map(Arc::from);
            Some(MadeVolume { size: Arc::from(size.as_str()), class })
        }
    };
    let own = || format!("data-{}-0", server.name);
    Volume { claim: address("PersistentVolumeClaim", &claimed(layout, server).unwrap_or_else(own)), made }
}

fn autoscaling(layout: &Layout<'_>) -> Option<Autoscaling> {
    let written = &layout.spec.autoscaling.as_ref()?.secondaries;
    Some(Autoscaling {
        min: written.min,
        max: written.max,
        target_percent: written.target_cpu_percent,
        stabilization: written.stabilization.0,
    })
}
