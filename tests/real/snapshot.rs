//! Snapshots of a real server: a plan from one contacts nobody, and says what the plan at the server said.

use super::secrets::encoded;
use super::story::{Story, config_map};
use crate::support::repository::Run;
use serde_json::Value;

const CANARY: &str = "canary-2e8b71c05d";
const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: bolt}\nspec: {selector: {app: a}, ports: [{port: 7687}]}\n";

fn secret(story: &Story) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {{name: auth}}\nspec:\n  target: {{namespace: {}, \
         name: auth}}\n  data:\n    password: {{fromFile: password.txt}}\n    token: {{generate: {{length: 24}}}}\n    user: \
         {{fromEnv: SNAPSHOT_USER}}\n",
        story.namespace
    )
}

/// Something of every sort is left to do: drift, an edit, a removal, something new, a rotated secret, an adoption.
fn begin(name: &str) -> Story {
    let story = Story::begin(name);
    story.repository.write("password.txt", CANARY);
    story.write("a.yaml", &config_map("a", "green")).write("b.yaml", &config_map("b", "green"));
    story.write("service.yaml", SERVICE).write("secret.yaml", &secret(&story));
    with_user(&story, &["apply", "--auto-approve"], 0);
    story.kubectl(&[
        "patch",
        "configmap/a",
        "--field-manager=kubectl-edit",
        "-p",
        "{\"data\":{\"colour\":\"red\"}}",
    ]);
    story.write("b.yaml", &config_map("b", "blue")).write("c.yaml", &config_map("c", "green"));
    story.remove("service.yaml");
    story.repository.write("password.txt", &format!("{CANARY}-rotated"));
    let theirs = format!("{}  size: large\n", config_map("d", "green"));
    story.plane.kubectl_with(&["-n", &story.namespace, "apply", "-f", "-"], &theirs);
    story.write("d.yaml", &config_map("d", "green"));
    story
}

fn with_user(story: &Story, verb: &[&str], code: i32) -> Run {
    let arguments = [&[verb[0], story.environment.as_str()], &verb[1..]].concat();
    let output = story.repository.command(&arguments).env("SNAPSHOT_USER", "neo4j-admin").output();
    let run = Run::of(output.expect("the binary runs"));
    assert_eq!(run.code, code, "{arguments:?}\n{}\n{}", run.stdout, run.stderr);
    run
}

/// Without a kubeconfig and without the sources of secrets, so that nothing can be contacted or read.
fn offline(story: &Story, flags: &[&str], code: i32) -> Run {
    let arguments =
        [&["plan", story.environment.as_str(), "--live", "live.json", "--detailed-exitcode"], flags].concat();
    let output = story.repository.command(&arguments).env_remove("KUBECONFIG").output();
    let run = Run::of(output.expect("the binary runs"));
    assert_eq!(run.code, code, "{arguments:?}\n{}\n{}", run.stdout, run.stderr);
    run
}

/// The age is not the same.
fn ageless(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once(", seen ") {
        Some((before, _)) => before.to_owned(),
        None => line.to_owned(),
    });
    lines.map(|line| without_ages(&line)).collect::<Vec<_>>().join("\n")
}

