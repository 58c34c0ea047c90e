//! A tool that reads Terraform's plan JSON and is not ours reads our plans as well.

use super::{GRAPH, repository};
use crate::support::repository::Repository;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Holds the plan of an environment against the example policy.
fn judged(repository: &Repository) -> Output {
    let conftest =
        std::env::var_os("CONFTEST").map(PathBuf::from).expect("CONFTEST: run by `make test-real`");
    let plan = repository.run(&["plan", "prod", "--format", "json"]);
    repository.write("plan.json", &plan.stdout);
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples");
    let mut command = Command::new(conftest);
    command.args(["test", "--no-color", "--policy"]).arg(policies).arg(repository.path().join("plan.json"));
    command.output().expect("conftest runs")
}

#[test]
#[ignore = "needs conftest: make test-real"]
fn conftest_denies_deletions_and_lets_the_rest_pass() {
    let repository = repository();
    let first = judged(&repository);
    let told = String::from_utf8_lossy(&first.stdout);
    assert!(first.status.success() && told.contains("2 passed"), "{told}");
    repository.expect(0, &["apply", "prod", "--auto-approve"]);

    let without_service = GRAPH.split("---\n").take(2).collect::<Vec<_>>().join("---\n");
    repository.write("environments/prod/graph.yaml", &without_service);
    let second = judged(&repository);
    let told = String::from_utf8_lossy(&second.stdout);
    assert_eq!(second.status.code(), Some(1), "{told}");
    assert!(told.contains("kubernetes:Service/graph/orders would be deleted"), "{told}");

    let without_namespace = GRAPH.split("---\n").skip(1).collect::<Vec<_>>().join("---\n");
    repository.write("environments/prod/graph.yaml", &without_namespace);
    let held = judged(&repository);
    let told = String::from_utf8_lossy(&held.stdout);
    assert!(
        told.contains("kubernetes:Namespace/graph would be deleted, but for a hold (holds_data)"),
        "{told}"
    );
}
