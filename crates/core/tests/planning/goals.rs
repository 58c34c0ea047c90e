//! Plans that lead elsewhere than to what Git says: an environment that is taken down, something that is let go of.

use crate::denials::{NO_DELETIONS, policies};
use crate::platform::{Platform, claim, config_map, held, is_deletion, steps, why};
use evenkeel_core::engine::id::{ResourceId, TreeHash, Uid};
use evenkeel_core::engine::plan::inputs::History;
use evenkeel_core::engine::plan::{Goal, Held, HeldChange, Plan, Unforgettable, Ungivable};
use evenkeel_core::engine::question::{Scope, Trouble};
use evenkeel_core::engine::step::{Action, Operation, Reason, Risk};
use evenkeel_core::engine::wanted::ApprovedAction;
use evenkeel_core::report::Exit;
use evenkeel_core::report::exit::{PendingChanges, of_plan};
use evenkeel_core::resources::kubernetes::MARKER;
use serde_json::json;
use std::collections::BTreeSet;

/// Ten others things and a claim, all applied, and all still in Git.
fn applied() -> (Platform, Vec<ResourceId>, ResourceId) {
    let mut platform = Platform::new();
    let others = (0..10).map(|number| platform.want(&config_map(&format!("c{number}"), "one"), &[]));
    let others: Vec<ResourceId> = others.collect();
    let data = platform.want(&claim("data", "fast"), &[]);
    platform.apply();
    (platform, others, data)
}

fn toward(platform: &mut Platform, goal: Goal) -> Plan {
    platform.inputs = platform.inputs.clone().leading_to(goal);
    platform.plan()
}

fn destroy(data: &[&ResourceId]) -> Goal {
    Goal::Destroy { data: data.iter().map(|id| (*id).clone()).collect() }
}

fn forget(address: &ResourceId) -> Goal {
    Goal::Forget { addresses: BTreeSet::from([address.clone()]) }
}

#[test]
fn an_environment_that_is_taken_down_loses_everything_but_what_holds_data() {
    let (mut platform, others, data) = applied();
    let plan = toward(&mut platform, destroy(&[]));
    assert!(
        others.iter().all(|id| is_deletion(steps(&plan, id)[0])),
        "many deletions are what was asked for"
    );
    assert!(others.iter().all(|id| steps(&plan, id)[0].because == Reason::TakenDown));
    assert_eq!(held(&plan, &data), &Held::HoldsData);
}

#[test]
fn what_holds_data_goes_with_the_environment_if_it_is_named_or_approved() {
    let (mut platform, _, data) = applied();
    let plan = toward(&mut platform.clone_inputs(), destroy(&[&data]));
    assert!(is_deletion(steps(&plan, &data)[0]));
    assert_eq!(steps(&plan, &data)[0].risk, Risk::DataLoss);
    platform.approve(&data, ApprovedAction::Delete);
    let plan = toward(&mut platform, destroy(&[]));
    assert_eq!(steps(&plan, &data)[0].approvals.len(), 1);
}

#[test]
fn what_kept_data_uses_is_kept_as_well() {
    let mut platform = Platform::new();
    let class = platform.want(&crate::platform::storage_class("fast", "nobody"), &[]);
    let data = platform.want(&claim("data", "fast"), &["StorageClass/fast"]);
    platform.apply();
    let plan = toward(&mut platform, destroy(&[]));
    assert_eq!(held(&plan, &class), &Held::WaitsFor(vec![data]));
}

#[test]
fn deletions_of_an_environment_run_in_reverse() {
    let mut platform = Platform::new();
    let base = platform.want(&config_map("base", "one"), &[]);
    let user = platform.want(&config_map("user", "one"), &["ConfigMap/graph/base"]);
    platform.apply();
    let plan = toward(&mut platform, destroy(&[]));
    assert!(steps(&plan, &base)[0].after.contains(&steps(&plan, &user)[0].id));
}

#[test]
fn what_a_policy_forbids_to_delete_stays_when_the_environment_goes() {
    let mut platform = Platform::new();
    let old = platform.want(&config_map("allowed", "old"), &[]);
    let new = platform.want(&config_map("denied", "new"), &[]);
    platform.apply();
    platform.inputs.policies = policies(&[NO_DELETIONS]);
    let plan = toward(&mut platform, destroy(&[]));
    assert!(matches!(held(&plan, &new), Held::Denied(_)));
    assert!(is_deletion(steps(&plan, &old)[0]));
}

#[test]
fn a_lost_ledger_is_not_taken_for_an_environment_of_nothing() {
    let (mut platform, maps, data) = applied();
    let not_there = platform.want(&config_map("new", "one"), &[]);
    platform.unwant(&maps[0]);
    platform.inputs.history = History::Never;
    let plan = toward(&mut platform, destroy(&[&data]));
    assert!(plan.steps.is_empty());
    for id in maps.iter().chain([&data]) {
        let Held::Unreadable(why) = held(&plan, id) else { panic!("{:?}", plan.held) };
        assert_eq!(why.trouble, Trouble::LedgerLost);
    }
    assert!(plan.held.iter().all(|held| held.address != not_there), "it was never made");
    assert_eq!(of_plan(&plan, PendingChanges::Silent), Exit::Unreadable);
}

