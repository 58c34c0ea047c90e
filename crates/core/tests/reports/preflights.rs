//! What `preflight` tells, and the roles that it prints.

use crate::story;
use crate::world::now;
use evenkeel_core::engine::id::{
    ConnectionId, ConnectionName, EnvironmentName, Kind, ResourceId, Revision, System,
};
use evenkeel_core::engine::plan::{Part, Place, Uses};
use evenkeel_core::engine::preflight::{
    Aim, Answerer, Brokers, Contact, Lock, Pin, Preflight, Presence, Quotas, Standing, State, Systems, Trust,
};
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::rights::{Granted, Need, Needs, Purpose, Right, StatePlace, Subject, Verb};
use evenkeel_core::report::preflight::{Lack, exit, json, lacks, text};
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
        name: namespace.is_none().then(|| "viewer".into()),
    }
}

fn pod() -> ResourceId {
    "kubernetes:Pod/graph/orders-1-0".parse().expect("an address")
}

pub(crate) fn uses() -> Uses {
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
        pinned: BTreeSet::from([ConnectionName::default()]),
        made: BTreeSet::new(),
        unknown: BTreeMap::new(),
        platform: BTreeSet::new(),
        classes: BTreeMap::new(),
        pods: BTreeSet::from([pod()]),
        claims: BTreeSet::from(["kubernetes:PersistentVolumeClaim/graph/data-orders-1-0"
            .parse()
            .expect("an address")]),
        measured: BTreeSet::from([pod()]),
    }
}

fn state_place() -> StatePlace {
    StatePlace { connection: ConnectionName::default(), namespace: "evenkeel".into() }
}

fn needs() -> Needs {
    Needs::of(&EnvironmentName::new("prod"), &uses(), Some(&state_place()))
}

fn contact() -> Contact {
    Contact {
        connection: ConnectionName::default(),
        server: "https://10.0.0.1:6443".to_owned(),
        credentials: "kubeconfig /home/ada/.kube/config, context prod".to_owned(),
        trust: Trust::Verified,
        user: Ok("system:serviceaccount:ci:robot".to_owned()),
        identity: Ok("5f0c0f5e".into()),
        pin: Pin::Is("5f0c0f5e".into()),
        version: Ok("v1.36.3".to_owned()),
        ahead: Some(SignedDuration::from_secs(1)),
    }
}

fn all_granted(needs: &Needs) -> Granted {
    needs.0.keys().map(|right| (right.clone(), Ok(true))).collect()
}

