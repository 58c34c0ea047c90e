//! The same rounds where mutating policies rewrite what is written (CEL, as webhooks would): an added label, a value
//! that is always the same, a prefix of images, an injected variable, a least number of replicas.
//!
//! With what the ledger remembers, reading must still say what a dry run says: what was rewritten when it was applied
//! is known. Wrong is reading only where nothing could tell, and only by seeing a change that is none (documented
//! class "rewritten by admission"): at first contact, and where Git edits the very field that is rewritten.
//! A change is never missed. `ADMISSION_OBJECTS` says how many objects are drawn, `ADMISSION_SEED` where to begin.

use super::manifests::{Drawn, KINDS};
use super::report::{Finding, Means, Report, What};
use super::round::play;
use super::server::Server;
use super::tally::Judgement;
use super::{WORKERS, setting};
use crate::support::plane::{Parts, Plane};
use serde_json::{Value, json};
use std::time::Duration;

const NAMESPACE: &str = "differential-admission";

/// The kinds that the policies rewrite.
const KINDS_REWRITTEN: [&str; 5] = ["ConfigMap", "Service", "Deployment", "StatefulSet", "DaemonSet"];

/// The places that the policies rewrite, as paths end; what they only add, nobody wants.
const REWRITTEN: [&str; 3] = ["data.a", "].image", "spec.replicas"];

/// Puts every image behind a mirror, and a variable into every container.
const MIRROR: &str = r#"Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
    containers: object.spec.template.spec.containers.map(container, Object.spec.template.spec.containers{
        name: container.name,
        image: container.image.startsWith("mirror/") ? container.image : "mirror/" + container.image,
        env: [Object.spec.template.spec.containers.env{name: "INJECTED", value: "1"}]})}}}}"#;
const LABEL: &str = r#"Object{metadata: Object.metadata{labels: {"team": "platform"}}}"#;
const CONSTANT: &str = r#"has(object.data) && "a" in object.data
    ? [JSONPatch{op: "replace", path: "/data/a", value: "rewritten"}] : []"#;
const LEAST: &str =
    r#"object.spec.replicas < 2 ? [JSONPatch{op: "replace", path: "/spec/replicas", value: 2}] : []"#;

/// What has a least number of replicas, also where the number is written through the subresource. Where a policy
/// forgets that, live may be as Git says and yet be rewritten by the next write: only a dry run tells.
const SCALED: [&str; 4] = ["deployments", "deployments/scale", "statefulsets", "statefulsets/scale"];

#[test]
#[ignore = "needs the control plane of tests/servers/kubernetes; run by `make test-real`"]
fn what_policies_rewrite_is_no_change_once_it_was_applied() {
    let plane = Plane::start(Parts::Api);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let report = runtime.block_on(run(&plane));
    report.print();
    let undocumented: Vec<&Finding> =
        report.serious().into_iter().filter(|finding| !is_documented(finding)).collect();
    assert_eq!(undocumented, Vec::<&Finding>::new());
    for tally in [&report.remembered, &report.first_contact, &report.dry_run] {
        assert_eq!(tally.of(&Judgement::Missed), 0);
    }
    let (known, first) =
        (report.remembered.of(&Judgement::False), report.first_contact.of(&Judgement::False));
    assert!(first > 0, "no policy rewrote anything");
    assert!(known * 5 < first, "remembering hardly helps: {known} beside {first}");
}

/// Tells whether a finding is of the documented class: nothing but rewritten fields is named, and no dry run was asked.
fn is_documented(finding: &Finding) -> bool {
    let by_reading = match finding.what {
        What::Wrong(Means::Remembered | Means::FirstContact) | What::UnrealPath => true,
        What::Wrong(Means::DryRun)
        | What::OtherManagers
        | What::MoreManagers
        | What::ServerFails
        | What::NotSettled
        | What::NotLeft => false,
    };
    let is_rewritten = |path: &String| REWRITTEN.iter().any(|end| path.ends_with(end));
    by_reading && !finding.named.is_empty() && finding.named.iter().all(is_rewritten)
}

async fn run(plane: &Plane) -> Report {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let server = Server::connect(&plane.kubeconfig()).await;
    prepare(&server).await;
    let (first, count) = (setting("ADMISSION_SEED", 1), setting("ADMISSION_OBJECTS", 600));
    let workers = (0..WORKERS).map(|worker| {
        let server = server.clone();
        async move {
            let mut report = Report::default();
            for seed in (first..first + count).filter(|seed| seed % WORKERS == worker) {
                play(&server, (seed, drawn(seed), NAMESPACE), &mut report).await;
            }
            report
        }
    });
    let reports = futures::future::join_all(workers).await;
    reports.into_iter().fold(Report::default(), Report::merge)
}

fn drawn(seed: u64) -> &'static Drawn {
    let kind = KINDS_REWRITTEN[usize::try_from(seed).expect("small") % KINDS_REWRITTEN.len()];
    KINDS.iter().find(|drawn| drawn.kind == kind).expect("drawn")
}

async fn prepare(server: &Server) {
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    made(server, "/api/v1/namespaces", &namespace).await;
    let applied =
        |text: &str| json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": text}});
    let patched = |text: &str| json!({"patchType": "JSONPatch", "jsonPatch": {"expression": text}});
    for (name, group, resources, mutation) in [
        ("label", "", json!(["configmaps", "services"]), applied(LABEL)),
        ("constant", "", json!(["configmaps"]), patched(CONSTANT)),
        ("mirror", "apps", json!(["deployments", "statefulsets", "daemonsets"]), applied(MIRROR)),
        ("least", "apps", json!(SCALED), patched(LEAST)),
    ] {
        policy(server, name, (group, resources), mutation).await;
    }
    all_bite(server).await;
}

async fn policy(server: &Server, name: &str, (group, resources): (&str, Value), mutation: Value) {
    let root = "/apis/admissionregistration.k8s.io/v1";
    let rule = json!({"apiGroups": [group], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": resources});
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy", "metadata": {"name": name},
        "spec": {"failurePolicy": "Fail", "reinvocationPolicy": "Never", "mutations": [mutation],
            "matchConstraints": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}}, "resourceRules": [rule]}},
    });
    made(server, &format!("{root}/mutatingadmissionpolicies"), &policy).await;
    let binding = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicyBinding",
        "metadata": {"name": name}, "spec": {"policyName": name}});
    made(server, &format!("{root}/mutatingadmissionpolicybindings"), &binding).await;
}

async fn made(server: &Server, url: &str, object: &Value) {
    let reply = server.post(url, object).await;
    assert!(reply.is_ok(), "{}", reply.message());
}

/// Waits until the server has heard of its own policies: all of them rewrite one of these two.
async fn all_bite(server: &Server) {
    let metadata = json!({"name": "probe", "namespace": NAMESPACE});
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "1"}});
    let labels = json!({"app": "probe"});
    let template =
        json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "app"}]}});
    let workload = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
        "spec": {"selector": {"matchLabels": labels}, "template": template}});
    for _ in 0..200 {
        let map =
            server.post(&format!("/api/v1/namespaces/{NAMESPACE}/configmaps?dryRun=All"), &map).await.body;
        let url = format!("/apis/apps/v1/namespaces/{NAMESPACE}/deployments?dryRun=All");
        let workload = server.post(&url, &workload).await.body;
        let image = &workload["spec"]["template"]["spec"]["containers"][0]["image"];
        if map["metadata"]["labels"]["team"] == "platform"
            && map["data"]["a"] == "rewritten"
            && image == "mirror/app"
            && workload["spec"]["replicas"] == 2
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the policies rewrite nothing");
}
