//! What `preflight` tells of brokers and workers: rights, the commands that give them, classes of connectors.

use crate::preflights::{ready, uses};
use crate::story;
use crate::world::now;
use evenkeel_core::engine::id::{ConnectionId, ConnectionName, EnvironmentName, Kind, ResourceId, System};
use evenkeel_core::engine::plan::{Part, Uses};
use evenkeel_core::engine::preflight::{Aim, Answerer, Brokers, Grantee, Pin, Plugin, Presence, Storage};
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::rights::{Allowed, BrokersTold, Needs, Operation, Purpose, Told, TopicTold};
use evenkeel_core::report::acls::{AclsReport, script};
use evenkeel_core::report::preflight::{Lack, exit, json, lacks, text};
use evenkeel_core::report::{Exit, Style};
use std::collections::{BTreeMap, BTreeSet};

fn brokers() -> Uses {
    let id = |kind: &str, name: &str| ResourceId {
        system: System::Kafka,
        connection: ConnectionName::new("main"),
        kind: Kind::new(kind),
        namespace: None,
        name: name.into(),
    };
    let used = [
        (id("Topic", "orders"), Part::Wanted),
        (id("Topic", "audit"), Part::Wanted),
        (id("Topic", "new"), Part::Wanted),
        (id("Topic", "old"), Part::Leaving),
        (id("Acl", "User:app:topic:orders"), Part::Wanted),
    ];
    Uses { platform: used.into_iter().collect(), ..uses() }
}

fn allowed(operations: &[Operation]) -> Allowed {
    use Operation::{Alter, AlterConfigs, Create, Delete, Describe, DescribeConfigs};
    let all = [Describe, DescribeConfigs, Create, Alter, AlterConfigs, Delete];
    all.into_iter().map(|operation| (operation, Ok(operations.contains(&operation)))).collect()
}

/// `orders` may be changed, `audit` not even be seen, `new` not be made, `old` not be deleted.
fn told() -> Told {
    use Operation::{Alter, AlterConfigs, Describe, DescribeConfigs};
    let topic = |presence, allowed| TopicTold { presence, allowed };
    let there = Some(Presence::There);
    let of = |operation, answer| (operation, Ok(answer));
    let hidden =
        Allowed::from([of(Describe, false), of(DescribeConfigs, false), of(Operation::Create, false)]);
    let unmade = Allowed::from([of(Describe, true), of(DescribeConfigs, true), of(Operation::Create, false)]);
    let topics = [
        ("orders", topic(there, allowed(&[Describe, DescribeConfigs, Alter, AlterConfigs]))),
        ("audit", topic(None, hidden)),
        ("new", topic(Some(Presence::Missing), unmade)),
        ("old", topic(there, allowed(&[Describe, DescribeConfigs]))),
    ];
    let topics = topics.into_iter().map(|(name, topic)| (name.into(), topic)).collect();
    Told::from([(ConnectionName::new("main"), Ok(BrokersTold { cluster: allowed(&[Describe]), topics }))])
}

fn grantee(principal: Option<&str>) -> Grantee {
    Grantee { bootstrap: "kafka.example:9092".to_owned(), principal: principal.map(str::to_owned) }
}

#[test]
fn rights_on_brokers_are_told_beside_the_others_with_the_commands_that_give_what_is_lacking() {
    let mut preflight = ready();
    let needs = Needs::of_kafka(&brokers(), &told());
    let granted = needs.granted(&told());
    let grantees = BTreeMap::from([(ConnectionName::new("main"), grantee(Some("User:evenkeel")))]);
    preflight.brokers = Brokers { needs, granted, grantees };
    assert_eq!(
        lacks(&preflight),
        BTreeSet::from([Lack::PlanRights, Lack::ApplyRights, Lack::UnknownApplyRights])
    );
    story!("preflight-brokers", text(&preflight, now(), Style::plain()));
    preflight.aim = Aim::Plan;
    assert_eq!(lacks(&preflight), BTreeSet::from([Lack::PlanRights]));
    let told = text(&preflight, now(), Style::plain());
    assert!(
        told.contains("--operation DescribeConfigs --topic audit\n") && !told.contains("--operation Alter"),
        "{told}"
    );
    let rights = json(&preflight)["rights"].as_array().expect("rights").clone();
    let hidden =
        rights.iter().find(|right| right["resource"] == "topic/audit" && right["verb"] == "Describe");
    let hidden = hidden.expect("it is needed");
    assert_eq!((&hidden["connection"], &hidden["granted"]), (&"kafka:main".into(), &false.into()));
}

