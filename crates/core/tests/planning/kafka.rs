//! Topics, rights, users and connectors, which carry no mark of whose they are: what may be lost, what is taken over, and
//! what a deletion takes along.

use crate::platform::{NOW, Platform, held, held_resource, steps};
use evenkeel_core::diagnostic::Location;
use evenkeel_core::engine::id::{ResourceId, System, Uid};
use evenkeel_core::engine::ledger::{Generated, Origin, Row};
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::{Goal, Held, HeldChange, Next, Planner};
use evenkeel_core::engine::question::{ApiVersion, Body, Question, Seen, Trouble};
use evenkeel_core::engine::step::{Action, Expects, Operation, Reason, WriteMode};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::verdict::{Cause, Writer};
use evenkeel_core::engine::wanted::{ApprovedAction, Wanted};
use evenkeel_core::report::drift::drifted;
use evenkeel_core::report::plan::offers;
use evenkeel_core::resources::settings::Settings;
use evenkeel_core::resources::{Normal, remember};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;

fn topic() -> ResourceId {
    ResourceId::of(System::Kafka, "Topic", "main", "audit")
}

fn value(json: Json) -> Arc<Value> {
    Arc::new(serde_json::from_value(json).expect("JSON is a value"))
}

fn wanted(id: &ResourceId, config: Json) -> Wanted {
    Wanted {
        id: id.clone(),
        api_version: ApiVersion::new("evenkeel.dev/v1alpha1"),
        config: value(config),
        needs: BTreeSet::new(),
        ignored: Vec::new(),
        moved_from: Vec::new(),
        unread: BTreeSet::new(),
        document: None,
        at: Location::start_of("kafka.yaml"),
    }
}

/// Git says this.
fn want(platform: &mut Platform, id: &ResourceId, config: Json) {
    platform.inputs.desired.resources.insert(id.clone(), wanted(id, config));
}

/// This is there; what has no id of its own is known by its name.
fn put(platform: &mut Platform, id: &ResourceId, live: Json) -> Seen {
    let uid = if *id == topic() { Uid::new("id of audit") } else { Uid::new(Arc::clone(&id.name)) };
    let seen = Seen { id: id.clone(), uid, version: Arc::from(""), body: Body::Whole(value(live)) };
    platform.live.insert(id.clone(), seen.clone());
    seen
}

/// We wrote this, and it looked so then.
fn applied(platform: &mut Platform, id: &ResourceId, (config, live): (Json, Json)) {
    let normal = Normal::Settings(Settings::of(&wanted(id, config)));
    let seen = put(platform, id, live);
    let (generated, origin) = (Generated::Nothing, Origin::Known);
    let remembered = remember(&normal, &seen);
    let row =
        Row { uid: seen.uid, remembered, since: NOW, revision: None, generated, needs: Vec::new(), origin };
    platform.ledger().rows.insert(id.clone(), row);
}

#[test]
fn an_approval_to_take_something_over_is_none_to_lose_what_it_holds() {
    let mut platform = Platform::new();
    put(&mut platform, &topic(), json!({"config": {"retention.ms": "-1"}}));
    want(&mut platform, &topic(), json!({"config": {"retention.ms": "604800000"}}));
    platform.approve(&topic(), ApprovedAction::Adopt);
    assert_eq!(held(&platform.plan(), &topic()), &Held::NeedsApproval(ApprovedAction::LoseData));
    platform.approve(&topic(), ApprovedAction::LoseData);
    let plan = platform.plan();
    let approvals = &steps(&plan, &topic())[0].approvals;
    assert_eq!(approvals.len(), 2, "both are used up: {approvals:?}");
}

/// It was ours and leaves Git, and looks like this by now.
fn leaving(id: &ResourceId, was: (Json, Json), now: Json) -> Platform {
    let mut platform = Platform::new();
    applied(&mut platform, id, was);
    put(&mut platform, id, now);
    platform
}

fn rights() -> ResourceId {
    ResourceId::of(System::Kafka, "Acl", "main", "User:app:topic:orders")
}

fn user() -> ResourceId {
    ResourceId::of(System::Kafka, "User", "main", "app")
}

fn connector() -> ResourceId {
    ResourceId::of(System::Connect, "Connector", "main", "orders")
}

