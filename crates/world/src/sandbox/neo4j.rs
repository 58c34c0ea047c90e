//! Simulated Neo4j servers as a back end: what their statements tell, as rows and as one topology.
//!
//! It sends the statements that a client would, and knows no more than their answers say.

use super::Sandbox;
use super::settled::why_refused;
use crate::neo4j::{Asked, Refusal, Rows, Unanswered};
use evenkeel_core::engine::id::{ConnectionName, ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Fact, Trouble, Why};
use evenkeel_core::resources::neo4j::{Database, Health, Member, Move, Replica, Role, ServerState, Topology};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One row of an answer.
pub(super) type Row = BTreeMap<String, Json>;

impl Sandbox {
    /// Returns who is in a cluster and who holds what.
    pub(super) fn neo4j_topology(&mut self, cluster: &ConnectionName) -> Answer {
        match self.topology(cluster) {
            Ok(topology) => Answer::Fact(Fact::Neo4jTopology(topology)),
            Err(unanswered) => Answer::Unreadable(why(cluster.as_str(), &unanswered)),
        }
    }

    pub(super) fn topology(&mut self, cluster: &ConnectionName) -> Result<Topology, Unanswered> {
        let servers = match self.ask(cluster, Asked::anyone("SHOW SERVERS YIELD *")) {
            // One server of Community has nobody to show.
            Err(Unanswered::Refused(refusal)) if is_of_one_server(&refusal) => Rows::new(),
            answered => answered?,
        };
        let rows = self.ask(cluster, Asked::anyone("SHOW DATABASES YIELD *"))?;
        let servers = servers.iter().filter_map(|row| Some((Uid::from(text(row, "serverId")?), member(row))));
        let mut topology = Topology { servers: servers.collect(), databases: BTreeMap::new() };
        for row in rows.iter().filter(|row| text(row, "type") != Some("composite")) {
            let Some(name) = text(row, "name") else { continue };
            let database = topology.databases.entry(Arc::from(name)).or_insert_with(|| database(row));
            database.replicas.push(replica(row));
        }
        Ok(topology)
    }

    /// Returns where the databases of these servers would go.
    pub(super) fn neo4j_moves(&mut self, cluster: &ConnectionName, servers: &BTreeSet<Arc<str>>) -> Answer {
        let names: Vec<String> = servers.iter().map(|name| quoted(name)).collect();
        let statement = format!("DRYRUN DEALLOCATE DATABASES FROM SERVERS {}", names.join(", "));
        let rows = match self.ask(cluster, Asked::anyone(&statement)) {
            Ok(rows) => rows,
            Err(unanswered) => return Answer::Unreadable(why(cluster.as_str(), &unanswered)),
        };
        let moved = |row: &Row| Move {
            database: shared(row, "database"),
            from: shared(row, "fromServerName"),
            to: shared(row, "toServerName"),
            role: role(row, "mode"),
        };
        Answer::Fact(Fact::Neo4jMoves(rows.iter().map(moved).collect()))
    }

    /// The id of `system` tells one cluster from another.
    pub(super) fn neo4j_identity(&mut self, cluster: &ConnectionName) -> Answer {
        let rows = self.ask(cluster, Asked::anyone("SHOW DATABASE system YIELD databaseID"));
        match rows {
            Ok(rows) => match rows.first().and_then(|row| text(row, "databaseID")) {
                Some(id) => Answer::Fact(Fact::Identity(Arc::from(id))),
                None => Answer::NotFound,
            },
            Err(unanswered) => Answer::Unreadable(why(cluster.as_str(), &unanswered)),
        }
    }

    pub(super) fn ask(&mut self, cluster: &ConnectionName, asked: Asked<'_>) -> Result<Rows, Unanswered> {
        self.world.neo4j(cluster).ask(&asked)
    }
}

fn member(row: &Row) -> Member {
    let list = |column: &str| -> BTreeSet<Arc<str>> {
        let items = row[column].as_array().into_iter().flatten();
        items.filter_map(Json::as_str).map(Arc::from).collect()
    };
    let state = match text(row, "state").unwrap_or_default() {
        "Free" => ServerState::Free,
        "Enabled" => ServerState::Enabled,
        "Cordoned" => ServerState::Cordoned,
        "Deallocating" => ServerState::Deallocating,
        "Deallocated" => ServerState::Deallocated,
        "Dropped" => ServerState::Dropped,
        _ => ServerState::Unknown,
    };
    let is_up = text(row, "health") == Some("Available");
    Member {
        name: shared(row, "name"),
        address: text(row, "address").map(Arc::from),
        state,
        health: if is_up { Health::Available } else { Health::Unavailable },
        hosting: list("hosting"),
        requested_hosting: list("requestedHosting"),
        version: text(row, "version").map(Arc::from),
    }
}

fn database(row: &Row) -> Database {
    let count = |column: &str| row[column].as_u64().and_then(|count| u32::try_from(count).ok());
    Database {
        id: text(row, "databaseID").map(Uid::from),
        requested_primaries: count("requestedPrimariesCount"),
        requested_secondaries: count("requestedSecondariesCount"),
        primaries: count("currentPrimariesCount").unwrap_or(0),
        secondaries: count("currentSecondariesCount").unwrap_or(0),
        replicas: Vec::new(),
    }
}

fn replica(row: &Row) -> Replica {
    Replica {
        server: text(row, "serverID").map(Uid::from),
        role: role(row, "role"),
        writer: row["writer"] == true,
        requested: shared(row, "requestedStatus"),
        current: shared(row, "currentStatus"),
        message: shared(row, "statusMessage"),
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

pub(super) fn shared(row: &Row, column: &str) -> Arc<str> {
    Arc::from(text(row, column).unwrap_or_default())
}

/// Returns a name as statements have it.
pub(super) fn named(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Returns a text as statements have it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Tells whether a server refused to show servers because it is alone: Community.
pub(super) fn is_of_one_server(refusal: &Refusal) -> bool {
    refusal.message.starts_with("Unsupported administration command")
}

/// Says why there is no answer.
pub(super) fn why(what: &str, unanswered: &Unanswered) -> Why {
    let trouble = match unanswered {
        Unanswered::Silent(_) | Unanswered::Vague(_) => Trouble::Unavailable,
        Unanswered::Refused(refusal) => match refusal.status() {
            401 => Trouble::Unauthorized,
            403 => Trouble::Forbidden,
            _ if refusal.may_pass() => Trouble::Unavailable,
            _ => Trouble::Garbled,
        },
    };
    Why { trouble, message: format!("{what}: {unanswered}") }
}

pub(super) fn refused(id: &ResourceId, unanswered: &Unanswered) -> Why {
    let Why { trouble, message: _ } = why("", unanswered);
    why_refused(id, trouble, &unanswered)
}
