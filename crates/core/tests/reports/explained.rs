//! What `explain ADDRESS` tells.

use crate::story;
use crate::world::*;
use evenkeel_core::engine::ledger::Row;
use evenkeel_core::engine::plan::{Held, HeldChange, Plan};
use evenkeel_core::engine::step::{Risk, Step};
use evenkeel_core::engine::verdict::{Cause, Writer};
use evenkeel_core::report::Style;
use evenkeel_core::report::explain::{ExplainReport, json, text};

const GIT: [&str; 4] = [
    "kubernetes:Namespace/graph",
    "kubernetes:ConfigMap/graph/config",
    "kubernetes:Deployment/graph/web",
    "kubernetes:Secret/graph/auth",
];

fn explained(subject: &str, plan: &Plan, row: Option<&Row>) -> String {
    let (desired, subject) = (desired(&GIT), address(subject));
    let report = ExplainReport { address: &subject, plan, desired: &desired, row, now: now() };
    text(&report, Style::plain())
}

#[test]
fn a_resource_says_whose_it_is_what_is_planned_and_what_holds_it() {
    let edited =
        field(&["data", "mode"], Some("slow".into()), Some("fast".into()), Cause::Drifted(kubectl_edit()));
    let update = Step { risk: Risk::Restart, ..update("kubernetes:ConfigMap/graph/config", vec![edited]) };
    let mut contested =
        held("kubernetes:Deployment/graph/web", HeldChange::Update, Held::Contested(vec![flux()]));
    contested.fields = vec![field(
        &["spec", "replicas"],
        Some(5.into()),
        Some(3.into()),
        Cause::Contested(Writer::Manager(flux())),
    )];
    let gone = held("kubernetes:PersistentVolumeClaim/graph/data", HeldChange::Delete, Held::HoldsData);
    let plan = plan(vec![update], vec![contested, gone], vec![secrets_forbidden()]);
    let all = [
        explained("kubernetes:ConfigMap/graph/config", &plan, Some(&row())),
        explained("kubernetes:Deployment/graph/web", &plan, Some(&row())),
        explained("kubernetes:PersistentVolumeClaim/graph/data", &plan, Some(&row())),
        explained("kubernetes:Secret/graph/auth", &plan, None),
        explained("kubernetes:Namespace/graph", &plan, Some(&row())),
        explained("kubernetes:Service/other/theirs", &plan, None),
    ];
    story!("resources-explained", all.join("\n"));
}

#[test]
fn a_resource_explained_to_programs_has_the_same_facts() {
    let held = held("kubernetes:ConfigMap/graph/config", HeldChange::Update, Held::NotOwned);
    let (plan, desired) = (plan(vec![], vec![held], vec![]), desired(&GIT));
    let subject = address("kubernetes:ConfigMap/graph/config");
    let report = ExplainReport { address: &subject, plan: &plan, desired: &desired, row: None, now: now() };
    story!("a-resource-explained-to-programs", serde_json::to_string_pretty(&json(&report)).expect("writes"));
}
