//! What a plan says when nobody can read where a secret comes from.

use super::golden;
use crate::support::repository::{Repository, Run};

const TEXT: &str = "first-5f2b";

/// An environment whose only Secret has its text from a variable.
fn repository() -> Repository {
    let repository = Repository::new();
    repository.write(
        "environments/prod/environment.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec: {sandbox: {seed: 7}}\n",
    );
    repository.write(
        "environments/prod/secret.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {name: auth}\nspec:\n  \
         target: {namespace: default, name: auth}\n  data: {password: {fromEnv: GRAPH_PASSWORD}}\n",
    );
    repository
}

fn with_password(repository: &Repository, arguments: &[&str]) -> Run {
    let mut command = repository.command(arguments);
    Run::of(command.env("GRAPH_PASSWORD", TEXT).output().expect("the binary runs"))
}

/// Changes the Secret's bytes behind our back.
fn tamper(repository: &Repository) {
    let path = repository.path().join(".evenkeel/prod/world.json");
    let world = std::fs::read_to_string(&path).expect("a world");
    assert!(world.contains("Zmlyc3QtNWYyYg=="), "the world keeps the Secret's bytes");
    std::fs::write(&path, world.replace("Zmlyc3QtNWYyYg==", "dGFtcGVyZWQ=")).expect("a world");
}

#[test]
fn a_secret_whose_source_is_missing_is_told_and_never_taken_for_equal() {
    let repository = repository();
    golden("a-new-secret-without-its-source", &repository.run(&["plan", "prod"]));
    assert_eq!(with_password(&repository, &["apply", "prod", "--auto-approve"]).code, 0);
    assert_eq!(with_password(&repository, &["plan", "prod", "--detailed-exitcode"]).code, 0);
    golden("a-secret-without-its-source", &repository.expect(7, &["plan", "prod"]));
    repository.expect(7, &["drift", "prod"]);
    tamper(&repository);
    golden("a-secret-that-drifted-without-its-source", &repository.expect(7, &["plan", "prod"]));
    golden("drift-of-a-secret-without-its-source", &repository.expect(7, &["drift", "prod"]));
    repository.expect(7, &["apply", "prod", "--auto-approve"]);
    assert_eq!(with_password(&repository, &["drift", "prod"]).code, 2);
    assert_eq!(with_password(&repository, &["apply", "prod", "--auto-approve"]).code, 0);
    assert_eq!(with_password(&repository, &["plan", "prod", "--detailed-exitcode"]).code, 0);
}

#[test]
fn no_verb_and_no_error_says_a_secret() {
    let repository = repository();
    let mut said = String::new();
    let literal = format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData: {{p: {TEXT}}}\n");
    for (specs, verbs) in [
        (None, &["plan prod -v", "apply prod --auto-approve -v", "drift prod", "rehearse prod"][..]),
        (None, &["ledger show prod", "lock show prod", "explain kubernetes:Secret/default/auth prod"]),
        (Some(literal), &["validate", "plan prod", "validate --format json", "validate --format markdown"]),
    ] {
        if let Some(specs) = specs {
            repository.write("environments/prod/literal.yaml", &specs);
        }
        for verb in verbs {
            let run = with_password(&repository, &verb.split(' ').collect::<Vec<_>>());
            said.push_str(&run.stdout);
            said.push_str(&run.stderr);
        }
    }
    assert!(said.contains("Apply complete") && said.contains("E0305"), "{said}");
    assert!(!said.contains(TEXT) && !said.contains("Zmlyc3QtNWYyYg=="), "{said}");
}
