//! What servers answer, as rows: what proves that something is missing, what differs, and what a write makes of it.

use super::{ORDERS, id, specs};
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::question::{Answer, Body, Seen, Trouble};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::neo4j::query::{self, Query, Refusal, Row, Told, Unanswered};
use evenkeel_core::resources::neo4j::{answers, statements, tell, waits_for_a_restart};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// What a cluster of three and two tells.
pub(crate) struct Cluster {
    pub(crate) servers: Vec<Json>,
    pub(crate) databases: Vec<Json>,
}

pub(crate) fn server(number: u32, state: &str, health: &str) -> Json {
    let name = if state == "Free" { format!("id-{number}") } else { format!("orders-{number}") };
    json!({"serverId": format!("id-{number}"), "name": name, "state": state, "health": health,
        "address": format!("orders-{number}.graph.svc.cluster.local:7687"), "hosting": ["system"],
        "requestedHosting": ["system"], "tags": [], "allowedDatabases": [], "deniedDatabases": [],
        "modeConstraint": "NONE", "version": "5.26.0"})
}

pub(crate) fn database(name: &str, server: u32, current: &str) -> Json {
    json!({"name": name, "type": "standard", "access": "read-write", "databaseID": format!("id of {name}"),
        "serverID": format!("id-{server}"), "role": "primary", "writer": server == 1, "requestedStatus": "online",
        "currentStatus": current, "statusMessage": "", "default": name == "neo4j", "currentPrimariesCount": 3,
        "currentSecondariesCount": 0, "requestedPrimariesCount": 3, "requestedSecondariesCount": 0, "options": {}})
}

impl Cluster {
    pub(crate) fn of_three() -> Self {
        Self {
            servers: (1..=3).map(|number| server(number, "Enabled", "Available")).collect(),
            databases: (1..=3).map(|number| database("neo4j", number, "online")).collect(),
        }
    }

    /// Answers what is asked about one row; of a database that nobody knows as servers do.
    pub(crate) fn tell(&self, id: &ResourceId) -> Told {
        let answer = |query: &Query| match query.statement.as_str() {
            "SHOW SERVERS YIELD *" => Ok(rows(&self.servers)),
            "SHOW DATABASES YIELD *" => Ok(rows(&self.databases)),
            "SHOW CONSTRAINTS YIELD *" => {
                let is_known = self.databases.iter().any(|row| row["name"] == *query.database);
                is_known.then(Vec::new).ok_or_else(|| refused("Neo.ClientError.Database.DatabaseNotFound"))
            }
            "CALL dbms.components()" => Ok(rows(&[json!({"versions": ["5.26.0"]})])),
            _ => Ok(Vec::new()),
        };
        query::of_row(id).into_iter().map(|query| (query.clone(), answer(&query))).collect()
    }

    fn row(&self, address: &str) -> Answer {
        let id = id(address);
        answers::row(&id, &self.tell(&id))
    }

    fn seen(&self, address: &str) -> Seen {
        match self.row(address) {
            Answer::Seen(seen) => seen,
            other => panic!("{address}: {other:?}"),
        }
    }

    /// The statements that make a row what is wanted.
    fn statements(&self, address: &str, wanted: Json) -> Vec<String> {
        let (id, told) = (id(address), self.tell(&id(address)));
        let live = answers::look(&id, &told).expect("it is told");
        let wanted: Value = serde_json::from_value(wanted).expect("a value");
        let statements = statements::to_write(&id, live.as_ref(), &wanted, &told);
        statements.into_iter().map(|statement| statement.text).collect()
    }
}

fn rows(rows: &[Json]) -> Vec<Row> {
    rows.iter().map(|row| row.as_object().expect("a row").clone().into_iter().collect()).collect()
}

fn refused(code: &str) -> Unanswered {
    Unanswered::Refused(Refusal { code: code.to_owned(), message: "no".to_owned() })
}

fn field(seen: &Seen, path: &[&str]) -> Value {
    let Body::Whole(body) = &seen.body else { panic!("it is whole") };
    body.at(path).cloned().unwrap_or_default()
}

#[test]
fn a_server_that_nobody_let_in_differs_and_is_let_in_under_its_name() {
    let mut cluster = Cluster::of_three();
    cluster.servers.push(server(4, "Free", "Available"));
    let seen = cluster.seen("neo4j:Server/orders/orders-4");
    assert_eq!((&seen.uid, field(&seen, &["enabled"])), (&Uid::new("id-4"), Value::from(false)));
    let wanted = json!({"name": "orders-4", "enabled": true, "modeConstraint": "NONE", "tags": []});
    assert_eq!(
        cluster.statements("neo4j:Server/orders/orders-4", wanted.clone()),
        ["ENABLE SERVER 'id-4' OPTIONS {modeConstraint: 'NONE'}", "RENAME SERVER 'id-4' TO 'orders-4'"]
    );
    assert_eq!(cluster.statements("neo4j:Server/orders/orders-1", wanted), [""; 0], "it is as wanted");
}

#[test]
fn a_server_that_came_back_without_its_volume_is_told_with_both_ids() {
    let mut cluster = Cluster::of_three();
    cluster.servers[0] = server(1, "Enabled", "Unavailable");
    let mut another = server(1, "Free", "Available");
    another["serverId"] = json!("another");
    cluster.servers.push(another);
    let Answer::Unreadable(why) = cluster.row("neo4j:Server/orders/orders-1") else {
        panic!("nobody can tell")
    };
    assert!(
        why.message.contains("id-1 (Enabled, Unavailable) and another (Free, Available)"),
        "{}",
        why.message
    );
}

