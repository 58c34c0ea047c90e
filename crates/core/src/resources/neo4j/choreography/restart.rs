//! Restarting servers one after the other: what a server reads is written when its turn comes and not before, so that a
//! configuration that does not start stops at the first one, and a pod that crashes elsewhere comes back with the old.

use super::overdue::is_behind;
use super::unshown::unshown;
use super::{gate, led};
use crate::engine::id::{ResourceId, Uid};
use crate::engine::path::{Path, Segment};
use crate::engine::plan::choreography::{Does, Fragment, Part, Row, Scene};
use crate::engine::plan::{Held, HeldChange};
use crate::engine::question::{Answer, Body, Fact, Question, Seen};
use crate::engine::sketch::Sketch;
use crate::engine::step::{Gate, Operation, Reason, Risk};
use crate::engine::verdict::FieldChange;
use crate::resources::neo4j::watch::topology;
use crate::resources::neo4j::{
    Cluster, Going, Login, Outage, Pod, Server, Shape, Topology, Turn, Untouched, Watch,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// How long one server may take to stop, to start and to catch up with the others.
///
/// An hour: recovery of a large store takes long, and so does the checkpoint before it stops.
const RESTART: Duration = Duration::from_secs(3600);

/// What is only read when a cluster begins: a server need not be restarted for it.
const FIRST_START: [&str; 2] = ["initial.", "dbms.cluster.minimum_initial_system_primaries_count"];

/// One server that has to be restarted.
struct Restart<'a> {
    name: &'a Arc<str>,
    server: &'a Server,
    /// The pod that it runs in.
    pod: &'a Seen,
    /// What is written before, in this order.
    writes: Vec<&'a ResourceId>,
}

/// Restarts every server that something takes effect for when it starts, one after the other.
pub(super) fn restart(cluster: &Cluster, scene: &Scene<'_>, fragment: &mut Fragment) {
    let mut restarts = Vec::new();
    for (name, server) in &cluster.servers {
        let Some(Answer::Seen(pod)) = scene.ask(Question::Object(server.pod.clone())) else { continue };
        let restart = Restart { name, server, pod, writes: writes(server, scene) };
        if !restart.is_needed(scene) {
            continue;
        }
        if let Some(why) = unshown(server, pod, scene).filter(|_| restart.writes.is_empty()) {
            fragment.held.push((server.row.clone(), Held::Impossible(why)));
            continue;
        }
        match restart.held(scene) {
            held if held.is_empty() => restarts.push(restart),
            held => fragment.held.extend(restart.hold(scene, &Held::WaitsFor(held))),
        }
    }
    if restarts.is_empty() {
        return;
    }
    let found = seen_topology(cluster, scene);
    restarts.retain(|restart| match restart.takes_away(found, scene) {
        None => true,
        Some(why) => {
            fragment.held.extend(restart.hold(scene, &Held::Impossible(why)));
            false
        }
    });
    let among: BTreeMap<Arc<str>, Going> =
        restarts.iter().map(|restart| (Arc::clone(restart.name), restart.going(scene))).collect();
    for restart in in_order(&restarts, found) {
        let outage = outage(cluster, restart.server, (found, scene));
        restart.plan((cluster, &among, outage), scene, fragment);
    }
}

/// Returns what restarts cost, by what is written for them.
#[must_use]
pub fn risks(cluster: &Cluster, scene: &Scene<'_>) -> Vec<(ResourceId, Risk)> {
    let found = seen_topology(cluster, scene);
    let of_one = |server: &Server| {
        let risk = outage(cluster, server, (found, scene)).risk();
        let all = writes(server, scene).into_iter().chain([&server.row]);
        all.map(|id| (id.clone(), risk)).collect::<Vec<_>>()
    };
    let restarted = cluster.servers.values().filter(|server| takes_effect_at_start(server, scene));
    restarted.flat_map(of_one).collect()
}

pub(super) fn seen_topology<'a>(cluster: &Cluster, scene: &Scene<'a>) -> Option<&'a Topology> {
    if cluster.login == Login::Nobody {
        return None;
    }
    match scene.ask(topology(&cluster.connection)) {
        Some(Answer::Fact(Fact::Neo4jTopology(found))) => Some(found),
        Some(_) | None => None,
    }
}

