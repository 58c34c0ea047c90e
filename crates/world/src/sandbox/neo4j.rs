//! Simulated Neo4j servers as a back end: what their statements tell, as rows and as one topology.
//!
//! It sends the statements that a client would, and knows no more than their answers say.

use super::Sandbox;
use super::settled::why_refused;
use crate::neo4j::{Asked, Rows, Unanswered};
use evenkeel_core::engine::id::{ConnectionName, ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Body, Fact, Seen, Trouble, Why};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::neo4j::{
    ALIAS, CONSTRAINT, DATABASE, Database, Health, Member, Move, ROLE, Replica, Role, SERVER, ServerState,
    Topology, USER,
};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One row of an answer.
type Row = BTreeMap<String, Json>;

impl Sandbox {
    /// Returns who is in a cluster and who holds what.
    pub(super) fn neo4j_topology(&mut self, cluster: &ConnectionName) -> Answer {
        match self.topology(cluster) {
            Ok(topology) => Answer::Fact(Fact::Neo4jTopology(topology)),
            Err(unanswered) => Answer::Unreadable(why(cluster.as_str(), &unanswered)),
        }
    }

    fn topology(&mut self, cluster: &ConnectionName) -> Result<Topology, Unanswered> {
        let servers = match self.ask(cluster, Asked::anyone("SHOW SERVERS YIELD *")) {
            // One server of Community has nobody to show.
            Err(Unanswered::Refused(refusal)) if refusal.message.starts_with("Unsupported") => Rows::new(),
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
        let moves = match self.ask(cluster, Asked::anyone(&statement)) {
            Ok(rows) => rows,
            Err(unanswered) => return Answer::Unreadable(why(cluster.as_str(), &unanswered)),
        };
        let moved = |row: &Row| Move {
            database: shared(row, "database"),
            from: shared(row, "fromServerName"),
            to: shared(row, "toServerName"),
            role: role(row, "mode"),
        };
        Answer::Fact(Fact::Neo4jMoves(moves.iter().map(moved).collect()))
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

    /// Looks one row up.
    pub(super) fn neo4j_object(&mut self, id: &ResourceId) -> Answer {
        match self.neo4j_look(id) {
            Ok(Some(seen)) => Answer::Seen(seen),
            Ok(None) => Answer::NotFound,
            Err(unanswered) => Answer::Unreadable(why(&id.to_string(), &unanswered)),
        }
    }

    pub(super) fn neo4j_look(&mut self, id: &ResourceId) -> Result<Option<Seen>, Unanswered> {
        match id.kind.as_str() {
            SERVER => self.look_at_server(id),
            DATABASE => self.look_at_database(id),
            ALIAS => self.look_by_name(
                id,
                "SHOW ALIASES FOR DATABASE",
                "name",
                |row| json!({"database": row["database"]}),
            ),
            USER => self.look_by_name(id, "SHOW USERS", "user", |row| {
                let roles = row["roles"].as_array().into_iter().flatten().filter(|role| **role != "PUBLIC");
                json!({"roles": roles.collect::<Vec<_>>(), "suspended": row["suspended"], "home": row["home"],
                    "status": {"passwordChangeRequired": row["passwordChangeRequired"]}})
            }),
            ROLE => self.look_at_role(id),
            CONSTRAINT => self.look_at_constraint(id),
            _ => Ok(None),
        }
    }

    fn look_by_name(
        &mut self,
        id: &ResourceId,
        statement: &str,
        column: &str,
        body: impl Fn(&Row) -> Json,
    ) -> Result<Option<Seen>, Unanswered> {
        let rows = self.ask(&id.connection, Asked::anyone(statement))?;
        let row = rows.iter().find(|row| text(row, column) == Some(&*id.name));
        Ok(row.map(|row| seen(id, Uid::new(Arc::clone(&id.name)), body(row))))
    }

    fn look_at_role(&mut self, id: &ResourceId) -> Result<Option<Seen>, Unanswered> {
        let roles = self.ask(&id.connection, Asked::anyone("SHOW ROLES"))?;
        if !roles.iter().any(|row| text(row, "role") == Some(&*id.name)) {
            return Ok(None);
        }
        let statement = format!("SHOW ROLE {} PRIVILEGES AS COMMANDS", named(&id.name));
        let rows = self.ask(&id.connection, Asked::anyone(&statement))?;
        let suffix = format!(" TO {}", named(&id.name));
        let privileges: BTreeSet<&str> =
            rows.iter().filter_map(|row| text(row, "command")?.strip_suffix(suffix.as_str())).collect();
        Ok(Some(seen(id, Uid::new(Arc::clone(&id.name)), json!({"privileges": privileges}))))
    }

    fn look_at_constraint(&mut self, id: &ResourceId) -> Result<Option<Seen>, Unanswered> {
        let Some((database, name)) = id.name.split_once('.') else { return Ok(None) };
        let asked = Asked { database, ..Asked::anyone("SHOW CONSTRAINTS YIELD *") };
        let rows = self.ask(&id.connection, asked)?;
        let row = rows.iter().find(|row| text(row, "name") == Some(name));
        Ok(row.map(|row| {
            let mut body = Map::new();
            for column in ["type", "entityType", "labelsOrTypes", "properties", "propertyType"] {
                body.insert(column.to_owned(), row[column].clone());
            }
            seen(id, Uid::new(Arc::clone(&id.name)), Json::Object(body))
        }))
    }

    /// A database without a row is missing only if nobody is down who might have it.
    fn look_at_database(&mut self, id: &ResourceId) -> Result<Option<Seen>, Unanswered> {
        let topology = self.topology(&id.connection)?;
        let statement = format!("SHOW DATABASE {} YIELD *", named(&id.name));
        let rows = self.ask(&id.connection, Asked::anyone(&statement))?;
        let Some(row) = rows.first() else {
            let is_known = topology.servers.values().all(|member| member.health == Health::Available);
            return if is_known {
                Ok(None)
            } else {
                Err(Unanswered::Vague("servers are down that may host it".to_owned()))
            };
        };
        let option = &row["options"]["txLogEnrichment"];
        let mut body =
            json!({"access": row["access"], "cdc": option.as_str().unwrap_or("OFF"), "status": {}});
        if row["default"] == true {
            body["default"] = json!(true);
        }
        if let (Some(primaries), Some(secondaries)) =
            (row["requestedPrimariesCount"].as_i64(), row["requestedSecondariesCount"].as_i64())
        {
            body["topology"] = json!({"primaries": primaries, "secondaries": secondaries});
        }
        let waits = rows.iter().find(|row| row["currentStatus"] != row["requestedStatus"]);
        if let Some(waits) = waits {
            body["status"]["waits"] =
                json!(format!("it is {} on a server", text(waits, "currentStatus").unwrap_or("unknown")));
        }
        let uid = text(row, "databaseID").map_or_else(|| Uid::new(Arc::clone(&id.name)), Uid::from);
        Ok(Some(seen(id, uid, body)))
    }

    /// A server is known by its name, or by where it listens until it has one.
    fn look_at_server(&mut self, id: &ResourceId) -> Result<Option<Seen>, Unanswered> {
        let single = match self.ask(&id.connection, Asked::anyone("SHOW SERVERS YIELD *")) {
            Ok(rows) => {
                let is_it = |row: &&Row| {
                    let host = text(row, "address").and_then(|address| address.split([':', '.']).next());
                    text(row, "name") == Some(&*id.name) || host == Some(&*id.name)
                };
                let Some(row) = rows.iter().find(is_it) else {
                    let nameless =
                        rows.iter().any(|row| row["address"].is_null() && row["name"] == row["serverId"]);
                    let why = "a server has neither name nor address".to_owned();
                    return if nameless { Err(Unanswered::Vague(why)) } else { Ok(None) };
                };
                Some(row.clone())
            }
            Err(Unanswered::Refused(refusal)) if refusal.message.starts_with("Unsupported") => None,
            Err(unanswered) => return Err(unanswered),
        };
        let asked = |statement| Asked { to: &id.name, ..Asked::anyone(statement) };
        let settings = self.ask(&id.connection, asked("SHOW SETTINGS YIELD name, value, isExplicitlySet"))?;
        let components = self.ask(&id.connection, asked("CALL dbms.components()"))?;
        let (mut config, mut defaults) = (Map::new(), Map::new());
        for row in settings {
            let place = if row["isExplicitlySet"] == true { &mut config } else { &mut defaults };
            if let Some(name) = text(&row, "name").filter(|_| !row["value"].is_null()) {
                place.insert(name.to_owned(), row["value"].clone());
            }
        }
        let version = components.first().map(|row| row["versions"][0].clone());
        let mut body =
            json!({"config": config, "defaults": {"config": defaults}, "version": version, "status": {}});
        let uid = match &single {
            Some(row) => {
                for column in ["modeConstraint", "tags", "allowedDatabases", "deniedDatabases"] {
                    body[column] = row[column].clone();
                }
                body["status"] = json!({"state": row["state"], "health": row["health"]});
                if row["state"] != "Enabled" || row["health"] != "Available" {
                    let words = [text(row, "state"), text(row, "health")].map(Option::unwrap_or_default);
                    body["status"]["waits"] = json!(format!("it is {}", words.join(" and ").to_lowercase()));
                }
                text(row, "serverId").map(str::to_owned)
            }
            None => {
                let rows = self.ask(&id.connection, asked("SHOW DATABASE system YIELD serverID"))?;
                rows.first().and_then(|row| text(row, "serverID")).map(str::to_owned)
            }
        };
        Ok(Some(seen(
            id,
            uid.map_or_else(|| Uid::new(Arc::clone(&id.name)), |uid| Uid::from(uid.as_str())),
            body,
        )))
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

fn text<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row.get(column).and_then(Json::as_str)
}

fn shared(row: &Row, column: &str) -> Arc<str> {
    Arc::from(text(row, column).unwrap_or_default())
}

fn seen(id: &ResourceId, uid: Uid, body: Json) -> Seen {
    let body: Value = serde_json::from_value(body).unwrap_or_default();
    Seen { id: id.clone(), uid, version: Arc::from(""), body: Body::Whole(Arc::new(body)) }
}

/// Returns a name as statements have it.
pub(super) fn named(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Returns a text as statements have it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Says why there is no answer.
fn why(what: &str, unanswered: &Unanswered) -> Why {
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
