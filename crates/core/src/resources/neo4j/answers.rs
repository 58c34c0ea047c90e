//! What servers answer, as rows: each kind is what its statements tell, in the words of its document.

use super::query::{self, Row, Told, Unanswered};
use super::tell::{is_no_database, is_row_of, rows, servers, text, topology, vague};
use super::{ALIAS, CONSTRAINT, DATABASE, Database, ROLE, Role, SERVER, USER};
use crate::engine::id::{ResourceId, Uid};
use crate::engine::question::{Answer, Body, Seen};
use crate::engine::value::Value;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The option of a database by which changes are kept for whoever reads them.
const CDC: &str = "txLogEnrichment";

/// Returns one row, as servers tell it.
#[must_use]
pub fn row(id: &ResourceId, told: &Told) -> Answer {
    match look(id, told) {
        Ok(Some(seen)) => Answer::Seen(seen),
        Ok(None) => Answer::NotFound,
        Err(unanswered) => Answer::Unreadable(unanswered.why(&id.to_string())),
    }
}

/// Returns one row, if it is there.
///
/// # Errors
///
/// Returns what was not answered.
pub fn look(id: &ResourceId, told: &Told) -> Result<Option<Seen>, Unanswered> {
    match id.kind.as_str() {
        SERVER => server(id, told),
        DATABASE => database(id, told),
        ALIAS => {
            let target = |row: &Row| json!({"database": row.get("database")});
            Ok(by_name(id, rows(told, &query::aliases())?, "name", target))
        }
        USER => Ok(by_name(id, rows(told, &query::users())?, "user", user)),
        ROLE => role(id, told),
        CONSTRAINT => constraint(id, told),
        _ => Ok(None),
    }
}

/// Returns the names of all rows of a kind; those of constraints are asked of each database by itself, and not here.
///
/// # Errors
///
/// Returns what was not answered.
pub fn names(kind: &str, told: &Told) -> Result<BTreeSet<Arc<str>>, Unanswered> {
    let (asked, column) = match kind {
        SERVER => (query::servers(), "name"),
        DATABASE => (query::databases(), "name"),
        ALIAS => (query::aliases(), "name"),
        USER => (query::users(), "user"),
        ROLE => (query::roles(), "role"),
        _ => return Err(vague(format!("there is no list of every {kind}"))),
    };
    Ok(rows(told, &asked)?.iter().filter_map(|row| text(row, column)).map(Arc::from).collect())
}

fn by_name(id: &ResourceId, rows: &[Row], column: &str, body: impl Fn(&Row) -> Json) -> Option<Seen> {
    let row = rows.iter().find(|row| text(row, column) == Some(&*id.name));
    row.map(|row| seen(id, Uid::new(Arc::clone(&id.name)), body(row)))
}

fn user(row: &Row) -> Json {
    let roles = row.get("roles").and_then(Json::as_array).into_iter().flatten();
    // Everybody has it, and nobody can be without.
    let roles: BTreeSet<&str> = roles.filter_map(Json::as_str).filter(|role| *role != "PUBLIC").collect();
    json!({"roles": roles, "suspended": row.get("suspended"), "home": row.get("home"),
        "status": {"passwordChangeRequired": row.get("passwordChangeRequired")}})
}

fn role(id: &ResourceId, told: &Told) -> Result<Option<Seen>, Unanswered> {
    let roles = rows(told, &query::roles())?;
    if !roles.iter().any(|row| text(row, "role") == Some(&*id.name)) {
        return Ok(None);
    }
    let suffix = format!(" TO {}", query::named(&id.name));
    let commands = rows(told, &query::privileges(&id.name))?.iter();
    let privileges: BTreeSet<&str> =
        commands.filter_map(|row| text(row, "command")?.strip_suffix(suffix.as_str())).collect();
    Ok(Some(seen(id, Uid::new(Arc::clone(&id.name)), json!({"privileges": privileges}))))
}

/// A constraint of a database that is not there is not there either.
fn constraint(id: &ResourceId, told: &Told) -> Result<Option<Seen>, Unanswered> {
    let Some((database, name)) = id.name.split_once('.') else { return Ok(None) };
    let rows = match rows(told, &query::constraints(database)) {
        Err(Unanswered::Refused(refusal)) if is_no_database(&refusal, &topology(told, None)?) => {
            return Ok(None);
        }
        rows => rows?,
    };
    let row = rows.iter().find(|row| text(row, "name") == Some(name));
    Ok(row.map(|row| {
        let columns = ["type", "entityType", "labelsOrTypes", "properties", "propertyType"];
        let body: Map<String, Json> = columns
            .iter()
            .filter_map(|column| Some(((*column).to_owned(), row.get(*column)?.clone())))
            .collect();
        seen(id, Uid::new(Arc::clone(&id.name)), Json::Object(body))
    }))
}

/// A database without a row is missing only if nobody is down who might have it.
fn database(id: &ResourceId, told: &Told) -> Result<Option<Seen>, Unanswered> {
    let topology = topology(told, None)?;
    let Some(found) = topology.databases.get(&id.name) else {
        let absent = topology.is_whole().then_some(None);
        return absent.ok_or_else(|| vague("servers are down that may host it".to_owned()));
    };
    let mut body = json!({
        "access": &*found.access,
        "cdc": found.options.get(CDC).map_or("OFF", |option| option),
        "started": found.replicas.iter().any(|replica| &*replica.requested == "online"),
        "status": {},
    });
    if found.is_default {
        body["default"] = json!(true);
    }
    if let (Some(primaries), Some(secondaries)) = (found.requested_primaries, found.requested_secondaries) {
        body["topology"] = json!({"primaries": primaries, "secondaries": secondaries});
    }
    if let Some(failed) = found.failed() {
        body["status"]["failed"] = json!(failed);
    }
    if let Some(waits) = found.waits() {
        body["status"]["waits"] = json!(waits);
    }
    let uid = found.id.clone().unwrap_or_else(|| Uid::new(Arc::clone(&id.name)));
    Ok(Some(seen(id, uid, body)))
}

