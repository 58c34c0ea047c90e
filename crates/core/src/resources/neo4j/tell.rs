//! What servers answer, as one topology and as rows: the same for every back end.

use super::query::{self, Refusal, Row, Told, Unanswered};
use super::{Database, DatabaseKind, Health, Member, Mode, Move, Replica, Role, ServerState, Topology};
use crate::engine::id::Uid;
use crate::engine::question::{Trouble, Why};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Returns what was answered to a statement.
pub(super) fn rows<'a>(told: &'a Told, query: &query::Query) -> Result<&'a [Row], Unanswered> {
    match told.get(query) {
        Some(Ok(rows)) => Ok(rows),
        Some(Err(unanswered)) => Err(unanswered.clone()),
        None => Err(vague(format!("nobody asked: {}", query.statement))),
    }
}

/// What was answered, and does not tell.
pub(super) fn vague(message: String) -> Unanswered {
    Unanswered::Failed(Why { trouble: Trouble::Unavailable, message })
}

/// Returns the rows of the servers; one of Community, and one that is alone, has nobody to show.
pub(super) fn servers(told: &Told) -> Result<&[Row], Unanswered> {
    match rows(told, &query::servers()) {
        Err(Unanswered::Refused(refusal)) if refusal.is_of_edition() => Ok(&[]),
        answered => answered,
    }
}

/// Reads who is in a cluster and who holds what, as the server of this name tells it.
///
/// # Errors
///
/// Returns what was not answered.
pub fn topology(told: &Told, told_by: Option<&str>) -> Result<Topology, Unanswered> {
    let members =
        servers(told)?.iter().filter_map(|row| Some((Uid::from(text(row, "serverId")?), member(row))));
    let mut topology = Topology { servers: members.collect(), ..Topology::default() };
    for row in rows(told, &query::databases())? {
        let Some(name) = text(row, "name") else { continue };
        let found = database(row);
        let known = topology.databases.entry(Arc::from(name)).or_insert_with(|| found.clone());
        known.join(found);
        known.replicas.push(replica(row));
    }
    let is_it = |member: &Member| told_by.is_some_and(|name| &*member.name == name || is_at(member, name));
    topology.told_by = topology.servers.iter().find(|(_, member)| is_it(member)).map(|(id, _)| id.clone());
    Ok(topology)
}

/// Reads which database is meant where nobody names one.
#[must_use]
pub fn default_database(told: &Told) -> Option<Arc<str>> {
    let is_default = |row: &&Row| row.get("default").and_then(Json::as_bool) == Some(true);
    rows(told, &query::databases()).ok()?.iter().find(is_default).map(|row| shared(row, "name"))
}

/// Tells whether a member is where a server of this name listens.
pub(super) fn is_at(member: &Member, server: &str) -> bool {
    member.host().and_then(|host| host.split('.').next()) == Some(server)
}

/// Reads where databases would go.
#[must_use]
pub fn moves(rows: &[Row]) -> Vec<Move> {
    let moved = |row: &Row| Move {
        database: shared(row, "database"),
        from: shared(row, "fromServerName"),
        to: shared(row, "toServerName"),
        role: role(row, "mode"),
    };
    rows.iter().map(moved).collect()
}

/// Reads which cluster it is: `system` has an id that no other one has.
#[must_use]
pub fn identity(rows: &[Row]) -> Option<Arc<str>> {
    rows.iter().find_map(|row| text(row, "databaseID")).map(Arc::from)
}

/// Tells whether a row is the one of a server: by its name, or by where it listens until it has one.
pub(super) fn is_row_of(row: &Row, server: &str) -> bool {
    text(row, "name") == Some(server) || is_at(&member(row), server)
}

