//! The protected base: a pull request is planned with the connections, limits, policies and approvals that are in
//! force, and told what it would change of them.

use super::story::{Story, config_map};
use crate::support::listener::Listener;
use std::path::PathBuf;

pub(super) fn git(story: &Story, arguments: &[&str]) {
    story.repository.git(arguments);
}

/// Commits everything as it stands to `main`, which is protected, and goes on on a branch of its own.
pub(super) fn protect(story: &Story) {
    story.repository.protect();
}

pub(super) fn environment_file(story: &Story) -> String {
    format!("environments/{}/environment.yaml", story.environment)
}

pub(super) fn edit(story: &Story, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(story.repository.path().join(file)).expect("a file");
    assert!(text.contains(from), "{file} has no {from}:\n{text}");
    story.repository.write(file, &text.replace(from, to));
}

/// A kubeconfig outside of the repository whose context `elsewhere` leads to a listener, by a user whose plugin leaves
/// a trace when it runs.
fn elsewhere(story: &Story, listener: &Listener) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let outside = tempfile::TempDir::new().expect("a temporary directory");
    let (path, trace) = (outside.path().join("kubeconfig"), outside.path().join("ran"));
    let text = format!(
        "apiVersion: v1\nkind: Config\nclusters: [{{name: other, cluster: {{server: \"http://{}\"}}}}]\n\
         users: [{{name: other, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, \
         command: touch, args: [{}]}}}}}}]\n\
         contexts: [{{name: elsewhere, context: {{cluster: other, user: other}}}}]\ncurrent-context: elsewhere\n",
        listener.address,
        trace.display()
    );
    std::fs::write(&path, text).expect("a kubeconfig");
    assert!(story.plane.kubeconfig().exists());
    (outside, path, trace)
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_pull_request_that_points_a_connection_elsewhere_contacts_nobody_there() {
    let story = Story::begin("pointed");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    protect(&story);
    let listener = Listener::start();
    let (_outside, kubeconfig, trace) = elsewhere(&story, &listener);
    let to = format!("{{fromFile: {}}}", kubeconfig.display());
    edit(&story, &environment_file(&story), "{fromEnv: KUBECONFIG}", &to);
    story.write("colours.yaml", &config_map("colours", "blue"));
    let address = format!("kubernetes:ConfigMap/{}/colours", story.namespace);
    let environment = story.environment.as_str();
    let base = ["--base", "main"];

    let plan = story.expect(2, &["plan", "--detailed-exitcode", "--out", "plan.json", "--base", "main"]);
    assert!(plan.stdout.contains("\"green\" -> \"blue\""), "{}", plan.stdout);
    for told in ["Not in force until merged", "spec.kubernetes.default.kubeconfig", "environment.yaml:6"] {
        assert!(plan.stdout.contains(told), "{told}\n{}", plan.stdout);
    }
    for (code, verb) in [
        (0, vec!["drift", environment]),
        (0, vec!["explain", &address, environment]),
        (0, vec!["rehearse", environment]),
        (0, vec!["rehearse", "plan.json"]),
        (0, vec!["lock", "show", environment]),
        (0, vec!["snapshot", environment, "--out", "live.json"]),
        (0, vec!["plan", environment, "--live", "live.json"]),
        (0, vec!["preflight", environment]),
        (0, vec!["ledger", "show", environment]),
        (0, vec!["graph", environment, "--plan"]),
        (0, vec!["apply", "plan.json"]),
        (0, vec!["apply", environment, "--auto-approve"]),
        (0, vec!["destroy", environment, "--out", "down.json"]),
    ] {
        story.repository.expect(code, &[verb.as_slice(), &base].concat());
    }
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "blue");
    assert_eq!(listener.connections(), 0, "not a connection to the new address");
    assert!(!trace.exists(), "no plugin of the new kubeconfig has run");

    story.expect(7, &["plan"]);
    assert!(trace.exists(), "without a base the trap does snap");
}

const NO_BLUE: &str = include_str!("no-blue.yaml");

