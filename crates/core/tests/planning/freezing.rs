//! What is held holds what depends on it, and nothing else.

use crate::platform::{Platform, config_map, held, id, is_deletion, steps, why};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::Held;
use evenkeel_core::engine::question::{Scope, Trouble};

/// Two objects that were applied, of which the second needs the first.
fn used_and_user() -> (Platform, ResourceId, ResourceId) {
    let mut platform = Platform::new();
    let used = platform.want(&config_map("used", "one"), &[]);
    let needing = platform.want(&config_map("user", "one"), &["ConfigMap/graph/used"]);
    platform.apply();
    (platform, used, needing)
}

#[test]
fn what_needs_something_unreadable_waits_and_so_does_what_needs_that() {
    let mut platform = Platform::new();
    let mut secret = config_map("base", "one");
    secret["kind"] = "Secret".into();
    secret["data"] = serde_json::json!({});
    let base = platform.want(&secret, &[]);
    let middle = platform.want(&config_map("middle", "one"), &["Secret/graph/base"]);
    let top = platform.want(&config_map("top", "one"), &["ConfigMap/graph/middle"]);
    let aside = platform.want(&config_map("aside", "one"), &[]);
    platform.unreadable.insert(Scope::of(&base), why(Trouble::Forbidden));
    let plan = platform.plan();
    assert_eq!(held(&plan, &middle), &Held::WaitsFor(vec![base]));
    assert_eq!(held(&plan, &top), &Held::WaitsFor(vec![middle]));
    assert_eq!(steps(&plan, &aside).len(), 1, "what does not depend on it goes on");
}

#[test]
fn what_waits_names_everything_that_it_waits_for() {
    let mut platform = Platform::new();
    let first = platform.want(&config_map("first", "one"), &[]);
    let second = platform.want(&config_map("second", "one"), &["ConfigMap/graph/first"]);
    let needs = ["ConfigMap/graph/first", "ConfigMap/graph/second"];
    let third = platform.want(&config_map("third", "one"), &needs);
    platform.inputs.blocked.insert(first.clone(), "left in doubt".to_owned());
    let plan = platform.plan();
    assert_eq!(held(&plan, &third), &Held::WaitsFor(vec![first, second]));
}

#[test]
fn a_contested_resource_does_its_work_so_nothing_waits_for_it() {
    let mut platform = Platform::new();
    let contested = platform.want(&config_map("contested", "one"), &[]);
    platform.apply();
    platform.write(&contested, "some-operator", "other");
    let keeper = platform.want(&config_map("user", "one"), &["ConfigMap/graph/contested"]);
    let plan = platform.plan();
    assert!(matches!(held(&plan, &contested), Held::Contested(by) if &*by[0].name == "some-operator"));
    assert_eq!(steps(&plan, &keeper).len(), 1);
}

#[test]
fn a_hand_edit_is_healed() {
    let mut platform = Platform::new();
    let a = platform.want(&config_map("a", "one"), &[]);
    platform.apply();
    platform.write(&a, "kubectl-edit", "other");
    let plan = platform.plan();
    assert_eq!(&*steps(&plan, &a)[0].takes_over[0].manager, "kubectl-edit");
}

#[test]
fn deletions_go_in_the_reverse_order_of_what_the_ledger_says_was_needed() {
    let (mut platform, used, keeper) = used_and_user();
    platform.unwant(&used);
    platform.unwant(&keeper);
    let plan = platform.plan();
    let (used, keeper) = (steps(&plan, &used)[0], steps(&plan, &keeper)[0]);
    assert!(is_deletion(used) && is_deletion(keeper));
    assert!(used.after.contains(&keeper.id), "the keeper goes first");
    assert!(keeper.after.is_empty());
}

#[test]
fn what_a_held_resource_still_uses_is_not_deleted() {
    let (mut platform, used, keeper) = used_and_user();
    platform.unwant(&used);
    // Git lets go of it, but the keeper cannot be brought to that: it is contested, so it stays as it was applied.
    platform.want(&config_map("user", "two"), &[]);
    platform.write(&keeper, "some-operator", "other");
    let plan = platform.plan();
    assert!(matches!(held(&plan, &keeper), Held::Contested(_)));
    assert_eq!(held(&plan, &used), &Held::WaitsFor(vec![keeper]));
}

#[test]
fn what_a_user_lets_go_of_is_deleted_after_that_user_was_changed() {
    let (mut platform, used, keeper) = used_and_user();
    platform.unwant(&used);
    platform.want(&config_map("user", "two"), &[]);
    let plan = platform.plan();
    assert!(steps(&plan, &used)[0].after.contains(&steps(&plan, &keeper)[0].id));
}

#[test]
fn a_long_chain_is_held_to_its_end() {
    let mut platform = Platform::new();
    let first = platform.want(&config_map("c0000", "one"), &[]);
    for number in 1..2000 {
        let need = format!("ConfigMap/graph/c{:04}", number - 1);
        platform.want(&config_map(&format!("c{number:04}"), "one"), &[&need]);
    }
    platform.inputs.blocked.insert(first, "left in doubt".to_owned());
    let plan = platform.plan();
    assert_eq!(plan.held.len(), 2000);
    let last = held(&plan, &id("ConfigMap/graph/c1999"));
    assert_eq!(last, &Held::WaitsFor(vec![id("ConfigMap/graph/c1998")]));
}