/// As it would be now; the gates decide.
fn in_order<'r, 'a>(restarts: &'r [Restart<'a>], found: Option<&Topology>) -> Vec<&'r Restart<'a>> {
    let mut all: Vec<&Restart<'_>> = restarts.iter().collect();
    all.sort_by_key(|restart| found.and_then(|it| Some(it.rank(it.named(restart.name)?.0))));
    all
}

/// What a server reads when it starts and that changes, its workload last.
fn writes<'a>(server: &'a Server, scene: &Scene<'_>) -> Vec<&'a ResourceId> {
    let all = server.starts_with.iter().chain([&server.workload]);
    all.filter(|id| matches!(scene.row(id), Some(Row::Due { .. }))).collect()
}

pub(super) fn outage(
    cluster: &Cluster,
    server: &Server,
    (found, scene): (Option<&Topology>, &Scene<'_>),
) -> Outage {
    if cluster.shape == Shape::Single {
        return Outage::OfEverything;
    }
    let id = scene.seen(&server.row).map(|seen| &seen.uid);
    let is_only = |found: &Topology, id: &Uid| !found.loss_without(id).only_primary.is_empty();
    let loses = found.zip(id).is_some_and(|(found, id)| is_only(found, id));
    if loses { Outage::OfOnlyPrimaries } else { Outage::None }
}

/// Tells whether anything changes that takes effect only when a server starts.
pub(super) fn takes_effect_at_start(server: &Server, scene: &Scene<'_>) -> bool {
    let at_start = [Path::of(&["config"]), Path::of(&["version"])];
    let template = Path::of(&["spec", "template"]);
    changes(scene, &server.row, |path| at_start.iter().any(|place| place.contains(path)))
        || changes(scene, &server.workload, |path| template.contains(path))
        || server.starts_with.iter().any(|map| changes(scene, map, is_read_at_start))
}

impl Restart<'_> {
    /// Tells whether anything takes effect only when the server starts.
    fn is_needed(&self, scene: &Scene<'_>) -> bool {
        takes_effect_at_start(self.server, scene) || is_behind(self.server, self.pod, scene)
    }

    /// Returns what is held of what belongs together: the rest is not done without it.
    fn held(&self, scene: &Scene<'_>) -> Vec<ResourceId> {
        let Server { starts_with, workload, pod, .. } = self.server;
        let objects = starts_with.iter().chain([workload, pod]);
        let is_held = |id: &&ResourceId| matches!(scene.row(id), Some(Row::Held { .. }));
        // A server that is down cannot be read, and is restarted all the same.
        let row = match scene.row(&self.server.row) {
            Some(Row::Held { by: Held::Unreadable(_) | Held::WaitsFor(_), .. }) => None,
            Some(Row::Held { .. }) => Some(&self.server.row),
            Some(Row::Due { .. }) | None => None,
        };
        objects.filter(is_held).chain(row).cloned().collect()
    }

    fn hold(&self, scene: &Scene<'_>, by: &Held) -> Vec<(ResourceId, Held)> {
        let rows = [&self.server.row, &self.server.pod].into_iter();
        let rows = rows.filter(|row| matches!(scene.row(row), Some(Row::Due { .. })));
        // Those that run find each other by ports that its Services may not have any more.
        let all = self.writes.iter().copied().chain(&self.server.services).chain(rows);
        all.map(|id| (id.clone(), by.clone())).collect()
    }

    /// Says whose majority no order of restarts keeps.
    fn takes_away(&self, found: Option<&Topology>, scene: &Scene<'_>) -> Option<String> {
        let (found, seen) = found.zip(scene.seen(&self.server.row))?;
        found.stands_still().ok()?;
        let database = found.loss_without(&seen.uid).quorum.pop_first()?;
        let name = self.name;
        Some(format!(
            "without {name} database {database} has no majority, as it is on 2 that vote: have it on 3 first"
        ))
    }

    fn going(&self, scene: &Scene<'_>) -> Going {
        let id = scene.seen(&self.server.row).map(|seen| seen.uid.clone());
        let begins = self.writes.iter().find_map(|write| untouched(write, scene));
        Going { id, pod: self.pod(), begins }
    }

    fn pod(&self) -> Pod {
        Pod { id: self.server.pod.clone(), uid: self.pod.uid.clone() }
    }

    /// Adds the steps of this server: what it reads, its workload, its pod, and its row, which it then equals.
    fn plan(
        &self,
        (cluster, among, outage): (&Cluster, &BTreeMap<Arc<str>, Going>, Outage),
        scene: &Scene<'_>,
        fragment: &mut Fragment,
    ) {
        let gates: Vec<_> = self.turn(cluster, among, outage).into_iter().collect();
        let mut before = None;
        for write in &self.writes {
            let part = Part { does: Does::InTurn, gates: gates.clone(), ..Part::planned(write, before) };
            before = Some(fragment.add(part));
        }
        let evict = Does::Operation {
            operation: Operation::Evict { uid: self.pod.uid.clone() },
            uid: self.pod.uid.clone(),
            because: self.because(scene),
        };
        let part = Part { does: evict, gates, ..Part::planned(&self.server.pod, before) };
        let evicted = fragment.add(Part {
            done_when: Some(gate(self.back(cluster), RESTART)),
            risk: outage.risk(),
            ..part
        });
        if let Some(Row::Due { change: HeldChange::Update, .. }) = scene.row(&self.server.row) {
            let gates = vec![led(&cluster.connection)];
            fragment.add(Part {
                does: Does::AfterChanges,
                gates,
                ..Part::planned(&self.server.row, [evicted])
            });
        }
    }

    /// Returns what its turn waits for; where nobody logs in there is one server, and nobody to take turns with.
    fn turn(&self, cluster: &Cluster, among: &BTreeMap<Arc<str>, Going>, outage: Outage) -> Option<Gate> {
        let turn = Turn {
            cluster: cluster.connection.clone(),
            server: Arc::clone(self.name),
            among: among.clone(),
            budget: cluster.budget.clone(),
            outage,
        };
        let servers = u32::try_from(among.len()).unwrap_or(u32::MAX);
        let gate = || gate(Watch::Turn(turn), RESTART.saturating_mul(servers));
        (cluster.login == Login::Given).then(gate)
    }

    fn back(&self, cluster: &Cluster) -> Watch {
        let (server, pod) = (Arc::clone(self.name), self.pod());
        match cluster.login {
            Login::Given => Watch::Back { cluster: cluster.connection.clone(), server, pod },
            Login::Nobody => Watch::Replaced { server, pod },
        }
    }

    fn because(&self, scene: &Scene<'_>) -> Reason {
        let rows = [&self.server.row].into_iter().chain(self.writes.iter().copied());
        let mut reasons = rows.filter_map(|id| match scene.row(id)? {
            Row::Due { because, .. } => Some((*because).clone()),
            Row::Held { .. } => None,
        });
        reasons.next().unwrap_or(Reason::SpecEdited)
    }
}

