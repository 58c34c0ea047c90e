//! Policies over documents: what is denied of one holds the changes that it is about, and nothing else.

use crate::denials::policies;
use crate::platform::{NOW, Platform, config_map, held, id, steps};
use evenkeel_core::documents::{Repository, SourceFile, Specs};
use evenkeel_core::engine::plan::{Held, Plan};
use evenkeel_core::engine::policy::Policies;
use evenkeel_core::engine::stated::{Standing, Stated, StatedKind};
use evenkeel_core::engine::wanted::{Approval, ApprovedAction};
use jiff::ToSpan;

const HOME: &str = "environments/prod/environment.yaml";
const ENVIRONMENT: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  sandbox: {seed: 1}\n";
const SYSTEMS: &str = "environments/prod/systems.yaml";

fn workers(url: &str) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\nmetadata: {{name: main}}\nspec: {{url: \"{url}\", kafkaCluster: main}}\n---\n\
         apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\nspec: {{bootstrap: [\"localhost:9092\"]}}\n"
    )
}

fn repository(systems: &str) -> Repository {
    let files = [(HOME, ENVIRONMENT), (SYSTEMS, systems)];
    let files = files.map(|(path, text)| SourceFile { path: path.into(), bytes: text.as_bytes().to_vec() });
    Repository::read(&files).0
}

fn specs(repository: &Repository) -> Specs {
    repository.specs(&repository.find("prod").expect("prod")).expect("sound")
}

fn called(documents: &[Stated]) -> Vec<(String, Standing)> {
    documents.iter().map(|stated| (stated.called(), stated.standing)).collect()
}

/// A rule over documents of one kind, tested with what it denies and what it allows.
fn rule(kind: &str, deny: &str, (denied, allowed): (&str, &str)) -> Policies {
    let given =
        |given: &str| format!("{{document: {{apiVersion: a/v1, kind: {kind}, {given}}}, hoursLeft: 500}}");
    let spec = format!(
        "{{over: documents, match: {{kinds: [{kind}]}}, deny: \"{deny}\", message: \"no\",\n  \
         tests: [{{name: denied, given: {}, expect: denied}}, {{name: allowed, given: {}, expect: allowed}}]}}",
        given(denied),
        given(allowed)
    );
    policies(&[("rule", &spec)])
}

fn denial(plan: &Plan, address: &str) -> String {
    let Held::Denied(denials) = held(plan, &id(address)) else {
        panic!("{address} is denied: {:?}", plan.held)
    };
    denials[0].message.clone()
}

#[test]
fn a_document_is_what_is_written_beside_what_it_expands_to() {
    let specs = specs(&repository(&workers("http://connect.example.com")));
    let in_force = |name: &str| (name.to_owned(), Standing::InForce);
    let all = ["Environment/prod", "ConnectCluster/main", "KafkaCluster/main"];
    let mut found = called(&specs.desired.documents);
    found.sort();
    let mut all: Vec<_> = all.map(in_force).into();
    all.sort();
    assert_eq!(found, all);
}

#[test]
fn of_two_revisions_the_protected_one_is_in_force_and_the_other_is_proposed() {
    let (base, own) = (
        repository(&workers("https://connect.example.com")),
        repository(&workers("http://evil.example.com")),
    );
    let prod = base.find("prod").expect("prod");
    let specs = own.specs_under(&prod, &base.rules(&prod).expect("rules")).expect("sound");
    let workers = specs.desired.documents.iter().filter(|stated| stated.kind == StatedKind::ConnectCluster);
    let url =
        |stated: &Stated| stated.body.at(&["spec", "url"]).and_then(|url| url.as_text().map(str::to_owned));
    let found: Vec<_> = workers.map(|stated| (url(stated).expect("a URL"), stated.standing)).collect();
    let expected =
        [("https://connect.example.com", Standing::InForce), ("http://evil.example.com", Standing::Proposed)];
    assert_eq!(found, expected.map(|(url, standing)| (url.to_owned(), standing)));
    assert_eq!(
        specs.desired.documents.len(),
        4,
        "what is the same is not proposed: {:?}",
        specs.desired.documents
    );
}

#[test]
fn what_is_denied_of_the_environment_holds_everything_and_what_is_proposed_holds_nothing() {
    let mut platform = Platform::new();
    platform.inputs.policies =
        rule("Environment", "has(document.spec.sandbox)", ("spec: {sandbox: {}}", "spec: {}"));
    platform.want(&config_map("a", "text"), &[]);
    let mut stated = specs(&repository("")).desired.documents;
    platform.inputs.desired.documents.clone_from(&stated);
    let plan = platform.plan();
    assert_eq!(denial(&plan, "ConfigMap/graph/a"), "Environment/prod: no");
    assert_eq!(plan.remarks.len(), 1, "{:?}", plan.remarks);
    for stated in &mut stated {
        stated.standing = Standing::Proposed;
    }
    platform.inputs.desired.documents = stated;
    let plan = platform.plan();
    assert_eq!(steps(&plan, &id("ConfigMap/graph/a")).len(), 1);
    assert_eq!(plan.remarks[0].denial.message, "Environment/prod, once it is merged: no");
}

#[test]
fn what_is_denied_of_other_brokers_holds_nothing_here() {
    let mut platform = Platform::new();
    platform.inputs.policies =
        rule("KafkaCluster", "!has(document.spec.tls)", ("spec: {}", "spec: {tls: {}}"));
    platform.want(&config_map("a", "text"), &[]);
    platform.inputs.desired.documents = specs(&repository(&workers("http://localhost"))).desired.documents;
    let plan = platform.plan();
    assert_eq!(steps(&plan, &id("ConfigMap/graph/a")).len(), 1);
    assert_eq!(plan.remarks.len(), 1, "it is told all the same: {:?}", plan.remarks);
}

fn approval(days: i64) -> (Approval, String) {
    let until = NOW.checked_add((days * 24).hours()).expect("a time");
    let address = id("ConfigMap/graph/a");
    let approval = Approval {
        address: address.clone(),
        action: ApprovedAction::Exempt,
        policy: Some("rule".into()),
        uid: None,
        until,
        reason: "looked at".into(),
        at: evenkeel_core::diagnostic::Location::start_of("environments/prod/approvals.yaml"),
    };
    let written = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Approval\nmetadata: {{name: once}}\nspec: {{address: \"{address}\", action: exempt, \
         policy: rule, until: {until}, reason: looked at}}\n"
    );
    (approval, written)
}

#[test]
fn an_approval_for_too_long_holds_what_it_is_for_and_does_not_lift_that_by_itself() {
    let mut platform = Platform::new();
    platform.inputs.policies =
        rule("Approval", "hoursLeft > 168 && has(document.spec.until)", ("spec: {until: x}", "spec: {}"));
    platform.want(&config_map("a", "text"), &[]);
    platform.want(&config_map("b", "text"), &[]);
    let (long, written) = approval(8);
    platform.inputs.desired.documents = specs(&repository(&written)).desired.documents;
    platform.inputs.desired.approvals = vec![long];
    let plan = platform.plan();
    assert_eq!(denial(&plan, "ConfigMap/graph/a"), "Approval/once: no");
    assert_eq!(steps(&plan, &id("ConfigMap/graph/b")).len(), 1);

    let (short, written) = approval(7);
    platform.inputs.desired.documents = specs(&repository(&written)).desired.documents;
    platform.inputs.desired.approvals = vec![short];
    assert_eq!(steps(&platform.plan(), &id("ConfigMap/graph/a")).len(), 1);
}