#[test]
fn where_nothing_was_ever_applied_nothing_is_taken_down() {
    let (mut platform, maps, data) = applied();
    platform.live.clear();
    platform.inputs.history = History::Never;
    let plan = toward(&mut platform.clone_inputs(), destroy(&[]));
    assert!(plan.steps.is_empty() && plan.held.is_empty());
    platform.unreadable.insert(Scope::of(&data), why(Trouble::Unavailable));
    let plan = toward(&mut platform, destroy(&[]));
    assert!(matches!(held(&plan, &data), Held::Unreadable(_)), "what nobody can see may be there");
    assert!(plan.held.iter().all(|held| !maps.contains(&held.address)));
}

#[test]
fn what_another_environment_has_by_now_or_nobody_can_see_is_not_taken_down() {
    let (mut platform, maps, data) = applied();
    platform.mark(&maps[0], "another");
    platform.unreadable.insert(Scope::of(&data), why(Trouble::Unavailable));
    let plan = toward(&mut platform, destroy(&[&data]));
    assert!(matches!(held(&plan, &maps[0]), Held::Foreign(_)));
    assert!(matches!(held(&plan, &data), Held::Unreadable(_)));
    assert!(is_deletion(steps(&plan, &maps[1])[0]));
}

#[test]
fn an_environment_is_taken_down_inside_its_windows_only() {
    let (mut platform, maps, _) = applied();
    platform.inputs.desired.windows = crate::platform::closed();
    let plan = toward(&mut platform, destroy(&[]));
    assert!(plan.steps.is_empty());
    assert!(matches!(held(&plan, &maps[0]), Held::OutsideWindow { .. }));
    assert_eq!(plan.waiting.len(), maps.len());
}

#[test]
fn a_destruction_is_continued_by_a_destruction_only() {
    let (platform, _, data) = applied();
    let tree = &platform.inputs.desired.tree;
    let trees = [Goal::Converge.tree(tree), destroy(&[]).tree(tree), forget(&data).tree(tree)];
    assert_eq!(BTreeSet::from(trees).len(), 3);
}

#[test]
fn what_is_forgotten_loses_our_marker_and_record_and_nothing_else_is_looked_at() {
    let (mut platform, others, data) = applied();
    let plan = toward(&mut platform, forget(&data));
    assert_eq!(plan.steps.len(), 1, "{others:?} stay ours");
    let Action::Operation(Operation::Release { environment, left }) = &plan.steps[0].action else {
        panic!("{:?}", plan.steps)
    };
    assert_eq!(environment.as_str(), "prod");
    assert_eq!(left.places[0].0.to_string(), format!("metadata.labels[\"{MARKER}\"]"));
    assert_eq!(left.places[1].0.to_string(), "metadata.managedFields[manager=evenkeel,operation=Apply]");
    assert!(left.places.iter().all(|(_, hash)| hash.is_none()), "neither is left");
    assert_eq!(plan.steps[0].risk, Risk::None);
}

#[test]
fn what_is_gone_or_somebody_elses_by_now_is_forgotten_by_the_ledger_alone() {
    let (mut platform, others, _) = applied();
    platform.live.remove(&others[0]);
    platform.live.get_mut(&others[1]).expect("it is there").uid = Uid::new("another");
    for id in &others[..2] {
        let plan = toward(&mut platform.clone_inputs(), forget(id));
        assert_eq!(plan.steps[0].action, Action::Operation(Operation::RecordGone));
    }
}

#[test]
fn what_nobody_can_look_at_is_forgotten_only_if_git_no_longer_says_whom_to_ask() {
    let (mut platform, _, data) = applied();
    platform.unreadable.insert(Scope::of(&data), why(Trouble::Unavailable));
    let plan = toward(&mut platform.clone_inputs(), forget(&data));
    assert!(matches!(held(&plan, &data), Held::Unreadable(_)));
    platform.unreadable.insert(Scope::of(&data), why(Trouble::NotConfigured));
    let plan = toward(&mut platform.clone_inputs(), forget(&data));
    assert_eq!(plan.steps[0].action, Action::Operation(Operation::RecordUnseen));
    let plan = toward(&mut platform, destroy(&[&data]));
    assert!(matches!(held(&plan, &data), Held::Unreadable(_)), "it was not named to be forgotten");
}

/// Denies to let go of anything.
const NOTHING_IS_FORGOTTEN: (&str, &str) = (
    "nothing-is-forgotten",
    r#"{match: {actions: [forget]}, deny: "change.before.data.text == 'one'", message: "{change.name} stays ours",
  tests: [{name: one, given: {change: {action: forget}, object: {apiVersion: v1, kind: ConfigMap, data: {text: one}}}, expect: denied},
          {name: two, given: {change: {action: forget}, object: {apiVersion: v1, kind: ConfigMap, data: {text: two}}}, expect: allowed}]}"#,
);

