//! Taking servers out: they get nothing more, what they have moves to others, and only then do they go. Their volumes
//! stay.

use super::belongings::renamed;
use super::dead_ends::is_database_of;
use super::remains::{remains, surplus};
use super::{gate, led, remains};
use crate::engine::id::{ResourceId, System, Uid};
use crate::engine::path::Path;
use crate::engine::plan::choreography::{Does, Fragment, Part, Row, Scene};
use crate::engine::plan::{Held, HeldChange};
use crate::engine::question::{Answer, Fact, FactId, Question};
use crate::engine::step::{Operation, Reason};
use crate::resources::neo4j::query::SYSTEM;
use crate::resources::neo4j::watch::topology;
use crate::resources::neo4j::{
    Cluster, Health, Member, Mode, Move, SERVER, Server, ServerState, Topology, Watch,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long databases may take to move off a server: the manual speaks of more than a day for large ones.
const DRAIN: Duration = Duration::from_secs(48 * 3600);

/// How long a cluster may take to settle before a server is taken out of it.
pub(super) const SETTLE: Duration = Duration::from_secs(3600);

/// A server that is ours and no longer wanted.
struct Leaving<'a> {
    name: Arc<str>,
    row: &'a ResourceId,
    id: &'a Uid,
    workload: ResourceId,
}

/// Returns what may be deleted although it holds data, once its choreography says how: servers that leave a cluster that
/// stays, and their workloads.
#[must_use]
pub fn may_be_emptied(cluster: &Cluster, scene: &Scene<'_>) -> BTreeSet<ResourceId> {
    let emptied = leaving(cluster, scene).into_iter().flat_map(|it| [it.row.clone(), it.workload]);
    emptied.chain(remains(cluster, scene).into_iter().map(|it| it.workload.clone())).collect()
}

pub(super) fn is_server_of(cluster: &Cluster, id: &ResourceId) -> bool {
    id.system == System::Neo4j && id.connection == cluster.connection && id.kind.as_str() == SERVER
}

fn leaving<'a>(cluster: &Cluster, scene: &Scene<'a>) -> Vec<Leaving<'a>> {
    let Some((sibling, server)) = cluster.servers.iter().next() else { return Vec::new() };
    let each = scene.rows().filter_map(|(row, due)| {
        let goes = match due {
            Row::Due { change, .. } => *change == HeldChange::Delete,
            Row::Held { change, by, .. } => *change == HeldChange::Delete && **by == Held::HoldsData,
        };
        let is_ours = is_server_of(cluster, row) && !cluster.servers.contains_key(&row.name);
        let seen = scene.seen(row).filter(|_| goes && is_ours)?;
        let workload = renamed(&server.workload, sibling, &row.name);
        Some(Leaving { name: Arc::clone(&row.name), row, id: &seen.uid, workload })
    });
    each.collect()
}

/// Returns the servers that are to go and stay, and the workloads of such: whichever way they are held.
fn kept(cluster: &Cluster, scene: &Scene<'_>) -> Vec<ResourceId> {
    let is_kept = |row: &Row<'_>| match row {
        Row::Due { .. } => false,
        Row::Held { change, by, .. } => *change == HeldChange::Delete && **by != Held::HoldsData,
    };
    let rows = scene.rows().filter(|(_, row)| is_kept(row)).map(|(id, _)| id);
    let rows = rows.filter(|id| is_server_of(cluster, id) && !cluster.servers.contains_key(&id.name));
    let workloads =
        surplus(cluster, scene).into_iter().filter(|id| matches!(scene.row(id), Some(Row::Held { .. })));
    rows.chain(workloads).cloned().collect()
}

/// Takes servers out of a cluster, or says why they stay.
pub(super) fn leave(cluster: &Cluster, scene: &Scene<'_>, fragment: &mut Fragment) {
    let mut gone = remains::go(cluster, scene, fragment);
    let leaving = leaving(cluster, scene);
    match take_out(cluster, &leaving, scene, fragment) {
        Ok(parts) => gone.extend(parts),
        Err(why) => refuse(cluster, &leaving, &why, fragment),
    }
    gone.extend(approved(cluster, scene).into_iter().map(|id| fragment.add(Part::planned(id, []))));
    bound(cluster, scene, &gone, fragment);
}

/// Fewer that have to stay means that fewer are there: until then it would let two go at once.
fn bound(cluster: &Cluster, scene: &Scene<'_>, gone: &[usize], fragment: &mut Fragment) {
    let Some(budget) = cluster.budget.as_ref().filter(|budget| changes(scene, budget)) else { return };
    let kept = kept(cluster, scene);
    if !kept.is_empty() {
        fragment.held.push((budget.clone(), Held::WaitsFor(kept)));
    } else if !gone.is_empty() {
        fragment.add(Part::planned(budget, gone.iter().copied()));
    }
}

