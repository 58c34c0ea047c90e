//! Whose turn it is to be restarted, by what is told at one moment.

use super::id;
use super::rows::{Cluster, database, server};
use evenkeel_core::engine::id::{ConnectionName, Uid};
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::{Answer, Body, Fact, FactId, Question, Seen, Trouble, Why};
use evenkeel_core::engine::sketch::Sketch;
use evenkeel_core::engine::step::Readiness;
use evenkeel_core::engine::value::Value;
use evenkeel_core::resources::neo4j::{Going, Outage, Pod, Topology, Turn, Untouched, tell};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Three servers that are to be restarted, as Kubernetes and the cluster tell of them.
struct Moment {
    cluster: Option<Cluster>,
    unready: BTreeSet<u32>,
    /// Those of which something was written.
    begun: BTreeSet<u32>,
}

impl Moment {
    fn new() -> Self {
        let mut cluster = Cluster::of_three();
        cluster.databases.extend((1..=3).map(|number| database("system", number, "online")));
        Self { cluster: Some(cluster), unready: BTreeSet::new(), begun: BTreeSet::new() }
    }

    fn cluster(&mut self) -> &mut Cluster {
        self.cluster.as_mut().expect("it is told")
    }

    fn topology(&self) -> Answer {
        match &self.cluster {
            Some(cluster) => {
                let told = cluster.tell(&id("neo4j:Server/orders/orders-1"));
                let databases = cluster.tell(&id("neo4j:Database/orders/neo4j"));
                let told = told.into_iter().chain(databases).collect();
                let found: Topology = tell::topology(&told, None).expect("it is answered");
                Answer::Fact(Fact::Neo4jTopology(found))
            }
            None => Answer::Unreadable(Why {
                trouble: Trouble::Unavailable,
                message: "orders: nobody answers".to_owned(),
            }),
        }
    }

    /// Returns what the gate of one server says.
    fn turn_of(&self, number: u32) -> Result<(), String> {
        let among = (1..=3).map(|number| (Arc::from(format!("orders-{number}")), going(number))).collect();
        let turn = Turn {
            cluster: ConnectionName::new("orders"),
            server: Arc::from(format!("orders-{number}")),
            among,
            budget: None,
            outage: Outage::None,
        };
        let mut known: BTreeMap<Question, Answer> = BTreeMap::new();
        known.insert(Question::Fact(FactId::Neo4jTopology(turn.cluster.clone())), self.topology());
        for number in 1..=3 {
            let ready = if self.unready.contains(&number) { "False" } else { "True" };
            let pod =
                json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]}});
            let timeout = if self.begun.contains(&number) { "20m" } else { "10m" };
            known.insert(Question::Object(going(number).pod.id), seen(&pod_of(number), &pod));
            known.insert(Question::Object(id(&map_of(number))), seen(&map_of(number), &map(timeout)));
        }
        match turn.judge(&|question| known.get(question)) {
            Readiness::Ready => Ok(()),
            Readiness::Waiting(why) => Err(why),
            Readiness::Failed(why) => panic!("{why}"),
        }
    }

    fn waits(&self, number: u32) -> String {
        self.turn_of(number).expect_err("it is not its turn")
    }
}

fn pod_of(number: u32) -> String {
    format!("kubernetes:Pod/graph/orders-{number}-0")
}

fn map_of(number: u32) -> String {
    format!("kubernetes:ConfigMap/graph/orders-{number}-user-config")
}

fn map(timeout: &str) -> serde_json::Value {
    json!({"data": {"timeout": timeout}})
}

fn value(json: &serde_json::Value) -> Value {
    serde_json::from_value(json.clone()).expect("a value")
}

fn seen(address: &str, body: &serde_json::Value) -> Answer {
    let body = Body::Whole(Arc::new(value(body)));
    Answer::Seen(Seen { id: id(address), uid: Uid::new("first"), version: Arc::from("1"), body })
}

fn going(number: u32) -> Going {
    let as_it_was = Sketch::of(None, &value(&map("10m")), [Path::of(&["data", "timeout"])]);
    Going {
        id: None,
        pod: Pod { id: id(&pod_of(number)), uid: Uid::new("first") },
        begins: Some(Untouched { what: id(&map_of(number)), as_it_was }),
    }
}

#[test]
fn while_nobody_knows_who_votes_a_pod_that_is_not_ready_is_left_alone_where_others_work() {
    let mut moment = Moment { cluster: None, unready: [2].into(), ..Moment::new() };
    assert_eq!(moment.waits(2), "orders: nobody answers");
    moment.unready = [1, 2, 3].into();
    assert_eq!(moment.turn_of(1), Ok(()), "where nobody works, nothing is taken away");
    assert_eq!(moment.waits(2), "orders-1 goes first: it is down");
}

#[test]
fn a_server_that_nobody_named_may_be_the_one_that_votes() {
    let mut moment = Moment { unready: [3].into(), ..Moment::new() };
    moment.cluster().servers[2]["name"] = json!("id-3");
    assert_eq!(moment.turn_of(3), Ok(()), "the other two are a majority");
    for row in &mut moment.cluster().databases {
        if row["serverID"] == "id-2" {
            row["currentStatus"] = json!("unknown");
        }
    }
    assert_eq!(moment.waits(3), "orders-3 may be id-3, without which database neo4j has no majority");
}

#[test]
fn nobody_waits_in_turn_for_a_server_that_is_not_told_of() {
    let mut moment = Moment::new();
    moment.cluster().servers[2]["name"] = json!("id-3");
    assert_eq!(moment.waits(3), "server orders-3 is not told of");
    assert_eq!(moment.turn_of(2), Ok(()), "orders-1 takes the writes, and orders-3 waits for its name");
}

#[test]
fn two_turns_that_began_at_once_do_not_wait_for_each_other() {
    let moment = Moment { begun: [2, 3].into(), ..Moment::new() };
    assert_eq!(moment.turn_of(2), Ok(()));
    assert_eq!(moment.waits(3), "orders-2 is being restarted");
    assert_eq!(moment.waits(1), "orders-2 is being restarted");
}

#[test]
fn a_turn_that_began_is_finished_before_a_pod_that_is_not_ready_goes() {
    let moment = Moment { begun: [2].into(), unready: [3].into(), ..Moment::new() };
    assert_eq!(moment.waits(3), "orders-2 is being restarted", "orders-3 is told to be up");
    assert_eq!(moment.turn_of(2), Ok(()));
    let mut moment = moment;
    moment.cluster().servers[2] = server(3, "Enabled", "Unavailable");
    assert_eq!(moment.waits(2), "server orders-3 is not available");
    assert_eq!(moment.turn_of(3), Ok(()), "to start it again takes nothing away");
}

#[test]
fn a_database_that_somebody_stopped_keeps_nobody_from_a_turn() {
    let mut moment = Moment::new();
    let stopped = (1..=3).map(|number| {
        let mut row = database("archive", number, "offline");
        row["requestedStatus"] = json!("offline");
        row["currentPrimariesCount"] = json!(0);
        row["writer"] = json!(false);
        row
    });
    moment.cluster().databases.extend(stopped);
    assert_eq!(moment.turn_of(2), Ok(()));
}