pub(crate) fn ready() -> Preflight {
    let needs = needs();
    let granted = all_granted(&needs);
    Preflight {
        environment: EnvironmentName::new("prod"),
        revision: Revision::new("1a2b3c4"),
        aim: Aim::Apply,
        systems: Systems::Real,
        contacts: vec![contact()],
        closed: BTreeMap::new(),
        platform: BTreeMap::new(),
        brokers: Brokers::default(),
        plugins: BTreeMap::new(),
        storage: BTreeMap::new(),
        needs,
        granted,
        unknown_kinds: BTreeMap::new(),
        namespaces: BTreeMap::from([((ConnectionName::default(), "graph".into()), Ok(Presence::There))]),
        state: State {
            place: "namespace evenkeel of connection default".to_owned(),
            namespace: Some((state_place(), Ok(Presence::There))),
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
fn a_connection_that_cannot_be_opened_is_told_beside_those_that_can() {
    let mut preflight = ready();
    let message = "the exec plugin `az` of the kubeconfig gives no credentials".to_owned();
    let why = Why { trouble: Trouble::Unauthorized, message };
    preflight.closed.insert(ConnectionName::new("west"), why);
    assert_eq!(exit(&preflight), Exit::Unreadable);
    assert_eq!(lacks(&preflight), BTreeSet::from([Lack::Contact]));
    let told = json(&preflight);
    assert_eq!(
        (&told["connections"][0]["server"], &told["connections"][1]["server"]),
        (&"https://10.0.0.1:6443".into(), &serde_json::Value::Null)
    );
    story!("preflight-closed", text(&preflight, now(), Style::plain()));
}

#[test]
fn brokers_and_workers_are_told_by_who_answers() {
    let mut preflight = ready();
    let of = |system| ConnectionId { system, name: ConnectionName::new("main") };
    let answers = Answerer { identity: Ok("MkU3OEVBNTcwNTJENDM2Qg".into()), pin: Pin::Never };
    let why = Why { trouble: Trouble::Unavailable, message: "GET /: connection refused".to_owned() };
    let silent = Answerer { identity: Err(why), pin: Pin::Is("MkU3OEVBNTcwNTJENDM2Qg".into()) };
    preflight.platform = BTreeMap::from([(of(System::Kafka), answers), (of(System::Connect), silent)]);
    assert_eq!(exit(&preflight), Exit::Unreadable);
    assert_eq!(json(&preflight)["platform"][0]["connection"], "kafka:main");
    story!("preflight-platform", text(&preflight, now(), Style::plain()));
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
    preflight.contacts[0].pin = Pin::Is("another".into());
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
    let subject: Subject = "ServiceAccount:ci/robot".parse().unwrap();
    story!("preflight-roles", roles(&needs(), &uses(), &[Purpose::Plan, Purpose::Apply], Some(&subject)));
}

fn roles(needs: &Needs, uses: &Uses, purposes: &[Purpose], subject: Option<&Subject>) -> String {
    let acting_as = BTreeMap::from([(ConnectionName::default(), "robot".to_owned())]);
    let (environment, state) = (&EnvironmentName::new("prod"), Some(&state_place()));
    yaml(&RolesReport { environment, needs, purposes, subject, uses, acting_as: &acting_as, state }).unwrap()
}

#[test]
fn what_the_roles_do_not_say_is_told_above_them() {
    let mut uses = uses();
    uses.made.insert((ConnectionName::default(), "graph".into()));
    let why = Why { trouble: Trouble::Unavailable, message: "GET /apis: 503".to_owned() };
    uses.unknown.insert((ConnectionName::default(), Kind::new("Later.example.org")), None);
    uses.unknown.insert((ConnectionName::default(), Kind::new("Silent.example.org")), Some(why));
    let apply = roles(&needs(), &uses, &[Purpose::Apply], None);
    for told in [
        "Git makes graph itself",
        "acts as robot",
        "`impersonate`",
        "share a namespace for state",
        "Left out, as nobody serves it so far: Later.example.org.",
        "Left out: Silent.example.org; GET /apis: 503",
        "`escalate` and `bind`",
    ] {
        assert!(apply.contains(told), "{told}: {apply}");
    }
    assert!(!apply.contains("bind one of the two"), "{apply}");
    let plan = roles(&needs(), &uses, &[Purpose::Plan], None);
    assert!(!plan.contains("`escalate`"), "planning writes no roles: {plan}");
}

fn need<'a>(needs: &'a Needs, verb: Verb, plural: &str, name: Option<&str>) -> Option<&'a Need> {
    let is_it = |right: &&Right| {
        right.verb == verb && &*right.object.plural == plural && right.object.name.as_deref() == name
    };
    needs.0.keys().find(is_it).and_then(|right| needs.0.get(right))
}

#[test]
fn at_the_top_of_a_cluster_rights_are_needed_by_name_except_to_list_and_to_make() {
    let needs = needs();
    for verb in [Verb::Get, Verb::Patch, Verb::Delete] {
        assert_eq!(need(&needs, verb, "clusterroles", None), None, "{verb}");
        assert!(need(&needs, verb, "clusterroles", Some("viewer")).is_some(), "{verb}");
    }
    for verb in [Verb::List, Verb::Create] {
        assert!(need(&needs, verb, "clusterroles", None).is_some(), "{verb}");
    }
}

#[test]
fn deleting_is_needed_only_where_something_leaves() {
    let needs = needs();
    let needed_by = |plural| need(&needs, Verb::Delete, plural, None).unwrap().needed_by;
    assert_eq!(needed_by("services"), Some(Purpose::Apply));
    assert_eq!(needed_by("statefulsets"), None);
    let mut both = uses();
    both.kinds.insert((place("StatefulSet", "apps", "statefulsets", Some("graph")), Part::Leaving));
    let needs = Needs::of(&EnvironmentName::new("prod"), &both, None);
    assert_eq!(need(&needs, Verb::Delete, "statefulsets", None).unwrap().needed_by, Some(Purpose::Apply));
}

#[test]
fn the_cluster_that_keeps_state_is_looked_at_with_a_right_that_the_roles_grant() {
    let elsewhere = StatePlace { connection: ConnectionName::new("hub"), namespace: "evenkeel".into() };
    let needs = Needs::of(&EnvironmentName::new("prod"), &uses(), Some(&elsewhere));
    assert_eq!(needs.connections().len(), 2);
    let at_hub = needs.at(&elsewhere.connection);
    let identity = need(&at_hub, Verb::Get, "namespaces", Some("kube-system")).unwrap();
    assert_eq!(
        (identity.granted_to, identity.needed_by),
        (Some(Purpose::Plan), None),
        "nothing is pinned there"
    );
    assert!(need(&at_hub, Verb::List, "statefulsets", None).is_none(), "each cluster has its own roles");
}

#[test]
fn a_right_that_can_be_done_without_is_told_and_does_not_count() {
    let mut preflight = ready();
    for (right, granted) in &mut preflight.granted {
        *granted = Ok(preflight.needs.0[right].needed_by.is_some());
    }
    assert_eq!(exit(&preflight), Exit::Done);
    let told = text(&preflight, now(), Style::plain());
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("not granted, and not needed now: delete"), "{told}");
    assert!(words.contains("no `escalate` is granted"), "{told}");
    assert!(told.ends_with("Ready.\n"), "{told}");
}