/// Returns the workloads that go because somebody said so of each, whatever becomes of their servers.
fn approved<'a>(cluster: &Cluster, scene: &Scene<'a>) -> Vec<&'a ResourceId> {
    let emptied = may_be_emptied(cluster, scene);
    let is_due = |id: &ResourceId| matches!(scene.row(id), Some(Row::Due { .. }));
    let mut rest = surplus(cluster, scene);
    rest.retain(|id| is_due(id) && !emptied.contains(*id));
    rest
}

/// Plans how servers leave; returns where each is gone.
fn take_out(
    cluster: &Cluster,
    leaving: &[Leaving<'_>],
    scene: &Scene<'_>,
    fragment: &mut Fragment,
) -> Result<Vec<usize>, String> {
    if leaving.is_empty() {
        return Ok(Vec::new());
    }
    let found = match scene.ask(topology(&cluster.connection)) {
        Some(Answer::Fact(Fact::Neo4jTopology(found))) => found,
        Some(Answer::Unreadable(why)) => return Err(why.message.clone()),
        Some(_) | None => return Err("who is in the cluster could not be read".to_owned()),
    };
    may_leave(cluster, leaving, (found, scene))?;
    let shrinking = shrinking(cluster, scene);
    let moves: &[Move] = match moves(cluster, leaving, (scene, found)) {
        Some(Ok(moves)) => moves,
        // What the databases are to become first is not what the dry run was asked about.
        Some(Err(_)) if !shrinking.is_empty() => &[],
        Some(Err(why)) => return Err(why),
        None => return Ok(Vec::new()),
    };
    Ok(plan(cluster, leaving, (found, &shrinking, moves), fragment))
}

fn changes(scene: &Scene<'_>, id: &ResourceId) -> bool {
    matches!(scene.row(id), Some(Row::Due { change: HeldChange::Update, .. }))
}

/// Holds all that belongs to it: a budget for fewer servers is none for those that stay.
fn refuse(cluster: &Cluster, leaving: &[Leaving<'_>], why: &str, fragment: &mut Fragment) {
    let rows: Vec<ResourceId> = leaving.iter().map(|it| it.row.clone()).collect();
    let each = leaving.iter().flat_map(|it| [it.row.clone(), it.workload.clone()]);
    fragment.held.extend(each.map(|id| (id, Held::Impossible(why.to_owned()))));
    fragment.held.extend(cluster.budget.iter().map(|budget| (budget.clone(), Held::WaitsFor(rows.clone()))));
}

/// Returns where the databases of those that leave would go, by the system's own dry run.
fn moves<'a>(
    cluster: &Cluster,
    leaving: &[Leaving<'_>],
    (scene, found): (&Scene<'a>, &Topology),
) -> Option<Result<&'a [Move], String>> {
    let has_left = |it: &&Leaving<'_>| {
        found.servers.get(it.id).is_some_and(|member| {
            matches!(
                member.state,
                ServerState::Deallocating | ServerState::Deallocated | ServerState::Dropped
            )
        })
    };
    let names: BTreeSet<Arc<str>> =
        leaving.iter().filter(|it| !has_left(it)).map(|it| Arc::clone(&it.name)).collect();
    if names.is_empty() {
        return Some(Ok(&[]));
    }
    match scene.ask(Question::Fact(FactId::Neo4jMoves(cluster.connection.clone(), names)))? {
        Answer::Fact(Fact::Neo4jMoves(moves)) => Some(Ok(moves)),
        Answer::Unreadable(why) => Some(Err(why.message.clone())),
        _ => Some(Err("where its databases would go could not be read".to_owned())),
    }
}

/// Databases that are to be on fewer servers: that comes before servers go.
fn shrinking<'a>(cluster: &Cluster, scene: &Scene<'a>) -> Vec<&'a ResourceId> {
    let topology = Path::of(&["topology"]);
    let due = scene.rows().filter(|(id, row)| match row {
        Row::Due { change: HeldChange::Update, fields, .. } => {
            is_database_of(cluster, id) && fields.iter().any(|field| topology.contains(&field.path))
        }
        Row::Due { .. } | Row::Held { .. } => false,
    });
    due.map(|(id, _)| id).collect()
}

