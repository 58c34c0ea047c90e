//! Stories in the sandbox: whole commands and what they print, on a simulated cluster. Golden texts are in
//! `tests/stories/sandbox`; `make bless` accepts new ones.

mod consumers;
mod errors;
mod formats;
mod kafka;
mod leaving;
mod looking;
mod neo4j;
mod rehearsals;
mod remote;
mod secrets;
mod sources;
mod specs;

use crate::support::repository::{Repository, Run};
use std::io::{Read, Write};

/// An environment on a simulated cluster, with a configuration and a service.
fn repository() -> Repository {
    let repository = Repository::new();
    repository.write(
        "environments/prod/environment.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  sandbox: {seed: 7}\n  \
         limits: {requestTimeout: 1s, lease: 1s}\n",
    );
    repository.write("environments/prod/graph.yaml", GRAPH);
    repository
}

const GRAPH: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: graph}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: orders-config, namespace: graph}
data:
  neo4j.conf: |
    server.memory.heap.max_size=4g
    server.memory.pagecache.size=8g
---
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: graph}
spec: {selector: {app: orders}, ports: [{name: bolt, port: 7687}]}
";

/// Compares what a run printed with the golden text.
fn golden(name: &str, run: &Run) {
    let aside = [
        (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "[date]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[date]"),
        (r"by .*, process \d+", "by [user]"),
        (r"  +\[time\]", "  [time]"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[uid]"),
    ];
    crate::support::golden::assert_golden("../stories/sandbox", name, run, &aside);
}

#[test]
fn a_first_plan_and_its_apply() {
    let repository = repository();
    golden("a-first-plan", &repository.expect(2, &["plan", "prod", "--detailed-exitcode"]));
    let apply = repository.expect(0, &["apply", "prod", "--auto-approve"]);
    assert!(apply.stdout.starts_with("Apply complete: 3 added, 0 changed, 0 destroyed."), "{}", apply.stdout);
    golden("nothing-left-to-do", &repository.expect(0, &["plan", "prod", "--detailed-exitcode"]));
}

#[test]
fn a_changed_line_of_a_long_text_is_shown_as_a_diff() {
    let repository = repository();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    repository.write("environments/prod/graph.yaml", &GRAPH.replace("max_size=4g", "max_size=6g"));
    golden("a-changed-line", &repository.expect(2, &["plan", "prod", "--detailed-exitcode"]));
    golden("a-changed-line-in-markdown", &repository.expect(0, &["plan", "prod", "--format", "markdown"]));
}

#[test]
fn a_plan_file_carries_exactly_what_was_reviewed() {
    let repository = repository();
    repository.expect(0, &["plan", "prod", "--out", "plan.json"]);
    repository.expect(0, &["apply", "plan.json"]);
    repository.expect(0, &["plan", "prod", "--detailed-exitcode"]);
    repository.write("environments/prod/graph.yaml", &GRAPH.replace("4g", "6g"));
    golden("a-plan-file-of-other-specs", &repository.expect(3, &["apply", "plan.json"]));
    repository.write("plan.json", "{\"format_version\": \"9.0\"}");
    golden("a-file-that-is-no-plan", &repository.expect(64, &["apply", "plan.json"]));
}

#[test]
fn json_has_terraforms_shape() {
    let repository = repository();
    let run = repository.expect(0, &["plan", "prod", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let changes = plan["resource_changes"].as_array().expect("a list");
    assert_eq!(changes.len(), 3);
    assert!(changes.iter().all(|change| change["change"]["actions"] == serde_json::json!(["create"])));
}

#[test]
fn what_is_typed_wrongly_says_what_to_type() {
    let repository = repository();
    golden("an-unknown-environment", &repository.expect(64, &["plan", "prd"]));
    golden("apply-without-a-terminal", &repository.expect(64, &["apply", "prod"]));
    golden("an-address-that-is-none", &repository.expect(64, &["explain", "ConfigMap/orders", "prod"]));
    golden("an-unknown-code", &repository.expect(64, &["explain", "E9999"]));
    assert_eq!(repository.run(&["plan"]).code, 64);
    assert_eq!(repository.run(&["--help"]).code, 0);
}

#[test]
fn a_resource_is_explained() {
    let repository = repository();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    repository.write("environments/prod/graph.yaml", &GRAPH.replace("4g", "6g"));
    let address = "kubernetes:ConfigMap/graph/orders-config";
    golden("a-resource-is-explained", &repository.expect(0, &["explain", address, "prod"]));
}

#[test]
fn the_lock_and_the_ledger_are_shown() {
    let repository = repository();
    golden("a-lock-that-nobody-ever-held", &repository.expect(0, &["lock", "show", "prod"]));
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    let lock = repository.expect(0, &["lock", "show", "prod"]);
    assert!(lock.stdout.contains("free; last held by"), "{}", lock.stdout);
    golden("the-ledger", &repository.expect(0, &["ledger", "show", "prod"]));
}

#[test]
fn every_verb_writes_schemas_and_completions_without_an_environment() {
    let repository = Repository::new();
    repository.expect(0, &["schema", "--out", "schemas"]);
    assert!(repository.path().join("schemas/Environment.schema.json").is_file());
    assert!(repository.expect(0, &["completions", "bash"]).stdout.contains("evenkeel"));
}

#[test]
fn the_demo_plays_to_its_end() {
    let demo = Repository::new().expect(0, &["demo"]);
    for line in [
        "limits has `maxDeletes`",
        "Plan: 7 to add, 0 to change, 0 to destroy.",
        "+ kubernetes:Secret/graph/orders-auth",
        "+ kafka:Topic/main/orders",
        "data[\"heap.max_size\"]   \"2g\" -> \"8g\"   kubectl-edit",
        "config[\"retention.ms\"]   \"604800000\" -> \"3600000\"",
        "state   \"RUNNING\" -> \"PAUSED\"",
        "! kubernetes:StatefulSet/graph/orders   delete   holds data",
        "$ kill -9",
        "No changes. Live matches Git.",
        "Next, against a real platform",
    ] {
        assert!(demo.stdout.contains(line), "{line}\n--- in\n{}", demo.stdout);
    }
    assert!(demo.stderr.contains("continuing plan"), "{}", demo.stderr);
}

#[test]
fn a_result_that_cannot_be_written_is_no_success() {
    let repository = repository();
    let into = |path: &str, arguments: &[&str]| {
        let file = std::fs::OpenOptions::new().write(true).open(path).expect("a device");
        let status = repository.command(arguments).stdout(file).status().expect("the binary runs");
        status.code()
    };
    assert_eq!(into("/dev/full", &["plan", "prod"]), Some(1));
    assert_eq!(into("/dev/full", &["--help"]), Some(1));
    assert_eq!(into("/dev/null", &["plan", "prod"]), Some(0));
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let repository = repository();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let status = repository.command(&["plan", "prod"]).stdout(writer).status().expect("the binary runs");
    assert_eq!(status.code(), Some(0));
}

/// Runs the binary on a terminal, types this, and returns its exit code and what it showed.
fn on_a_terminal(repository: &Repository, arguments: &str, typed: &str) -> (Option<i32>, String) {
    // A shell that stays between hears Ctrl-C as well, and reports its own end by it: hence exec.
    let command = format!("exec {} {arguments}", env!("CARGO_BIN_EXE_evenkeel"));
    let mut terminal = std::process::Command::new("script");
    terminal.args(["--quiet", "--return", "--flush", "--command", &command, "/dev/null"]);
    terminal.current_dir(repository.path()).env("NO_COLOR", "1").env("CI", "true");
    let mut child = terminal
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("script runs");
    let (mut keyboard, mut screen) =
        (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
    let mut shown = Vec::new();
    while !String::from_utf8_lossy(&shown).contains("Only `yes` is taken") {
        let mut bytes = [0; 1024];
        let read = screen.read(&mut bytes).expect("a screen");
        assert!(read > 0, "nothing was asked: {}", String::from_utf8_lossy(&shown));
        shown.extend(&bytes[..read]);
    }
    keyboard.write_all(typed.as_bytes()).expect("a keyboard");
    keyboard.flush().expect("a keyboard");
    screen.read_to_end(&mut shown).expect("a screen");
    let status = child.wait().expect("script ends");
    (status.code(), String::from_utf8_lossy(&shown).into_owned())
}

#[test]
fn ctrl_c_at_the_question_ends_the_apply() {
    let repository = repository();
    let (code, shown) = on_a_terminal(&repository, "apply prod", "\u{3}");
    assert_eq!(code, Some(5), "{shown}");
    assert!(shown.contains("interrupted: nothing new was started"), "{shown}");
    repository.expect(2, &["plan", "prod", "--detailed-exitcode"]);
}

#[test]
fn a_yes_at_the_question_is_asked_for_once() {
    let repository = repository();
    let (code, shown) = on_a_terminal(&repository, "apply prod", "yes\n");
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(shown.matches("Carry this plan out?").count(), 1, "{shown}");
    repository.expect(0, &["plan", "prod", "--detailed-exitcode"]);
}
