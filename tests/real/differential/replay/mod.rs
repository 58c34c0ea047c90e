//! The differential test's random edits, made on the real API server and in the simulated world: both must answer
//! every one of them alike, with the same status, the same refusal, the same object and the same managers.
//!
//! `REPLAY_EDITS` says how many edits are made at least, `REPLAY_SEED` where to begin. `REPLAY_RECORD=FILE` also
//! writes them down: that is how crates/world/tests/recorded/edits.jsonl is made (crates/world/README.md).
//!
//! Where the world differs on purpose is listed in `crates/world/tests/recorded/on_purpose.rs`, and nowhere else.

mod life;
#[path = "../../../../crates/world/tests/recorded/on_purpose.rs"]
mod on_purpose;
#[path = "../../../../crates/world/tests/recorded/twin.rs"]
mod twin;

use super::server::Server;
use super::{manifests, setting};
use crate::support::plane::{Parts, Plane};
use life::Life;
use on_purpose::Class;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many objects are edited at a time; they keep two cores busy.
const WORKERS: u64 = 4;

const NAMESPACE: &str = "replay";

/// What both were asked, and how they answered.
#[derive(Debug, Default)]
struct Report {
    edits: usize,
    done: usize,
    verbs: BTreeMap<String, usize>,
    lines: Vec<Value>,
    differing: Vec<String>,
    on_purpose: BTreeMap<Class, usize>,
}

#[test]
#[ignore = "needs the control plane of tests/servers/kubernetes; run by `make test-real`"]
fn the_world_answers_every_edit_as_the_real_api_server_does() {
    let plane = Plane::start(Parts::Api);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let report = runtime.block_on(run(&plane));
    report.print();
    if let Ok(path) = std::env::var("REPLAY_RECORD") {
        report.record(&path);
    }
    assert!(report.differing.is_empty(), "{} edits are answered otherwise", report.differing.len());
    assert!(report.done * 2 > report.edits, "most edits are refused: {} of {}", report.done, report.edits);
}

async fn run(plane: &Plane) -> Report {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let server = Server::connect(&plane.kubeconfig()).await;
    prepare(&server).await;
    let (first, edits) = (setting("REPLAY_SEED", 1), setting("REPLAY_EDITS", 1500));
    let objects = edits.div_ceil(life::EDITS);
    let workers = (0..WORKERS).map(|worker| {
        let server = server.clone();
        async move {
            let mut report = Report::default();
            for seed in (first..first + objects).filter(|seed| seed % WORKERS == worker) {
                Life::begin(&server, seed).play(&mut report).await;
            }
            report
        }
    });
    let reports = futures::future::join_all(workers).await;
    reports.into_iter().fold(Report::default(), Report::merge)
}

/// Returns what is there before the first edit, in the world as on the server.
fn setup() -> Vec<Value> {
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    [namespace].into_iter().chain(manifests::definitions()).collect()
}

async fn prepare(server: &Server) {
    // The cluster that the world models has a default class of storage.
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "example.com/disk",
        "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}});
    let mut objects = setup();
    objects.push(class);
    for object in objects {
        let url = match object["kind"].as_str().expect("named") {
            "Namespace" => "/api/v1/namespaces",
            "StorageClass" => "/apis/storage.k8s.io/v1/storageclasses",
            _ => "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        };
        let reply = server.post(&format!("{url}?fieldManager=setup"), &object).await;
        assert!(reply.is_ok(), "{}", reply.message());
    }
    super::served(server, &format!("/apis/differential.example/v1/namespaces/{NAMESPACE}/looses")).await;
}

impl Report {
    fn merge(mut self, other: Self) -> Self {
        let Self { edits, done, verbs, lines, differing, on_purpose } = other;
        self.edits += edits;
        self.done += done;
        self.lines.extend(lines);
        self.differing.extend(differing);
        for (verb, count) in verbs {
            *self.verbs.entry(verb).or_default() += count;
        }
        for (class, count) in on_purpose {
            *self.on_purpose.entry(class).or_default() += count;
        }
        self
    }

    #[expect(clippy::print_stdout, reason = "the numbers are what this test is run for")]
    fn print(&self) {
        println!("{} edits, {} of them done: {:?}", self.edits, self.done, self.verbs);
        println!("answered otherwise {}, on purpose {:?}", self.differing.len(), self.on_purpose);
        let limit = usize::try_from(setting("REPLAY_SHOW", 20)).expect("small");
        self.differing.iter().take(limit).for_each(|differing| println!("--- {differing}"));
    }

    /// Writes down what was asked and answered, the setup first.
    fn record(&self, path: &str) {
        let setup = setup().into_iter().map(|object| json!({"request": {"verb": "setup", "object": object}}));
        let mut text = String::new();
        for line in setup.chain(self.lines.iter().cloned()) {
            writeln!(text, "{line}").expect("text is written");
        }
        std::fs::write(path, text).expect("the recording is written");
    }
}
