//! What is compared, whose a difference is, and what is remembered, by example.

use super::*;
use crate::diagnostic::Location;
use crate::engine::fingerprint::DigestKey;
use crate::engine::id::{System, Uid};
use crate::engine::ledger::{Generated, Origin};
use crate::engine::question::ApiVersion;
use crate::engine::step::Risk;
use crate::engine::value::{SecretRef, SecretSource};
use crate::resources::{self, Normal, kafka};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

fn topic() -> ResourceId {
    ResourceId::of(System::Kafka, kafka::TOPIC, "main", "orders")
}

fn wanted(id: &ResourceId, config: Json) -> Settings {
    with_value(id, serde_json::from_value(config).expect("a value"))
}

fn with_value(id: &ResourceId, config: Value) -> Settings {
    Settings::of(&with_ignored(id, config, Vec::new()))
}

fn with_ignored(id: &ResourceId, config: Value, ignored: Vec<Path>) -> Wanted {
    Wanted {
        id: id.clone(),
        api_version: ApiVersion::new("evenkeel.dev/v1alpha1"),
        config: Arc::new(config),
        needs: BTreeSet::new(),
        moved_from: Vec::new(),
        ignored,
        unread: BTreeSet::new(),
        document: None,
        at: Location::start_of("kafka.yaml"),
    }
}

fn seen(id: &ResourceId, live: Json) -> Seen {
    let body = Body::Whole(Arc::new(serde_json::from_value(live).expect("a value")));
    Seen { id: id.clone(), uid: Uid::new("one"), version: Arc::from("1"), body }
}

fn row(wanted: &Settings, seen: &Seen) -> Row {
    Row {
        uid: seen.uid.clone(),
        remembered: remember(wanted, seen),
        since: jiff::Timestamp::UNIX_EPOCH,
        revision: None,
        generated: Generated::Nothing,
        needs: Vec::new(),
        origin: Origin::Known,
    }
}

fn fields(verdict: Verdict) -> Vec<(String, Cause)> {
    match verdict {
        Verdict::Same => Vec::new(),
        Verdict::Differs(difference) => {
            difference.fields.into_iter().map(|field| (field.path.to_string(), field.cause)).collect()
        }
        Verdict::Own(_) | Verdict::Undecided(_) => panic!("settings are never in doubt"),
    }
}

fn secret(text: &str) -> Value {
    let source = SecretSource::FromEnv("PASSWORD".to_owned());
    let digest = Some(DigestKey::new([7; 32]).digest(text.as_bytes()));
    Value::Secret(Box::new(SecretRef { source, digest }))
}

#[test]
fn what_git_does_not_name_is_somebody_elses() {
    let git = wanted(&topic(), json!({"partitions": 3, "config": {"retention.ms": "1000"}}));
    let live = json!({"partitions": 3, "replicationFactor": 1, "config": {"retention.ms": "1000", "segment.bytes": "7"}});
    assert_eq!(compare(&git, &seen(&topic(), live), None), Verdict::Same);
}

#[test]
fn a_default_that_holds_is_as_good_as_one_that_is_set() {
    let git = wanted(&topic(), json!({"config": {"retention.ms": 604_800_000}}));
    let live = json!({"config": {}, "defaults": {"config": {"retention.ms": "604800000"}}});
    assert_eq!(compare(&git, &seen(&topic(), live), None), Verdict::Same);
}

#[test]
fn a_setting_changed_by_hand_is_drift_and_one_changed_in_git_is_an_edit() {
    let git = |retention: &str| wanted(&topic(), json!({"config": {"retention.ms": retention}}));
    let live = |retention: &str| seen(&topic(), json!({"config": {"retention.ms": retention}}));
    let row = row(&git("1000"), &live("1000"));
    let cause = |git: &Settings, live: &Seen| fields(compare(git, live, Some(&row)));
    let path = || "config[\"retention.ms\"]".to_owned();
    assert_eq!(cause(&git("1000"), &live("5")), [(path(), Cause::Drifted(Writer::Unrecorded))]);
    assert_eq!(cause(&git("5"), &live("1000")), [(path(), Cause::SpecEdited)]);
    assert_eq!(cause(&git("5"), &live("6")), [(path(), Cause::EditedOverDrift(Writer::Unrecorded))]);
    assert_eq!(cause(&git("5"), &live("5")), []);
}

#[test]
fn a_setting_that_leaves_git_is_removed_only_if_we_set_it() {
    let before = wanted(&topic(), json!({"config": {"retention.ms": "1000"}}));
    let live = seen(&topic(), json!({"config": {"retention.ms": "1000", "segment.bytes": "7"}}));
    let after = wanted(&topic(), json!({"config": {}}));
    assert_eq!(compare(&after, &live, None), Verdict::Same);
    let found = fields(compare(&after, &live, Some(&row(&before, &live))));
    assert_eq!(found, [("config[\"retention.ms\"]".to_owned(), Cause::SpecEdited)]);
}

