//! Stories on a real Neo4j Community server beside the control plane: its workload is scheduled there by kwok, whose pods
//! run nothing; the server runs on this machine, with the settings that its pod would have found in its `ConfigMap`s.

mod cluster;
mod line;
mod trouble;

use super::story::Story as OnPlane;
use crate::support::graph::Graph;
use crate::support::repository::Run;
use std::collections::BTreeMap;

/// A document on a namespace and a server of its own.
struct Story {
    plane: OnPlane,
    graph: Graph,
}

/// A user, and a constraint that Community has.
const CONTENTS: &str = "  users: [{name: reader, password: {fromFile: reader}}]\n  constraints:\n    - {name: note_id, on: \
                        {node: Note}, require: unique, properties: [id]}\n";

impl Story {
    /// Applies the workload, and starts the server as it is told there.
    fn begin(name: &str) -> Self {
        let plane = OnPlane::begin(name);
        // A server that has just started is slow to answer while others start beside it.
        let environment =
            plane.repository.path().join(format!("environments/{0}/environment.yaml", plane.environment));
        let text = std::fs::read_to_string(&environment).expect("an environment");
        std::fs::write(&environment, text.replace("requestTimeout: 5s", "requestTimeout: 30s"))
            .expect("a file");
        plane.write("neo4j.yaml", &document("10m"));
        plane.apply();
        let graph = Graph::start(&settings(&plane, "10m"));
        let story = Self { plane, graph };
        story.keep("login", &story.graph.password()).keep("reader", "first-of-reader");
        story
    }

    /// Writes a password into its file.
    fn keep(&self, file: &str, password: &str) -> &Self {
        std::fs::write(self.plane.repository.path().join(file), password).expect("a file");
        self
    }

    /// Writes the document, with a login and with what it wants in the server.
    fn write(&self, timeout: &str, contents: &str) -> &Self {
        let url = self.graph.url();
        let cypher = format!("  cypher: {{url: \"{url}\", password: {{fromFile: login}}}}\n");
        self.plane.write("neo4j.yaml", &format!("{}{cypher}{contents}", document(timeout)));
        self
    }

    /// Writes the document while our own password is changed.
    fn changing(&self, contents: &str) -> &Self {
        let url = self.graph.url();
        let cypher = format!(
            "  cypher: {{url: \"{url}\", password: {{fromFile: login}}, next: {{fromFile: next}}}}\n{contents}"
        );
        self.plane.write("neo4j.yaml", &format!("{}{cypher}", document("10m")));
        self
    }

    /// Starts the server anew.
    fn restart(&self, timeout: &str) {
        self.graph.down();
        self.graph.up(&settings(&self.plane, timeout));
    }

    fn expect(&self, code: i32, verb: &[&str]) -> Run {
        self.plane.expect(code, verb)
    }
}

/// Returns a permission to take over what was there before.
fn adoption(address: &str, uid: &str) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Approval\nmetadata: {{name: ours}}\nspec:\n  address: \
         \"{address}\"\n  action: adopt\n  uid: \"{uid}\"\n  until: \"2099-01-01T00:00:00Z\"\n  reason: ours\n"
    )
}

fn document(timeout: &str) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Neo4jCluster\nmetadata: {{name: notes}}\nspec:\n  edition: \
         community\n  version: 5.26.30\n  servers: {{primaries: {{count: 1}}}}\n  storage: {{dynamic: {{size: \
         1Gi}}}}\n  config: {{db.transaction.timeout: {timeout}}}\n"
    )
}

/// Returns what the `ConfigMap`s say, but for what is about a container's file system, and with this timeout.
fn settings(plane: &OnPlane, timeout: &str) -> Vec<String> {
    let mut settings = BTreeMap::new();
    for layer in ["default", "user", "k8s"] {
        let data = plane.live(&format!("configmap/notes-1-{layer}-config"), "{.data}");
        settings.extend(serde_json::from_str::<BTreeMap<String, String>>(&data).expect("settings"));
    }
    settings.insert("db.transaction.timeout".to_owned(), timeout.to_owned());
    let elsewhere = ["server.directories.", "server.logs.", "server.jvm."];
    settings.retain(|key, _| !elsewhere.iter().any(|group| key.starts_with(group)));
    settings.into_iter().map(|(key, value)| format!("{key}={value}")).collect()
}
