//! What Neo4j, or Kubernetes, has no way to: said in the plan with the way around it, and not tried.

use super::remains::unlet;
use crate::engine::id::{ResourceId, System};
use crate::engine::path::Path;
use crate::engine::plan::choreography::{Fragment, Row, Scene};
use crate::engine::plan::{Held, HeldChange};
use crate::engine::question::{Body, Seen};
use crate::engine::value::Value;
use crate::resources::neo4j::{Cluster, DATABASE, MadeVolume, Server};

/// Holds what cannot be done by any statement.
pub(super) fn refuse(cluster: &Cluster, scene: &Scene<'_>, fragment: &mut Fragment) {
    let due = scene.rows().filter(|(_, row)| matches!(row, Row::Due { change: HeldChange::Update, .. }));
    let narrowed = due
        .filter(|(id, _)| is_database_of(cluster, id))
        .filter_map(|(id, _)| Some((id.clone(), narrows(id, scene)?)));
    let emptied = cluster.servers.values();
    let emptied = emptied.filter_map(|server| Some((server.row.clone(), is_emptied(server, scene)?)));
    fragment.held.extend(narrowed.chain(emptied).map(|(id, why)| (id, Held::Impossible(why))));
}

/// Returns the workloads that are held for their data and for which there is more to say; what needs them goes on, as they
/// stay what they are.
#[must_use]
pub fn held_workloads(cluster: &Cluster, scene: &Scene<'_>) -> Vec<(ResourceId, String)> {
    let grown = cluster.servers.values();
    let grown = grown.filter_map(|server| Some((server.workload.clone(), grows(server, scene)?)));
    let unlet = unlet(cluster, scene).into_iter().map(|workload| {
        let why = format!(
            "{} was started and never let in, so there is nothing that could be taken back: have it in the document, apply, and take it out after that",
            workload.name
        );
        (workload.clone(), why)
    });
    grown.chain(unlet).collect()
}

pub(super) fn is_database_of(cluster: &Cluster, id: &ResourceId) -> bool {
    id.system == System::Neo4j && id.connection == cluster.connection && id.kind.as_str() == DATABASE
}

/// Several primaries become one only by making the database anew (operations manual, "Managing databases in a cluster").
fn narrows(id: &ResourceId, scene: &Scene<'_>) -> Option<String> {
    let primaries = |value: &Value| value.at(&["topology", "primaries"]).and_then(Value::as_integer);
    let live = whole(scene.seen(id)?).and_then(primaries).filter(|live| *live > 1)?;
    let wanted = scene.wanted(id).and_then(primaries)?;
    (wanted == 1).then(|| {
        format!("Neo4j takes no database from {live} primaries to one: keep 2, or make it anew on one from a backup")
    })
}

/// A server that was told to give everything away has no way back.
fn is_emptied(server: &Server, scene: &Scene<'_>) -> Option<String> {
    let Some(Row::Due { change: HeldChange::Update, .. }) = scene.row(&server.row) else { return None };
    let state = whole(scene.seen(&server.row)?)?.at(&["status", "state"]).and_then(Value::as_text)?;
    let (name, claim) = (&server.row.name, &server.volume.claim);
    matches!(state, "Deallocating" | "Deallocated").then(|| {
        format!(
            "{name} is {}, and Neo4j does not take that back: let it go, delete {claim}, and it may come again",
            state.to_lowercase()
        )
    })
}

/// What a workload makes claims of cannot be changed, and what it made is not changed by it.
fn grows(server: &Server, scene: &Scene<'_>) -> Option<String> {
    let Some(Row::Held { change: HeldChange::Replace, by: Held::HoldsData, fields }) =
        scene.row(&server.workload)
    else {
        return None;
    };
    let claims = Path::of(&["spec", "volumeClaimTemplates"]);
    let MadeVolume { size, class: _ } = server.volume.made.as_ref()?;
    let (claim, workload) = (&server.volume.claim, &server.workload);
    let namespace = claim.namespace.as_deref().unwrap_or("default");
    fields.iter().any(|field| claims.contains(&field.path)).then(|| {
        format!(
            "a StatefulSet does not change its volume: keep the size, or make its claim larger (`kubectl -n {namespace} patch pvc {} -p '{{\"spec\":{{\"resources\":{{\"requests\":{{\"storage\":\"{size}\"}}}}}}}}'`), \
             then `kubectl -n {namespace} delete statefulset {} --cascade=orphan`, by which its pod stays, and apply; one server after the other",
            claim.name, workload.name
        )
    })
}

fn whole(seen: &Seen) -> Option<&Value> {
    match &seen.body {
        Body::Whole(value) => Some(value),
        Body::Remembered => None,
    }
}
