//! What has another address by now: kept where it is the same thing, made before the old one goes where it is not.

use crate::denials::{NO_DELETIONS, policies};
use crate::platform::{Platform, claim, config_map, held, is_deletion, is_empty, steps, why};
use evenkeel_core::engine::id::{ConnectionName, ResourceId};
use evenkeel_core::engine::plan::{Goal, Held, Immovable, Plan};
use evenkeel_core::engine::question::{Scope, Trouble};
use evenkeel_core::engine::step::{Action, Operation, Reason, WriteMode};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// `old` was applied, and Git has it as `new` by now.
fn renamed(old: &Json, new: &Json) -> (Platform, ResourceId, ResourceId) {
    let mut platform = Platform::new();
    let from = platform.want(old, &[]);
    platform.apply();
    platform.unwant(&from);
    let to = platform.want(new, &[]);
    platform.moved(&to, &from);
    (platform, from, to)
}

/// The same object answers under another address as well.
fn answers_as(platform: &mut Platform, from: &ResourceId, to: &ResourceId) {
    let mut seen = platform.live[from].clone();
    seen.id = to.clone();
    platform.live.insert(to.clone(), seen);
}

#[test]
fn a_new_name_is_made_before_the_old_one_goes() {
    let (platform, from, to) = renamed(&config_map("old", "one"), &config_map("new", "one"));
    let plan = platform.plan();
    let (made, gone) = (steps(&plan, &to)[0], steps(&plan, &from)[0]);
    assert!(matches!(made.action, Action::Write { mode: WriteMode::Create, .. }));
    assert!(is_deletion(gone));
    assert!(gone.after.contains(&made.id));
    assert_eq!(made.because, Reason::MovedFrom(from));
    assert_eq!(gone.because, Reason::MovedTo(to));
}

#[test]
fn many_moves_are_no_mass_deletion() {
    let mut platform = Platform::new();
    let old: Vec<ResourceId> =
        (0..8).map(|number| platform.want(&config_map(&format!("old{number}"), "one"), &[])).collect();
    platform.apply();
    for (number, from) in old.iter().enumerate() {
        platform.unwant(from);
        let to = platform.want(&config_map(&format!("new{number}"), "one"), &[]);
        platform.moved(&to, from);
    }
    assert_eq!(platform.plan().steps.len(), 16);
}

#[test]
fn what_holds_data_is_never_moved_by_deleting_it() {
    let (platform, from, to) = renamed(&claim("old", "fast"), &claim("new", "fast"));
    let plan = platform.plan();
    assert!(plan.steps.is_empty());
    assert_eq!(held(&plan, &from), &Held::HoldsData);
    assert_eq!(held(&plan, &to), &Held::CannotMove { from, why: Immovable::HoldsData });
}

#[test]
fn what_is_gone_under_its_old_address_is_not_made_anew_unasked() {
    let (mut platform, from, to) = renamed(&config_map("old", "one"), &config_map("new", "one"));
    platform.live.remove(&from);
    for _apply in 0..2 {
        let plan = platform.plan();
        assert_eq!(held(&plan, &to), &Held::CannotMove { from: from.clone(), why: Immovable::Gone });
        record(&mut platform, &plan);
    }
    platform.inputs.desired.resources.get_mut(&to).expect("it is wanted").moved_from.clear();
    assert_eq!(platform.plan().steps.len(), 2, "one is made, the other is noted as gone");
}

/// What a plan notes as gone is gone from the ledger.
fn record(platform: &mut Platform, plan: &Plan) {
    for step in &plan.steps {
        assert_eq!(step.action, Action::Operation(Operation::RecordGone));
        platform.ledger().rows.remove(&step.address);
    }
}

#[test]
fn what_somebody_made_anew_under_the_old_address_is_not_what_moves() {
    let (mut platform, from, to) = renamed(&config_map("old", "one"), &config_map("new", "one"));
    platform.recreate(&from);
    assert_eq!(held(&platform.plan(), &to), &Held::CannotMove { from, why: Immovable::Gone });
}

