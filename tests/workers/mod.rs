//! What Kafka Connect workers tell, at the boundary: of the secrets in it nothing goes any further, whatever they are called
//! and wherever they stand.

mod certificates;

use crate::support::repository::{Repository, Run};
use crate::support::web::{Asked, Web};
use serde_json::{Value as Json, json};

/// What stands in all that nobody may see.
const CANARY: &str = "canary-4720";

/// Workers of a test's own: one connector that somebody made by hand, and a class whose driver talks too much.
fn workers() -> Web {
    Web::answering(|Asked { method, path, headers: _, body: _ }| {
        let info = json!({"name": "copy", "type": "sink", "tasks": [], "config": made_by_hand()});
        let status = json!({"name": "copy", "connector": {"state": "RUNNING", "worker_id": "w"},
            "tasks": [{"id": 0, "state": "RUNNING", "worker_id": "w"}], "type": "sink"});
        let told = match (method.as_str(), path.as_str()) {
            ("GET", "/") => json!({"version": "3.9.2", "commit": "x", "kafka_cluster_id": "abc"}),
            ("GET", "/connectors") => json!(["copy"]),
            ("GET", "/connectors/copy") => info,
            ("GET", "/connectors/copy/status") => status,
            ("GET", "/connectors?expand=info&expand=status") => {
                json!({"copy": {"info": info, "status": status}})
            }
            ("PUT", "/connector-plugins/com.example.Sink/config/validate") => {
                let said =
                    format!("java.sql.SQLException: No suitable driver found for jdbc:x?user={CANARY}");
                return (500, json!({"error_code": 500, "message": said}).to_string());
            }
            _ => return (404, json!({"error_code": 404, "message": "not there"}).to_string()),
        };
        (200, told.to_string())
    })
}

/// Secrets in the places that have no name for it.
fn made_by_hand() -> Json {
    let key = format!("-----BEGIN PRIVATE KEY-----\\n{CANARY}\\n-----END PRIVATE KEY-----");
    json!({
        "name": "copy",
        "connector.class": "com.example.Sink",
        "tasks.max": "2",
        "topics": "orders",
        "connection.url": format!("jdbc:x?user=me&password={CANARY}"),
        "keyfile": json!({"type": "service_account", "private_key": key}).to_string(),
        "something": key,
        "db.pwd": CANARY,
        "ftp.pass": CANARY,
        "encryption.key": CANARY,
        "azure.sas.key": CANARY,
        "endpoint": format!("Endpoint=sb://ns/;SharedAccessKey={CANARY}"),
    })
}

fn repository(workers: &Web) -> Repository {
    let repository = Repository::new();
    repository.write(
        "environments/prod/environment.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  state: {directory: \
         .state}\n  limits: {requestTimeout: 5s, lease: 2s}\n",
    );
    let connector = |name: &str| {
        format!(
            "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Connector\nmetadata: {{name: {name}}}\nspec:\n  class: \
             com.example.Sink\n  config: {{topics: {name}, connection.url: \"${{file:/s:url}}\", db.pwd: \
             \"${{file:/s:pwd}}\"}}\n"
        )
    };
    let cluster = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\nmetadata: {{name: main}}\nspec: {{url: \
         \"http://{}\"}}\n",
        workers.address
    );
    repository.write("environments/prod/all.yaml", &(cluster + &connector("copy") + &connector("fresh")));
    repository
}

fn is_discreet(what: &str, run: &Run) {
    for told in [&run.stdout, &run.stderr] {
        assert!(!told.contains(CANARY), "{what}\n{told}");
    }
}

#[test]
fn secrets_that_workers_tell_are_in_nothing_that_is_said_or_written() {
    let workers = workers();
    let repository = repository(&workers);
    let address = "connect:Connector/main/copy";
    let told: [&[&str]; 9] = [
        &["plan", "prod", "--out", "plan.json"],
        &["plan", "prod", "--format", "json"],
        &["plan", "prod", "--format", "markdown"],
        &["drift", "prod"],
        &["snapshot", "prod", "--out", "snapshot.json"],
        &["plan", "prod", "--live", "snapshot.json"],
        &["explain", address, "prod"],
        &["import", "prod", "--from", "connect"],
        &["preflight", "prod"],
    ];
    for verb in told {
        is_discreet(&verb.join(" "), &repository.run(verb));
    }
    let plan = repository.run(&["plan", "prod"]);
    assert!(plan.stdout.contains("connect:Connector/main/copy"), "{}", plan.stdout);
    for file in ["plan.json", "snapshot.json"] {
        let kept = std::fs::read_to_string(repository.path().join(file)).expect("it was written");
        assert!(kept.contains("com.example.Sink") && !kept.contains(CANARY), "{file}\n{kept}");
    }
}

#[test]
fn a_connector_with_a_secret_written_out_is_not_imported() {
    let workers = workers();
    let repository = repository(&workers);
    repository.remove("environments/prod/all.yaml");
    let cluster = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\nmetadata: {{name: main}}\nspec: {{url: \
         \"http://{}\"}}\n",
        workers.address
    );
    repository.write("environments/prod/all.yaml", &cluster);
    let import = repository.run(&["import", "prod", "--from", "connect"]);
    is_discreet("import", &import);
    assert!(import.stderr.contains("password"), "{import:?}");
}
