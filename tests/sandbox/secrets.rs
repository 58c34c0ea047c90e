//! Secrets in the simulated cluster: made once, copied from others, and nowhere to be read but there.

use super::repository;
use crate::support::repository::Repository;
use serde_json::Value as Json;

const GENERATED: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: ManagedSecret
metadata: {name: orders-auth}
spec:
  target: {namespace: graph, name: orders-auth}
  data:
    password: {generate: {length: 24}}
";

const COPIED: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: ManagedSecret
metadata: {name: orders-copy}
spec:
  target: {namespace: graph, name: orders-copy}
  data:
    password: {fromSecret: {namespace: graph, name: orders-auth, key: password}}
";

fn with_a_generated_secret() -> Repository {
    let repository = repository();
    repository.write("environments/prod/auth.yaml", GENERATED);
    repository
}

/// Reads the simulated cluster as somebody with access to its etcd would.
fn password(repository: &Repository, secret: &str) -> String {
    let world = std::fs::read(repository.path().join(".evenkeel/prod/world.json")).expect("a world");
    let world: Json = serde_json::from_slice(&world).expect("JSON");
    find(&world, secret).unwrap_or_else(|| panic!("there is no Secret {secret}"))
}

fn find(json: &Json, secret: &str) -> Option<String> {
    let inside = || match json {
        Json::Object(entries) => entries.values().find_map(|inner| find(inner, secret)),
        Json::Array(items) => items.iter().find_map(|inner| find(inner, secret)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => None,
    };
    let is_it = json["kind"] == "Secret" && json["metadata"]["name"] == secret;
    if is_it { json["data"]["password"].as_str().map(str::to_owned) } else { inside() }
}

#[test]
fn what_is_generated_is_made_once() {
    let repository = with_a_generated_secret();
    let apply = repository.expect(0, &["apply", "prod", "--auto-approve"]);
    let made = password(&repository, "orders-auth");
    assert_eq!(made.len(), 32, "24 characters in base64");
    assert!(!apply.stdout.contains(&made) && !apply.stderr.contains(&made));
    repository.expect(0, &["plan", "prod", "--detailed-exitcode"]);

    repository.write("environments/prod/auth.yaml", &format!("{GENERATED}    user: {{fromEnv: HOME}}\n"));
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    assert_eq!(password(&repository, "orders-auth"), made, "another key is no reason to roll it again");
}

#[test]
fn a_secret_is_copied_from_another_of_the_same_cluster() {
    let repository = with_a_generated_secret();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    repository.write("environments/prod/copy.yaml", COPIED);
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    assert_eq!(password(&repository, "orders-copy"), password(&repository, "orders-auth"));
    repository.expect(0, &["plan", "prod", "--detailed-exitcode"]);
}

#[test]
fn a_rehearsal_generates_and_copies_as_an_apply_would() {
    let repository = with_a_generated_secret();
    let rehearsal = repository.expect(0, &["rehearse", "prod"]);
    assert!(rehearsal.stdout.contains("Left to do there: No changes."), "{}", rehearsal.stdout);
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    let made = password(&repository, "orders-auth");
    repository.write("environments/prod/copy.yaml", COPIED);
    repository.write("environments/prod/auth.yaml", &format!("{GENERATED}    user: {{fromEnv: HOME}}\n"));
    let rehearsal = repository.expect(0, &["rehearse", "prod"]);
    assert!(rehearsal.stdout.contains("Left to do there: No changes."), "{}", rehearsal.stdout);
    assert_eq!(password(&repository, "orders-auth"), made, "the real one is not touched");
}

#[test]
fn a_pipe_is_no_file_to_read_a_secret_from() {
    let repository = repository();
    let text = GENERATED.replace("{generate: {length: 24}}", "{fromFile: password}");
    assert!(text.contains("fromFile"), "{text}");
    repository.write("environments/prod/auth.yaml", &text).write("password", "canary");
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    repository.remove("password");
    let pipe = repository.path().join("password");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    let plan = repository.expect(7, &["plan", "prod"]);
    assert!(plan.stdout.contains("it is no regular file"), "{}", plan.stdout);
}

#[test]
fn a_secret_that_was_rotated_after_the_review_is_refused() {
    let repository = repository();
    let text = GENERATED.replace("{generate: {length: 24}}", "{fromFile: password}");
    repository.write("environments/prod/auth.yaml", &text).write("password", "first");
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    let first = password(&repository, "orders-auth");
    repository.write("password", "second");
    repository.expect(0, &["plan", "prod", "--out", "plan.json"]);
    repository.write("password", "third");
    let apply = repository.expect(3, &["apply", "plan.json", "--auto-approve"]);
    assert!(apply.stderr.contains("refused"), "{}", apply.stderr);
    assert_eq!(password(&repository, "orders-auth"), first, "nobody reviewed the third");
    repository.write("password", "second");
    repository.expect(0, &["apply", "plan.json", "--auto-approve"]);
    assert_ne!(password(&repository, "orders-auth"), first);
}

#[test]
fn a_plan_file_that_was_made_before_the_first_apply_is_good_for_it() {
    let repository = repository();
    let text = GENERATED.replace("{generate: {length: 24}}", "{fromFile: password}");
    repository.write("environments/prod/auth.yaml", &text).write("password", "first");
    repository.expect(0, &["plan", "prod", "--out", "plan.json"]);
    repository.expect(0, &["apply", "plan.json", "--auto-approve"]);
    assert!(!password(&repository, "orders-auth").is_empty());
}
