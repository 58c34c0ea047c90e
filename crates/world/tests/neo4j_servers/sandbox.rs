//! Neo4j's rows through the sandbox: what is written is what is read.

use crate::workloads::Platform;
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::{ConnectionId, ConnectionName, ResourceId, System, Uid};
use evenkeel_core::engine::question::{Answer, Body, Fact, FactId, Question, Seen};
use evenkeel_core::engine::sketch::Sketch;
use evenkeel_core::engine::step::{Action, Outcome, Readiness, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::neo4j::{ServerState, readiness};
use evenkeel_world::{Faults, Sandbox, Send};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

struct Shell(Sandbox);

impl Shell {
    fn of_three() -> Self {
        Self(Sandbox::new(Platform::of_three().0, Faults::none(1), DigestKey::new([7; 32])))
    }

    fn look(&mut self, id: &ResourceId) -> Seen {
        match self.0.answer(&Question::Object(id.clone())) {
            Answer::Seen(seen) => seen,
            other => panic!("{id}: {other:?}"),
        }
    }

    fn write(&mut self, id: &ResourceId, mode: WriteMode, config: Json) -> Outcome {
        let config: Value = serde_json::from_value(config).expect("a value");
        let wanted = Sketch { uid: None, places: Vec::new() };
        let action = Action::Write { mode, config: Arc::new(config), wanted };
        let seen = match self.0.answer(&Question::Object(id.clone())) {
            Answer::Seen(seen) => Some(seen.uid),
            _ => None,
        };
        let precondition = seen.as_ref().map(|uid: &Uid| (uid, ""));
        self.0.send(&Send { address: id, action: &action, revealed: None, precondition, takes_over: &[] })
    }
}

fn row(kind: &str, name: &str) -> ResourceId {
    ResourceId::of(System::Neo4j, kind, "graph", name)
}

/// Reads fields of a row.
fn fields(seen: &Seen, names: &[&str]) -> Json {
    let Body::Whole(body) = &seen.body else { panic!("it is read whole") };
    let body = serde_json::to_value(body.as_ref()).expect("json");
    names.iter().map(|name| ((*name).to_owned(), body[*name].clone())).collect()
}

#[test]
fn rows_of_each_kind_are_read_as_they_were_written() {
    let mut shell = Shell::of_three();
    let rows = [
        (
            "Database",
            "orders",
            json!({"access": "read-only", "cdc": "FULL", "topology": {"primaries": 3, "secondaries": 0}}),
        ),
        ("Alias", "sales", json!({"database": "orders"})),
        ("Role", "clerks", json!({"privileges": ["GRANT ACCESS ON DATABASE `orders`"]})),
        (
            "User",
            "alice",
            json!({"roles": ["clerks"], "suspended": false, "home": "orders", "password": "first-password"}),
        ),
        (
            "Constraint",
            "neo4j.person_id",
            json!({"type": "UNIQUENESS", "entityType": "NODE", "labelsOrTypes": ["Person"], "properties": ["id"]}),
        ),
    ];
    for (kind, name, config) in rows {
        let id = row(kind, name);
        let outcome = shell.write(&id, WriteMode::Create, config.clone());
        assert!(matches!(outcome, Outcome::Done(_)), "{id}: {outcome:?}");
        let seen = shell.look(&id);
        let names: Vec<&str> = config
            .as_object()
            .expect("a map")
            .keys()
            .map(String::as_str)
            .filter(|name| *name != "password")
            .collect();
        let wanted: Json = names.iter().map(|name| ((*name).to_owned(), config[*name].clone())).collect();
        assert_eq!(fields(&seen, &names), wanted, "{id}");
        shell.0.world.advance(Duration::from_secs(20));
    }
    let changed =
        json!({"access": "read-write", "cdc": "OFF", "topology": {"primaries": 2, "secondaries": 1}});
    let id = row("Database", "orders");
    assert!(matches!(shell.write(&id, WriteMode::Update, changed.clone()), Outcome::Done(_)));
    let seen = shell.look(&id);
    assert_eq!(fields(&seen, &["access", "cdc", "topology"]), changed);
    assert!(matches!(readiness(&seen), Readiness::Ready | Readiness::Waiting(_)));
    for (kind, name) in [("Alias", "sales"), ("User", "alice"), ("Role", "clerks"), ("Database", "orders")] {
        let id = row(kind, name);
        let uid = shell.look(&id).uid;
        let action = Action::Delete { uid };
        let send =
            Send { address: &id, action: &action, revealed: None, precondition: None, takes_over: &[] };
        assert!(matches!(shell.0.send(&send), Outcome::Done(_)), "{id}");
        assert!(matches!(shell.0.answer(&Question::Object(id)), Answer::NotFound));
    }
}

#[test]
fn a_server_is_let_in_under_the_name_of_its_row_and_known_by_its_address_before() {
    let mut shell = Shell::of_three();
    let id = row("Server", "graph-1");
    let before = shell.look(&id);
    assert_eq!(fields(&before, &["version"]), json!({"version": "5.26.30"}));
    let options =
        json!({"modeConstraint": "PRIMARY", "tags": ["eu"], "allowedDatabases": [], "deniedDatabases": []});
    assert!(matches!(shell.write(&id, WriteMode::Update, options.clone()), Outcome::Done(_)));
    let after = shell.look(&id);
    assert_eq!(after.uid, before.uid);
    assert_eq!(fields(&after, &["modeConstraint", "tags", "allowedDatabases", "deniedDatabases"]), options);
    let Answer::Fact(Fact::Neo4jTopology(topology)) =
        shell.0.answer(&Question::Fact(FactId::Neo4jTopology(ConnectionName::new("graph"))))
    else {
        panic!("it is told");
    };
    let (uid, member) = topology.named("graph-1").expect("it has its name");
    assert_eq!((uid, member.state), (&after.uid, ServerState::Enabled));
    assert_eq!(topology.databases["neo4j"].replicas.iter().filter(|replica| replica.writer).count(), 1);
}

#[test]
fn while_no_server_answers_nothing_is_known_of_any_row() {
    let mut shell = Shell::of_three();
    let graph = ConnectionName::new("graph");
    let identity =
        Question::Fact(FactId::Identity(ConnectionId { system: System::Neo4j, name: graph.clone() }));
    assert!(matches!(shell.0.answer(&identity), Answer::Fact(Fact::Identity(_))));
    shell.0.world.neo4j(&graph).pods(&[]);
    for question in [
        Question::Object(row("Server", "graph-1")),
        Question::Object(row("Database", "neo4j")),
        Question::Fact(FactId::Neo4jTopology(graph)),
        identity,
    ] {
        assert!(matches!(shell.0.answer(&question), Answer::Unreadable(_)), "{question:?}");
    }
}