#[test]
fn rights_that_others_added_go_with_ours_only_if_somebody_approves() {
    let read = || json!({"operations": ["READ"]});
    let mut platform = leaving(&rights(), (read(), read()), json!({"operations": ["READ", "WRITE"]}));
    let plan = platform.plan();
    let held = held_resource(&plan, &rights());
    assert_eq!(held.held, Held::NeedsApproval(ApprovedAction::Delete));
    assert_eq!(held.change, HeldChange::Delete);
    assert_eq!(held.fields[0].path.to_string(), "operations", "and it says what is not ours");
    platform.approve(&rights(), ApprovedAction::Delete);
    assert_eq!(steps(&platform.plan(), &rights()).len(), 1);
}

#[test]
fn a_user_goes_with_the_passwords_that_we_gave_it_and_others_need_an_approval() {
    let ours = || json!({"scram": {"SCRAM-SHA-512": {"iterations": 8192}}});
    let platform = leaving(&user(), (ours(), ours()), ours());
    assert_eq!(steps(&platform.plan(), &user()).len(), 1);
    let both =
        json!({"scram": {"SCRAM-SHA-512": {"iterations": 8192}, "SCRAM-SHA-256": {"iterations": 4096}}});
    let platform = leaving(&user(), (ours(), ours()), both);
    assert_eq!(held(&platform.plan(), &user()), &Held::NeedsApproval(ApprovedAction::Delete));
}

#[test]
fn what_has_no_id_of_its_own_is_deleted_only_as_the_plan_saw_it() {
    let read = || json!({"operations": ["READ"]});
    let platform = leaving(&rights(), (read(), read()), read());
    let plan = platform.plan();
    let step = steps(&plan, &rights())[0];
    assert!(matches!(step.action, Action::Delete { .. }));
    let Expects::Seen(sketch) = &step.expects else { panic!("{:?}", step.expects) };
    assert_eq!(sketch.places.len(), 1, "its id is its name, which another one may have by then");
}

#[test]
fn a_connector_of_another_class_under_our_name_is_neither_deleted_nor_written_to() {
    let config = |class: &str| json!({"config": {"connector.class": class, "topics": "orders"}});
    let theirs = || json!({"config": {"connector.class": "Theirs", "url": "x"}, "state": "RUNNING"});
    let mut platform = leaving(&connector(), (config("Ours"), config("Ours")), theirs());
    let plan = platform.plan();
    let done = steps(&plan, &connector());
    assert!(matches!(done[0].action, Action::Operation(Operation::RecordGone)), "{done:?}");
    want(&mut platform, &connector(), config("Ours"));
    assert_eq!(held(&platform.plan(), &connector()), &Held::NotOwned);
}

#[test]
fn a_connector_that_was_paused_by_hand_is_deleted_and_one_that_was_set_otherwise_needs_an_approval() {
    let ours = |state: &str, topics: &str| json!({"config": {"connector.class": "Ours", "topics": topics, "file": "a"}, "state": state});
    let was = || (ours("RUNNING", "orders"), ours("RUNNING", "orders"));
    let platform = leaving(&connector(), was(), ours("PAUSED", "orders"));
    assert_eq!(steps(&platform.plan(), &connector()).len(), 1);
    let platform = leaving(&connector(), was(), ours("RUNNING", "orders,payments"));
    assert_eq!(held(&platform.plan(), &connector()), &Held::NeedsApproval(ApprovedAction::Delete));
}

#[test]
fn rights_that_nobody_here_can_send_are_held_in_the_plan_and_not_refused_in_the_apply() {
    let read = || json!({"operations": ["READ"]});
    let newer = || json!({"operations": ["Other(15)", "READ"]});
    let mut platform = leaving(&rights(), (read(), read()), newer());
    assert!(
        matches!(held(&platform.plan(), &rights()), Held::Rejected(words) if words.contains("Other(15)"))
    );
    want(&mut platform, &rights(), read());
    assert!(matches!(held(&platform.plan(), &rights()), Held::Rejected(_)));
}

#[test]
fn what_is_as_git_says_on_a_system_that_others_use_too_becomes_ours_only_with_an_approval() {
    let read = || json!({"operations": ["READ"]});
    let mut platform = Platform::new();
    put(&mut platform, &rights(), read());
    want(&mut platform, &rights(), read());
    assert_eq!(steps(&platform.plan(), &rights()).len(), 1, "nobody else is said to be there");
    platform.inputs.desired.shared.insert(rights().connection_id());
    assert_eq!(held(&platform.plan(), &rights()), &Held::NeedsApproval(ApprovedAction::Adopt));
    platform.approve(&rights(), ApprovedAction::Adopt);
    assert_eq!(steps(&platform.plan(), &rights())[0].approvals.len(), 1);
}

