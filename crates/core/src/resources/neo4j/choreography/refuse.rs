//! What cannot be, in whichever order it is done: older versions, versions too far away, several servers where there was
//! one, and two sorts of change at once.

use crate::engine::id::ResourceId;
use crate::engine::path::Path;
use crate::engine::plan::choreography::{Fragment, Row, Scene};
use crate::engine::plan::{Held, HeldChange};
use crate::engine::question::{Answer, Body, Fact, Question, Seen};
use crate::engine::value::Value;
use crate::resources::neo4j::query::SYSTEM;
use crate::resources::neo4j::watch::topology;
use crate::resources::neo4j::{Cluster, Discovery, Server, Shape, Version};

/// The last version that is not named by the calendar; every store comes through it.
const LAST: Version = Version::new(5, 26, 0);

/// The setting that says how servers discover each other, up to 5.26.
const DISCOVERY: &str = "dbms.cluster.discovery.version";

/// Holds what cannot be.
pub(super) fn refuse(cluster: &Cluster, scene: &Scene<'_>, fragment: &mut Fragment) {
    let upgrades: Vec<&Server> =
        cluster.servers.values().filter(|server| version(scene, &server.row).is_some()).collect();
    let refused =
        cluster.servers.values().find_map(|server| Some((server, refusal(cluster, scene, server)?)));
    if let Some((server, why)) = refused {
        return stay(cluster, (server, &why), fragment);
    }
    let coming: Vec<&Server> = cluster.servers.values().filter(|server| is_coming(scene, server)).collect();
    if coming.is_empty() || coming.len() == cluster.servers.len() {
        return;
    }
    if grows_from_one(cluster, scene) {
        let all = cluster.servers.values();
        let all = all.flat_map(|server| {
            server.starts_with.iter().chain(&server.services).chain([&server.workload, &server.row])
        });
        all.for_each(|id| hold(id, ONE_FOR_EVER, fragment));
    } else if !upgrades.is_empty() {
        for server in coming {
            hold(&server.workload, ONE_AT_A_TIME, fragment);
            hold(&server.row, ONE_AT_A_TIME, fragment);
        }
    }
}

const ONE_FOR_EVER: &str = "a single server does not become a cluster in place, as its system database has one primary for ever: make a new cluster and restore into it";
const ONE_AT_A_TIME: &str = "the version changes as well; new servers come once all run it";

/// Tells whether a version is to change as well, which those that would leave have to wait for.
pub(super) fn is_upgrade(cluster: &Cluster, scene: &Scene<'_>) -> bool {
    cluster.servers.values().any(|server| version(scene, &server.row).is_some())
}

fn hold(id: &ResourceId, why: &str, fragment: &mut Fragment) {
    fragment.held.push((id.clone(), Held::Impossible(why.to_owned())));
}

/// Says why a server cannot become what it is to be.
fn refusal(cluster: &Cluster, scene: &Scene<'_>, server: &Server) -> Option<String> {
    let change = version(scene, &server.row).or_else(|| Some((ran(scene, server)?, cluster.version)));
    let upgrade = change
        .and_then(|(live, wanted)| path(live, wanted).or_else(|| discovers(cluster, scene, server, wanted)));
    upgrade.or_else(|| skips_a_way(scene, &server.row))
}

/// Holds every server as it is, also one that is down and cannot be read: it would come back as what is refused. Its
/// Services stay as well, as those that run find each other by ports that the others do not have.
fn stay(cluster: &Cluster, (refused, why): (&Server, &str), fragment: &mut Fragment) {
    let waits = Held::WaitsFor(vec![refused.row.clone()]);
    for server in cluster.servers.values() {
        hold(&server.row, why, fragment);
        let objects = server.starts_with.iter().chain(&server.services).chain([&server.workload]);
        fragment.held.extend(objects.map(|id| (id.clone(), waits.clone())));
    }
}

/// What a server runs and is to run, where that differs and is not refused already.
fn version(scene: &Scene<'_>, row: &ResourceId) -> Option<(Version, Version)> {
    let (live, wanted) = change(scene, row, &["version"])?;
    Some((live.parse().ok()?, wanted.parse().ok()?))
}

