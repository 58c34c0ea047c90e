//! Letting servers in: a server comes with its pod, and is given its name and its options once it runs. With the volume of
//! one that was dropped it would come as that one, and nobody is let in twice.

use super::belongings::account;
use super::led;
use super::remains::is_of;
use super::restart::seen_topology;
use crate::engine::id::ResourceId;
use crate::engine::plan::choreography::{Does, Fragment, Part, Row, Scene};
use crate::engine::plan::{Held, HeldChange};
use crate::engine::question::{Answer, Body, Question};
use crate::engine::value::Value;
use crate::resources::neo4j::{Cluster, Server, ServerState, Topology};
use std::collections::BTreeMap;

/// Lets in whoever is not there yet. At the first formation all workloads are made at once, as none is ready before
/// enough of them are up.
pub(super) fn enter(cluster: &Cluster, scene: &Scene<'_>, fragment: &mut Fragment) {
    let newcomers: Vec<&Server> =
        cluster.servers.values().filter(|server| is_created(&server.row, scene)).collect();
    if is_joined(cluster, &newcomers, scene) {
        let dropped = dropped(cluster, &newcomers, scene);
        if !dropped.is_empty() {
            return stay(cluster, &newcomers, &dropped, fragment);
        }
    }
    for server in newcomers {
        let gates = vec![led(&cluster.connection)];
        fragment.add(Part { does: Does::Enter, gates, ..Part::planned(&server.row, []) });
    }
}

/// Returns servers that were discovered and not let in, as an apply ended between the two: nobody else's, and not there yet.
#[must_use]
pub fn discovered(cluster: &Cluster, scene: &Scene<'_>) -> Vec<ResourceId> {
    let is_free = |id: &ResourceId| match scene.seen(id).map(|seen| &seen.body) {
        Some(Body::Whole(body)) => body.at(&["status", "state"]).and_then(Value::as_text) == Some("Free"),
        Some(Body::Remembered) | None => false,
    };
    let is_held = |id: &ResourceId| matches!(scene.row(id), Some(Row::Held { by: Held::NotOwned, .. }));
    let rows = cluster.servers.values().map(|server| &server.row);
    rows.filter(|id| is_held(id) && is_free(id)).cloned().collect()
}

fn is_created(id: &ResourceId, scene: &Scene<'_>) -> bool {
    matches!(scene.row(id), Some(Row::Due { change: HeldChange::Create, .. }))
}

/// Tells whether there is a cluster that servers come to: where all of them are new, they form one.
fn is_joined(cluster: &Cluster, newcomers: &[&Server], scene: &Scene<'_>) -> bool {
    let is_workload_new = |server: &Server| is_created(&server.workload, scene);
    !newcomers.is_empty() && !cluster.servers.values().all(is_workload_new)
}

/// Returns the rows of servers that would come as one that was dropped, and says why each stays.
fn dropped<'a>(
    cluster: &Cluster,
    newcomers: &[&'a Server],
    scene: &Scene<'_>,
) -> BTreeMap<&'a ResourceId, String> {
    let Some(found) = seen_topology(cluster, scene).filter(|found| !found.servers.is_empty()) else {
        return BTreeMap::new();
    };
    let each = newcomers.iter().filter_map(|server| Some((&server.row, why_not(server, found, scene)?)));
    each.collect()
}

fn why_not(server: &Server, found: &Topology, scene: &Scene<'_>) -> Option<String> {
    let (name, claim) = (&server.row.name, &server.volume.claim);
    let mut states = found.servers.values().filter(|member| is_of(member, name)).map(|member| member.state);
    match states.next() {
        // Whoever is known comes back as who it is.
        Some(state) if state != ServerState::Dropped || states.next().is_some() => None,
        Some(_) => Some(format!(
            "{name} was dropped and still runs, and nobody is let in again with {claim}: delete that claim and the pod, or give the server another name"
        )),
        None => is_left(server, scene).then(|| {
            format!(
                "{claim} is of a server that is no longer in the cluster, and nobody is let in again with it: delete it, or give {name} another name"
            )
        }),
    }
}

/// Tells whether a claim that the workload makes is there before it. One that somebody else makes is meant to be.
fn is_left(server: &Server, scene: &Scene<'_>) -> bool {
    let is_made = server.volume.made.is_some() && is_created(&server.workload, scene);
    is_made && matches!(scene.ask(Question::Object(server.volume.claim.clone())), Some(Answer::Seen(_)))
}

/// Holds all who come: a bound for more servers than there are lets nobody be restarted.
fn stay(
    cluster: &Cluster,
    newcomers: &[&Server],
    dropped: &BTreeMap<&ResourceId, String>,
    fragment: &mut Fragment,
) {
    let waits = Held::WaitsFor(dropped.keys().map(|row| (*row).clone()).collect());
    for server in newcomers {
        let why = dropped.get(&server.row).map(|why| Held::Impossible(why.clone()));
        fragment.held.push((server.row.clone(), why.unwrap_or_else(|| waits.clone())));
        let objects = server.starts_with.iter().chain(&server.services).chain([&server.workload]);
        let objects = objects.cloned().chain(account(&server.workload));
        fragment.held.extend(objects.map(|id| (id, waits.clone())));
    }
    fragment.held.extend(cluster.budget.iter().map(|budget| (budget.clone(), waits.clone())));
}