#[test]
fn a_topic_that_was_deleted_and_made_again_is_told_and_waits_for_an_approval() {
    let mut platform = Platform::new();
    let (topic, week) = (topic(), json!({"config": {"retention.ms": "604800000"}}));
    want(&mut platform, &topic, week.clone());
    applied(&mut platform, &topic, (week.clone(), week));
    platform.recreate(&topic);
    let plan = platform.plan();
    assert!(plan.steps.is_empty(), "{:?}", plan.steps);
    let resource = held_resource(&plan, &topic);
    assert_eq!(resource.held, Held::NeedsApproval(ApprovedAction::Adopt));
    assert!(matches!(resource.because, Reason::Recreated { was: _ }), "{resource:?}");
    assert_eq!(drifted(&plan).len(), 1, "its records are gone");

    let approval = platform.approve(&topic, ApprovedAction::Adopt);
    approval.uid = Some(Uid::new("another"));
    approval.until = NOW + std::time::Duration::from_secs(60);
    let plan = platform.plan();
    assert!(matches!(plan.steps[0].action, Action::Write { mode: WriteMode::Adopt, .. }));
    assert_eq!(drifted(&plan).len(), 1, "it is still told");
}

/// A connector that is ours, that somebody set otherwise, and whose class the workers no longer have.
fn refused() -> Platform {
    let config = |topics: &str| json!({"config": {"connector.class": "Ours", "topics": topics}});
    let mut platform = Platform::new();
    applied(&mut platform, &connector(), (config("orders"), config("orders")));
    want(&mut platform, &connector(), config("orders"));
    put(&mut platform, &connector(), config("payments"));
    platform.refused.insert(connector(), "no such class");
    platform
}

#[test]
fn a_connector_that_the_workers_would_refuse_is_told_with_what_differs_and_why() {
    let plan = refused().plan();
    let held = held_resource(&plan, &connector());
    assert_eq!(held.held, Held::Rejected("no such class".to_owned()));
    assert_eq!((held.change, &held.because), (HeldChange::Update, &Reason::Drifted(Writer::Unrecorded)));
    assert_eq!(held.fields[0].path.to_string(), "config.topics", "a plan hides no edit");
}

#[test]
fn a_connector_that_the_workers_would_refuse_and_that_is_not_ours_is_told_as_not_ours() {
    let mut platform = refused();
    platform.ledger().rows.clear();
    assert_eq!(held(&platform.plan(), &connector()), &Held::NotOwned);
}

#[test]
fn a_connector_that_is_gone_and_that_the_workers_would_refuse_is_told_as_gone() {
    let mut platform = refused();
    platform.live.clear();
    let plan = platform.plan();
    let held = held_resource(&plan, &connector());
    assert_eq!((held.change, &held.because), (HeldChange::Create, &Reason::Drifted(Writer::Unknown)));
}

#[test]
fn a_connector_that_the_protected_revision_does_not_have_like_this_is_shown_to_no_worker() {
    let mut platform = refused();
    platform.inputs.desired.unshown.insert(connector());
    assert_eq!(steps(&platform.plan(), &connector()).len(), 1, "it is found out by the step");
    let (mut planner, mut live) = (Planner::new(&platform.inputs), Live::default());
    while let Next::Ask(questions) = planner.plan(&live, NOW) {
        for question in questions {
            assert!(!matches!(question, Question::Project(..)), "{question:?}");
            let answer = platform.answer(&question);
            live.insert(question, answer, NOW);
        }
    }
}

/// Two connectors that are ours and wanted, and what is there of them now: only what is named.
fn two_connectors(there: &[&str]) -> (Platform, [ResourceId; 2]) {
    let ids = ["orders", "audit"].map(|name| ResourceId::of(System::Connect, "Connector", "main", name));
    let config = || json!({"config": {"connector.class": "Ours", "topics": "orders"}});
    let mut platform = Platform::new();
    for id in &ids {
        want(&mut platform, id, config());
        applied(&mut platform, id, (config(), config()));
        if !there.contains(&&*id.name) {
            platform.live.remove(id);
        }
    }
    (platform, ids)
}

