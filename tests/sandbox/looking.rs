//! Verbs that only look: preflight, snapshots and plans from them, pictures, and explanations that find their environment.

use super::{GRAPH, golden, repository};

#[test]
fn a_simulated_environment_needs_no_credentials() {
    let repository = repository();
    let preflight = repository.expect(0, &["preflight", "prod"]);
    assert!(preflight.stdout.contains("Simulated: no credentials"), "{}", preflight.stdout);
    assert!(preflight.stdout.ends_with("Ready.\n"), "{}", preflight.stdout);
    repository.expect(0, &["suspend", "prod", "--for", "1h", "--reason", "the broker is moved"]);
    repository.expect(6, &["preflight", "prod"]);
    repository.expect(0, &["preflight", "prod", "--plan-only"]);
}

#[test]
fn whom_roles_are_bound_to_must_be_somebody() {
    let wrong = repository().expect(64, &["preflight", "prod", "--rbac=plan", "--subject", "robot"]);
    assert!(wrong.stderr.contains("ServiceAccount:NAMESPACE/NAME"), "{}", wrong.stderr);
    repository().expect(64, &["preflight", "prod", "--subject", "User:ada"]);
}

#[test]
fn one_subject_is_not_bound_to_the_roles_of_both_purposes() {
    for rbac in ["--rbac", "--rbac=both"] {
        let wrong = repository().expect(64, &["preflight", "prod", rbac, "--subject", "User:ada"]);
        assert!(wrong.stderr.contains("--rbac=plan and with --rbac=apply"), "{}", wrong.stderr);
    }
}

#[test]
fn a_simulated_environment_has_no_roles_to_print() {
    let roles = repository().expect(0, &["preflight", "prod", "--rbac"]);
    assert_eq!(roles.stdout, "");
    assert!(roles.stderr.contains("simulated"), "{}", roles.stderr);
}

#[test]
fn a_plan_from_a_snapshot_is_that_of_its_time_and_needs_no_world() {
    let repository = repository();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    repository.expect(0, &["snapshot", "prod", "--out", "live.json"]);
    std::fs::remove_dir_all(repository.path().join(".evenkeel")).expect("the world and its state");
    let unchanged = repository.expect(0, &["plan", "prod", "--live", "live.json", "--detailed-exitcode"]);
    assert!(unchanged.stdout.contains("No changes. Live matches Git."), "{}", unchanged.stdout);
    let more =
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: more, namespace: graph}\ndata: {a: b}\n";
    let job = "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: new, namespace: graph}\nspec: {template: {spec: \
               {restartPolicy: Never, containers: [{name: a, image: \"a:1\"}]}}}\n";
    let specs = format!("{}{more}{job}", GRAPH.replace("max_size=4g", "max_size=6g"));
    repository.write("environments/prod/graph.yaml", &specs);
    let changed = repository.expect(7, &["plan", "prod", "--live", "live.json", "--out", "plan.json"]);
    golden("a-plan-from-a-snapshot", &changed);
    let markdown =
        repository.expect(7, &["plan", "prod", "--live", "live.json", "--format", "markdown"]).stdout;
    assert!(markdown.contains("nothing was contacted"), "{markdown}");
    let file = std::fs::read_to_string(repository.path().join("plan.json")).expect("a plan file");
    assert!(evenkeel_core::report::plan::parse(file.as_bytes()).is_ok());
    let more = file.replace("\"snapshot\":{", "\"snapshot\":{\"more\":1,");
    assert!(more != file && evenkeel_core::report::plan::parse(more.as_bytes()).is_err());
    let coverage = repository.expect(64, &["plan", "prod", "--live", "live.json", "--coverage"]);
    assert!(coverage.stderr.contains("--coverage"), "{}", coverage.stderr);
}

#[test]
fn what_git_wants_and_what_a_plan_does_can_be_drawn() {
    let repository = repository();
    golden("a-graph-of-what-git-wants", &repository.expect(0, &["graph", "prod"]));
    golden("a-graph-of-a-plan", &repository.expect(0, &["graph", "prod", "--plan", "--dot"]));
    let block = repository.expect(0, &["graph", "prod", "--format", "markdown"]);
    assert!(block.stdout.starts_with("```mermaid\n"), "{}", block.stdout);
    let json = repository.expect(0, &["graph", "prod", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["nodes"].as_array().map(Vec::len), Some(3));
}

#[test]
fn an_address_finds_its_environment_and_takes_either_order() {
    let repository = repository();
    let address = "kubernetes:Service/graph/orders";
    let first = repository.expect(0, &["explain", address, "prod"]);
    assert_eq!(repository.expect(0, &["explain", "prod", address]).stdout, first.stdout);
    let guessed = repository.expect(0, &["explain", address]);
    assert_eq!(guessed.stdout, first.stdout);
    assert!(guessed.stderr.contains("in environment prod"), "{}", guessed.stderr);
    let none = repository.expect(64, &["explain", "kubernetes:Service/graph/nobody"]);
    assert!(none.stderr.contains("none has this one in Git"), "{}", none.stderr);
    let environment = std::fs::read_to_string(repository.path().join("environments/prod/environment.yaml"));
    let staging = environment.expect("it is there").replace("name: prod", "name: staging");
    repository.write("environments/staging/environment.yaml", &staging);
    repository.write("environments/staging/graph.yaml", GRAPH);
    let several = repository.expect(64, &["explain", address]);
    assert!(several.stderr.contains("several environments have it: prod, staging"), "{}", several.stderr);
}

#[test]
fn an_environment_that_cannot_be_read_is_named_where_one_is_to_be_found() {
    let repository = repository();
    let address = "kubernetes:Service/graph/orders";
    let environment = std::fs::read_to_string(repository.path().join("environments/prod/environment.yaml"));
    let staging = environment.expect("it is there").replace("name: prod", "name: staging");
    repository.write("environments/staging/environment.yaml", &staging);
    repository.write("environments/staging/graph.yaml", "kind: [");
    let unsure = repository.expect(64, &["explain", address]);
    assert!(unsure.stderr.contains("staging"), "{}", unsure.stderr);
    assert!(unsure.stderr.contains(&format!("evenkeel explain {address} prod")), "{}", unsure.stderr);
    repository.expect(0, &["explain", address, "prod"]);
}

#[test]
fn a_snapshot_is_for_its_owner_only_whatever_was_there_before_and_half_of_one_is_damaged() {
    use std::os::unix::fs::PermissionsExt;
    let repository = repository();
    repository.write("live.json", "{}");
    repository.expect(0, &["snapshot", "prod", "--out", "live.json"]);
    let file = repository.path().join("live.json");
    let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!repository.path().join("live.json.unfinished").exists());
    let bytes = std::fs::read(&file).expect("it is there");
    std::fs::write(&file, &bytes[..bytes.len() / 2]).expect("a file");
    let plan = repository.expect(64, &["plan", "prod", "--live", "live.json"]);
    assert!(plan.stderr.contains("damaged snapshot"), "{}", plan.stderr);
    let piped = repository.expect(0, &["snapshot", "prod", "--out", "/dev/stdout"]);
    assert!(piped.stdout.starts_with("{\"kind\":\"Snapshot\""), "{}", piped.stdout);
}