/// Tells whether those that stay are enough, and whether everything is known that has to be for that.
fn may_leave(
    cluster: &Cluster,
    leaving: &[Leaving<'_>],
    (found, scene): (&Topology, &Scene<'_>),
) -> Result<(), String> {
    if super::refuse::is_upgrade(cluster, scene) {
        return Err("the version changes as well; they leave once all run it".to_owned());
    }
    if let Some(member) = found.servers.values().find(|member| is_unknown(member)) {
        return Err(format!(
            "server {} does not answer the others; nobody is taken out of the cluster before it does",
            member.name
        ));
    }
    let takes = |mode: Mode| move |server: &&Server| server.mode != mode;
    let voting = cluster.servers.values().filter(takes(Mode::Secondary)).count();
    let all = cluster.servers.len();
    let mut short: Vec<String> = Vec::new();
    for (name, database) in &found.databases {
        let wanted = cluster.topologies.get(name).map(|copies| (copies.primaries, copies.secondaries));
        let (primaries, secondaries) = match wanted {
            Some(wanted) => wanted,
            None if &**name == SYSTEM => (database.primaries.min(3), 0),
            None => (database.requested_primaries.unwrap_or(1), database.requested_secondaries.unwrap_or(0)),
        };
        if primaries as usize > voting {
            short.push(format!("database {name} is on {primaries} that vote"));
        } else if (primaries + secondaries) as usize > all {
            short.push(format!("database {name} is on {}", primaries + secondaries));
        }
    }
    if short.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = leaving.iter().map(|it| &*it.name).collect();
    Err(format!(
        "without {} there are {all} servers, of which {voting} may vote, and {}; lower their topology first",
        names.join(", "),
        short.join(", ")
    ))
}

fn is_unknown(member: &Member) -> bool {
    match member.state {
        ServerState::Dropped => false,
        ServerState::Unknown => true,
        ServerState::Free
        | ServerState::Enabled
        | ServerState::Cordoned
        | ServerState::Deallocating
        | ServerState::Deallocated => member.health == Health::Unavailable,
    }
}

fn plan(
    cluster: &Cluster,
    leaving: &[Leaving<'_>],
    (found, shrinking, moves): (&Topology, &[&ResourceId], &[Move]),
    fragment: &mut Fragment,
) -> Vec<usize> {
    let state = |it: &Leaving<'_>| found.servers.get(it.id).map(|member| member.state);
    let mut before: Vec<usize> = Vec::new();
    for it in leaving.iter().filter(|it| matches!(state(it), Some(ServerState::Enabled | ServerState::Free)))
    {
        let gates = vec![led(&cluster.connection)];
        before.push(fragment.add(Part { gates, ..it.operation(Operation::Cordon, []) }));
    }
    let cordoned = before.clone();
    for database in shrinking {
        let part = Part::planned(database, cordoned.iter().copied());
        before.push(fragment.add(Part { gates: vec![led(&cluster.connection)], ..part }));
    }
    let mut gone = Vec::new();
    for it in leaving {
        if !matches!(
            state(it),
            Some(ServerState::Deallocating | ServerState::Deallocated | ServerState::Dropped)
        ) {
            let own = moves.iter().filter(|it_moves| it_moves.from == it.name).cloned().collect();
            let part = it.operation(Operation::Deallocate { moves: own }, before.iter().copied());
            let gates = vec![gate(Watch::StandsStill(cluster.connection.clone()), SETTLE)];
            let done_when = Some(gate(it.drained(cluster), DRAIN));
            before.push(fragment.add(Part { gates, done_when, ..part }));
        }
        gone.push(it.go(cluster, &before, fragment));
    }
    gone
}

impl Leaving<'_> {
    fn operation(&self, operation: Operation, after: impl IntoIterator<Item = usize>) -> Part {
        let does = Does::Operation { operation, uid: self.id.clone(), because: Reason::NoLongerWanted };
        Part { does, ..Part::planned(self.row, after) }
    }

    fn drained(&self, cluster: &Cluster) -> Watch {
        let (cluster, server) = (cluster.connection.clone(), Arc::clone(&self.name));
        Watch::Drained { cluster, server, id: self.id.clone() }
    }

    /// Its row goes, then its workload, which was all that kept it running.
    fn go(&self, cluster: &Cluster, before: &[usize], fragment: &mut Fragment) -> usize {
        let out = Watch::Out {
            cluster: cluster.connection.clone(),
            server: Arc::clone(&self.name),
            id: self.id.clone(),
        };
        let gates = vec![gate(self.drained(cluster), DRAIN), led(&cluster.connection)];
        let part =
            Part { does: Does::DeleteEmptied, gates, ..Part::planned(self.row, before.iter().copied()) };
        let dropped = fragment.add(Part { done_when: Some(gate(out.clone(), SETTLE)), ..part });
        let spared = Watch::Spared {
            cluster: cluster.connection.clone(),
            server: Arc::clone(&self.name),
            id: self.id.clone(),
        };
        let gates = vec![gate(out, SETTLE), gate(spared, SETTLE)];
        let part = Part::planned(&self.workload, [dropped]);
        fragment.add(Part { does: Does::DeleteEmptied, gates, ..part })
    }
}