#[test]
fn workers_that_have_none_of_several_connectors_of_ours_are_taken_for_another_group() {
    let (mut platform, ids) = two_connectors(&[]);
    let new = ResourceId::of(System::Connect, "Connector", "main", "new");
    want(&mut platform, &new, json!({"config": {"connector.class": "Ours", "topics": "orders"}}));
    let plan = platform.plan();
    for id in ids.iter().chain([&new]) {
        let Held::Unreadable(why) = held(&plan, id) else { panic!("{:?}", held(&plan, id)) };
        assert_eq!(why.trouble, Trouble::Deserted);
        let offered = offers(held_resource(&plan, id), NOW).len();
        assert_eq!(offered, usize::from(*id != new), "what was made there before lifts it");
    }
    assert!(plan.steps.is_empty(), "{:?}", plan.steps);

    platform.approve(&ids[1], ApprovedAction::Adopt);
    let plan = platform.plan();
    assert_eq!(plan.steps.len(), 3);
    assert_eq!(steps(&plan, &ids[1])[0].approvals.len(), 1, "it is used up");
}

#[test]
fn an_approval_that_lifts_the_guard_of_deserted_workers_is_used_up_also_where_its_own_connector_is_held() {
    let (mut platform, ids) = two_connectors(&[]);
    platform.refused.insert(ids[0].clone(), "no such class");
    platform.approve(&ids[0], ApprovedAction::Adopt);
    let plan = platform.plan();
    assert!(matches!(held(&plan, &ids[0]), Held::Rejected(_)));
    assert_eq!(steps(&plan, &ids[1])[0].approvals.len(), 1);
}

#[test]
fn a_connector_that_is_gone_alone_was_deleted_and_is_made_again() {
    let (platform, [orders, audit]) = two_connectors(&["audit"]);
    let plan = platform.plan();
    assert_eq!((steps(&plan, &orders).len(), steps(&plan, &audit).len()), (1, 0));
}

#[test]
fn connectors_that_are_all_gone_stay_ours_also_where_git_wants_them_no_more() {
    let (mut platform, ids) = two_connectors(&[]);
    for id in &ids {
        platform.inputs.desired.resources.remove(id);
    }
    let plan = platform.plan();
    assert!(plan.steps.is_empty(), "they may run where nobody looks: {:?}", plan.steps);
    for id in &ids {
        let Held::Unreadable(why) = held(&plan, id) else { panic!("{:?}", held(&plan, id)) };
        assert!(why.message.contains("evenkeel forget"), "{}", why.message);
    }
}

/// A topic of ours that the brokers gave no id when it was made, and `now` tell one.
fn told_no_id_once(settings: &str) -> Platform {
    let mut platform = Platform::new();
    let config = |retention: &str| json!({"config": {"retention.ms": retention}});
    want(&mut platform, &topic(), config("1"));
    applied(&mut platform, &topic(), (config("1"), config("1")));
    platform.ledger().rows.get_mut(&topic()).expect("it is ours").uid = Uid::new("audit");
    put(&mut platform, &topic(), config(settings));
    platform
}

#[test]
fn a_topic_that_has_an_id_since_the_brokers_give_them_is_still_ours_and_its_id_is_remembered() {
    let platform = told_no_id_once("1");
    let plan = platform.plan();
    let [only] = steps(&plan, &topic())[..] else { panic!("{:?}", plan.steps) };
    assert_eq!(only.because, Reason::Identified);
    assert!(matches!(only.action, Action::Write { mode: WriteMode::Own, .. }), "{only:?}");
    assert!(drifted(&plan).is_empty(), "nobody did anything to it");

    let plan = told_no_id_once("0").plan();
    let [only] = steps(&plan, &topic())[..] else { panic!("{:?}", plan.steps) };
    assert!(matches!(only.action, Action::Write { mode: WriteMode::Update, .. }), "{only:?}");
}

#[test]
fn a_setting_that_git_dropped_goes_also_where_the_topic_has_an_id_since() {
    let mut platform = told_no_id_once("1");
    let uid = platform.ledger().rows[&topic()].uid.clone();
    let both = || json!({"config": {"retention.ms": "1", "max.message.bytes": "9"}});
    applied(&mut platform, &topic(), (both(), both()));
    platform.ledger().rows.get_mut(&topic()).expect("it is ours").uid = uid;
    let plan = platform.plan();
    let [only] = steps(&plan, &topic())[..] else { panic!("{:?}", plan.held) };
    assert!(matches!(only.action, Action::Write { mode: WriteMode::Update, .. }), "{only:?}");
    let [field] = only.fields.as_slice() else { panic!("{:?}", only.fields) };
    assert_eq!((field.path.to_string().as_str(), &field.wanted), ("config[\"max.message.bytes\"]", &None));
}

