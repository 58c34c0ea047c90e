//! Secrets whose source cannot be read: what is there stays, is told, and is never taken for what Git wants.

use crate::platform::{NOW, Platform, config_map, held_resource, steps};
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::{Held, HeldChange};
use evenkeel_core::engine::question::{Body, Trouble};
use evenkeel_core::engine::value::{Map, SecretRef, SecretSource, Value};
use evenkeel_core::engine::verdict::Cause;
use evenkeel_core::report::exit::{self, Exit, PendingChanges};
use evenkeel_core::report::plan::{self, Counts, PlanReport};
use evenkeel_core::report::style::Style;
use serde_json::json;
use std::sync::Arc;

fn source() -> SecretSource {
    SecretSource::FromEnv("PASSWORD".to_owned())
}

/// A Secret whose only key comes from a variable, and a configuration that needs it.
fn platform() -> (Platform, ResourceId, ResourceId) {
    let mut platform = Platform::new();
    let secret = platform.want(
        &json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "auth", "namespace": "graph"}}),
        &[],
    );
    let wanted = platform.inputs.desired.resources.get_mut(&secret).expect("just wanted");
    let reference = Value::from(SecretRef { source: source(), digest: None });
    let data = Value::Map(Map::from([("password".to_owned(), reference)]));
    Arc::make_mut(&mut wanted.config).as_map_mut().expect("a map").insert("data".to_owned(), data);
    let user = platform.want(&config_map("user", "one"), &["Secret/graph/auth"]);
    (platform, secret, user)
}

#[test]
fn what_is_as_it_was_left_is_told_as_not_compared_and_the_rest_goes_on() {
    let (mut platform, secret, user) = platform();
    platform.apply();
    platform.unset.insert(source());
    platform.want(&config_map("user", "two"), &["Secret/graph/auth"]);
    let plan = platform.plan();
    let held = held_resource(&plan, &secret);
    assert!(matches!(&held.held, Held::SecretUnread(why) if why.trouble == Trouble::NoSource));
    assert_eq!(held.change, HeldChange::Unknown);
    assert_eq!(steps(&plan, &user).len(), 1);
    assert_eq!(exit::of_plan(&plan, PendingChanges::Silent), Exit::Unreadable);
    assert_eq!(exit::of_drift(&plan), Exit::Unreadable);
    let report = PlanReport { plan: &plan, desired: None, now: NOW, systems: 1, next: None, offline: None };
    let text = plan::text(&report, Style::plain());
    assert!(text.contains("Not compared\n  ? kubernetes:Secret/graph/auth\n"), "{text}");
    assert!(text.contains("environment variable PASSWORD is not set. It keeps what it has."), "{text}");
}

#[test]
fn a_plan_with_an_unread_secret_never_says_that_live_matches_git() {
    let (mut platform, _secret, _user) = platform();
    platform.apply();
    assert!(Counts::of(&platform.plan()).matches());
    platform.unset.insert(source());
    assert!(!Counts::of(&platform.plan()).matches());
}

#[test]
fn what_somebody_changed_is_drift_and_stays_until_its_source_is_there() {
    let (mut platform, secret, _user) = platform();
    platform.apply();
    let seen = platform.live.get_mut(&secret).expect("applied");
    let Body::Whole(body) = &mut seen.body else { panic!("bodies are whole") };
    let data = Arc::make_mut(body).as_map_mut().and_then(|body| body.get_mut("data")).expect("data");
    let tampered = Value::Opaque(DigestKey::new([1; 32]).digest(b"tampered"));
    data.as_map_mut().expect("a map").insert("password".to_owned(), tampered);
    let healed = platform.plan();
    assert_eq!(steps(&healed, &secret).len(), 1);
    platform.unset.insert(source());
    let plan = platform.plan();
    let held = held_resource(&plan, &secret);
    assert_eq!(held.change, HeldChange::Update);
    assert!(matches!(held.fields[0].cause, Cause::Drifted(_)), "{held:?}");
    assert!(steps(&plan, &secret).is_empty());
    assert_eq!(exit::of_plan(&plan, PendingChanges::Silent), Exit::Unreadable);
}

#[test]
fn what_is_not_there_is_not_planned_without_its_secret_and_nor_is_what_needs_it() {
    let (mut platform, secret, user) = platform();
    platform.unset.insert(source());
    let plan = platform.plan();
    assert_eq!(held_resource(&plan, &secret).change, HeldChange::Create);
    assert_eq!(held_resource(&plan, &user).held, Held::WaitsFor(vec![secret]));
    assert!(plan.steps.is_empty());
    assert_eq!(exit::of_plan(&plan, PendingChanges::Silent), Exit::Unreadable);
}
