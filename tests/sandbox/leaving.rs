//! Leaving Git: what a plan file may do, what is asked again, and what is left of the state of what was taken down.

use super::repository;
use crate::support::repository::Repository;

const NAMESPACE: &str = "kubernetes:Namespace/graph";
const CONFIG: &str = "kubernetes:ConfigMap/graph/orders-config";

/// A namespace, which holds data, with a configuration and a service in it: all of it was applied.
fn applied() -> Repository {
    let repository = repository();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    repository
}

/// What is kept of the state; the simulated cluster itself is beside it.
fn state(repository: &Repository) -> Vec<String> {
    let files = std::fs::read_dir(repository.path().join(".evenkeel/prod")).expect("a directory");
    let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    let is_state = |name: &String| {
        ["lock", "ledger", "journal", "key", "suspend"].iter().any(|piece| name.starts_with(piece))
    };
    let mut names: Vec<String> = names.filter(is_state).collect();
    names.sort();
    names
}

fn remove_state(repository: &Repository) {
    for name in state(repository) {
        repository.remove(&format!(".evenkeel/prod/{name}"));
    }
}

#[test]
fn a_plan_file_takes_nothing_down_by_itself_and_never_says_which_data_goes() {
    let repository = applied();
    repository.expect(0, &["destroy", "prod", "--data", NAMESPACE, "--out", "down.json"]);
    let alone = repository.expect(64, &["apply", "down.json"]);
    assert!(alone.stderr.contains("the file alone is no permission"), "{}", alone.stderr);
    assert!(alone.stderr.contains("--destroy prod --expect-deletes 3"), "{}", alone.stderr);
    repository.expect(64, &["apply", "down.json", "--destroy", "prod"]);
    repository.expect(64, &["apply", "down.json", "--destroy", "staging", "--expect-deletes", "3"]);
    let miscounted =
        repository.expect(4, &["apply", "down.json", "--destroy", "prod", "--expect-deletes", "3"]);
    assert!(miscounted.stderr.contains("2 resources would go"), "without its data: {}", miscounted.stderr);
    let kept = repository.run(&["apply", "down.json", "--destroy", "prod", "--expect-deletes", "2"]);
    assert!(kept.stdout.contains("2 destroyed"), "{kept:?}");
    let ledger = repository.expect(0, &["ledger", "show", "prod"]).stdout;
    assert!(ledger.contains(NAMESPACE) && !ledger.contains(CONFIG), "{ledger}");

    let all = ["apply", "down.json", "--destroy", "prod", "--expect-deletes", "1", "--data", NAMESPACE];
    let gone = repository.expect(0, &all);
    assert!(gone.stderr.contains("Git still has 3 resources of prod"), "{}", gone.stderr);
}

#[test]
fn a_plan_file_of_what_git_says_has_no_use_for_a_permission_to_destroy() {
    let repository = applied();
    repository.expect(0, &["plan", "prod", "--out", "plan.json"]);
    repository.expect(64, &["apply", "plan.json", "--destroy", "prod", "--expect-deletes", "0"]);
    repository.expect(64, &["apply", "prod", "--destroy", "prod", "--expect-deletes", "0"]);
}

#[test]
fn a_plan_file_deletes_as_many_resources_as_somebody_expects_and_not_one_without_them() {
    let repository = applied();
    let namespace = super::GRAPH.split("---\n").next().expect("the namespace");
    repository.write("environments/prod/graph.yaml", namespace);
    repository.expect(0, &["plan", "prod", "--out", "plan.json"]);
    let miscounted = repository.expect(4, &["apply", "plan.json", "--expect-deletes", "1"]);
    assert!(miscounted.stderr.contains("2 resources would go, and 1 were expected"), "{miscounted:?}");
    assert!(miscounted.stderr.contains("evenkeel plan prod"), "{miscounted:?}");
    assert!(repository.expect(0, &["ledger", "show", "prod"]).stdout.contains(CONFIG));
    repository.expect(0, &["apply", "plan.json", "--expect-deletes", "2"]);
    assert!(!repository.expect(0, &["ledger", "show", "prod"]).stdout.contains(CONFIG));
}

#[test]
fn a_plan_file_that_is_given_up_is_not_carried_out() {
    let repository = repository();
    repository.expect(0, &["plan", "prod", "--out", "plan.json"]);
    let nothing = repository.expect(0, &["apply", "plan.json", "--abandon"]);
    assert!(nothing.stderr.contains("no apply was left open"), "{nothing:?}");
    repository.expect(2, &["plan", "prod", "--detailed-exitcode"]);
    repository.expect(64, &["apply", "plan.json", "--abandon", "--expect-deletes", "1"]);
}

