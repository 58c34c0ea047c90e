//! Specs from a URL: nothing of theirs is in a directory, and what is kept is kept where the command runs.

use super::{GRAPH, repository};
use crate::support::repository::Repository;
use std::process::Command;

/// Commits everything of a repository, and returns its URL.
fn committed(repository: &Repository) -> String {
    for arguments in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "--message", "specs"]] {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=alice", "-c", "user.email=alice@example.org"]).args(arguments);
        let status = git.current_dir(repository.path()).status().expect("git runs");
        assert!(status.success(), "git {arguments:?}");
    }
    format!("file://{}", repository.path().display())
}

#[test]
fn the_simulated_cluster_of_specs_from_a_url_is_kept_where_the_command_runs() {
    let url = committed(&repository());
    let here = Repository::new();
    assert_eq!(here.run(&["plan", "prod", "--repo", &url]).code, 7, "the repository is gone by now");

    let specs = repository();
    let url = committed(&specs);
    here.expect(0, &["apply", "prod", "--auto-approve", "--repo", &url]);
    here.expect(0, &["plan", "prod", "--detailed-exitcode", "--repo", &url]);
    assert!(here.path().join(".evenkeel/prod/world.json").is_file());
    assert!(!specs.path().join(".evenkeel").exists(), "nobody writes into what was fetched");
    let found = std::fs::read_dir(here.path()).expect("lists").flatten();
    let shown: Vec<_> =
        found.filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b".")).collect();
    assert!(shown.is_empty(), "no directory is named after the URL: {shown:?}");
}

#[test]
fn what_is_typed_next_works_on_the_same_specs_by_the_same_rules() {
    let specs = repository();
    let url = committed(&specs);
    let here = Repository::new();
    let options = ["--repo", &url, "--revision", "HEAD", "--base", "HEAD"];
    let again = options.join(" ");
    let next = |code, arguments: &[&str], next: &str| {
        let run = here.expect(code, &[arguments, &options].concat());
        let told = format!("{}{}", run.stdout, run.stderr);
        assert!(told.contains(&format!("{next} {again}")), "{next} {again}\nis not in\n{told}");
    };
    next(0, &["plan", "prod", "--expect-deletes", "0"], "next: evenkeel apply prod --expect-deletes 0");
    next(0, &["plan", "prod", "--out", "plan.json"], "next: evenkeel apply plan.json");
    next(0, &["rehearse", "prod"], "next: evenkeel apply prod");
    next(64, &["apply", "prod"], "next: evenkeel apply prod");
    next(0, &["snapshot", "prod", "--out", "live.json"], "next: evenkeel plan prod --live live.json");
    next(64, &["forget", "kubernetes:ConfigMap/graph/unknown"], "next: evenkeel ledger show ENV");
    next(
        64,
        &["destroy", "prod", "--data", "kubernetes:ConfigMap/graph/unknown"],
        "next: evenkeel ledger show prod",
    );
    next(0, &["explain", "E0102"], "once it is mended: evenkeel validate");
    next(0, &["suspend", "prod", "--for", "1h", "--reason", "moving"], "evenkeel suspend prod --for 0s");
}

#[test]
fn a_relative_state_directory_of_specs_from_a_url_is_refused() {
    let specs = Repository::new();
    specs.write(
        "environments/prod/environment.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  \
         kubernetes: {default: {kubeconfig: {fromEnv: KUBECONFIG}}}\n  state: {directory: state}\n",
    );
    specs.write("environments/prod/graph.yaml", GRAPH);
    let url = committed(&specs);
    let outside = tempfile::TempDir::new().expect("a directory");
    let kubeconfig = outside.path().join("kubeconfig");
    let text = "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: a, user: a}}]\n\
                clusters: [{name: a, cluster: {server: \"http://127.0.0.1:1\"}}]\nusers: [{name: a, user: {}}]\n";
    std::fs::write(&kubeconfig, text).expect("writes");
    let here = Repository::with_kubeconfig(&kubeconfig);
    let plan = here.expect(64, &["plan", "prod", "--repo", &url]);
    assert!(plan.stderr.contains("spec.state.directory is `state`"), "{}", plan.stderr);
    assert!(plan.stderr.contains("check the repository out"), "{}", plan.stderr);
}

const POLICY: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Policy
metadata: {name: few-replicas}
spec:
  over: objects
  deny: object.?spec.?replicas.orValue(1) > 3
  message: too many
  tests:
    - {name: four, given: {object: {apiVersion: apps/v1, kind: Deployment, spec: {replicas: 4}}}, expect: denied}
    - {name: three, given: {object: {apiVersion: apps/v1, kind: Deployment, spec: {replicas: 3}}}, expect: allowed}
";

#[test]
fn a_policy_is_explained_as_it_is_in_force() {
    let specs = repository();
    specs.write("policies/replicas.yaml", POLICY);
    committed(&specs);
    specs
        .write("policies/replicas.yaml", &POLICY.replace("> 3", "> 4").replace("replicas: 4", "replicas: 5"));
    specs.write("policies/more.yaml", &POLICY.replace("few-replicas", "more"));
    let explained = specs.expect(0, &["explain", "few-replicas", "--base", "HEAD"]);
    assert!(explained.stdout.contains("> 3"), "{explained:?}");
    assert!(explained.stderr.contains("these specs change it"), "{explained:?}");
    let own = specs.expect(0, &["explain", "few-replicas"]);
    assert!(own.stdout.contains("> 4") && own.stderr.is_empty(), "{own:?}");
    let more = specs.expect(64, &["explain", "more", "--base", "HEAD"]);
    assert!(more.stderr.contains("`more` is not in force"), "{more:?}");
    assert!(more.stderr.contains("to see it: evenkeel explain more\n"), "{more:?}");
    let validated = specs.expect(0, &["validate", "--base", "HEAD"]);
    assert!(validated.stderr.contains("--base does not count here"), "{validated:?}");
}