/// An Approval for the colours of a story.
pub(super) fn approval(story: &Story, name: &str, spec: &str) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Approval\nmetadata: {{name: {name}}}\nspec:\n  \
         address: kubernetes:ConfigMap/{}/colours\n  reason: it was looked at\n{spec}",
        story.namespace
    )
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_pull_request_cannot_lift_what_it_is_judged_by() {
    let story = Story::begin("judged");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.repository.write("policies/no-blue.yaml", NO_BLUE);
    story.apply();
    protect(&story);
    story.repository.remove("policies/no-blue.yaml");
    let exempt = "  action: exempt\n  policy: no-blue\n  until: 2099-01-01T00:00:00Z\n";
    story.write("approval.yaml", &approval(&story, "blue-once", exempt));
    edit(&story, &environment_file(&story), "requestTimeout: 5s", "requestTimeout: 6s, maxDeletes: 999");
    story.write("colours.yaml", &config_map("colours", "blue"));

    let plan = story.expect(4, &["plan", "--base", "main"]);
    assert!(plan.stdout.contains("denied by policy no-blue"), "{}", plan.stdout);
    for told in [
        "Approval/blue-once   added",
        "Policy/no-blue   removed   policies/no-blue.yaml:4",
        "spec.limits.maxDeletes",
        "spec.limits.requestTimeout",
    ] {
        assert!(plan.stdout.contains(told), "{told}\n{}", plan.stdout);
    }
    for format in ["markdown", "json"] {
        let plan = story.expect(4, &["plan", "--base", "main", "--format", format]);
        assert!(plan.stdout.contains("maxDeletes"), "{}", plan.stdout);
    }
    story.expect(4, &["apply", "--base", "main", "--auto-approve"]);
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "green");

    git(&story, &["add", "--all"]);
    git(&story, &["commit", "--quiet", "--message=blue"]);
    git(&story, &["branch", "--force", "main", "request"]);
    let plan = story.expect(2, &["plan", "--base", "main", "--detailed-exitcode"]);
    assert!(!plan.stdout.contains("Not in force"), "{}", plan.stdout);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_environment_that_the_base_does_not_have_is_refused_before_anything_is_contacted() {
    let story = Story::begin("newcomer");
    story.write("colours.yaml", &config_map("colours", "green"));
    protect(&story);
    let listener = Listener::start();
    let (_outside, kubeconfig, trace) = elsewhere(&story, &listener);
    story.repository.environment("newcomer", &story.namespace);
    let to = format!("{{fromFile: {}}}", kubeconfig.display());
    edit(&story, "environments/newcomer/environment.yaml", "{fromEnv: KUBECONFIG}", &to);
    story.repository.write("environments/newcomer/colours.yaml", &config_map("colours", "blue"));
    for verb in [vec!["plan"], vec!["apply", "--auto-approve"], vec!["drift"], vec!["rehearse"]] {
        let arguments = [&[verb[0], "newcomer", "--base", "main"], &verb[1..]].concat();
        let run = story.repository.expect(4, &arguments);
        assert!(run.stderr.contains("merge its environment.yaml"), "{}", run.stderr);
    }
    assert_eq!(listener.connections(), 0);
    assert!(!trace.exists());
    story.repository.expect(64, &["plan", "nowhere", "--base", "main"]);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_pull_request_cannot_test_a_guess_at_a_secret() {
    let story = Story::begin("guess");
    let outside = tempfile::TempDir::new().expect("a temporary directory");
    let kept = outside.path().join("password");
    std::fs::write(&kept, "canary-guess-31b7").expect("a file");
    let secret = |source: &str| {
        format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {{name: auth}}\nspec:\n  \
             target: {{namespace: {}, name: auth}}\n  data: {{password: {{{source}}}}}\n",
            story.namespace
        )
    };
    let from_kept = format!("fromFile: {}", kept.display());
    story.write("secret.yaml", &secret(&from_kept)).write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    protect(&story);
    story.expect(0, &["plan", "--base", "main", "--detailed-exitcode"]);
    std::fs::write(&kept, "canary-rotated-31b7").expect("a file");
    let rotated = story.expect(2, &["plan", "--base", "main", "--detailed-exitcode"]);
    assert!(
        rotated.stdout.contains("data.password"),
        "a rotation of what is in force is seen\n{}",
        rotated.stdout
    );
    std::fs::write(&kept, "canary-guess-31b7").expect("a file");

    story
        .write("secret.yaml", &secret("fromFile: guess.txt"))
        .write("colours.yaml", &config_map("colours", "blue"));
    let mut said = Vec::new();
    for guess in ["canary-guess-31b7", "something else"] {
        story.repository.write("guess.txt", guess);
        let plan = story.expect(7, &["plan", "--base", "main", "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&plan.stdout).expect("JSON");
        said.push((json["resource_changes"].clone(), json["deferred_changes"].clone()));
        let plan = story.expect(7, &["plan", "--base", "main"]);
        assert!(plan.stdout.contains("Not compared"), "{}", plan.stdout);
        assert!(plan.stdout.contains("\"green\" -> \"blue\""), "the rest is planned\n{}", plan.stdout);
        assert!(!plan.stdout.contains(guess), "{}", plan.stdout);
    }
    assert_eq!(said[0], said[1], "a right guess and a wrong one look alike");
    story.expect(7, &["apply", "--base", "main", "--auto-approve"]);
    let password = story.live("secret/auth", "{.data.password}");
    assert_eq!(password, super::secrets::encoded("canary-guess-31b7"), "the Secret stays");
}
