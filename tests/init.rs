//! `evenkeel init`: what it writes is sound, and it writes over nothing.

use crate::support::repository::{Repository, Run};
use std::path::Path;
use std::process::Command;

#[test]
fn a_new_repository_validates_and_has_what_editors_and_pipelines_need() {
    let repository = Repository::new();
    let run = repository.expect(0, &["init", "--name", "staging"]);
    assert_eq!(
        run.stdout,
        "./environments/staging/environment.yaml\n./environments/staging/example.yaml\n./policies/changes.yaml\n./ci/evenkeel.sh\n\
         ./.github/workflows/evenkeel.yml\n./.gitignore\n"
    );
    let validate = repository.expect(0, &["validate"]);
    assert!(validate.stdout.starts_with("No errors"), "{}", validate.stdout);
    let read = |path: &str| std::fs::read_to_string(repository.path().join(path)).expect("a file");
    let environment = read("environments/staging/environment.yaml");
    let schema =
        environment.lines().next().and_then(|line| line.split_once("$schema=")).expect("a schema line").1;
    assert!(repository.path().join("environments/staging").join(schema).exists(), "{schema}");
    assert!(read(".github/workflows/evenkeel.yml").contains("sh ci/evenkeel.sh apply"));
    assert!(read(".gitignore").contains(".evenkeel/"));
    let all = run.stdout.lines().map(|path| read(path.trim_start_matches("./"))).collect::<String>();
    assert!(!all.contains("@NAME@"), "{all}");
}

#[test]
fn init_never_writes_over_a_file_and_then_writes_none_at_all() {
    let repository = Repository::new();
    repository.write("ci/evenkeel.sh", "echo ours\n");
    let run = repository.expect(1, &["init"]);
    assert!(run.stderr.contains("ci/evenkeel.sh is there already; nothing was written"), "{}", run.stderr);
    assert!(!repository.path().join("environments").exists());
    repository.expect(0, &["init", "platform"]);
    repository.expect(64, &["init", "other", "--name", "Prod/1"]);
}

fn git(repository: &Repository, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=alice", "-c", "user.email=alice@example.org"]).args(arguments);
    let status = git.current_dir(repository.path()).status().expect("git runs");
    assert!(status.success(), "git {arguments:?}");
}

fn commit(repository: &Repository, message: &str) {
    git(repository, &["add", "--all"]);
    git(repository, &["commit", "--quiet", "--message", message]);
}

const MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: colours, namespace: default}\ndata: {colour: green}\n";

/// A new repository whose environment is a simulated cluster, committed to `main`.
fn begun() -> Repository {
    let repository = Repository::new();
    repository.expect(0, &["init"]);
    repository.write(
        "environments/prod/environment.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec: {sandbox: {seed: 7}}\n",
    );
    repository.write("environments/prod/colours.yaml", MAP);
    git(&repository, &["init", "--quiet", "--initial-branch=main"]);
    commit(&repository, "in force");
    repository
}

/// Runs the script that continuous integration runs, as it stands in the checkout.
fn pipeline(repository: &Repository, arguments: &[&str]) -> Run {
    let binary = Path::new(env!("CARGO_BIN_EXE_evenkeel")).parent().expect("a directory");
    let path = std::env::var("PATH").expect("a PATH");
    let mut shell = Command::new("sh");
    shell.arg("ci/evenkeel.sh").args(arguments).current_dir(repository.path()).env("NO_COLOR", "1");
    shell.env("PATH", format!("{}:{path}", binary.display()));
    Run::of(shell.output().expect("sh runs"))
}

#[test]
fn a_pull_request_is_planned_by_what_the_protected_branch_has_and_under_its_rules() {
    let repository = begun();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    git(&repository, &["switch", "--quiet", "--create=request"]);
    repository.write("ci/evenkeel.sh", "echo \"$KUBECONFIG\"\n");
    repository.remove("policies/changes.yaml");
    repository.write("environments/prod/colours.yaml", &MAP.replace("green", "blue"));
    commit(&repository, "blue");
    git(&repository, &["switch", "--quiet", "main"]);
    let plan = pipeline(&repository, &["plan", "main", "request"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);
    assert!(plan.stdout.contains("\"green\" -> \"blue\""), "{}", plan.stdout);
    assert!(plan.stdout.contains("Not in force until merged"), "{}", plan.stdout);
    assert_eq!(pipeline(&repository, &["plan"]).code, 64, "never without a base");
}

#[test]
fn the_workflow_runs_nothing_of_a_pull_request_where_its_secrets_are() {
    let repository = begun();
    let workflow = std::fs::read_to_string(repository.path().join(".github/workflows/evenkeel.yml"));
    let workflow = workflow.expect("a workflow");
    assert!(workflow.contains("\n  pull_request_target: {}\n") && !workflow.contains("\n  pull_request:"));
    let refs = workflow.lines().filter(|line| line.trim_start().starts_with("ref:"));
    let refs: Vec<&str> = refs.map(str::trim).collect();
    assert_eq!(refs, ["ref: ${{ github.event.pull_request.base.sha }}"], "the head is never checked out");
    assert!(workflow.contains("sh ci/evenkeel.sh plan \"$BASE\" \"$HEAD\""), "{workflow}");
}

#[test]
fn what_is_held_keeps_the_pipeline_from_nothing_else_and_is_how_it_ends() {
    let repository = begun();
    repository.write(
        "policies/no-blue.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Policy\nmetadata: {name: no-blue}\nspec:\n  \
         over: objects\n  match: {kinds: [ConfigMap]}\n  deny: object.data.colour == 'blue'\n  message: no blue\n  \
         tests:\n    - {name: blue, given: {object: {apiVersion: v1, kind: ConfigMap, data: {colour: blue}}}, expect: denied}\n    \
         - {name: green, given: {object: {apiVersion: v1, kind: ConfigMap, data: {colour: green}}}, expect: allowed}\n",
    );
    repository
        .write("environments/prod/other.yaml", &MAP.replace("colours", "others").replace("green", "blue"));
    let apply = pipeline(&repository, &["apply"]);
    assert_eq!(apply.code, 4, "{}{}", apply.stdout, apply.stderr);
    assert!(
        apply.stdout.contains("1 added"),
        "what is not held is applied\n{}{}",
        apply.stdout,
        apply.stderr
    );
    repository
        .write("environments/prod/other.yaml", "apiVersion: v1\nkind: ConfigMapp\nmetadata: {nam: x}\n");
    let wrong = pipeline(&repository, &["apply"]);
    assert_eq!(wrong.code, 1, "{}{}", wrong.stdout, wrong.stderr);
}