#[test]
fn a_pin_is_not_said_to_be_missing_where_state_cannot_be_read() {
    let mut preflight = ready();
    preflight.contacts[0].pin = Pin::Unread;
    preflight.state.standing = Err("403".to_owned());
    let told = text(&preflight, now(), Style::plain());
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("whether it is as pinned is not known: state cannot be read"), "{told}");
    assert!(!told.contains("first time"), "{told}");
}

#[test]
fn a_cluster_that_may_not_be_looked_at_counts_only_if_it_is_to_be_known_again() {
    let mut preflight = ready();
    preflight.contacts[0].identity = Err(Why { trouble: Trouble::Forbidden, message: "403".to_owned() });
    assert_eq!(lacks(&preflight), BTreeSet::from([Lack::Contact]));
    let told = text(&preflight, now(), Style::plain());
    assert!(told.contains("not answering as it must: connection default"), "{told}");
    preflight.contacts[0].pin = Pin::Never;
    assert_eq!(lacks(&preflight), BTreeSet::new());
}

#[test]
fn a_namespace_that_is_missing_is_told_with_how_to_make_it() {
    let mut preflight = ready();
    preflight.namespaces.insert((ConnectionName::default(), "graph".into()), Ok(Presence::Missing));
    assert_eq!(exit(&preflight), Exit::Failed);
    let told = text(&preflight, now(), Style::plain());
    assert!(told.contains("no    graph: is not there"), "{told}");
    assert!(
        told.ends_with("Not ready: 1 namespace missing.\nnext: kubectl create namespace graph\n"),
        "{told}"
    );
    preflight.aim = Aim::Plan;
    assert_eq!(exit(&preflight), Exit::Done);
}

#[test]
fn the_namespace_of_state_may_be_missing_if_the_first_apply_may_make_it() {
    let mut preflight = ready();
    preflight.state.namespace = Some((state_place(), Ok(Presence::Missing)));
    assert_eq!(exit(&preflight), Exit::Done, "everything is granted");
    for (right, granted) in &mut preflight.granted {
        let is_to_make = &*right.object.plural == "namespaces" && right.verb == Verb::Create;
        *granted = Ok(!is_to_make);
    }
    assert_eq!(lacks(&preflight), BTreeSet::from([Lack::Namespace]));
}

#[test]
fn an_unknown_right_that_only_applying_needs_does_not_count_for_planning() {
    let mut preflight = ready();
    let why = Why { trouble: Trouble::Unavailable, message: "webhook: no answer".to_owned() };
    for (right, granted) in &mut preflight.granted {
        if right.verb == Verb::Patch {
            *granted = Err(why.clone());
        }
    }
    assert_eq!(lacks(&preflight), BTreeSet::from([Lack::UnknownApplyRights]));
    let told = text(&preflight, now(), Style::plain());
    assert!(told.contains("yes   ?") && told.contains("not known: webhook: no answer"), "{told}");
    preflight.aim = Aim::Plan;
    assert_eq!(exit(&preflight), Exit::Done);
}

#[test]
fn programs_are_told_why_something_is_not_known_and_what_is_lacking() {
    let mut preflight = ready();
    let why = Why { trouble: Trouble::Forbidden, message: "GET …: 403".to_owned() };
    preflight.contacts[0].user = Err(why.clone());
    preflight.quotas.unread.insert((ConnectionName::default(), "graph".into()), why.clone());
    preflight.quotas.held.insert((ConnectionName::default(), "graph".into()), 2);
    preflight.state.standing = Err("Secrets are forbidden".to_owned());
    preflight.granted.retain(|right, _| right.verb == Verb::List);
    preflight.granted.values_mut().for_each(|granted| *granted = Err(why.clone()));
    preflight.needs.0.retain(|right, _| right.verb == Verb::List && &*right.object.plural == "secrets");
    story!("preflight-json", format!("{:#}\n", json(&preflight)));
}

#[test]
fn whom_roles_are_bound_to_is_named_with_its_sort() {
    for wrong in ["robot", "ServiceAccount:robot", "User:", "Robot:a", "ServiceAccount:/a"] {
        let error = wrong.parse::<Subject>().unwrap_err().to_string();
        assert!(error.contains("ServiceAccount:NAMESPACE/NAME"), "{error}");
    }
    assert_eq!("Group:sre@example.org".parse(), Ok(Subject::Group("sre@example.org".to_owned())));
}
