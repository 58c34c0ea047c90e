//! Habits of real workers that the simulated ones have: each was seen on 3.9.2 and 4.3.1, unless it says otherwise.

use evenkeel_core::engine::id::ConnectionName;
use evenkeel_core::resources::connect::{Class, Version, default_of, is_secret_key, value_type};
use evenkeel_core::resources::settings::ValueType;
use evenkeel_world::World;
use evenkeel_world::connect::{NEO4J_SETTINGS, Refusal, Release, State, Target, Workers};
use jiff::SignedDuration;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const SOURCE: &str = "org.apache.kafka.connect.file.FileStreamSourceConnector";
const SINK: &str = "org.apache.kafka.connect.file.FileStreamSinkConnector";

/// Workers, with time of their own.
struct Group(World);

impl Group {
    fn new() -> Self {
        Self(World::new(1, "2026-11-21T11:00:00Z".parse().expect("a time")))
    }

    fn workers(&mut self) -> &mut Workers {
        self.0.workers(&ConnectionName::new("main"))
    }

    fn source() -> Self {
        let mut group = Self::new();
        group.workers().create("read", settings(SOURCE, &[]), Target::Started).expect("is made");
        group.pass();
        group
    }

    fn pass(&mut self) {
        self.0.advance(Duration::from_secs(1));
    }

    fn states(&mut self, name: &str) -> (State, Vec<State>) {
        let status = self.workers().status(name).expect("is told");
        (status.connector.state, status.tasks.iter().map(|task| task.state).collect())
    }
}