#[test]
fn nothing_is_made_anew_while_nobody_knows_what_is_at_the_old_address() {
    let (platform, from, to) = renamed(&claim("old", "fast"), &config_map("new", "one"));
    let mut unreadable = platform.clone_inputs();
    unreadable.unreadable.insert(Scope::of(&from), why(Trouble::Forbidden));
    assert_eq!(held(&unreadable.plan(), &to), &Held::WaitsFor(vec![from.clone()]));
    let mut blocked = platform.clone_inputs();
    blocked.inputs.blocked.insert(from.clone(), "an earlier apply".to_owned());
    assert_eq!(held(&blocked.plan(), &to), &Held::WaitsFor(vec![from.clone()]));
    let mut foreign = platform.clone_inputs();
    foreign.mark(&from, "another");
    assert_eq!(held(&foreign.plan(), &to), &Held::WaitsFor(vec![from]));
}

#[test]
fn nothing_is_made_anew_while_the_old_one_may_not_go() {
    let (mut platform, from, to) = renamed(&config_map("old", "one"), &config_map("new", "one"));
    platform.inputs.policies = policies(&[NO_DELETIONS]);
    let plan = platform.plan();
    assert!(plan.steps.is_empty());
    assert!(matches!(held(&plan, &from), Held::Denied(_)));
    assert_eq!(held(&plan, &to), &Held::WaitsFor(vec![from]));
}

#[test]
fn a_move_to_what_is_there_already_is_a_deletion_like_any_other() {
    let mut platform = Platform::new();
    let old: Vec<ResourceId> =
        (0..8).map(|number| platform.want(&config_map(&format!("old{number}"), "one"), &[])).collect();
    let new: Vec<ResourceId> =
        (0..8).map(|number| platform.want(&config_map(&format!("new{number}"), "one"), &[])).collect();
    platform.apply();
    for (from, to) in old.iter().zip(&new) {
        platform.unwant(from);
        platform.moved(to, from);
    }
    let plan = platform.plan();
    assert!(plan.steps.is_empty());
    assert!(old.iter().all(|from| matches!(held(&plan, from), Held::OverLimit { .. })));
}

#[test]
fn of_two_that_have_moved_from_one_address_neither_is_made() {
    let mut platform = Platform::new();
    let from = platform.want(&config_map("old", "one"), &[]);
    platform.apply();
    platform.unwant(&from);
    let new = ["a", "b"].map(|name| platform.want(&config_map(name, "one"), &[]));
    for to in &new {
        platform.moved(to, &from);
    }
    let plan = platform.plan();
    assert!(plan.steps.is_empty());
    for to in &new {
        assert_eq!(held(&plan, to), &Held::CannotMove { from: from.clone(), why: Immovable::Disputed });
    }
}

#[test]
fn what_is_still_in_git_does_not_move() {
    let mut platform = Platform::new();
    let from = platform.want(&config_map("old", "one"), &[]);
    platform.apply();
    let to = platform.want(&config_map("new", "one"), &[]);
    platform.moved(&to, &from);
    assert_eq!(held(&platform.plan(), &to), &Held::CannotMove { from, why: Immovable::StillWanted });
}

#[test]
fn where_nothing_ever_had_the_old_address_the_new_one_is_simply_made() {
    let mut platform = Platform::new();
    let to = platform.want(&config_map("new", "one"), &[]);
    platform.moved(&to, &"kubernetes:ConfigMap/graph/old".parse().expect("an address"));
    let plan = platform.plan();
    assert_eq!(steps(&plan, &to)[0].because, Reason::NotYetThere);
}

#[test]
fn the_same_object_behind_another_connection_keeps_what_is_known_of_it() {
    let mut platform = Platform::new();
    let from = platform.want(&config_map("one", "one"), &[]);
    platform.apply();
    let mut wanted = platform.inputs.desired.resources.remove(&from).expect("it was wanted");
    wanted.id = ResourceId { connection: ConnectionName::new("main"), ..wanted.id };
    wanted.moved_from.push(from.clone());
    let to = wanted.id.clone();
    platform.inputs.desired.resources.insert(to.clone(), wanted);
    answers_as(&mut platform, &from, &to);
    let plan = platform.plan();
    let known = Action::Operation(Operation::RecordMovedFrom { from: from.clone() });
    assert_eq!(steps(&plan, &to)[0].action, known);
    let left = steps(&plan, &from)[0];
    assert_eq!(left.action, Action::Operation(Operation::RecordMovedTo { to: to.clone() }));
    assert!(left.after.contains(&steps(&plan, &to)[0].id));
    assert_eq!(plan.steps.len(), 2, "nothing live is touched");

    let row = platform.ledger().rows[&from].clone();
    platform.ledger().rows.insert(to.clone(), row);
    let plan = platform.plan();
    assert_eq!(plan.steps.len(), 1, "killed half-way, the rest is done");
    platform.ledger().rows.remove(&from);
    assert!(is_empty(&platform.plan()));
}

