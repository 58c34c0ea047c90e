//! What of a cluster only Cypher tells: servers, databases, users, roles and constraints, and how it is asked.

use super::configuration::Layers;
use super::layout::{Layout, Server};
use super::object::value;
use crate::documents::credential::Namespaces;
use crate::documents::neo4j::connection::{Login, Neo4jConnection};
use crate::documents::neo4j::content::{Constraint, Database, Demand, Entity};
use crate::engine::value::{Map, Value};
use crate::resources::neo4j;
use crate::resources::neo4j::settings::{SettingType, setting};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// A row on its way: kind, name, what it says, and the rows that come before it; the workloads of those who found the
/// cluster come before all.
pub(super) struct Row {
    pub kind: &'static str,
    pub name: String,
    pub says: Value,
    pub after: Vec<(&'static str, String)>,
}

fn row(kind: &'static str, name: &str, says: Json) -> Row {
    Row { kind, name: name.to_owned(), says: value(says), after: Vec::new() }
}

/// Returns the rows of everything but servers.
pub(super) fn contents(layout: &Layout<'_>, namespaces: &Namespaces) -> Vec<Row> {
    let spec = layout.spec;
    let mut rows: Vec<Row> = Vec::new();
    for database in &spec.databases {
        // Where it is to be on several, each of those must be let in before. Nothing else waits for all servers: one that
        // is down holds no user up.
        let spread = database.topology.map(|_| &layout.servers).into_iter().flatten();
        let after = spread.map(|server| (neo4j::SERVER, server.name.clone())).collect();
        rows.push(Row { after, ..database_row(layout, database) });
    }
    for alias in &spec.aliases {
        let after = vec![(neo4j::DATABASE, alias.database.clone())];
        rows.push(Row { after, ..row(neo4j::ALIAS, &alias.name, json!({"database": alias.database})) });
    }
    for role in &spec.roles {
        let privileges: BTreeSet<&String> = role.privileges.iter().collect();
        let databases = spec.databases.iter().filter(|database| mentions(&privileges, &database.name));
        let after = databases.map(|database| (neo4j::DATABASE, database.name.clone())).collect();
        rows.push(Row { after, ..row(neo4j::ROLE, &role.name, json!({"privileges": privileges})) });
    }
    rows.extend(users(layout, namespaces));
    rows.extend(spec.constraints.iter().map(constraint));
    rows
}

/// A privilege on a database that is not there is refused.
fn mentions(privileges: &BTreeSet<&String>, database: &str) -> bool {
    privileges.iter().any(|privilege| {
        let mut words = privilege.split(|letter: char| letter.is_whitespace() || "`,".contains(letter));
        words.any(|word| word == database)
    })
}

fn users(layout: &Layout<'_>, namespaces: &Namespaces) -> Vec<Row> {
    let each = layout.spec.users.iter().map(|user| {
        let mut says = Map::from([("password".to_owned(), user.password.reference(namespaces))]);
        if layout.is_enterprise() {
            let roles: BTreeSet<&String> = user.roles.iter().collect();
            let more = json!({"roles": roles, "suspended": user.suspended, "home": user.home});
            says.extend(value(more).as_map().cloned().unwrap_or_default());
        }
        let roles = user.roles.iter().map(|role| (neo4j::ROLE, role.clone()));
        let home = user.home.iter().map(|home| (neo4j::DATABASE, home.clone()));
        let after = roles.chain(home).collect();
        Row { kind: neo4j::USER, name: user.name.clone(), says: Value::Map(says), after }
    });
    each.collect()
}

fn database_row(layout: &Layout<'_>, database: &Database) -> Row {
    if !layout.is_enterprise() {
        return row(neo4j::DATABASE, &database.name, json!({"access": database.access.as_str()}));
    }
    let topology = database
        .topology
        .map(|topology| json!({"primaries": topology.primaries, "secondaries": topology.secondaries}));
    let says = json!({
        "access": database.access.as_str(),
        "cdc": database.cdc.as_str(),
        "default": database.default.then_some(true),
        "started": true,
        "topology": topology,
    });
    row(neo4j::DATABASE, &database.name, says)
}

/// In the words of `SHOW CONSTRAINTS`.
fn constraint(written: &Constraint) -> Row {
    let Constraint { name, database, on, require, properties, property_type } = written;
    let (entity, of) = match on {
        Entity::Node(label) => ("NODE", label),
        Entity::Relationship(name) => ("RELATIONSHIP", name),
    };
    let demand = match (require, entity) {
        (Demand::Unique, "NODE") => "UNIQUENESS".to_owned(),
        (Demand::Unique, _) => "RELATIONSHIP_UNIQUENESS".to_owned(),
        (Demand::Key, _) => format!("{entity}_KEY"),
        (Demand::Exists, _) => format!("{entity}_PROPERTY_EXISTENCE"),
        (Demand::Type, _) => format!("{entity}_PROPERTY_TYPE"),
    };
    let says = json!({
        "type": demand,
        "entityType": entity,
        "labelsOrTypes": [of],
        "properties": properties,
        "propertyType": property_type,
    });
    let after = vec![(neo4j::DATABASE, database.clone())];
    Row { after, ..row(neo4j::CONSTRAINT, &format!("{database}.{name}"), says) }
}

/// Returns the row of a server.
pub(super) fn server(layout: &Layout<'_>, server: &Server<'_>) -> Row {
    let mut says = json!({"config": effective(layout, server), "version": layout.version.to_string()});
    if layout.is_several() {
        let sorted = |names: &[String]| names.iter().cloned().collect::<BTreeSet<String>>();
        says["name"] = json!(server.name);
        says["enabled"] = json!(true);
        says["modeConstraint"] = json!(server.mode().as_str());
        says["tags"] = json!(server.pool.tags);
        says["allowedDatabases"] = json!(sorted(&server.pool.allowed_databases));
        says["deniedDatabases"] = json!(sorted(&server.pool.denied_databases));
    }
    row(neo4j::SERVER, &server.name, says)
}

/// What a server runs with once it was started: what is only read at the very first start, what it works out while it
/// starts, where the layout mounts what, and what nobody may read is not compared.
fn effective(layout: &Layout<'_>, server: &Server<'_>) -> BTreeMap<String, String> {
    let is_mounted = |key: &str| key.starts_with("server.directories.") || key.starts_with("server.logs.");
    let Layers { mut usual, written, fixed } = Layers::of(layout, server);
    usual.retain(|key, _| !is_mounted(key));
    let together = Layers { usual, written, fixed }.together();
    together.into_iter().filter(|(key, text)| is_compared(key) && !text.starts_with("$(")).collect()
}

fn is_compared(key: &str) -> bool {
    let first_start =
        key.starts_with("initial.") || key == "dbms.cluster.minimum_initial_system_primaries_count";
    let hidden = setting(key).is_some_and(|setting| setting.value == SettingType::Secret);
    !first_start && !hidden && key != "server.jvm.additional" && !key.starts_with("internal.")
}

/// Returns how the servers are talked to.
pub(super) fn connection(layout: &Layout<'_>) -> Neo4jConnection {
    let cypher = &layout.spec.cypher;
    let url = |server: &Server<'_>| match &cypher.url {
        Some(url) => url.replace("{server}", &server.name),
        None if layout.has_http() => format!("http://{}:7474", layout.host(server, "-admin")),
        None => format!("https://{}:7473", layout.host(server, "-admin")),
    };
    let each = |of: &dyn Fn(&Server<'_>) -> String| {
        layout.servers.iter().map(|server| (server.name.clone(), of(server))).collect()
    };
    Neo4jConnection {
        edition: layout.edition(),
        servers: each(&url),
        addresses: each(&|server| layout.host(server, "")),
        login: Login::of(cypher),
        tls: cypher.tls.clone(),
        shared: layout.spec.shared,
    }
}