#[test]
fn brokers_that_say_nothing_leave_it_unknown_what_may_be_done() {
    let mut preflight = ready();
    let why = Why { trouble: Trouble::Unavailable, message: "cannot reach a broker".to_owned() };
    let told = Told::from([(ConnectionName::new("main"), Err(why))]);
    let needs = Needs::of_kafka(&brokers(), &told);
    preflight.brokers = Brokers { granted: needs.granted(&told), needs, grantees: BTreeMap::new() };
    let unknown = BTreeSet::from([Lack::UnknownPlanRights, Lack::UnknownApplyRights]);
    assert_eq!(lacks(&preflight), unknown);
    assert!(text(&preflight, now(), Style::plain()).contains("not known: cannot reach a broker"));
}

#[test]
fn the_rights_on_brokers_that_are_printed_are_the_fewest_that_do() {
    let needs = Needs::of_kafka(&brokers(), &Told::new());
    let (environment, cluster) = (&EnvironmentName::new("prod"), &ConnectionName::new("main"));
    let (purposes, grantee) = (&[Purpose::Plan, Purpose::Apply], &grantee(Some("User:evenkeel")));
    let report = AclsReport { environment, cluster, needs: &needs, purposes, grantee };
    story!("preflight-acls", script(&report));
}

#[test]
fn a_class_that_no_worker_has_is_sure_to_fail_and_one_that_they_have_is_told_with_its_version() {
    let mut preflight = ready();
    let workers = ConnectionName::new("main");
    let id = ConnectionId { system: System::Connect, name: workers.clone() };
    preflight
        .platform
        .insert(id, Answerer { identity: Ok("MkU3OEVBNTcwNTJENDM2Qg".into()), pin: Pin::Never });
    let plugin =
        |connector: &str, versions| Plugin { connectors: BTreeSet::from([connector.into()]), versions };
    let installed = plugin("copy", Ok(BTreeSet::from(["3.9.2".to_owned()])));
    preflight.plugins.insert((workers.clone(), "org.example.Copy".into()), installed);
    assert_eq!(exit(&preflight), Exit::Done);
    preflight.plugins.insert((workers, "org.example.Gone".into()), plugin("lost", Ok(BTreeSet::new())));
    assert_eq!((exit(&preflight), lacks(&preflight)), (Exit::Failed, BTreeSet::from([Lack::Plugin])));
    let told = text(&preflight, now(), Style::plain());
    assert!(told.contains("org.example.Copy 3.9.2\n"), "{told}");
    assert!(told.contains("org.example.Gone is not installed; wanted by lost\n"), "{told}");
    assert!(told.contains("Not ready: not installed on the workers: org.example.Gone."), "{told}");
    preflight.aim = Aim::Plan;
    assert_eq!(exit(&preflight), Exit::Done);
}

#[test]
fn topics_out_of_which_workers_forget_are_told_and_somebody_must_decide() {
    let mut preflight = ready();
    let workers = ConnectionName::new("main");
    let id = ConnectionId { system: System::Connect, name: workers.clone() };
    preflight.platform.insert(id, Answerer { identity: Ok("MkU3".into()), pin: Pin::Never });
    let there = |policy: &str| Ok(Storage::There { policy: policy.to_owned() });
    let why = Why { trouble: Trouble::Forbidden, message: "no DescribeConfigs".to_owned() };
    for (topic, told) in
        [("a", there("compact")), ("b", Ok(Storage::Missing)), ("c", Err(why)), ("d", there(" compact"))]
    {
        preflight.storage.insert((workers.clone(), topic.into()), told);
    }
    assert_eq!(exit(&preflight), Exit::Done, "what is not known is told, and does not count");
    for policy in ["delete", "compact,delete"] {
        preflight.storage.insert((workers.clone(), "connect-configs".into()), there(policy));
        assert_eq!((exit(&preflight), lacks(&preflight)), (Exit::Denied, BTreeSet::from([Lack::Storage])));
    }
    story!("preflight-storage", text(&preflight, now(), Style::plain()));
    let told = json(&preflight)["storage"].clone();
    assert_eq!((&told[0]["forgets"], &told[2]["forgets"]), (&false.into(), &serde_json::Value::Null));
    preflight.aim = Aim::Plan;
    assert_eq!(exit(&preflight), Exit::Done);
}
