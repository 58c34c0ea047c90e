//! What drift tells.

use crate::story;
use crate::world::*;
use evenkeel_core::engine::id::Uid;
use evenkeel_core::engine::plan::{Held, HeldChange, Plan};
use evenkeel_core::engine::step::{Reason, WriteMode};
use evenkeel_core::engine::verdict::{Cause, Writer};
use evenkeel_core::report::Style;
use evenkeel_core::report::drift::{self, DriftReport};
use evenkeel_core::report::exit::{Exit, of_drift};
use serde_json::json;

fn drifted() -> Plan {
    let affinity = field(
        &["spec", "sessionAffinity"],
        Some("ClientIP".into()),
        Some("None".into()),
        Cause::Drifted(kubectl_edit()),
    );
    let edited =
        field(&["spec", "type"], Some("ClusterIP".into()), Some("NodePort".into()), Cause::SpecEdited);
    let mode = field(&["data", "mode"], None, Some("fast".into()), Cause::Drifted(Writer::Unknown));
    let again = write(
        "kubernetes:ConfigMap/graph/again",
        WriteMode::Create,
        map(&[]),
        Reason::Drifted(Writer::Unknown),
    );
    let mut stateful =
        held("kubernetes:StatefulSet/graph/orders-1", HeldChange::Update, Held::Contested(vec![flux()]));
    stateful.fields =
        vec![field(&["spec", "replicas"], Some(1.into()), Some(3.into()), Cause::Drifted(kubectl_edit()))];
    let steps = vec![
        update("kubernetes:Service/graph/orders-lb", vec![affinity, edited]),
        update("kubernetes:ConfigMap/graph/config", vec![mode]),
        again,
        create("kubernetes:ConfigMap/graph/new"),
    ];
    plan(steps, vec![stateful], vec![])
}

fn report(plan: &Plan) -> DriftReport<'_> {
    DriftReport { plan, now: now(), next: Some("evenkeel plan prod".to_owned()) }
}

#[test]
fn drift_tells_who_and_since_when_and_leaves_out_what_git_changed() {
    story!("drift-tells-who-and-since-when", drift::text(&report(&drifted()), Style::plain()));
}

#[test]
fn only_of_what_holds_data_it_is_told_that_what_it_held_is_gone() {
    let made_again = |address: &str| {
        let because = Reason::Recreated { was: Uid::new("1a2b") };
        let plan = plan(vec![write(address, WriteMode::Adopt, map(&[]), because)], vec![], vec![]);
        drift::text(&report(&plan), Style::plain())
    };
    assert!(made_again("kafka:Topic/main/orders").contains("1a2b was ours, and what it held went with it"));
    let map = made_again("kubernetes:ConfigMap/graph/config");
    assert!(map.contains("1a2b was ours\n"), "{map}");
}

#[test]
fn drift_for_a_forge_stands_in_the_open() {
    let mut plan = drifted();
    plan.unknown = vec![secrets_forbidden()];
    story!("drift-for-a-forge", drift::markdown(&report(&plan)));
}

#[test]
fn drift_for_programs_has_terraforms_shape_and_our_authors() {
    let mut plan = drifted();
    plan.steps.truncate(1);
    let mut json = drift::json(&report(&plan));
    json["evenkeel_version"] = json!("0.0.0");
    story!("drift-for-programs", serde_json::to_string_pretty(&json).expect("writes"));
}

#[test]
fn drift_ends_with_2_whether_it_would_be_healed_or_held() {
    assert_eq!(of_drift(&drifted()), Exit::Pending);
    let mut only_held = drifted();
    only_held.steps.clear();
    assert_eq!(of_drift(&only_held), Exit::Pending);
    let edited = plan(vec![create("kubernetes:ConfigMap/graph/new")], vec![], vec![]);
    assert_eq!(of_drift(&edited), Exit::Done);
    let unread = plan(vec![], vec![], vec![secrets_forbidden()]);
    assert_eq!(of_drift(&unread), Exit::Unreadable);
    let nothing = DriftReport { plan: &edited, now: now(), next: None };
    assert_eq!(
        drift::text(&nothing, Style::plain()),
        "prod, none of 214 resources drifted. Checked 0.4 s ago.\n"
    );
}
