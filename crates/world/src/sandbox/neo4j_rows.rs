//! Rows of simulated Neo4j servers: what each kind is by the answers of its statements.

use super::Sandbox;
use super::neo4j::{Row, is_of_one_server, named, text, why};
use crate::neo4j::{Asked, Unanswered};
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Body, Seen};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::neo4j::{ALIAS, CONSTRAINT, DATABASE, Health, ROLE, SERVER, USER};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Sandbox {
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
        let row = match self.ask(&id.connection, Asked::anyone("SHOW SERVERS YIELD *")) {
            Ok(rows) => match row_of(id, &rows)? {
                Some(row) => Some(row),
                None => return Ok(None),
            },
            Err(Unanswered::Refused(refusal)) if is_of_one_server(&refusal) => None,
            Err(unanswered) => return Err(unanswered),
        };
        let asked = |statement| Asked { to: &id.name, ..Asked::anyone(statement) };
        let settings = self.ask(&id.connection, asked("SHOW SETTINGS YIELD name, value, isExplicitlySet"))?;
        let components = self.ask(&id.connection, asked("CALL dbms.components()"))?;
        let system = self.ask(&id.connection, asked("SHOW DATABASE system YIELD serverID"))?;
        let mut body = configured(&settings);
        body["version"] = components.first().map_or(Json::Null, |row| row["versions"][0].clone());
        let alone = system.first().and_then(|row| text(row, "serverID"));
        let uid = match &row {
            Some(row) => {
                describe(row, &mut body);
                text(row, "serverId")
            }
            None => alone,
        };
        let uid = uid.map_or_else(|| Uid::new(Arc::clone(&id.name)), Uid::from);
        Ok(Some(seen(id, uid, body)))
    }
}

/// Finds the row of a server; that there is none is known only if every row says whose it is.
fn row_of(id: &ResourceId, rows: &[Row]) -> Result<Option<Row>, Unanswered> {
    let is_it = |row: &&Row| {
        let host = text(row, "address").and_then(|address| address.split([':', '.']).next());
        text(row, "name") == Some(&*id.name) || host == Some(&*id.name)
    };
    let found = rows.iter().find(is_it).cloned();
    let is_nameless = |row: &Row| row["address"].is_null() && row["name"] == row["serverId"];
    if found.is_none() && rows.iter().any(is_nameless) {
        return Err(Unanswered::Vague("a server has neither name nor address".to_owned()));
    }
    Ok(found)
}

/// What is set on a server, and beside it what nobody set.
fn configured(settings: &[Row]) -> Json {
    let (mut config, mut defaults) = (Map::new(), Map::new());
    for row in settings.iter().filter(|row| !row["value"].is_null()) {
        let place = if row["isExplicitlySet"] == true { &mut config } else { &mut defaults };
        place.extend(text(row, "name").map(|name| (name.to_owned(), row["value"].clone())));
    }
    json!({"config": config, "defaults": {"config": defaults}, "status": {}})
}

/// What a server is to the others.
fn describe(row: &Row, body: &mut Json) {
    for column in ["modeConstraint", "tags", "allowedDatabases", "deniedDatabases"] {
        body[column] = row[column].clone();
    }
    body["status"] = json!({"state": row["state"], "health": row["health"]});
    if row["state"] != "Enabled" || row["health"] != "Available" {
        let words = [text(row, "state"), text(row, "health")].map(Option::unwrap_or_default);
        body["status"]["waits"] = json!(format!("it is {}", words.join(" and ").to_lowercase()));
    }
}

fn seen(id: &ResourceId, uid: Uid, body: Json) -> Seen {
    let body: Value = serde_json::from_value(body).unwrap_or_default();
    Seen { id: id.clone(), uid, version: Arc::from(""), body: Body::Whole(Arc::new(body)) }
}
