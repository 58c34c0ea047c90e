//! What `preflight` tells, and the roles that it prints.

use crate::story;
use crate::world::now;
use evenkeel_core::engine::id::{ConnectionName, EnvironmentName, Kind, Revision};
use evenkeel_core::engine::plan::{Part, Place, Uses};
use evenkeel_core::engine::preflight::{Aim, Contact, Lock, Preflight, Quotas, Standing, State, Trust};
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::rights::{Granted, Needs, Purpose, StatePlace, Subject, Verb};
use evenkeel_core::report::preflight::{exit, json, text};
use evenkeel_core::report::roles::{RolesReport, yaml};
use evenkeel_core::report::{Exit, Style};
use evenkeel_core::resources::kubernetes::quota::{Fits, Room};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

fn place(kind: &str, group: &str, plural: &str, namespace: Option<&str>) -> Place {
    Place {
        connection: ConnectionName::default(),
        namespace: namespace.map(Into::into),
        kind: Kind::new(kind),
        group: group.into(),
        plural: plural.into(),
    }
}

fn uses() -> Uses {
    let graph = Some("graph");
    let kinds = [
        (place("ConfigMap", "", "configmaps", graph), Part::Wanted),
        (place("Secret", "", "secrets", graph), Part::Wanted),
        (place("StatefulSet", "apps", "statefulsets", graph), Part::Wanted),
        (place("Service", "", "services", graph), Part::Leaving),
        (place("KafkaTopic.kafka.strimzi.io", "kafka.strimzi.io", "kafkatopics", graph), Part::Wanted),
        (place("ClusterRole", "rbac.authorization.k8s.io", "clusterroles", None), Part::Wanted),
    ];
    Uses {
        kinds: kinds.into_iter().collect(),
        definitions: BTreeSet::from([(ConnectionName::default(), "kafkatopics.kafka.strimzi.io".into())]),
        sources: BTreeSet::from([(ConnectionName::default(), "vault".into(), "neo4j".into())]),
        connections: BTreeSet::from([ConnectionName::default()]),
        unknown: BTreeMap::new(),
    }
}

fn needs() -> Needs {
    let state = StatePlace { connection: ConnectionName::default(), namespace: "evenkeel".into() };
    Needs::of(&EnvironmentName::new("prod"), &uses(), Some(&state))
}

fn contact() -> Contact {
    Contact {
        connection: ConnectionName::default(),
        server: "https://10.0.0.1:6443".to_owned(),
        credentials: "kubeconfig /home/ada/.kube/config, context prod".to_owned(),
        trust: Trust::Verified,
        user: Ok("system:serviceaccount:ci:robot".to_owned()),
        identity: Ok("5f0c0f5e".into()),
        pin: Some("5f0c0f5e".into()),
        version: Ok("v1.36.3".to_owned()),
        ahead: Some(SignedDuration::from_secs(1)),
    }
}

fn all_granted(needs: &Needs) -> Granted {
    needs.0.keys().map(|right| (right.clone(), Ok(true))).collect()
}

fn ready() -> Preflight {
    let needs = needs();
    let granted = all_granted(&needs);
    Preflight {
        environment: EnvironmentName::new("prod"),
        revision: Revision::new("1a2b3c4"),
        aim: Aim::Apply,
        contacts: vec![contact()],
        needs,
        granted,
        unknown_kinds: BTreeMap::new(),
        state: State {
            place: "namespace evenkeel of connection default".to_owned(),
            standing: Ok(Standing { ours: Some(41), lock: Lock::Free, suspension: None }),
        },
        quotas: Quotas::default(),
    }
}

#[test]
fn an_environment_that_is_ready_says_so_and_on_what_that_rests() {
    let preflight = ready();
    assert_eq!(exit(&preflight), Exit::Done);
    story!("preflight-ready", text(&preflight, now(), Style::plain()));
}