#[test]
fn what_waits_for_its_new_address_is_kept_under_the_old_one() {
    let (mut platform, from, to) = renamed(&config_map("old", "one"), &config_map("new", "one"));
    platform.inputs.blocked.insert(to.clone(), "an earlier apply".to_owned());
    let plan = platform.plan();
    assert!(plan.steps.is_empty());
    assert_eq!(held(&plan, &from), &Held::WaitsFor(vec![to]));
}

#[test]
fn of_several_old_addresses_the_one_counts_that_the_ledger_has() {
    let (mut platform, from, to) = renamed(&config_map("old", "one"), &config_map("new", "one"));
    let older = ResourceId { name: "older".into(), ..from.clone() };
    platform.moved(&to, &older);
    let plan = platform.plan();
    assert_eq!(steps(&plan, &to)[0].because, Reason::MovedFrom(from.clone()));
    assert_eq!(steps(&plan, &from)[0].because, Reason::MovedTo(to));
}

#[test]
fn what_has_moved_from_two_addresses_that_are_both_ours_is_held_and_so_are_they() {
    let mut platform = Platform::new();
    let old = ["a", "b"].map(|name| platform.want(&config_map(name, "one"), &[]));
    platform.apply();
    let to = platform.want(&config_map("new", "one"), &[]);
    for from in &old {
        platform.unwant(from);
        platform.moved(&to, from);
    }
    let plan = platform.plan();
    assert!(plan.steps.is_empty());
    let several = Held::CannotMove { from: old[0].clone(), why: Immovable::Several };
    assert_eq!(held(&plan, &to), &several);
    assert!(old.iter().all(|from| held(&plan, from) == &Held::WaitsFor(vec![to.clone()])));
}

/// One thing that the ledger has twice, as a kill between the two records of a move leaves it; only `to` is in Git, and
/// nothing in Git says any more that it has moved.
fn known_twice() -> (Platform, ResourceId, ResourceId) {
    let mut platform = Platform::new();
    let from = platform.want(&config_map("one", "one"), &[]);
    platform.apply();
    let mut wanted = platform.inputs.desired.resources.remove(&from).expect("it was wanted");
    wanted.id = ResourceId { connection: ConnectionName::new("main"), ..wanted.id };
    let to = wanted.id.clone();
    platform.inputs.desired.resources.insert(to.clone(), wanted);
    answers_as(&mut platform, &from, &to);
    let row = platform.ledger().rows[&from].clone();
    platform.ledger().rows.insert(to.clone(), row);
    (platform, from, to)
}

#[test]
fn what_is_ours_twice_and_wanted_once_is_not_deleted() {
    let (platform, from, to) = known_twice();
    let plan = platform.plan();
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(steps(&plan, &from)[0].action, Action::Operation(Operation::RecordMovedTo { to }));
}

#[test]
fn another_connection_to_the_same_cluster_moves_what_is_behind_it() {
    let (mut platform, from, to) = known_twice();
    platform.ledger().rows.remove(&to);
    let plan = platform.plan();
    let known = Action::Operation(Operation::RecordMovedFrom { from: from.clone() });
    assert_eq!(steps(&plan, &to)[0].action, known);
    assert_eq!(steps(&plan, &from)[0].action, Action::Operation(Operation::RecordMovedTo { to }));
}

#[test]
fn what_may_be_the_same_thing_behind_a_connection_that_does_not_answer_stays() {
    let (mut platform, from, to) = known_twice();
    platform.unreadable.insert(Scope::of(&to), why(Trouble::Unavailable));
    assert!(platform.plan().steps.is_empty());
    platform.ledger().rows.remove(&to);
    assert_eq!(held(&platform.plan(), &from), &Held::WaitsFor(vec![to]));
}

#[test]
fn what_is_ours_twice_stays_ours_when_one_address_is_forgotten() {
    let (mut platform, from, to) = known_twice();
    let addresses = BTreeSet::from([from]);
    platform.inputs = platform.inputs.leading_to(Goal::Forget { addresses });
    assert_eq!(platform.plan().steps[0].action, Action::Operation(Operation::RecordMovedTo { to }));
}
