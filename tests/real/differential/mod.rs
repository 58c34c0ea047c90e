//! Every verdict against the truth: random manifests, edits in Git and edits by hand on a real API server.
//!
//! The oracle is a forced server-side-apply dry run of the same manifest, `managedFields`, `resourceVersion` and
//! `generation` aside, told from live by plain JSON. A verdict made of one GET must say the same or doubt for a
//! documented reason; a verdict made of the dry run must say the same, always (design: the comparison).
//! `DIFFERENTIAL_OBJECTS` says how many objects are drawn, `DIFFERENTIAL_SEED` where to begin.

mod admission;
mod coins;
mod edits;
mod imported;
mod judging;
mod manifests;
mod oracle;
mod replay;
mod report;
mod round;
mod server;
mod tally;

use crate::support::plane::{Parts, Plane};
use manifests::{Drawn, KINDS};
use report::{Finding, Report};
use round::play;
use server::{APPLY, Server};
use std::time::Duration;
use tally::Judgement;

/// How many objects are in play at a time; they keep two cores busy.
const WORKERS: u64 = 8;

const NAMESPACES: [&str; 3] = ["differential", "differential-limits", "differential-quota"];

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
#[ignore = "needs the control plane of tests/servers/kubernetes; run by `make test-real`"]
fn a_verdict_made_by_reading_is_what_a_forced_dry_run_says() {
    let plane = Plane::start(Parts::Api);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let report = runtime.block_on(run(&plane));
    report.print();
    assert_eq!(report.serious(), Vec::<&Finding>::new());
    for tally in [&report.remembered, &report.first_contact, &report.dry_run] {
        assert_eq!((tally.of(&Judgement::Missed), tally.of(&Judgement::False)), (0, 0));
    }
    // A comparison that always doubted would never be wrong.
    for (tally, one_in) in [(&report.remembered, 20), (&report.first_contact, 5)] {
        let too_many = tally.total() >= 100 && tally.undecided() * one_in > tally.total();
        assert!(!too_many, "more than one in {one_in} is a doubt");
    }
}

async fn run(plane: &Plane) -> Report {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let server = Server::connect(&plane.kubeconfig()).await;
    prepare(&server).await;
    let (first, count) = (setting("DIFFERENTIAL_SEED", 1), setting("DIFFERENTIAL_OBJECTS", 3000));
    let workers = (0..WORKERS).map(|worker| {
        let server = server.clone();
        async move {
            let mut report = Report::default();
            for seed in (first..first + count).filter(|seed| seed % WORKERS == worker) {
                let drawn = &KINDS[usize::try_from(seed).expect("small") % KINDS.len()];
                play(&server, (seed, drawn, namespace(drawn)), &mut report).await;
            }
            report
        }
    });
    let reports = futures::future::join_all(workers).await;
    reports.into_iter().fold(Report::default(), Report::merge)
}

/// What limits others has a namespace of its own.
fn namespace(drawn: &Drawn) -> &'static str {
    match drawn.kind {
        "LimitRange" => NAMESPACES[1],
        "ResourceQuota" => NAMESPACES[2],
        _ => NAMESPACES[0],
    }
}

async fn prepare(server: &Server) {
    for namespace in NAMESPACES {
        let url = format!("/api/v1/namespaces/{namespace}?fieldManager=test&force=true");
        server.patch(&url, APPLY, &serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})).await;
        let account =
            format!("/api/v1/namespaces/{namespace}/serviceaccounts/default?fieldManager=test&force=true");
        server.patch(&account, APPLY, &serde_json::json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}})).await;
    }
    for definition in manifests::definitions() {
        let name = definition["metadata"]["name"].as_str().expect("named").to_owned();
        let url = format!(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}?fieldManager=test&force=true"
        );
        let reply = server.patch(&url, APPLY, &definition).await;
        assert!(reply.is_ok(), "{}", reply.message());
    }
    served(server, "/apis/differential.example/v1/namespaces/differential/looses").await;
}

/// Waits until the kind of a collection is served.
async fn served(server: &Server, collection: &str) {
    for _ in 0..100 {
        if server.get(collection).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{collection} is not served");
}