/// What a server ran last that does not tell: its image, unless that never came so far that it could open the stores.
fn ran(scene: &Scene<'_>, server: &Server) -> Option<Version> {
    if scene.seen(&server.row).is_some() {
        return None;
    }
    let Some(Answer::Seen(pod)) = scene.ask(Question::Object(server.pod.clone())) else { return None };
    let Body::Whole(pod) = &pod.body else { return None };
    let phase = pod.at(&["status", "phase"]).and_then(Value::as_text);
    let containers = pod.at(&["spec", "containers"]).and_then(Value::as_list)?;
    let images = containers.iter().filter_map(|container| container.get("image")?.as_text());
    images.filter(|_| phase != Some("Pending")).find_map(tagged)
}

/// Reads the version out of an image's name: `neo4j:5.26.0-enterprise`.
fn tagged(image: &str) -> Option<Version> {
    let image = image.split_once('@').map_or(image, |(name, _digest)| name);
    let (_, tag) = image.rsplit_once(':')?;
    tag.split('-').next()?.parse().ok()
}

/// What a place in a row says and is to say, where that differs and is not refused already.
fn change<'a>(scene: &'a Scene<'_>, row: &ResourceId, place: &[&str]) -> Option<(&'a str, &'a str)> {
    let Some(Row::Due { fields, .. }) = scene.row(row) else { return None };
    let place = Path::of(place);
    let field = fields.iter().find(|field| field.path == place)?;
    Some((field.live.as_ref()?.as_text()?, field.wanted.as_ref()?.as_text()?))
}

/// While servers are restarted one after the other, those that were have to find those that were not.
fn skips_a_way(scene: &Scene<'_>, row: &ResourceId) -> Option<String> {
    let (live, wanted) = change(scene, row, &["config", DISCOVERY])?;
    let (live, wanted) = (Discovery::read(live)?, Discovery::read(wanted)?);
    let next = live.before(wanted)?.field();
    let (live, wanted) = (live.field(), wanted.field());
    Some(format!(
        "servers of discovery {wanted} do not find those of {live} that are yet to be restarted: `servers.discovery: {next}` comes before"
    ))
}

fn path(live: Version, wanted: Version) -> Option<String> {
    if wanted < live {
        return Some(format!("{live} does not become {wanted}: no version opens the stores of a newer one"));
    }
    (wanted.is_calendar() && live < LAST)
        .then(|| format!("{live} becomes {wanted} by way of 5.26: write that first"))
}

/// From 2025.01 on there is one way to discover each other, which older servers have to use before.
fn discovers(cluster: &Cluster, scene: &Scene<'_>, server: &Server, wanted: Version) -> Option<String> {
    let Some(Seen { body: Body::Whole(body), .. }) = scene.seen(&server.row) else { return None };
    let live = body.at(&["config", DISCOVERY]).and_then(Value::as_text);
    let is_there = live == Some(Discovery::V2Only.as_str());
    let runs = body.get("version").and_then(Value::as_text).and_then(|text| text.parse::<Version>().ok());
    let is_needed = wanted.is_calendar() && runs.is_some_and(|runs| !runs.is_calendar());
    (cluster.shape != Shape::Single && is_needed && !is_there).then(|| {
        format!("{wanted} discovers servers by the second way only: `servers.discovery: v2Only` comes first, at 5.26")
    })
}

fn is_coming(scene: &Scene<'_>, server: &Server) -> bool {
    matches!(scene.row(&server.workload), Some(Row::Due { change: HeldChange::Create, .. }))
}

fn grows_from_one(cluster: &Cluster, scene: &Scene<'_>) -> bool {
    if cluster.shape == Shape::Single {
        return false;
    }
    let Some(Answer::Fact(Fact::Neo4jTopology(found))) = scene.ask(topology(&cluster.connection)) else {
        return false;
    };
    let one = found.servers.len() <= 1;
    one && found.databases.get(SYSTEM).is_some_and(|system| system.replicas.len() <= 1)
}