/// Leaves out the number and the unit before each `ago`.
fn without_ages(line: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in line.split(' ') {
        if word.starts_with("ago") {
            words.truncate(words.len().saturating_sub(2));
        }
        words.push(word);
    }
    words.join(" ")
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_plan_from_a_snapshot_says_what_the_plan_at_the_server_said_whatever_was_edited_since() {
    let story = begin("snapshot");
    let online = with_user(&story, &["plan", "--detailed-exitcode"], 2);
    let online_json = with_user(&story, &["plan", "--detailed-exitcode", "--format", "json"], 2);
    with_user(&story, &["snapshot", "--out", "live.json"], 0);
    story.kubectl(&["patch", "configmap/b", "-p", "{\"data\":{\"colour\":\"black\"}}"]);
    story.kubectl(&["delete", "configmap/a", "service/bolt", "secret/auth"]);
    std::fs::remove_file(story.repository.path().join("password.txt")).expect("it was there");

    let planned = offline(&story, &[], 2);
    assert_eq!(ageless(&planned.stdout), ageless(&online.stdout));
    assert!(planned.stderr.contains("nothing was contacted"), "{}", planned.stderr);
    let (online, mut planned) = (json(&online_json), json(&offline(&story, &["--format", "json"], 2)));
    let ours = planned["evenkeel"].as_object_mut().expect("our own keys");
    assert!(ours.remove("snapshot").is_some_and(|of| of["taken"].is_string()), "it says what it is of");
    for part in ["resource_changes", "resource_drift", "evenkeel"] {
        assert_eq!(online.get(part).map(timeless), planned.get(part).map(timeless), "{part}");
    }
    assert!(online["resource_changes"].as_array().expect("changes").len() >= 5, "{online}");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_plan_file_made_from_a_snapshot_is_applied_if_live_is_still_as_it_was() {
    let story = begin("snapshotapply");
    with_user(&story, &["snapshot", "--out", "live.json"], 0);
    offline(&story, &["--out", "plan.json"], 2);
    let apply =
        story.repository.command(&["apply", "plan.json"]).env("SNAPSHOT_USER", "neo4j-admin").output();
    let apply = Run::of(apply.expect("the binary runs"));
    assert_eq!(apply.code, 0, "{}\n{}", apply.stdout, apply.stderr);
    assert!(apply.stdout.contains("1 added, 3 changed, 1 destroyed"), "{}", apply.stdout);
    let nothing = with_user(&story, &["plan", "--detailed-exitcode"], 0);
    assert!(nothing.stdout.contains("No changes. Live matches Git."), "{}", nothing.stdout);
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).expect("JSON")
}

/// Leaves out when something was seen.
fn timeless(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, _)| !["seen", "timestamp"].contains(&key.as_str()));
            Value::Object(kept.map(|(key, value)| (key.clone(), timeless(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(timeless).collect()),
        other => other.clone(),
    }
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_the_snapshot_does_not_have_is_unknown_and_what_is_proved_absent_is_created() {
    let story = Story::begin("snapshotgap");
    story.write("a.yaml", &config_map("a", "green"));
    story.apply();
    story.kubectl(&["create", "configmap", "theirs"]);
    story.expect(0, &["snapshot", "--out", "live.json"]);
    story.write("new.yaml", &config_map("new", "green")).write("service.yaml", SERVICE);
    story.write("theirs.yaml", &config_map("theirs", "green"));
    let plan = offline(&story, &[], 7);
    let words = plan.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Plan: 1 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
    assert!(words.contains("the snapshot does not have it"), "{}", plan.stdout);
    assert!(!words.contains("+ kubernetes:Service"), "unknown is not absent: {}", plan.stdout);
    assert!(!words.contains("+ kubernetes:ConfigMap/snapshotgap-0/theirs"), "{}", plan.stdout);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_snapshot_holds_no_secret_and_no_key() {
    let story = begin("snapshotsecret");
    let run = with_user(&story, &["snapshot", "--out", "live.json"], 0);
    let file = std::fs::read_to_string(story.repository.path().join("live.json")).expect("the snapshot");
    let state = format!("{}-state", story.environment);
    let key = format!("secret/evenkeel-{}-key", story.environment);
    let key = story.plane.kubectl(&["-n", &state, "get", &key, "-o", "jsonpath={.data.key}"]);
    let token = story.live("secret/auth", "{.data.token}");
    for hidden in [CANARY, "neo4j-admin", &encoded(CANARY), &encoded("neo4j-admin"), &key, &token] {
        for said in [&file, &run.stdout, &run.stderr] {
            assert!(!said.contains(hidden), "a secret, or the key, is in the snapshot");
        }
    }
    assert!(file.contains("$opaque"), "secrets are compared by digest");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn of_what_others_made_a_snapshot_asks_the_names_only() {
    let story = Story::begin("snapshotnames");
    story.write("mine.yaml", &config_map("mine", "green"));
    story.kubectl(&["create", "configmap", "theirs", "--from-literal=colour=canary-57"]);
    let told = story.expect(0, &["snapshot", "--out", "live.json", "--verbose"]).stderr;
    let lists: Vec<&str> = told.lines().filter(|line| line.contains("/configmaps?")).collect();
    let of_others = |line: &&str| {
        line.contains(&format!("namespaces/{}/", story.namespace)) && !line.contains("labelSelector")
    };
    let asked: Vec<&str> = lists.into_iter().filter(of_others).collect();
    assert!(asked.len() == 1 && asked[0].contains("includeObject=None"), "{asked:?}");
    let file = std::fs::read_to_string(story.repository.path().join("live.json")).expect("the snapshot");
    assert!(file.contains("theirs") && !file.contains("canary-57"), "{file}");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_snapshot_of_something_else_is_refused() {
    let (story, other) = (Story::begin("snapshotof"), Story::begin("snapshotother"));
    story.write("a.yaml", &config_map("a", "green"));
    story.expect(0, &["snapshot", "--out", "live.json"]);
    let file = std::fs::read_to_string(story.repository.path().join("live.json")).expect("the snapshot");
    other.repository.write("live.json", &file);
    let refused = offline(&other, &[], 64);
    assert!(
        refused.stderr.contains(&format!("it is of environment {}", story.environment)),
        "{}",
        refused.stderr
    );
    let environment = format!("environments/{}/environment.yaml", story.environment);
    let text = std::fs::read_to_string(story.repository.path().join(&environment)).expect("the environment");
    story.repository.write(
        &environment,
        &text.replace("{fromEnv: KUBECONFIG}", "{fromEnv: KUBECONFIG}, context: elsewhere"),
    );
    let refused = offline(&story, &[], 3);
    assert!(refused.stderr.contains("other connections"), "{}", refused.stderr);
    story.repository.write(&environment, &text);
    for (wrong, told) in [
        ("{}".to_owned(), "it is no snapshot"),
        (file.replacen("\"format\":1", "\"format\":2", 1), "it has format 2"),
        (file[..file.len() / 2].to_owned(), "it is a damaged snapshot"),
        (file.replacen("\"taken\":", "\"token\":", 1), "it is a damaged snapshot"),
    ] {
        story.repository.write("live.json", &wrong);
        let refused = offline(&story, &[], 64);
        assert!(refused.stderr.contains(told), "{told}: {}", refused.stderr);
    }
}
