//! What runs already, made by hand, by kubectl and by Helm: imported, planned empty, adopted without a write to any spec.

use super::secrets::encoded;
use super::story::Story;
use crate::support::repository::Run;
use serde_json::Value;
use std::collections::BTreeMap;

const CANARY: &str = "canary-81c2d5b7e9";

/// Everything in the namespace, as the API server has it.
fn objects(story: &Story) -> BTreeMap<String, Value> {
    let kinds = story.kubectl(&["api-resources", "--namespaced", "--verbs=list,create", "-o", "name"]);
    let skip = ["events", "leases", "endpoints", "events.events.k8s.io"];
    let kinds: Vec<&str> =
        kinds.lines().filter(|kind| !skip.iter().any(|skip| kind.starts_with(skip))).collect();
    let all = story.kubectl(&[
        "get",
        &kinds.join(","),
        "--ignore-not-found",
        "-o",
        "json",
        "--show-managed-fields",
    ]);
    let all: Value = serde_json::from_str(&all).expect("JSON");
    let items = all["items"].as_array().cloned().unwrap_or_default().into_iter();
    items
        .map(|item| {
            let name =
                format!("{}/{}", item["kind"].as_str().unwrap(), item["metadata"]["name"].as_str().unwrap());
            (name, item)
        })
        .collect()
}

/// What a person would call the object: without what each write changes, and without our label.
fn essence(object: &Value) -> Value {
    let mut object = object.clone();
    let metadata = object["metadata"].as_object_mut().expect("metadata");
    metadata.remove("managedFields");
    metadata.remove("resourceVersion");
    if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
        labels.remove("evenkeel.dev/environment");
    }
    if metadata.get("labels").and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
        metadata.remove("labels");
    }
    object.as_object_mut().expect("an object").remove("status");
    object
}

fn import(story: &Story, code: i32, more: &[&str]) -> Run {
    let mut arguments = vec!["import", "--from", "kubernetes", "--namespace", story.namespace.as_str()];
    arguments.extend_from_slice(more);
    story.expect(code, &arguments)
}

/// Applies, and expects that nothing but labels and ownership changed.
fn adopt(story: &Story) {
    let before = objects(story);
    story.apply();
    let after = objects(story);
    for (name, object) in &before {
        assert_eq!(essence(object), essence(&after[name]), "{name}");
        assert_eq!(object["metadata"]["generation"], after[name]["metadata"]["generation"], "{name}");
    }
    story.expect_no_changes();
}

fn files(story: &Story) -> String {
    let directory = story.repository.path().join("environments").join(&story.environment);
    let mut paths: Vec<_> = std::fs::read_dir(directory)
        .expect("the environment")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let read = paths.iter().map(|path| {
        format!(
            "## {}\n{}",
            path.file_name().expect("a name").display(),
            std::fs::read_to_string(path).expect("text")
        )
    });
    read.collect()
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn config_maps_and_deployments_of_kubectl_are_imported_and_the_plan_is_empty() {
    let story = Story::begin("thin");
    let manifests =
        format!("{}---\n{}", super::story::config_map("colours", "green"), super::line::deployment("web", 2));
    story.plane.kubectl_with(&["-n", &story.namespace, "apply", "-f", "-"], &manifests);
    let run = import(&story, 0, &[]);
    println!("{}\n{}", run.stderr, files(&story));
    let plan = story.expect(0, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
    assert!(plan.stdout.contains("2 to adopt"), "{}", plan.stdout);
    adopt(&story);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_namespace_that_people_and_tools_made_is_imported_adopted_and_kept() {
    let story = Story::begin("import");
    for (arguments, manifest) in [
        (vec!["apply", "-f", "-"], include_str!("import/applied.yaml")),
        (vec!["apply", "--server-side", "-f", "-"], include_str!("import/server-side.yaml")),
        (vec!["create", "-f", "-"], include_str!("import/created.yaml")),
        (vec!["apply", "--server-side", "--field-manager=helm", "-f", "-"], include_str!("import/helm.yaml")),
    ] {
        let mut all = vec!["-n", story.namespace.as_str()];
        all.extend(arguments);
        let manifest = manifest.replace("CANARY", CANARY).replace("ENCODED", &encoded(CANARY));
        story.plane.kubectl_with(&all, &manifest);
    }
    story.kubectl(&["create", "configmap", "by-hand", "--from-literal=size=large"]);
    story.kubectl(&["label", "configmap/by-hand", "team=graph"]);
    story.kubectl(&["scale", "deployment/worker", "--replicas=3"]);
    story.kubectl(&["expose", "deployment/worker", "--port=8080"]);
    story.kubectl(&["rollout", "status", "deployment/web", "--timeout=60s"]);
    let before = objects(&story);
    let run = import(&story, 0, &[]);
    let written = files(&story);
    println!("{}\n{written}", run.stderr);
    let plan = story.expect(0, &["plan", "--detailed-exitcode"]);
    println!("{}", plan.stdout);
    assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
    for text in [&written, &run.stderr, &run.stdout, &plan.stdout, &plan.stderr] {
        assert!(!text.contains(CANARY) && !text.contains(&encoded(CANARY)), "a secret is in what was said");
    }
    assert!(before.len() >= 30, "{} objects", before.len());
    let again = import(&story, 0, &[]);
    assert!(again.stderr.contains("0 objects into 0 files"), "{}", again.stderr);
    adopt(&story);
}