#[test]
fn what_was_taken_down_by_a_file_is_not_reported_as_refused_when_it_is_run_again() {
    let repository = applied();
    repository.expect(0, &["destroy", "prod", "--data", NAMESPACE, "--out", "down.json"]);
    let destroy = ["apply", "down.json", "--destroy", "prod", "--expect-deletes", "3", "--data", NAMESPACE];
    for milliseconds in [20, 40, 60, 90, 120, 160, 200, 300] {
        let mut killed = repository.start(&destroy);
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        killed.kill().expect("it can be killed");
        killed.wait().expect("it ends");
    }
    let last = repository.run(&destroy);
    let never_ours = last.stderr.contains("is not ours");
    assert!(last.code == 0 || (last.code == 64 && never_ours), "{last:?}");
    assert!(!last.stderr.contains("refused"), "{}", last.stderr);
}

#[test]
fn a_lost_ledger_is_no_empty_environment() {
    let repository = applied();
    remove_state(&repository);
    let destroy = ["destroy", "prod", "--auto-approve", "--expect-deletes", "0"];
    let lost = repository.expect(7, &destroy);
    assert!(lost.stdout.contains("but there is no ledger"), "{}", lost.stdout);
    repository.expect(0, &["ledger", "recover", "prod", "--auto-approve"]);
    let ledger = repository.expect(0, &["ledger", "show", "prod"]).stdout;
    assert!(ledger.contains(CONFIG) && ledger.contains(NAMESPACE), "{ledger}");
}

#[test]
fn what_is_left_of_the_state_is_the_lock_and_an_empty_head_and_the_environment_may_live_again() {
    let repository = applied();
    let destroy = ["destroy", "prod", "--data", NAMESPACE, "--auto-approve", "--expect-deletes", "3"];
    repository.expect(0, &destroy);
    assert_eq!(state(&repository), ["ledger-head", "lock"]);
    let nothing = repository.expect(0, &["destroy", "prod", "--auto-approve", "--expect-deletes", "0"]);
    assert!(nothing.stdout.contains("Nothing here is ours."), "{}", nothing.stdout);
    assert_eq!(state(&repository), ["ledger-head", "lock"]);
    let again = repository.expect(0, &["apply", "prod", "--auto-approve"]);
    assert!(again.stdout.contains("3 added"), "{}", again.stdout);
    repository.expect(0, &["plan", "prod", "--detailed-exitcode"]);
}

#[test]
fn the_state_of_a_suspended_environment_stays() {
    let repository = repository();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    for address in [CONFIG, "kubernetes:Service/graph/orders", NAMESPACE] {
        repository.write("environments/prod/graph.yaml", "");
        repository.expect(0, &["forget", address, "prod", "--auto-approve"]);
    }
    repository.expect(0, &["suspend", "prod", "--for", "1h", "--reason", "holidays"]);
    let kept = state(&repository);
    let suspended = repository.expect(6, &["destroy", "prod", "--auto-approve", "--expect-deletes", "0"]);
    assert!(suspended.stderr.contains("holidays"), "{}", suspended.stderr);
    assert_eq!(state(&repository), kept);
    repository.expect(0, &["suspend", "prod", "--for", "0s"]);
    repository.expect(0, &["destroy", "prod", "--auto-approve", "--expect-deletes", "0"]);
    assert_eq!(state(&repository), ["ledger-head", "lock"]);
}

#[test]
fn a_namespace_takes_no_data_along_that_was_not_named() {
    let repository = repository();
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: graph}\nspec:\n  \
                 accessModes: [ReadWriteOnce]\n  storageClassName: none\n  resources: {requests: {storage: 1Gi}}\n";
    repository.write("environments/prod/data.yaml", claim);
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    let alone = repository.expect(64, &["destroy", "prod", "--data", NAMESPACE]);
    let data = "kubernetes:PersistentVolumeClaim/graph/data";
    assert!(alone.stderr.contains(&format!("next: --data {data}")), "{}", alone.stderr);
    let both = repository.expect(64, &["destroy", "prod", "--data", NAMESPACE, "--data", data]);
    assert!(both.stderr.contains("takes everything in it along"), "{}", both.stderr);
    assert!(both.stdout.contains("4 to destroy"), "{}", both.stdout);
}