#[test]
fn a_setting_that_is_left_to_others_from_now_on_stays_as_it_is() {
    let before = wanted(&topic(), json!({"config": {"retention.ms": "1000"}}));
    let live = seen(&topic(), json!({"config": {"retention.ms": "1000"}}));
    let nothing = serde_json::from_value(json!({"config": {}})).expect("a value");
    let after = Settings::of(&with_ignored(&topic(), nothing, vec![Path::of(&["config", "retention.ms"])]));
    let row = row(&before, &live);
    assert_eq!(compare(&after, &live, Some(&row)), Verdict::Same);
    let others = seen(&topic(), json!({"config": {"retention.ms": "5"}}));
    assert_eq!(compare(&after, &others, Some(&row)), Verdict::Same);
}

#[test]
fn a_number_of_partitions_that_leaves_git_is_the_brokers_affair_from_then_on() {
    let before = wanted(&topic(), json!({"partitions": 3, "replicationFactor": 1, "config": {}}));
    let live = seen(&topic(), json!({"partitions": 3, "replicationFactor": 1, "config": {}}));
    let after = wanted(&topic(), json!({"config": {}}));
    assert_eq!(compare(&after, &live, Some(&row(&before, &live))), Verdict::Same);
}

#[test]
fn what_is_there_and_never_was_ours_is_told_as_such() {
    let git = wanted(&topic(), json!({"config": {"retention.ms": "1000"}}));
    let found = fields(compare(&git, &seen(&topic(), json!({"config": {"retention.ms": "5"}})), None));
    assert_eq!(found[0].1, Cause::NeverOurs(Writer::Unrecorded));
}

#[test]
fn a_password_is_compared_with_what_was_sent_last() {
    let id = ResourceId::of(System::Kafka, kafka::USER, "main", "app");
    let git = |text| with_value(&id, Value::Map([("password".to_owned(), secret(text))].into()));
    let live = seen(&id, json!({"mechanism": "SCRAM-SHA-512"}));
    let row = row(&git("old"), &live);
    assert_eq!(compare(&git("old"), &live, Some(&row)), Verdict::Same);
    assert_eq!(fields(compare(&git("new"), &live, Some(&row))), [("password".to_owned(), Cause::SpecEdited)]);
    // Nobody can tell whether the one that is there is the one that Git means.
    assert_eq!(fields(compare(&git("old"), &live, None))[0].1, Cause::NeverOurs(Writer::Unrecorded));
}

#[test]
fn what_was_found_by_reading_says_nothing_of_a_password() {
    let id = ResourceId::of(System::Kafka, kafka::USER, "main", "app");
    let git = |text| {
        let iterations = ("iterations".to_owned(), Value::from(8192));
        with_value(&id, Value::Map([("password".to_owned(), secret(text)), iterations].into()))
    };
    let live = seen(&id, json!({"iterations": 8192}));
    let found = Row { remembered: remember_found(&git("new"), &live), ..row(&git("new"), &live) };
    let fields = fields(compare(&git("new"), &live, Some(&found)));
    assert_eq!(fields, [("password".to_owned(), Cause::SpecEdited)], "so the next plan sends it");
}

#[test]
fn a_mask_is_no_value() {
    let id = ResourceId::of(System::Connect, "Connector", "main", "orders");
    let git = wanted(&id, json!({"config": {"database.key": "${file:/secrets:key}"}}));
    let plain = seen(&id, json!({"config": {"database.key": "${file:/secrets:key}"}}));
    let masked = seen(&id, json!({"config": {"database.key": "********"}}));
    assert_eq!(compare(&git, &masked, Some(&row(&git, &plain))), Verdict::Same);
}

#[test]
fn what_the_system_spells_its_own_way_is_no_drift() {
    let git = wanted(&topic(), json!({"config": {"cleanup.policy": "compact, delete"}}));
    let live = seen(&topic(), json!({"config": {"cleanup.policy": "delete,compact"}}));
    assert_eq!(compare(&git, &live, None), Verdict::Same);
    let odd = wanted(&topic(), json!({"config": {"message.timestamp.type": "a"}}));
    let read_back = seen(&topic(), json!({"config": {"message.timestamp.type": "b"}}));
    assert_eq!(compare(&odd, &read_back, Some(&row(&odd, &read_back))), Verdict::Same);
}