#[test]
fn a_policy_that_names_forgetting_judges_it_and_an_approval_lifts_it_once() {
    let (mut platform, others, _) = applied();
    platform.unwant(&others[0]);
    platform.inputs.policies = policies(&[NOTHING_IS_FORGOTTEN]);
    let plan = toward(&mut platform.clone_inputs(), forget(&others[0]));
    let Held::Denied(denials) = held(&plan, &others[0]) else { panic!("denied: {plan:?}") };
    assert_eq!((&*denials[0].policy, &*denials[0].message), ("nothing-is-forgotten", "c0 stays ours"));
    assert_eq!(plan.held[0].change, HeldChange::Forget);
    assert!(plan.steps.is_empty());
    assert_eq!(of_plan(&plan, PendingChanges::Silent), Exit::Denied);
    platform.approve(&others[0], ApprovedAction::Exempt).policy = Some("nothing-is-forgotten".into());
    let plan = toward(&mut platform, forget(&others[0]));
    assert_eq!(steps(&plan, &others[0])[0].approvals.len(), 1);
}

#[test]
fn a_policy_that_names_no_actions_lets_what_changes_no_value_be_forgotten() {
    let (mut platform, others, _) = applied();
    platform.unwant(&others[0]);
    let nothing_at_all = (
        "nothing-at-all",
        r#"{deny: "change.name == 'c0'", message: "{change.name} stays",
  tests: [{name: it, given: {object: {apiVersion: v1, kind: ConfigMap, metadata: {name: c0}}}, expect: denied},
          {name: other, given: {object: {apiVersion: v1, kind: ConfigMap, metadata: {name: c1}}}, expect: allowed}]}"#,
    );
    platform.inputs.policies = policies(&[nothing_at_all]);
    let plan = toward(&mut platform.clone_inputs(), forget(&others[0]));
    assert_eq!(steps(&plan, &others[0]).len(), 1);
    let plan = platform.plan();
    assert!(matches!(held(&plan, &others[0]), Held::Denied(_)), "to delete it changes everything");
}

#[test]
fn what_is_not_ours_or_still_in_git_cannot_be_forgotten() {
    let (mut platform, others, _) = applied();
    let stranger = "kubernetes:ConfigMap/graph/stranger".parse().expect("an address");
    let check = |platform: &Platform, id: &ResourceId| platform.inputs.check_forgettable(id, None);
    assert_eq!(check(&platform, &stranger), Err(Unforgettable::NotOurs));
    assert!(matches!(check(&platform, &others[0]), Err(Unforgettable::InGit(_))));
    platform.unwant(&others[0]);
    assert_eq!(check(&platform, &others[0]), Ok(()));
    let begun = forget(&stranger).tree(&platform.inputs.desired.tree);
    assert_eq!(
        platform.inputs.check_forgettable(&stranger, Some(&begun)),
        Ok(()),
        "it was killed after letting go"
    );
}

#[test]
fn an_address_without_a_namespace_in_git_is_found_by_the_one_that_the_ledger_has() {
    let mut platform = Platform::new();
    let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {}});
    platform.want(&manifest, &[]);
    let (here, elsewhere) = ("kubernetes:ConfigMap/default/a", "kubernetes:ConfigMap/graph/a");
    let is_wanted =
        |address: &str| platform.inputs.wanted_at(&address.parse().expect("an address")).is_some();
    assert!(is_wanted(here));
    assert!(!is_wanted(elsewhere));
}

#[test]
fn data_is_given_up_by_who_names_what_is_ours_and_holds_some_with_all_that_it_takes_along() {
    let mut platform = Platform::new();
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "graph"}});
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "graph"}});
    let config = platform.want(&config_map("a", "text"), &[]);
    let (namespace, claim) = (platform.want(&namespace, &[]), platform.want(&claim, &[]));
    platform.apply();
    let check = |data: &[&ResourceId], begun: Option<&TreeHash>, keeps_state: bool| {
        let data: BTreeSet<ResourceId> = data.iter().map(|id| (*id).clone()).collect();
        let checked = platform.inputs.check_given_up(&data, begun, |_| keeps_state);
        checked.map(|along| along.into_iter().cloned().collect::<Vec<_>>())
    };
    assert_eq!(check(&[&claim], None, false), Ok(vec![]));
    assert_eq!(check(&[&config], None, false), Err(Ungivable::HoldsNone(config.clone())));
    let along = Ungivable::TakesAlong { namespace: namespace.clone(), unnamed: Box::new(claim.clone()) };
    assert_eq!(check(&[&namespace], None, false), Err(along));
    assert_eq!(check(&[&namespace, &claim], None, false), Ok(vec![namespace.clone()]));
    assert_eq!(check(&[&namespace, &claim], None, true), Err(Ungivable::HoldsState(namespace.clone())));
    let stranger: ResourceId = "kubernetes:PersistentVolumeClaim/graph/other".parse().expect("an address");
    assert_eq!(check(&[&stranger], None, false), Err(Ungivable::NotOurs(stranger.clone())));
    let begun = destroy(&[&stranger]).tree(&platform.inputs.desired.tree);
    assert_eq!(check(&[&stranger], Some(&begun), false), Ok(vec![]), "a killed destruction took it");
}
