//! What leaves Git is deleted, unless it is many, or holds data, or was never ours.

use crate::platform::{Platform, claim, config_map, held, is_deletion, steps, storage_class};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::Held;
use evenkeel_core::engine::step::{Action, Operation};
use evenkeel_core::engine::wanted::ApprovedAction;

/// Everything of `before` was applied, and the last `leaving` of them left Git.
fn leaving(before: usize, leaving: usize) -> (Platform, Vec<ResourceId>) {
    let mut platform = Platform::new();
    let ids = (0..before).map(|number| platform.want(&config_map(&format!("c{number:03}"), "one"), &[]));
    let gone: Vec<ResourceId> = ids.collect::<Vec<_>>().split_off(before - leaving);
    platform.apply();
    for id in &gone {
        platform.unwant(id);
    }
    (platform, gone)
}

#[test]
fn a_few_deletions_go_unasked() {
    let (platform, gone) = leaving(10, 3);
    let plan = platform.plan();
    assert!(gone.iter().all(|id| is_deletion(steps(&plan, id)[0])));
}

#[test]
fn more_than_the_limit_and_a_tenth_are_held_with_both_numbers() {
    let (platform, gone) = leaving(10, 4);
    let plan = platform.plan();
    assert!(plan.steps.is_empty());
    assert_eq!(held(&plan, &gone[0]), &Held::OverLimit { deletes: 4, allowed: 3 });
}

#[test]
fn many_that_are_few_of_many_go_unasked() {
    let (platform, _) = leaving(60, 4);
    assert_eq!(platform.plan().steps.len(), 4);
}

#[test]
fn the_expected_number_lets_them_go_and_any_other_holds_them() {
    let (mut platform, gone) = leaving(10, 4);
    platform.inputs.expected_deletes = Some(4);
    assert_eq!(platform.plan().steps.len(), 4);
    for wrong in [3, 5] {
        platform.inputs.expected_deletes = Some(wrong);
        let plan = platform.plan();
        assert_eq!(held(&plan, &gone[0]), &Held::OverLimit { deletes: 4, allowed: 3 });
    }
}

#[test]
fn what_holds_data_is_deleted_with_an_approval_only() {
    let mut platform = Platform::new();
    let data = platform.want(&claim("data", "fast"), &[]);
    platform.apply();
    platform.unwant(&data);
    assert_eq!(held(&platform.plan(), &data), &Held::HoldsData);
    platform.approve(&data, ApprovedAction::Delete);
    let plan = platform.plan();
    assert!(is_deletion(steps(&plan, &data)[0]));
    assert!(!steps(&plan, &data)[0].approvals.is_empty(), "the step consumes it");
}

#[test]
fn what_somebody_deleted_already_is_only_struck_from_the_ledger() {
    let (mut platform, gone) = leaving(10, 1);
    platform.live.remove(&gone[0]);
    let plan = platform.plan();
    assert_eq!(steps(&plan, &gone[0])[0].action, Action::Operation(Operation::RecordGone));
}

#[test]
fn another_of_the_same_name_was_never_ours_and_is_left_alone() {
    let (mut platform, gone) = leaving(10, 1);
    platform.recreate(&gone[0]);
    let plan = platform.plan();
    assert_eq!(steps(&plan, &gone[0])[0].action, Action::Operation(Operation::RecordGone));
}

#[test]
fn nothing_is_replaced_unasked() {
    let mut platform = Platform::new();
    let class = platform.want(&storage_class("fast", "one.example.org"), &[]);
    platform.apply();
    platform.want(&storage_class("fast", "two.example.org"), &[]);
    assert_eq!(held(&platform.plan(), &class), &Held::NeedsApproval(ApprovedAction::Replace));
    platform.approve(&class, ApprovedAction::Replace);
    let plan = platform.plan();
    let [delete, create] = steps(&plan, &class)[..] else { panic!("{:?}", plan.steps) };
    let (delete, create) = if is_deletion(delete) { (delete, create) } else { (create, delete) };
    assert!(is_deletion(delete) && create.after.contains(&delete.id));
}

#[test]
fn what_holds_data_is_never_replaced_not_even_with_an_approval() {
    let mut platform = Platform::new();
    let data = platform.want(&claim("data", "fast"), &[]);
    platform.apply();
    platform.want(&claim("data", "slow"), &[]);
    platform.approve(&data, ApprovedAction::Replace);
    platform.approve(&data, ApprovedAction::Delete);
    let plan = platform.plan();
    assert_eq!(held(&plan, &data), &Held::HoldsData);
    assert!(plan.steps.is_empty());
}