#[test]
fn what_is_missing_is_told_by_verb_kind_and_namespace() {
    let mut preflight = ready();
    for (right, granted) in &mut preflight.granted {
        let refused = match (&*right.object.plural, right.verb) {
            ("statefulsets", Verb::Create | Verb::Delete) => true,
            ("secrets", Verb::List) => right.object.namespace.as_deref() == Some("graph"),
            _ => false,
        };
        *granted = Ok(!refused);
    }
    let room = |what: &str, used: &str, hard: &str, fits| Room {
        connection: ConnectionName::default(),
        namespace: "graph".into(),
        quota: "compute".to_owned(),
        what: what.to_owned(),
        hard: hard.to_owned(),
        used: used.to_owned(),
        fits,
    };
    preflight.quotas.rooms = vec![
        room("pods", "9", "10", Fits::No(3000)),
        room("requests.memory", "4Gi", "12Gi", Fits::Yes((3 << 30) * 1000)),
        room("services", "1", "5", Fits::Yes(0)),
    ];
    preflight.contacts[0].pin = Some("another".into());
    preflight.contacts[0].ahead = Some(SignedDuration::from_mins(-4));
    preflight.contacts[0].trust = Trust::Unverified;
    assert_eq!(exit(&preflight), Exit::Denied, "of several codes the first one wins");
    story!("preflight-not-ready", text(&preflight, now(), Style::plain()));
    preflight.aim = Aim::Plan;
    assert_eq!(exit(&preflight), Exit::Unreadable, "a plan would end with 7 as well");
}

#[test]
fn rights_that_only_applying_lacks_are_a_persons_decision_and_do_not_count_for_planning() {
    let mut preflight = ready();
    for (right, granted) in &mut preflight.granted {
        *granted = Ok(right.verb != Verb::Delete);
    }
    assert_eq!(exit(&preflight), Exit::Denied);
    preflight.aim = Aim::Plan;
    assert_eq!(exit(&preflight), Exit::Done);
}

#[test]
fn a_kind_that_nobody_serves_is_sure_to_fail_and_one_whose_server_is_down_is_unknown() {
    let mut preflight = ready();
    let topic = (ConnectionName::default(), Kind::new("KafkaTopic.kafka.strimzi.io"));
    preflight.unknown_kinds.insert(topic.clone(), None);
    assert_eq!(exit(&preflight), Exit::Failed);
    let told = text(&preflight, now(), Style::plain());
    assert!(told.contains("KafkaTopic.kafka.strimzi.io at connection default: nobody serves it"), "{told}");
    let why = Why { trouble: Trouble::Unavailable, message: "GET /apis: 503".to_owned() };
    preflight.unknown_kinds.insert(topic, Some(why));
    assert_eq!(exit(&preflight), Exit::Unreadable);
    preflight.contacts[0].version = Ok("v1.29.4".to_owned());
    assert!(text(&preflight, now(), Style::plain()).contains("too old"));
}

#[test]
fn rights_that_nobody_tells_are_unknown_and_not_granted() {
    let mut preflight = ready();
    let why = Why { trouble: Trouble::TimedOut, message: "POST …: no answer in 30 s".to_owned() };
    preflight.granted.values_mut().for_each(|granted| *granted = Err(why.clone()));
    assert_eq!(exit(&preflight), Exit::Unreadable);
    let told = text(&preflight, now(), Style::plain());
    assert!(told.contains("?     ?") && told.contains("no answer in 30 s"), "{told}");
    assert_eq!(json(&preflight)["rights"][0]["granted"], serde_json::Value::Null);
}

#[test]
fn the_roles_grant_each_right_that_is_needed_and_no_other() {
    let (environment, unknown) = (EnvironmentName::new("prod"), BTreeMap::new());
    let subject: Subject = "ServiceAccount:ci/robot".parse().unwrap();
    let purposes = [Purpose::Plan, Purpose::Apply];
    let needs = needs();
    let (environment, subject) = (&environment, Some(&subject));
    let report =
        RolesReport { environment, needs: &needs, purposes: &purposes, subject, unknown_kinds: &unknown };
    story!("preflight-roles", yaml(&report).unwrap());
}

#[test]
fn whom_roles_are_bound_to_is_named_with_its_sort() {
    for wrong in ["robot", "ServiceAccount:robot", "User:", "Robot:a", "ServiceAccount:/a"] {
        let error = wrong.parse::<Subject>().unwrap_err().to_string();
        assert!(error.contains("ServiceAccount:NAMESPACE/NAME"), "{error}");
    }
    assert_eq!("Group:sre@example.org".parse(), Ok(Subject::Group("sre@example.org".to_owned())));
}
