//! Secrets on a real server: set from the environment, generated once, rotated; and their text in no output.

use super::story::Story;

const CANARY: &str = "canary-5f1d9c3b7a";

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_secret_reaches_the_server_and_no_output_state_or_error() {
    let story = Story::begin("secret");
    let secret = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {{name: auth}}\nspec:\n  target: {{namespace: {}, \
         name: auth}}\n  data:\n    password: {{fromFile: password.txt}}\n    token: {{generate: {{length: 24}}}}\n",
        story.namespace
    );
    story.write("secret.yaml", &secret);
    story.repository.write("password.txt", CANARY);
    let mut said = String::new();
    for (code, verb) in [
        (2, vec!["plan", "--detailed-exitcode", "--out", "plan.json"]),
        (2, vec!["plan", "--detailed-exitcode", "--format", "json"]),
        (2, vec!["plan", "--detailed-exitcode", "--format", "markdown"]),
        (0, vec!["apply", "--auto-approve"]),
        (0, vec!["plan", "--detailed-exitcode"]),
        (0, vec!["drift", "--format", "json"]),
    ] {
        let run = story.expect(code, &verb);
        said.push_str(&run.stdout);
        said.push_str(&run.stderr);
    }
    let address = format!("kubernetes:Secret/{}/auth", story.namespace);
    let environment = story.environment.as_str();
    for arguments in [
        &["plan", environment, "-v"][..],
        &["validate", environment],
        &["explain", &address, environment],
        &["rehearse", environment],
        &["ledger", "show", environment],
        &["lock", "show", environment],
    ] {
        let run = story.repository.expect(0, arguments);
        said.push_str(&run.stdout);
        said.push_str(&run.stderr);
    }
    said.push_str(
        &std::fs::read_to_string(story.repository.path().join("plan.json")).expect("the plan file"),
    );
    let state = format!("{}-state", story.environment);
    said.push_str(&story.plane.kubectl(&["-n", &state, "get", "configmaps,leases", "-o", "yaml"]));
    let generated = decoded(&story.live("secret/auth", "{.data.token}"));
    assert_eq!(decoded(&story.live("secret/auth", "{.data.password}")), CANARY);
    assert_eq!(generated.len(), 24);
    for spelling in [CANARY.to_owned(), encoded(CANARY), generated.clone(), encoded(&generated)] {
        assert!(!said.contains(&spelling), "a secret is in what was said");
    }

    story.repository.write("password.txt", "rotated-5f1d9c3b7a");
    story.expect(2, &["plan", "--detailed-exitcode"]);
    story.apply();
    assert_eq!(decoded(&story.live("secret/auth", "{.data.password}")), "rotated-5f1d9c3b7a");
    assert_eq!(
        decoded(&story.live("secret/auth", "{.data.token}")),
        generated,
        "generated once, never again"
    );
    story.expect_no_changes();
}

fn coreutils(arguments: &[&str], input: &str) -> String {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let mut child = Command::new("base64")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("base64 of coreutils");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("base64 reads");
    String::from_utf8(child.wait_with_output().expect("base64 ends").stdout)
        .expect("UTF-8")
        .trim_end()
        .to_owned()
}

fn decoded(text: &str) -> String {
    coreutils(&["-d"], text)
}

pub(super) fn encoded(text: &str) -> String {
    coreutils(&["-w0"], text)
}