fn settings(class: &str, more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let always = [("connector.class", class), ("topic", "lines"), ("topics", "lines"), ("file", "/tmp/f")];
    let all = always.iter().chain(more);
    all.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn nobody_tells_the_status_of_a_connector_that_was_just_made() {
    let mut group = Group::new();
    group.workers().create("read", settings(SOURCE, &[]), Target::Started).expect("is made");
    assert!(group.workers().config("read").is_ok());
    assert!(matches!(group.workers().status("read"), Err(Refusal::NoStatus(_))));
    group.pass();
    assert_eq!(group.states("read"), (State::Running, vec![State::Running]));
}

#[test]
fn a_configuration_is_told_as_it_was_sent_with_the_name_added_and_unknown_keys_kept() {
    let mut group = Group::new();
    let sent = settings(SOURCE, &[("no.such.key", "1"), ("tasks.max", "007")]);
    group.workers().create("read", sent.clone(), Target::Started).expect("is made");
    let mut told = group.workers().config("read").expect("is told");
    assert_eq!(told.remove("name").as_deref(), Some("read"));
    assert_eq!(told, sent);
}

#[test]
fn the_same_configuration_again_starts_a_connector_again() {
    let mut group = Group::source();
    let before = group.workers().starts("read").expect("is there");
    group.workers().put_config("read", settings(SOURCE, &[])).expect("is taken");
    group.pass();
    assert_eq!(group.workers().starts("read").expect("is there"), before + 1);
}

#[test]
fn a_patch_changes_what_it_names_and_takes_away_what_is_nothing() {
    let mut group = Group::source();
    let patch = BTreeMap::from([("file".to_owned(), None), ("topic".to_owned(), Some("others".to_owned()))]);
    group.workers().patch_config("read", patch).expect("is taken");
    let told = group.workers().config("read").expect("is told");
    assert_eq!((told.get("file"), told.get("topic").map(String::as_str)), (None, Some("others")));
}

#[test]
fn while_workers_share_out_their_work_every_change_is_a_409_and_nothing_is_done() {
    let mut group = Group::source();
    group.workers().rebalance(SignedDuration::from_millis(300));
    assert_eq!(group.workers().delete("read"), Err(Refusal::Rebalance));
    assert_eq!(group.workers().turn("read", Target::Paused), Err(Refusal::Rebalance));
    assert_eq!(group.workers().config("read"), Err(Refusal::RebalanceExpected));
    group.pass();
    assert!(group.workers().config("read").is_ok(), "nothing was done");
    assert_eq!(group.workers().delete("read"), Ok(()));
}

#[test]
fn a_500_may_have_had_its_effect_and_may_not() {
    let mut group = Group::source();
    let unknown = group.workers().put_config("read", settings("org.example.None", &[]));
    assert!(matches!(unknown, Err(Refusal::Internal(_))), "{unknown:?}");
    assert_eq!(group.workers().config("read").expect("is told")["connector.class"], SOURCE);
    group.workers().time_out_once();
    let moved = settings(SOURCE, &[("topic", "others")]);
    assert_eq!(group.workers().put_config("read", moved), Err(Refusal::TimedOut));
    assert_eq!(group.workers().config("read").expect("is told")["topic"], "others");
}

#[test]
fn what_is_paused_keeps_its_tasks_and_what_is_stopped_has_none() {
    let mut group = Group::source();
    group.workers().turn("read", Target::Paused).expect("is taken on");
    assert_eq!(group.states("read").0, State::Running);
    group.pass();
    assert_eq!(group.states("read"), (State::Paused, vec![State::Paused]));
    group.workers().turn("read", Target::Stopped).expect("is taken on");
    group.pass();
    assert_eq!(group.states("read"), (State::Stopped, Vec::new()));
    group.workers().turn("read", Target::Started).expect("is taken on");
    group.pass();
    assert_eq!(group.states("read"), (State::Running, vec![State::Running]));
}

#[test]
fn offsets_change_only_while_a_connector_is_stopped_and_outlive_a_source() {
    let mut group = Group::source();
    group.workers().read_on("read", "/tmp/f", "12");
    let back = BTreeMap::from([("/tmp/f".to_owned(), "3".to_owned())]);
    for target in [Target::Started, Target::Paused] {
        group.workers().turn("read", target).expect("is taken on");
        group.pass();
        assert_eq!(group.workers().patch_offsets("read", back.clone()), Err(Refusal::NotStopped));
    }
    group.workers().turn("read", Target::Stopped).expect("is taken on");
    group.pass();
    group.workers().patch_offsets("read", back.clone()).expect("is taken");
    group.workers().delete("read").expect("goes");
    group.workers().create("read", settings(SOURCE, &[]), Target::Started).expect("is made");
    assert_eq!(group.workers().offsets("read").expect("is told"), back);
}

#[test]
fn connectors_fail_run_without_tasks_or_are_never_heard_of() {
    let mut group = Group::new();
    let nowhere = [("source.cluster.bootstrap.servers", "nohost.invalid:9092")];
    let mirror = |name: &str| format!("org.apache.kafka.connect.mirror.Mirror{name}Connector");
    let port = [("source.cluster.bootstrap.servers", "127.0.0.1:1")];
    for (name, settings) in [
        ("sink", settings(SINK, &[("file", "/nonexistent/x/out.txt")])),
        ("mirror", settings(&mirror("Source"), &nowhere)),
        ("checkpoint", settings(&mirror("Checkpoint"), &[])),
        ("heartbeat", settings(&mirror("Heartbeat"), &port)),
    ] {
        group.workers().create(name, settings, Target::Started).expect("is made");
    }
    group.pass();
    assert_eq!(group.states("sink"), (State::Running, vec![State::Failed]));
    let trace = group.workers().status("sink").expect("is told").tasks[0].trace.clone().expect("a trace");
    assert!(trace.contains("Caused by: java.nio.file.NoSuchFileException"), "{trace}");
    assert_eq!(group.states("mirror"), (State::Failed, Vec::new()));
    assert_eq!(group.states("checkpoint"), (State::Running, Vec::new()));
    assert!(matches!(group.workers().status("heartbeat"), Err(Refusal::NoStatus(_))));
}

#[test]
fn a_secret_that_cannot_be_read_is_a_500_and_one_that_goes_restarts_for_ever() {
    let mut group = Group::new();
    let secret = settings(SOURCE, &[("neo4j.uri", "${file:/secrets/neo4j:uri}")]);
    let unread = group.workers().create("read", secret.clone(), Target::Started);
    assert_eq!(
        unread,
        Err(Refusal::Internal("Could not read properties from file /secrets/neo4j".to_owned()))
    );
    group.workers().provide("/secrets/neo4j");
    group.workers().create("read", secret.clone(), Target::Started).expect("is made");
    group.workers().withdraw("/secrets/neo4j");
    group.workers().restart("read").expect("is taken on");
    for _minute in 0..2 {
        group.0.advance(Duration::from_secs(60));
        assert_eq!(group.states("read"), (State::Restarting, vec![State::Restarting]));
    }
    group.workers().provide("/secrets/neo4j");
    group.workers().put_config("read", secret).expect("is taken");
    group.pass();
    assert_eq!(group.states("read").0, State::Running);
}

#[test]
fn a_missing_setting_is_a_400_and_a_taken_name_a_409() {
    let mut group = Group::source();
    let mut without = settings(SINK, &[]);
    without.remove("topics");
    assert!(matches!(group.workers().put_config("write", without), Err(Refusal::Invalid(_))));
    let taken = group.workers().create("read", settings(SOURCE, &[]), Target::Started);
    assert_eq!(taken, Err(Refusal::Exists("read".to_owned())));
}

/// As issues of clients of managed services tell it.
#[test]
fn managed_workers_tell_secrets_as_stars_and_add_keys_of_their_own() {
    let mut group = Group::new();
    group.0.start_workers(&ConnectionName::new("main"), Release::Managed);
    let sent = settings(SOURCE, &[("connection.password", "hunter2")]);
    group.workers().create("read", sent, Target::Started).expect("is made");
    let told = group.workers().config("read").expect("is told");
    assert_eq!(told["connection.password"], "****************");
    assert!(told.contains_key("__internal.config.version"));
}

const NEO4J: [&str; 2] =
    ["org.neo4j.connectors.kafka.source.Neo4jConnector", "org.neo4j.connectors.kafka.sink.Neo4jConnector"];

/// What the connector defines in a version: name, and the rest of the definition.
fn defined(class: &str, version: Version) -> BTreeMap<String, Json> {
    let contract: Json = serde_json::from_str(NEO4J_SETTINGS).expect("JSON");
    let bound = |definition: &Json, key: &str| {
        definition[key].as_str().map(|version| version.parse::<Version>().expect("a version"))
    };
    let definitions = contract[class].as_array().expect("a class").clone();
    let has = |definition: &Json| {
        bound(definition, "since").is_none_or(|since| since <= version)
            && bound(definition, "until").is_none_or(|until| version < until)
    };
    let named = |definition: Json| (definition["name"].as_str().expect("a name").to_owned(), definition);
    definitions.into_iter().filter(has).map(named).collect()
}

#[test]
fn the_catalogue_has_what_the_neo4j_connector_defines_in_each_version_and_nothing_else() {
    for class in NEO4J {
        let catalogue = Class::of(class).expect("a known class");
        for (major, minor) in [(5, 1), (5, 2), (5, 3), (5, 4), (5, 5), (6, 0)] {
            let version = Version::of(major, minor);
            let known: BTreeSet<&str> =
                catalogue.settings(version).filter(|name| name.starts_with("neo4j.")).collect();
            let defined = defined(class, version);
            let defined: BTreeSet<&str> = defined.keys().map(String::as_str).collect();
            assert_eq!(known, defined, "{class} {version}");
        }
    }
}

#[test]
fn what_the_neo4j_connector_defines_is_of_the_type_and_has_the_default_that_the_catalogue_says() {
    for class in NEO4J {
        let all = [(5, 2), (5, 5), (6, 0)].map(|(major, minor)| defined(class, Version::of(major, minor)));
        for (name, definition) in all.into_iter().flatten() {
            let kind = value_type(class, &name);
            let fits = match definition["type"].as_str().expect("a type") {
                "INT" => kind == ValueType::Number,
                "BOOLEAN" => kind == ValueType::Bool,
                "LIST" => matches!(kind, ValueType::List | ValueType::Set),
                "PASSWORD" => kind == ValueType::Text && is_secret_key(&name),
                // Durations and truth values are texts to the connector, with a check of its own.
                _ => !is_secret_key(&name) && !matches!(kind, ValueType::Number),
            };
            assert!(fits, "{name} of {class} is {kind:?}: {definition}");
            assert_eq!(default_of(class, &name), definition["default"].as_str(), "{name} of {class}");
        }
    }
}

#[test]
fn a_simulated_neo4j_connector_refuses_what_its_definitions_do() {
    let mut group = Group::new();
    let [source, sink] = NEO4J;
    let mut told = |class: &str, more: &[(&str, &str)]| {
        let refusal = group.workers().validate(&settings(class, more)).expect_err("is refused");
        refusal.to_string().lines().nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(told(source, &[]), "Missing required configuration \"neo4j.uri\" which has no default value.");
    let uri = ("neo4j.uri", "neo4j://graph:7687");
    assert_eq!(
        told(sink, &[("topics", "a"), uri, ("neo4j.batch-size", "many")]),
        "Invalid value many for configuration neo4j.batch-size: Not a number of type INT"
    );
    assert_eq!(
        told(source, &[uri, ("neo4j.cdc.use-leader", "perhaps")]),
        "Invalid value perhaps for configuration neo4j.cdc.use-leader: Expected value to be either true or false"
    );
    let taken = settings(source, &[uri, ("neo4j.batch-size", "${file:/s:n}")]);
    assert!(matches!(group.workers().validate(&taken), Ok(()) | Err(Refusal::Internal(_))));
}
