//! Topics, rights, users and connectors, which carry no mark of whose they are: what may be lost, what is taken over, and
//! what a deletion takes along.

use crate::platform::{Platform, held, steps};
use evenkeel_core::diagnostic::Location;
use evenkeel_core::engine::id::{ResourceId, System, Uid};
use evenkeel_core::engine::plan::Held;
use evenkeel_core::engine::question::{ApiVersion, Body, Seen};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::wanted::{ApprovedAction, Wanted};
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
