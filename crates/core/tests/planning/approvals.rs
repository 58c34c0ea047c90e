//! An approval lifts one hold, once, for one incarnation, until it expires.

use crate::platform::{NOW, Platform, claim, held, steps};
use evenkeel_core::engine::id::{ResourceId, Uid};
use evenkeel_core::engine::plan::Held;
use evenkeel_core::engine::wanted::ApprovedAction;

/// A claim that is ours and no longer wanted: it goes with an approval only.
fn leaving() -> (Platform, ResourceId) {
    let mut platform = Platform::new();
    let data = platform.want(&claim("data", "fast"), &[]);
    platform.apply();
    platform.unwant(&data);
    (platform, data)
}

#[test]
fn an_expired_approval_does_not_count() {
    let (mut platform, data) = leaving();
    platform.approve(&data, ApprovedAction::Delete).until = NOW;
    assert_eq!(held(&platform.plan(), &data), &Held::HoldsData);
}

#[test]
fn a_consumed_approval_does_not_count_again() {
    let (mut platform, data) = leaving();
    let used = platform.approve(&data, ApprovedAction::Delete).fingerprint();
    platform.ledger().consumed.insert(used);
    assert_eq!(held(&platform.plan(), &data), &Held::HoldsData);
}

#[test]
fn an_approval_for_another_incarnation_does_not_count() {
    let (mut platform, data) = leaving();
    platform.approve(&data, ApprovedAction::Delete).uid = Some(Uid::new("another"));
    assert_eq!(held(&platform.plan(), &data), &Held::HoldsData);
    platform.approve(&data, ApprovedAction::Delete).uid = Some(Uid::new("uid of data"));
    assert_eq!(steps(&platform.plan(), &data).len(), 1);
}

#[test]
fn an_approval_for_another_action_does_not_count() {
    let (mut platform, data) = leaving();
    platform.approve(&data, ApprovedAction::LoseData);
    assert_eq!(held(&platform.plan(), &data), &Held::HoldsData);
}

#[test]
fn an_approval_without_a_namespace_means_the_connections_own_as_a_manifest_does() {
    let (mut platform, data) = leaving();
    let graph = data.namespace.clone().expect("a claim lives in a namespace");
    platform.approve(&data, ApprovedAction::Delete).address.namespace = None;
    assert_eq!(held(&platform.plan(), &data), &Held::HoldsData, "it means the namespace `default`");
    platform.inputs.default_namespaces.insert(data.connection.clone(), graph);
    assert_eq!(steps(&platform.plan(), &data).len(), 1);
}