fn member(row: &Row) -> Member {
    let list = |column: &str| row.get(column).and_then(Json::as_array).into_iter().flatten();
    let names = |column: &str| -> BTreeSet<Arc<str>> {
        list(column).filter_map(Json::as_str).map(Arc::from).collect()
    };
    Member {
        name: shared(row, "name"),
        address: text(row, "address").map(Arc::from),
        state: state(text(row, "state").unwrap_or_default()),
        health: if text(row, "health") == Some("Available") {
            Health::Available
        } else {
            Health::Unavailable
        },
        hosting: names("hosting"),
        requested_hosting: names("requestedHosting"),
        version: text(row, "version").map(Arc::from),
        mode: match text(row, "modeConstraint") {
            Some("PRIMARY") => Mode::Primary,
            Some("SECONDARY") => Mode::Secondary,
            Some(_) | None => Mode::Any,
        },
        tags: list("tags").filter_map(Json::as_str).map(Arc::from).collect(),
        allowed: names("allowedDatabases"),
        denied: names("deniedDatabases"),
    }
}

fn state(word: &str) -> ServerState {
    match word {
        "Free" => ServerState::Free,
        "Enabled" => ServerState::Enabled,
        "Cordoned" => ServerState::Cordoned,
        "Deallocating" => ServerState::Deallocating,
        "Deallocated" => ServerState::Deallocated,
        "Dropped" => ServerState::Dropped,
        _ => ServerState::Unknown,
    }
}

/// What one row says of a whole database.
fn database(row: &Row) -> Database {
    let count =
        |column: &str| row.get(column).and_then(Json::as_u64).and_then(|count| u32::try_from(count).ok());
    let options = row.get("options").and_then(Json::as_object).into_iter().flatten();
    let option = |(key, value): (&String, &Json)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (Arc::from(key.as_str()), Arc::from(text))
    };
    Database {
        kind: match text(row, "type") {
            Some("system") => DatabaseKind::System,
            Some("standard") => DatabaseKind::Standard,
            Some("composite") => DatabaseKind::Composite,
            Some(_) | None => DatabaseKind::Other,
        },
        id: text(row, "databaseID").map(Uid::from),
        other_ids: BTreeSet::new(),
        access: shared(row, "access"),
        is_default: row.get("default").and_then(Json::as_bool) == Some(true),
        options: options.map(option).collect::<BTreeMap<_, _>>(),
        requested_primaries: count("requestedPrimariesCount"),
        requested_secondaries: count("requestedSecondariesCount"),
        primaries: count("currentPrimariesCount").unwrap_or(0),
        secondaries: count("currentSecondariesCount").unwrap_or(0),
        replicas: Vec::new(),
    }
}

impl Database {
    /// Takes in what a further row says.
    fn join(&mut self, row: Self) {
        self.primaries = self.primaries.max(row.primaries);
        self.secondaries = self.secondaries.max(row.secondaries);
        match (&self.id, row.id) {
            (None, id) => self.id = id,
            (Some(known), Some(id)) if *known != id => drop(self.other_ids.insert(id)),
            (Some(_), _) => {}
        }
    }
}

fn replica(row: &Row) -> Replica {
    Replica {
        server: text(row, "serverID").map(Uid::from),
        role: role(row, "role"),
        writer: row.get("writer").and_then(Json::as_bool) == Some(true),
        requested: shared(row, "requestedStatus"),
        current: shared(row, "currentStatus"),
        message: shared(row, "statusMessage"),
        lag: row.get("replicationLag").and_then(Json::as_i64),
        last_committed: row.get("lastCommittedTxn").and_then(Json::as_i64),
    }
}

fn role(row: &Row, column: &str) -> Role {
    match text(row, column) {
        Some("primary") => Role::Primary,
        Some("secondary") => Role::Secondary,
        Some(_) | None => Role::Unknown,
    }
}

pub(super) fn text<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row.get(column).and_then(Json::as_str)
}

fn shared(row: &Row, column: &str) -> Arc<str> {
    Arc::from(text(row, column).unwrap_or_default())
}

/// Tells whether a refusal proves that there is no such database: nobody is down who might have it.
pub(super) fn is_no_database(refusal: &Refusal, found: &Topology) -> bool {
    refusal.is_of_no_database() && found.is_whole()
}