pub(super) fn fields<'a>(scene: &'a Scene<'_>, id: &ResourceId) -> &'a [&'a FieldChange] {
    match scene.row(id) {
        Some(Row::Due { fields, .. } | Row::Held { fields, .. }) => fields,
        None => &[],
    }
}

fn changes(scene: &Scene<'_>, id: &ResourceId, is_meant: impl Fn(&Path) -> bool) -> bool {
    fields(scene, id).iter().any(|field| is_meant(&field.path))
}

/// Tells whether a place in a `ConfigMap` is read by a server that belongs to a cluster already.
fn is_read_at_start(path: &Path) -> bool {
    match path.0.as_slice() {
        [Segment::Field(data), Segment::Field(key)] => {
            &**data == "data" && !FIRST_START.iter().any(|first| key.starts_with(first))
        }
        [Segment::Field(data)] => &**data == "data",
        _ => false,
    }
}

/// Returns what a turn begins with, as it looks before; what is made anew has no looks.
fn untouched(id: &ResourceId, scene: &Scene<'_>) -> Option<Untouched> {
    let (seen, changed) = (scene.seen(id)?, fields(scene, id));
    let Body::Whole(body) = &seen.body else { return None };
    let paths: BTreeSet<Path> = changed.iter().map(|field| field.path.clone()).collect();
    let as_it_was = Sketch::of(None, body, paths);
    (!as_it_was.places.is_empty()).then(|| Untouched { what: id.clone(), as_it_was })
}
