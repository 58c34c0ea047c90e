//! The drawn manifests, created as people and tools create them, are imported, planned empty, adopted, and stay as they were.

use super::coins::Coins;
use super::manifests::{Drawn, KINDS};
use super::server::{APPLY, JSON, MERGE, Server};
use super::{NAMESPACES, namespace, prepare, setting};
use crate::support::chance::Chance;
use crate::support::plane::{Parts, Plane};
use crate::support::repository::Repository;
use serde_json::Value;

/// These say what goes on and never what should be: an import leaves them out.
const NEVER: &[&str] = &["Endpoints", "Lease"];

#[test]
#[ignore = "needs the control plane of tests/servers/kubernetes; run by `make test-real`"]
fn drawn_objects_are_imported_planned_empty_and_adopted_as_they_are() {
    let plane = Plane::start(Parts::Api);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let _already = rustls::crypto::ring::default_provider().install_default();
    let server = runtime.block_on(Server::connect(&plane.kubeconfig()));
    let made = runtime.block_on(make(&server));
    assert!(made.len() >= 200, "{} objects were made", made.len());
    let repository = Repository::with_kubeconfig(&plane.kubeconfig());
    repository.environment("drawn", NAMESPACES[0]);
    let mut import = vec!["import", "drawn", "--from", "kubernetes"];
    import.extend(NAMESPACES.iter().flat_map(|namespace| ["--namespace", namespace]));
    let imported = repository.expect(0, &import);
    assert!(imported.stderr.contains(&format!("{} objects into", made.len())), "{}", imported.stderr);
    repository.expect(0, &["validate"]);
    let plan = repository.expect(0, &["plan", "drawn", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
    let before = runtime.block_on(read(&server, &made));
    repository.expect(0, &["apply", "drawn", "--auto-approve"]);
    let after = runtime.block_on(read(&server, &made));
    for ((url, before), after) in made.iter().zip(&before).zip(&after) {
        assert_eq!(before, after, "{url}");
    }
    let plan = repository.expect(0, &["plan", "drawn", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
}

/// Makes as many objects as the server takes, and returns their URLs.
async fn make(server: &Server) -> Vec<String> {
    prepare(server).await;
    let (first, count) = (setting("DIFFERENTIAL_SEED", 1), setting("IMPORTED_OBJECTS", 420));
    let mut made = Vec::new();
    for seed in first..first + count {
        let drawn = &KINDS[usize::try_from(seed).expect("small") % KINDS.len()];
        if !drawn.namespaced || NEVER.contains(&drawn.kind) {
            continue;
        }
        if let Some(url) = make_one(server, drawn, seed).await {
            made.push(url);
        }
    }
    made
}

async fn make_one(server: &Server, drawn: &Drawn, seed: u64) -> Option<String> {
    let mut chance = Chance::new(seed);
    let namespace = namespace(drawn);
    let name = format!("i{seed}");
    let manifest = drawn.manifest(&name, namespace, &Coins::new(seed ^ 0x1234));
    let url = drawn.url(namespace, &name);
    let (collection, _) = url.rsplit_once('/').expect("a name");
    let (content, reply) = match chance.below(4) {
        0 => (APPLY, server.patch(&format!("{url}?fieldManager=kubectl&force=true"), APPLY, &manifest).await),
        1 => (JSON, server.post(&format!("{collection}?fieldManager=kubectl-create"), &manifest).await),
        2 => (
            JSON,
            server.post(&format!("{collection}?fieldManager=kubectl-client-side-apply"), &manifest).await,
        ),
        _ => (JSON, server.post(&format!("{collection}?fieldManager=helm"), &manifest).await),
    };
    if !reply.is_ok() {
        return None;
    }
    // Half of them have been edited by hand since.
    if content == JSON && chance.once_in(2) {
        let patch = serde_json::json!({"metadata": {"labels": {"edited": "by-hand"}}});
        server.patch(&format!("{url}?fieldManager=kubectl-label"), MERGE, &patch).await;
    }
    Some(url)
}

/// Reads all of it, without what every write changes and without our label.
async fn read(server: &Server, urls: &[String]) -> Vec<Value> {
    let mut read = Vec::new();
    for url in urls {
        let mut object = server.get(url).await.body;
        let metadata = object["metadata"].as_object_mut().expect("an object");
        metadata.remove("managedFields");
        metadata.remove("resourceVersion");
        if url.contains("/endpointslices/") {
            // The one kind whose generation counts labels, ours among them.
            metadata.remove("generation");
        }
        let labels = metadata.entry("labels").or_insert_with(|| serde_json::json!({}));
        labels.as_object_mut().expect("labels").remove("evenkeel.dev/environment");
        read.push(object);
    }
    read
}
