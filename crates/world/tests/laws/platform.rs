//! Generated environments over three systems: objects, topics, ACLs and connectors that need each other, edits of Git
//! and edits by hand.

use evenkeel_core::diagnostic::Location;
use evenkeel_core::engine::id::{ConnectionName, ResourceId, System};
use evenkeel_core::engine::question::ApiVersion;
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::wanted::Wanted;
use evenkeel_world::connect::Target;
use evenkeel_world::kafka::Change;
use evenkeel_world::{Random, World};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const MAIN: &str = "main";
const CLASS: &str = "org.apache.kafka.connect.file.FileStreamSinkConnector";

/// What Git says of topics, ACLs and connectors, by address.
pub(crate) type Documents = BTreeMap<ResourceId, Json>;

/// Draws a few of each.
pub(crate) fn draw(random: &mut Random) -> Documents {
    let mut documents = Documents::new();
    for number in 0..=random.below(3) {
        let config = json!({"retention.ms": retention(random), "cleanup.policy": "delete"});
        let topic = json!({"partitions": random.below(4) + 1, "replicationFactor": 3, "config": config});
        documents.insert(id(System::Kafka, "Topic", &format!("t{number}")), topic);
        if random.happens(50) {
            let acl = json!({"operations": ["DESCRIBE", "READ"]});
            documents.insert(id(System::Kafka, "Acl", &format!("User:app:topic:t{number}")), acl);
        }
        if random.happens(70) {
            let config = json!({"connector.class": CLASS, "tasks.max": "1", "file": "/tmp/f",
                                "topics": format!("t{number}")});
            let state = ["RUNNING", "PAUSED", "STOPPED"][usize::try_from(random.below(3)).expect("small")];
            let connector = json!({"config": config, "state": state, "secrets": {}});
            documents.insert(id(System::Connect, "Connector", &format!("c{number}")), connector);
        }
    }
    documents
}

/// Changes what may change of some of them in Git; now and then a connector leaves.
pub(crate) fn edit(random: &mut Random, documents: &Documents) -> Documents {
    let mut edited = documents.clone();
    for (address, document) in documents {
        if random.happens(50) {
            continue;
        }
        let changed = edited.get_mut(address).expect("it is there");
        match address.kind.as_str() {
            "Topic" => {
                let partitions = document["partitions"].as_u64().expect("a number");
                changed["partitions"] = json!(partitions + random.below(2));
                changed["config"]["max.message.bytes"] = json!((random.below(5) + 1).to_string());
            }
            "Acl" => changed["operations"] = json!(["DESCRIBE", "READ", "WRITE"]),
            _ if random.happens(30) => drop(edited.remove(address)),
            _ => changed["config"]["file"] = json!("/tmp/g"),
        }
    }
    edited
}

/// What people do with Kafka's tools and by REST. Retention is raised only: to lower it again asks for an Approval.
pub(crate) fn by_hand(world: &mut World, random: &mut Random, documents: &Documents) {
    let main = ConnectionName::new(MAIN);
    for address in documents.keys() {
        let choice = random.below(3);
        match (address.kind.as_str(), choice) {
            ("Topic", 0) => {
                let set = |value: &str| Change::Set(value.to_owned());
                let changes = BTreeMap::from([
                    ("retention.ms".to_owned(), set("1000")),
                    ("segment.ms".to_owned(), set("5000")),
                ]);
                let _gone = world.brokers(&main).incremental_alter_configs(&address.name, &changes);
            }
            ("Connector", 0) => {
                let _gone = world.workers(&main).turn(&address.name, Target::Paused);
            }
            ("Connector", 1) => {
                let patch = BTreeMap::from([
                    ("file".to_owned(), Some("/tmp/by-hand".to_owned())),
                    ("errors.tolerance".to_owned(), Some("all".to_owned())),
                ]);
                let _gone = world.workers(&main).patch_config(&address.name, patch);
            }
            _ => {}
        }
    }
}

fn retention(random: &mut Random) -> String {
    (604_800_000 + random.below(5) * 1_000).to_string()
}

fn id(system: System, kind: &str, name: &str) -> ResourceId {
    ResourceId::of(system, kind, MAIN, name)
}

/// Adds them to what an environment wants. A connector needs its topic, a topic an object, and another object a
/// connector: what is wanted of one system waits for another.
pub(crate) fn add(resources: &mut BTreeMap<ResourceId, Wanted>, documents: &Documents) {
    let named = |names: &[&str]| {
        let ids = resources.keys().filter(|id| names.contains(&&*id.name));
        ids.cloned().collect::<Vec<ResourceId>>()
    };
    // Those that need no other object, and those that others do not lead to: there is no way back.
    let (first, later) = (named(&["r0", "r3"]), named(&["r1", "r4"]));
    for (address, document) in documents {
        let needs = if address.kind.as_str() == "Topic" {
            first.first().cloned().into_iter().collect()
        } else {
            let topic = address.name.rsplit(':').next().unwrap_or_default().replace('c', "t");
            BTreeSet::from([id(System::Kafka, "Topic", &topic)])
        };
        resources.insert(address.clone(), wanted(address, document, needs));
    }
    let connector = documents.keys().find(|address| address.system == System::Connect);
    for id in later {
        let wanted = resources.get_mut(&id).expect("it is there");
        wanted.needs.extend(connector.cloned());
    }
}

fn wanted(address: &ResourceId, document: &Json, needs: BTreeSet<ResourceId>) -> Wanted {
    let config: Value = serde_json::from_value(document.clone()).expect("a value");
    Wanted {
        id: address.clone(),
        api_version: ApiVersion::new("evenkeel.dev/v1alpha1"),
        config: Arc::new(config),
        needs,
        ignored: Vec::new(),
        moved_from: Vec::new(),
        unread: BTreeSet::new(),
        document: None,
        at: Location { file: Arc::from("environments/prod/stream.yaml"), line: 1, column: 1, length: 1 },
    }
}
