//! Unknown is not absent: what cannot be read is neither created nor deleted.

use crate::platform::{Platform, config_map, graph, graphs, held, is_empty, steps, why};
use evenkeel_core::engine::plan::Held;
use evenkeel_core::engine::question::{Scope, Served, Trouble};
use evenkeel_core::engine::step::{Action, Operation, WriteMode};

#[test]
fn what_was_proved_absent_is_created() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    let plan = platform.plan();
    assert!(matches!(steps(&plan, &a)[0].action, Action::Write { mode: WriteMode::Create, .. }));
}

#[test]
fn without_an_inventory_nothing_is_created() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.unreadable.insert(Scope::of(&a), why(Trouble::Forbidden));
    let plan = platform.plan();
    assert_eq!(held(&plan, &a), &Held::Unreadable(why(Trouble::Forbidden)));
    assert!(plan.steps.is_empty());
    assert_eq!(plan.unknown[0].resources, 1);
}

#[test]
fn an_incomplete_list_proves_nothing_of_what_it_lacks() {
    let mut platform = Platform::new();
    let listed = platform.want(&config_map("listed", "one"), &[]);
    platform.apply();
    let lacking = platform.want(&config_map("lacking", "one"), &[]);
    platform.incomplete.insert(Scope::of(&listed), why(Trouble::TimedOut));
    let plan = platform.plan();
    assert_eq!(held(&plan, &lacking), &Held::Unreadable(why(Trouble::TimedOut)));
    assert_eq!(plan.tally.same, 1, "what it brought was compared");
}

#[test]
fn what_is_ours_and_cannot_be_read_is_not_deleted() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    platform.unwant(&a);
    platform.unreadable.insert(Scope::of(&a), why(Trouble::Unavailable));
    let plan = platform.plan();
    assert_eq!(held(&plan, &a), &Held::Unreadable(why(Trouble::Unavailable)));
    assert!(plan.steps.is_empty());
}

#[test]
fn a_stranger_at_the_other_end_stops_its_connection() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    platform.inputs.pins.insert(a.connection_id(), "this cluster".into());
    assert!(is_empty(&platform.plan()));
    platform.identity = "another cluster";
    let plan = platform.plan();
    let Held::Unreadable(why) = held(&plan, &a) else { panic!("{:?}", plan.held) };
    assert_eq!(why.trouble, Trouble::WrongIdentity);
    assert!(plan.steps.is_empty());
}

#[test]
fn who_cannot_be_known_again_is_not_taken_for_the_one_that_was_pinned() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "x"), &[]);
    platform.identity = "";
    assert_eq!(steps(&platform.plan(), &a).len(), 1, "at first contact there is nobody to be compared with");
    platform.inputs.pins.insert(a.connection_id(), "this cluster".into());
    let Held::Unreadable(why) = held(&platform.plan(), &a).clone() else { panic!("it is unreadable") };
    assert_eq!(why.trouble, Trouble::Forbidden);
}

#[test]
fn a_kind_that_nobody_serves_any_more_took_its_objects_with_it() {
    let mut platform = Platform::new();
    platform.served = vec![graphs()].into();
    let a = platform.want(&graph("a"), &[]);
    platform.apply();
    assert!(is_empty(&platform.plan()));
    platform.unwant(&a);
    platform.served = Served::default();
    let plan = platform.plan();
    assert_eq!(steps(&plan, &a)[0].action, Action::Operation(Operation::RecordGone));
}

#[test]
fn a_group_whose_server_does_not_answer_is_unknown_and_the_rest_is_planned() {
    let mut platform = Platform::new();
    platform.served = vec![graphs()].into();
    let ours = platform.want(&graph("ours"), &[]);
    platform.apply();
    platform.unwant(&ours);
    let new = platform.want(&graph("new"), &[]);
    let other = platform.want(&config_map("other", "one"), &[]);
    platform.served.kinds.clear();
    platform.served.stale.insert("example.org".into(), why(Trouble::Unavailable));
    let plan = platform.plan();
    for id in [&ours, &new] {
        assert_eq!(held(&plan, id), &Held::Unreadable(why(Trouble::Unavailable)));
    }
    assert_eq!(plan.steps.len(), 1);
    assert!(matches!(steps(&plan, &other)[0].action, Action::Write { mode: WriteMode::Create, .. }));
}
