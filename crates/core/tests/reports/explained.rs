//! What `explain ADDRESS` tells.

use crate::story;
use crate::world::*;
use evenkeel_core::engine::id::{StepId, Uid};
use evenkeel_core::engine::journal::StepKey;
use evenkeel_core::engine::ledger::{Awaited, OpenApply, Row};
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::plan::{Held, HeldChange, Plan};
use evenkeel_core::engine::question::{Answer, Body, Seen};
use evenkeel_core::engine::step::{Condition, Gate, Readiness, Risk, Step};
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::verdict::{Cause, Writer};
use evenkeel_core::report::Style;
use evenkeel_core::report::explain::{self, Course, ExplainReport, text};
use evenkeel_core::resources::Glimpse;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

const GIT: [&str; 4] = [
    "kubernetes:Namespace/graph",
    "kubernetes:ConfigMap/graph/config",
    "kubernetes:Deployment/graph/web",
    "kubernetes:Secret/graph/auth",
];

fn explained(subject: &str, plan: &Plan, row: Option<&Row>) -> String {
    let (desired, subject) = (desired(&GIT), address(subject));
    let course = Course::default();
    let report = ExplainReport {
        address: &subject,
        plan,
        desired: &desired,
        row,
        foreign: Vec::new(),
        managers: Vec::new(),
        glimpse: None,
        course,
        now: now(),
    };
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
    let course = Course::default();
    let report = ExplainReport {
        address: &subject,
        plan: &plan,
        desired: &desired,
        row: None,
        foreign: Vec::new(),
        managers: Vec::new(),
        glimpse: None,
        course,
        now: now(),
    };
    story!(
        "a-resource-explained-to-programs",
        serde_json::to_string_pretty(&explain::json(&report)).expect("writes")
    );
}

#[test]
fn a_resource_that_an_apply_is_at_work_on_says_what_it_waits_for_and_how_to_stop() {
    let (plan, desired) = (plan(vec![], vec![], vec![]), desired(&GIT));
    let subject = address("kubernetes:Deployment/graph/web");
    let key = StepKey { apply: "apply-1".into(), step: StepId::new("step-1") };
    let condition = Condition::Ready(subject.clone());
    let gate = Gate { condition, patience: Duration::from_secs(1800), stable_for: Duration::ZERO };
    let awaited = Awaited { by: key, gate, needs: Vec::new() };
    let apply = OpenApply {
        apply: "apply-1".into(),
        tree: plan.tree.clone(),
        plan: plan.id.clone(),
        steps: 6,
        agreed: Vec::new(),
    };
    let now_seen = Readiness::Waiting("2 of 3 replicas are ready".to_owned());
    let now_seen = Some((now_seen, time("2026-11-21T02:29:59.5Z")));
    let course = Course { apply: Some(&apply), open: None, awaited: Some(&awaited), now: now_seen };
    let (plan, desired, address) = (&plan, &desired, &subject);
    let row = row();
    let report = ExplainReport {
        address,
        plan,
        desired,
        row: Some(&row),
        foreign: Vec::new(),
        managers: Vec::new(),
        glimpse: None,
        course,
        now: now(),
    };
    story!("a-resource-that-waits", text(&report, Style::plain()));
}

#[test]
fn settings_that_others_set_are_told_beside_what_git_says() {
    let (plan, desired) = (plan(vec![], vec![], vec![]), desired(&GIT));
    let subject = address("kafka:Topic/main/orders");
    let foreign = vec![
        (Path::of(&["config", "retention.ms"]), Value::from("5")),
        (Path::of(&["config", "segment.ms"]), Value::from("10")),
    ];
    let (plan, desired, address, row) = (&plan, &desired, &subject, row());
    let course = Course::default();
    let report = ExplainReport {
        address,
        plan,
        desired,
        row: Some(&row),
        foreign,
        managers: Vec::new(),
        glimpse: None,
        course,
        now: now(),
    };
    story!("a-resource-with-settings-of-others", text(&report, Style::plain()));
}

#[test]
fn what_neither_git_nor_the_ledger_has_says_itself_whose_it_is() {
    let (plan, desired) = (plan(vec![], vec![], vec![]), desired(&GIT));
    let told = |subject: &str, answer: &Answer| {
        let (address, glimpse) = (&address(subject), Glimpse::of(answer));
        let (plan, desired, course) = (&plan, &desired, Course::default());
        let report = ExplainReport {
            address,
            plan,
            desired,
            row: None,
            foreign: Vec::new(),
            managers: Vec::new(),
            glimpse,
            course,
            now: now(),
        };
        text(&report, Style::plain())
    };
    let seen = |subject: &str, metadata: Json| {
        let body = Value::deserialize(json!({"metadata": metadata})).expect("a value");
        let (id, body) = (address(subject), Body::Whole(Arc::new(body)));
        Answer::Seen(Seen { id, uid: Uid::new("0f2c"), version: "1".into(), body })
    };
    let (service, pod, topic) =
        ("kubernetes:Service/graph/theirs", "kubernetes:Pod/graph/web-0", "kafka:Topic/main/theirs");
    let written =
        json!([{"manager": "helm", "operation": "Update", "time": "2026-11-20T02:30:00Z", "fieldsV1": {}}]);
    let helm = json!({"annotations": {"meta.helm.sh/release-name": "orders"}, "managedFields": written});
    let owned = json!({"ownerReferences": [{"kind": "StatefulSet", "name": "web", "controller": true}]});
    let other = json!({"labels": {"evenkeel.dev/environment": "staging"}});
    let all = [
        told(service, &seen(service, helm)),
        told(pod, &seen(pod, owned)),
        told(service, &seen(service, other)),
        told(topic, &seen(topic, json!({}))),
        told(service, &Answer::NotFound),
        told(service, &Answer::Unreadable(secrets_forbidden().why)),
    ];
    story!("strangers-explained", all.join("\n"));
}