#[test]
fn partitions_grow_and_never_shrink() {
    let live = seen(&topic(), json!({"partitions": 3, "replicationFactor": 1}));
    let refused = |config| {
        let git = wanted(&topic(), config);
        let Verdict::Differs(difference) = compare(&git, &live, None) else { panic!("differs") };
        let found = resources::immutable(&live, &difference.fields);
        found.into_iter().map(|found| found.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(refused(json!({"partitions": 5})), Vec::<String>::new());
    assert_eq!(refused(json!({"partitions": 2})), ["partitions"]);
    assert_eq!(refused(json!({"replicationFactor": 3})), ["replicationFactor"]);
}

#[test]
fn keeping_records_for_a_shorter_time_is_losing_them() {
    let live = seen(
        &topic(),
        json!({"config": {"retention.bytes": "-1"}, "defaults": {"config": {"retention.ms": "1000", "segment.ms": "9"}}}),
    );
    let risk = |config| {
        let Verdict::Differs(difference) = compare(&wanted(&topic(), json!({"config": config})), &live, None)
        else {
            panic!("differs")
        };
        resources::risk(&live, &difference.fields)
    };
    assert_eq!(risk(json!({"retention.ms": "999"})), Risk::DataLoss);
    assert_eq!(risk(json!({"retention.ms": "1001"})), Risk::None);
    assert_eq!(risk(json!({"retention.ms": "-1"})), Risk::None);
    assert_eq!(risk(json!({"retention.bytes": "5"})), Risk::DataLoss);
    assert_eq!(risk(json!({"cleanup.policy": "compact"})), Risk::DataLoss);
    assert_eq!(risk(json!({"segment.ms": "1"})), Risk::None);
    // A broker that lacks records may lead from then on.
    assert_eq!(risk(json!({"unclean.leader.election.enable": "true"})), Risk::DataLoss);
    assert_eq!(risk(json!({"unclean.leader.election.enable": "false"})), Risk::None);
}

#[test]
fn the_sketch_of_a_finished_write_is_the_wanted_one() {
    let git = wanted(&topic(), json!({"partitions": 3, "config": {"retention.ms": "1000"}}));
    let live = seen(&topic(), json!({"partitions": 3, "config": {"retention.ms": "1000", "a": "b"}}));
    let normal = Normal::Settings(git);
    assert_eq!(resources::sketch_wanted(&normal).matches(&live), crate::engine::sketch::Match::Same);
}

#[test]
fn what_a_class_of_connectors_takes_for_the_same_is_no_drift() {
    let id = ResourceId::of(System::Connect, "Connector", "main", "orders");
    let class = "org.neo4j.connectors.kafka.source.Neo4jConnector";
    let git = wanted(
        &id,
        json!({"config": {
            "connector.class": class,
            "neo4j.connection-timeout": "30s",
            "neo4j.pool.max-connection-lifetime": "90m",
            "neo4j.cdc.topic.cdc.patterns": "(:A{a,b}),()-[]-()",
            "errors.tolerance": "none",
        }}),
    );
    let live = |more: Json| {
        let mut config = json!({
            "connector.class": class,
            "name": "orders",
            "neo4j.pool.max-connection-lifetime": "1h30m",
            "neo4j.cdc.topic.cdc.patterns": "()-[]-(), (:A{a,b})",
        });
        config.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        seen(&id, json!({"config": config}))
    };
    assert_eq!(compare(&git, &live(json!({})), None), Verdict::Same);
    assert_eq!(compare(&git, &live(json!({"errors.tolerance": "none"})), None), Verdict::Same);
    assert_eq!(fields(compare(&git, &live(json!({"errors.tolerance": "all"})), None)).len(), 1);
    assert_eq!(fields(compare(&git, &live(json!({"neo4j.connection-timeout": "31s"})), None)).len(), 1);
}

#[test]
fn a_default_that_somebody_sets_or_unsets_is_no_drift() {
    let id = ResourceId::of(System::Connect, "Connector", "main", "orders");
    let git = wanted(&id, json!({"config": {"errors.tolerance": "none"}}));
    let (set, unset) = (json!({"config": {"errors.tolerance": "none"}}), json!({"config": {}}));
    let (set, unset) = (seen(&id, set), seen(&id, unset));
    assert_eq!(compare(&git, &unset, Some(&row(&git, &set))), Verdict::Same);
    assert_eq!(compare(&git, &set, Some(&row(&git, &unset))), Verdict::Same);
}

#[test]
fn what_somebody_else_set_is_told_and_neither_a_difference_nor_ours() {
    let git =
        wanted(&topic(), json!({"partitions": 3, "config": {"retention.ms": "1000", "segment.ms": "7"}}));
    let live = seen(
        &topic(),
        json!({"partitions": 3, "replicationFactor": 1, "config":
            {"retention.ms": "1000", "segment.ms": "7", "segment.bytes": "9", "__internal": "x"},
            "defaults": {"config": {"flush.ms": "1"}}, "status": {"leaderless": 0}}),
    );
    let row = row(&git, &live);
    let told = |git: &Settings| {
        let found = foreign(git, &live, Some(&row)).into_iter();
        found.map(|(path, _)| path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(told(&git), ["config[\"segment.bytes\"]"]);
    assert_eq!(compare(&git, &live, Some(&row)), Verdict::Same);
    let without = wanted(&topic(), json!({"partitions": 3, "config": {"retention.ms": "1000"}}));
    assert_eq!(told(&without), ["config[\"segment.bytes\"]"], "what we set goes, and is nobody else's");
}