impl Database {
    fn failed(&self) -> Option<String> {
        let failed = self.replicas.iter().find(|replica| replica.has_failed())?;
        let message = if failed.message.is_empty() { "and does not say why" } else { &failed.message };
        Some(format!("it is {} on a server: {message}", failed.current))
    }

    /// What was asked for and is not reached yet.
    fn waits(&self) -> Option<String> {
        if let Some(replica) = self.replicas.iter().find(|replica| !replica.is_settled()) {
            return Some(format!("it is {} on a server", replica.current));
        }
        if let Some(other) = self.other_ids.first() {
            return Some(format!("it is being made anew: servers tell of {other} as well"));
        }
        let short = |wanted: Option<u32>, has: u32, what: &str| {
            let wanted = wanted.filter(|wanted| *wanted != has)?;
            Some(format!("it has {has} of {wanted} {what}"))
        };
        // A database that is stopped has none.
        let runs = self.replicas.iter().any(|replica| replica.is_online() && replica.role != Role::Unknown);
        let counts = short(self.requested_primaries, self.primaries, "primaries")
            .or_else(|| short(self.requested_secondaries, self.secondaries, "secondaries"));
        counts.filter(|_| runs)
    }
}

/// A server is known by its name, or by where it listens until it has one; one that is alone is the only one.
fn server(id: &ResourceId, told: &Told) -> Result<Option<Seen>, Unanswered> {
    let members = servers(told)?;
    let row = row_of(&id.name, members)?;
    if row.is_none() && !members.is_empty() {
        return Ok(None);
    }
    let settings = rows(told, &query::settings(&id.name))?;
    let components = rows(told, &query::components(&id.name))?;
    let mut body = configured(settings);
    let versions = components.first().and_then(|row| row.get("versions")?.get(0));
    body["version"] = versions.cloned().unwrap_or_default();
    if let Some(row) = row {
        describe(row, &mut body);
    }
    let uid = match row {
        Some(row) => text(row, "serverId"),
        None => rows(told, &query::databases())?.iter().find_map(|row| text(row, "serverID")),
    };
    let uid = uid.map(Uid::from).ok_or_else(|| vague("the server does not say its id".to_owned()))?;
    Ok(Some(seen(id, uid, body)))
}

/// Finds the row of a server. Two are one that lost its volume: the old one by its name, and the new one by where it
/// listens. That there is none is known only if every row says whose it is.
fn row_of<'a>(server: &str, rows: &'a [Row]) -> Result<Option<&'a Row>, Unanswered> {
    let is_in = |row: &&Row| text(row, "state") != Some("Dropped");
    let found: Vec<&Row> = rows.iter().filter(is_in).filter(|row| is_row_of(row, server)).collect();
    let is_alone = |row: &Row| text(row, "address").is_some_and(|address| address.starts_with("localhost:"));
    match (found.as_slice(), rows) {
        ([row], _) => Ok(Some(row)),
        ([], [row]) if is_alone(row) => Ok(Some(row)),
        ([], _) => {
            let is_nameless =
                |row: &Row| text(row, "address").is_none() && row.get("name") == row.get("serverId");
            match rows.iter().find(|row| is_nameless(row)) {
                Some(_) => Err(vague("a server has neither name nor address".to_owned())),
                None => Ok(None),
            }
        }
        (several, _) => {
            let each = several.iter().map(|row| {
                let words = [text(row, "serverId"), text(row, "state"), text(row, "health")];
                let [id, state, health] = words.map(Option::unwrap_or_default);
                format!("{id} ({state}, {health})")
            });
            let each = each.collect::<Vec<_>>().join(" and ");
            Err(vague(format!("it came back as another server, and the cluster knows both: {each}")))
        }
    }
}

/// What is set on a server, and beside it what nobody set.
fn configured(settings: &[Row]) -> Json {
    let (mut config, mut defaults) = (Map::new(), Map::new());
    for row in settings {
        let Some(value) = row.get("value").filter(|value| !value.is_null()) else { continue };
        let is_set = row.get("isExplicitlySet").and_then(Json::as_bool) == Some(true);
        let place = if is_set { &mut config } else { &mut defaults };
        place.extend(text(row, "name").map(|name| (name.to_owned(), value.clone())));
    }
    json!({"config": config, "defaults": {"config": defaults}, "status": {}})
}

/// What a server is to the others.
fn describe(row: &Row, body: &mut Json) {
    for column in ["name", "modeConstraint", "tags", "allowedDatabases", "deniedDatabases"] {
        body[column] = row.get(column).cloned().unwrap_or_default();
    }
    let (state, health) = (text(row, "state").unwrap_or_default(), text(row, "health").unwrap_or_default());
    body["enabled"] = json!(state == "Enabled");
    body["status"] = json!({"state": state, "health": health});
    if state != "Enabled" || health != "Available" {
        body["status"]["waits"] = json!(format!("it is {state} and {health}").to_lowercase());
    }
}

fn seen(id: &ResourceId, uid: Uid, body: Json) -> Seen {
    let body: Value = serde_json::from_value(body).unwrap_or_default();
    Seen { id: id.clone(), uid, version: Arc::from(""), body: Body::Whole(Arc::new(body)) }
}
