//! What is told of plans that lead away from Git, and of what has another address.

use crate::story;
use crate::world::*;
use evenkeel_core::engine::plan::{Goal, Held, HeldChange, HeldResource, Immovable, Plan};
use evenkeel_core::engine::sketch::Sketch;
use evenkeel_core::engine::step::{Action, Operation, Reason, Risk, Step};
use evenkeel_core::report::{Style, plan as reports};
use std::collections::BTreeSet;

const OLD: &str = "kubernetes:ConfigMap/graph/orders-config";
const NEW: &str = "kubernetes:ConfigMap/graph/orders";
const DATA: &str = "kubernetes:PersistentVolumeClaim/graph/data-orders-1";

fn told(plan: &Plan) -> String {
    reports::text(&report(plan), Style::plain())
}

fn renamed() -> Plan {
    let made = Step { because: Reason::MovedFrom(address(OLD)), ..create(NEW) };
    let gone = Step { because: Reason::MovedTo(address(NEW)), ..delete(OLD) };
    let aliased = Operation::RecordMovedFrom { from: address("kubernetes:Service/graph/bolt") };
    let left = Operation::RecordMovedTo { to: address("kubernetes:main@Service/graph/bolt") };
    let because = Reason::MovedFrom(address("kubernetes:Service/graph/bolt"));
    let left_because = Reason::MovedTo(address("kubernetes:main@Service/graph/bolt"));
    let steps = vec![
        made,
        gone,
        with_action("kubernetes:main@Service/graph/bolt", Action::Operation(aliased), because),
        with_action("kubernetes:Service/graph/bolt", Action::Operation(left), left_because),
    ];
    let cannot = Held::CannotMove { from: address(DATA), why: Immovable::HoldsData };
    let claim = held("kubernetes:PersistentVolumeClaim/graph/data", HeldChange::Create, cannot);
    plan(steps, vec![claim], Vec::new())
}

#[test]
fn what_has_another_address_is_one_entry_each() {
    story!("what-has-another-address", told(&renamed()));
}

#[test]
fn programs_find_the_address_that_something_had_before() {
    let plan = renamed();
    let changes = reports::json(&report(&plan))["resource_changes"].clone();
    assert_eq!(changes.as_array().map(Vec::len), Some(2), "a move is one change: {changes}");
    assert_eq!(changes[0]["previous_address"], OLD);
    assert_eq!(changes[0]["change"]["actions"], serde_json::json!(["create", "delete"]));
}

#[test]
fn an_environment_that_is_taken_down_says_what_is_kept_and_how_it_would_go() {
    let stays =
        HeldResource { because: Reason::TakenDown, ..held(DATA, HeldChange::Delete, Held::HoldsData) };
    let goes = |address| Step { because: Reason::TakenDown, ..delete(address) };
    let service = Step { risk: Risk::Downtime, ..goes("kubernetes:Service/graph/bolt") };
    let plan = plan(vec![service, goes(OLD)], vec![stays], Vec::new());
    let plan = Plan { goal: Goal::Destroy { data: BTreeSet::new() }, ..plan };
    story!("an-environment-that-is-taken-down", told(&plan));
    let nothing = Plan { steps: Vec::new(), held: Vec::new(), ..plan };
    assert!(told(&nothing).ends_with("Nothing here is ours.\n"), "{}", told(&nothing));
}

#[test]
fn what_is_forgotten_is_said_to_stay() {
    let environment = "prod".into();
    let release = Operation::Release { environment, left: Sketch::default() };
    let step = with_action(DATA, Action::Operation(release), Reason::Forgotten);
    let plan = plan(vec![step], Vec::new(), Vec::new());
    let plan = Plan { goal: Goal::Forget { addresses: BTreeSet::from([address(DATA)]) }, ..plan };
    story!("what-is-forgotten", told(&plan));
}