#[test]
fn a_hand_edit_is_drift_also_where_the_topic_has_an_id_since() {
    let plan = told_no_id_once("0").plan();
    assert_eq!(drifted(&plan).len(), 1);
    let [only] = steps(&plan, &topic())[..] else { panic!("{:?}", plan.held) };
    assert_eq!(only.fields[0].cause, Cause::Drifted(Writer::Unrecorded));
}

#[test]
fn a_topic_that_has_an_id_since_and_leaves_git_is_deleted_by_approval_only() {
    let mut platform = told_no_id_once("1");
    platform.inputs.desired.resources.remove(&topic());
    assert_eq!(held(&platform.plan(), &topic()), &Held::HoldsData);
    platform.approve(&topic(), ApprovedAction::Delete).uid = Some(Uid::new("id of audit"));
    assert!(matches!(steps(&platform.plan(), &topic())[0].action, Action::Delete { .. }));
}

#[test]
fn a_topic_whose_id_is_not_told_any_more_is_unread_and_neither_recreated_nor_forgotten() {
    let mut platform = told_no_id_once("2");
    platform.ledger().rows.get_mut(&topic()).expect("it is ours").uid = Uid::new("id of audit");
    platform.live.get_mut(&topic()).expect("it is there").uid = Uid::new("audit");
    for goes in [false, true] {
        if goes {
            platform.inputs.desired.resources.remove(&topic());
        }
        let plan = platform.plan();
        let Held::Unreadable(why) = held(&plan, &topic()) else { panic!("{:?}", held(&plan, &topic())) };
        assert!(why.message.contains("id of audit"), "{}", why.message);
    }
}

#[test]
fn a_topic_whose_id_is_not_told_any_more_can_be_let_go_of() {
    let mut platform = told_no_id_once("1");
    platform.ledger().rows.get_mut(&topic()).expect("it is ours").uid = Uid::new("id of audit");
    platform.live.get_mut(&topic()).expect("it is there").uid = Uid::new("audit");
    platform.inputs.desired.resources.remove(&topic());
    platform.inputs.goal = Goal::Forget { addresses: BTreeSet::from([topic()]) };
    let plan = platform.plan();
    assert_eq!(
        steps(&plan, &topic())[0].action,
        Action::Operation(Operation::RecordUnseen),
        "{:?}",
        plan.held
    );
}

/// The same brokers or workers, called otherwise: what was `main` is `other` in Git, and nobody wrote down that it moved.
fn called_otherwise(kind: (System, &str), uid: &str, config: &Json) -> (Platform, ResourceId, ResourceId) {
    let at = |connection: &str| ResourceId::of(kind.0, kind.1, connection, "audit");
    let (from, to) = (at("main"), at("other"));
    let mut platform = Platform::new();
    applied(&mut platform, &from, (config.clone(), config.clone()));
    want(&mut platform, &to, config.clone());
    put(&mut platform, &to, config.clone());
    for id in [&from, &to] {
        platform.live.get_mut(id).expect("it is there").uid = Uid::new(uid);
    }
    platform.ledger().rows.get_mut(&from).expect("it is ours").uid = Uid::new(uid);
    (platform, from, to)
}

#[test]
fn what_is_wanted_under_another_name_of_the_same_brokers_is_not_deleted() {
    let topic = json!({"config": {"retention.ms": "1"}});
    let acl = json!({"allow": ["read"]});
    for (kind, uid, config) in [("Topic", "id of audit", topic), ("Acl", "audit", acl)] {
        let (platform, from, to) = called_otherwise((System::Kafka, kind), uid, &config);
        let plan = platform.plan();
        let known = Action::Operation(Operation::RecordMovedFrom { from: from.clone() });
        assert_eq!(steps(&plan, &to)[0].action, known, "{kind}");
        assert_eq!(
            steps(&plan, &from)[0].action,
            Action::Operation(Operation::RecordMovedTo { to }),
            "{kind}"
        );
    }
}

#[test]
fn a_connector_that_may_be_wanted_under_another_name_of_its_workers_is_not_deleted() {
    let config = json!({"config": {"connector.class": "Ours", "topics": "orders"}});
    let (platform, from, to) = called_otherwise((System::Connect, "Connector"), "audit", &config);
    let plan = platform.plan();
    assert!(steps(&plan, &from).is_empty(), "{:?}", plan.steps);
    assert_eq!(held(&plan, &from), &Held::Namesake { wanted: to });
}