#[test]
fn a_database_without_a_row_is_missing_only_if_nobody_is_down_who_may_have_it() {
    let mut cluster = Cluster::of_three();
    for address in ["neo4j:Database/orders/sales", "neo4j:Constraint/orders/sales.order_id"] {
        assert_eq!(cluster.row(address), Answer::NotFound, "{address}");
    }
    cluster.servers[2] = server(3, "Enabled", "Unavailable");
    for address in ["neo4j:Database/orders/sales", "neo4j:Constraint/orders/sales.order_id"] {
        assert!(matches!(cluster.row(address), Answer::Unreadable(_)), "{address}");
    }
}

#[test]
fn another_database_becomes_the_default_one_while_the_old_one_stands_still() {
    let mut cluster = Cluster::of_three();
    let wanted = json!({"access": "read-write", "cdc": "FULL", "started": true, "default": true,
        "topology": {"primaries": 3, "secondaries": 0}});
    let switch = [
        "STOP DATABASE `neo4j` WAIT",
        "CALL dbms.setDefaultDatabase('sales')",
        "START DATABASE `neo4j` WAIT",
    ];
    let made = "CREATE DATABASE `sales` TOPOLOGY 3 PRIMARIES 0 SECONDARIES OPTIONS {txLogEnrichment: 'FULL'}";
    let statements = cluster.statements("neo4j:Database/orders/sales", wanted.clone());
    assert_eq!(statements, [&[made][..], &switch].concat());
    cluster.databases.extend((1..=3).map(|number| database("sales", number, "online")));
    let changed = "ALTER DATABASE `sales` SET OPTION txLogEnrichment 'FULL'";
    let statements = cluster.statements("neo4j:Database/orders/sales", wanted);
    assert_eq!(statements, [&[changed][..], &switch].concat());
}

#[test]
fn a_database_that_somebody_stopped_differs_and_one_that_failed_says_why() {
    let mut cluster = Cluster::of_three();
    for row in &mut cluster.databases {
        (row["requestedStatus"], row["currentStatus"]) = (json!("offline"), json!("offline"));
    }
    let stopped = cluster.seen("neo4j:Database/orders/neo4j");
    assert_eq!(field(&stopped, &["started"]), Value::from(false));
    let mut cluster = Cluster::of_three();
    (cluster.databases[1]["currentStatus"], cluster.databases[1]["statusMessage"]) =
        (json!("offline"), json!("disk is full"));
    let failed = cluster.seen("neo4j:Database/orders/neo4j");
    assert_eq!(field(&failed, &["status", "failed"]), Value::from("it is offline on a server: disk is full"));
}

#[test]
fn a_database_that_rows_tell_two_ids_of_is_being_made_anew() {
    let mut cluster = Cluster::of_three();
    cluster.databases[2]["databaseID"] = json!("the next");
    let id = id("neo4j:Database/orders/neo4j");
    let topology = tell::topology(&cluster.tell(&id), Some("orders-2")).expect("it is told");
    assert_eq!(topology.databases["neo4j"].other_ids, [Uid::new("the next")].into());
    assert_eq!(topology.told_by, Some(Uid::new("id-2")));
}

#[test]
fn a_password_stands_in_no_statement_and_in_no_text_of_one() {
    let (id, told) = (id("neo4j:User/orders/alice"), Told::new());
    let wanted: Value =
        serde_json::from_value(json!({"password": "canary", "roles": ["analyst"]})).expect("a value");
    let statements = statements::to_write(&id, None, &wanted, &told);
    assert!(!format!("{statements:?}").contains("canary"));
    assert_eq!(statements[0].parameters().get("password"), Some(&json!("canary")));
}

#[test]
fn refusals_are_told_apart_by_their_code() {
    let cases = [
        ("Neo.ClientError.Security.Unauthorized", Trouble::Unauthorized),
        ("Neo.ClientError.Security.AuthenticationRateLimit", Trouble::Unauthorized),
        ("Neo.ClientError.Security.Forbidden", Trouble::Forbidden),
        ("Neo.TransientError.General.DatabaseUnavailable", Trouble::Unavailable),
        ("Neo.ClientError.Cluster.NotALeader", Trouble::Unavailable),
        ("Neo.ClientError.Statement.SyntaxError", Trouble::Garbled),
    ];
    for (code, trouble) in cases {
        assert_eq!(refused(code).why("asked").trouble, trouble, "{code}");
    }
}

#[test]
fn what_a_server_takes_when_it_starts_no_write_settles() {
    use evenkeel_core::engine::path::Path;
    let server = id("neo4j:Server/orders/orders-1");
    assert!(waits_for_a_restart(&server, &Path::of(&["config", "server.memory.heap.max_size"])));
    assert!(waits_for_a_restart(&server, &Path::of(&["version"])));
    assert!(!waits_for_a_restart(&server, &Path::of(&["tags"])));
    let topic = id("kafka:Topic/main/orders");
    assert!(!waits_for_a_restart(&topic, &Path::of(&["config", "retention.ms"])));
}

#[test]
fn one_server_that_is_down_holds_no_user_up_and_everything_waits_for_those_who_found_the_cluster() {
    let specs = specs(ORDERS);
    for address in ["neo4j:User/orders/alice", "neo4j:Role/orders/analyst", "neo4j:Alias/orders/revenue"] {
        let needs = &specs.desired.resources[&id(address)].needs;
        assert!(needs.iter().all(|need| need.kind.as_str() != "Server"), "{address}: {needs:?}");
        let founders: Vec<&Arc<str>> =
            needs.iter().filter(|need| need.kind.as_str() == "StatefulSet").map(|need| &need.name).collect();
        assert_eq!(founders.len(), 3, "{address}: {needs:?}");
    }
}