/// Two groups of workers on one Kafka cluster, each with a connector of ours called `audit`, of which one leaves Git; the
/// workers tell where each runs.
fn of_two_groups(workers: [&str; 2], settings: [&str; 2]) -> (Platform, ResourceId, ResourceId) {
    let at = |connection: &str| ResourceId::of(System::Connect, "Connector", connection, "audit");
    let (from, to) = (at("main"), at("other"));
    let mut platform = Platform::new();
    for (id, worker, topics) in [(&from, workers[0], settings[0]), (&to, workers[1], settings[1])] {
        let config = json!({"config": {"connector.class": "Ours", "topics": topics}});
        let mut live = config.clone();
        live["status"] = json!({"state": "RUNNING", "worker": worker});
        want(&mut platform, id, config.clone());
        applied(&mut platform, id, (config, live));
    }
    platform.inputs.desired.resources.remove(&from);
    (platform, from, to)
}

#[test]
fn a_connector_that_is_not_the_one_of_its_name_on_another_group_is_deleted() {
    for (workers, settings) in
        [(["a:1", "b:1"], ["orders", "orders"]), (["a:1", "a:1"], ["orders", "returns"])]
    {
        let (platform, from, _) = of_two_groups(workers, settings);
        let plan = platform.plan();
        assert!(plan.held.is_empty(), "{:?}", plan.held);
        assert!(matches!(steps(&plan, &from)[0].action, Action::Delete { .. }), "{workers:?} {settings:?}");
    }
}

#[test]
fn where_nobody_can_tell_two_connectors_of_one_name_apart_an_approval_says_that_they_are_two() {
    let (mut platform, from, to) = of_two_groups(["a:1", "a:1"], ["orders", "orders"]);
    let plan = platform.plan();
    let held = held_resource(&plan, &from);
    assert_eq!(held.held, Held::Namesake { wanted: to });
    let offered = offers(held, NOW);
    let [only] = offered.as_slice() else { panic!("{} are offered", offered.len()) };
    assert!(only.yaml().contains("action: delete"), "{}", only.yaml());
    platform.approve(&from, ApprovedAction::Delete).uid = Some(Uid::new("audit"));
    let plan = platform.plan();
    assert!(matches!(steps(&plan, &from)[0].action, Action::Delete { .. }), "{:?}", plan.held);
    assert_eq!(steps(&plan, &from)[0].approvals.len(), 1, "and it is used up");
}

#[test]
fn a_connector_that_is_gone_is_nobody_elses_and_is_forgotten() {
    let (mut platform, from, _) = of_two_groups(["a:1", "a:1"], ["orders", "orders"]);
    platform.live.remove(&from);
    let plan = platform.plan();
    assert_eq!(steps(&plan, &from)[0].action, Action::Operation(Operation::RecordGone), "{:?}", plan.held);
}

#[test]
fn a_move_between_groups_that_was_killed_halfway_is_ended_by_the_next_plan() {
    let (mut platform, from, to) = of_two_groups(["a:1", "b:1"], ["orders", "orders"]);
    platform.live.remove(&to);
    platform.ledger().rows.remove(&to);
    let first = platform.plan();
    let actions = [&to, &from].map(|id| &steps(&first, id)[0].action);
    assert!(matches!(actions, [Action::Write { .. }, Action::Delete { .. }]), "{actions:?}");

    let (killed, from, to) = of_two_groups(["a:1", "b:1"], ["orders", "orders"]);
    let second = killed.plan();
    assert!(steps(&second, &to).is_empty());
    assert!(matches!(steps(&second, &from)[0].action, Action::Delete { .. }), "{:?}", second.held);
}

#[test]
fn a_connector_that_is_not_there_under_the_other_name_of_its_workers_is_another_one_and_the_old_one_goes() {
    let config = json!({"config": {"connector.class": "Ours", "topics": "orders"}});
    let (mut platform, from, to) = called_otherwise((System::Connect, "Connector"), "audit", &config);
    platform.live.remove(&to);
    let plan = platform.plan();
    assert!(matches!(steps(&plan, &from)[0].action, Action::Delete { .. }), "{:?}", plan.held);
    assert!(matches!(steps(&plan, &to)[0].action, Action::Write { mode: WriteMode::Create, .. }));
}
