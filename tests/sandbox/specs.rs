//! Specs that cannot be read or make no sense, as somebody at a terminal sees them.

use super::repository;
use serde_json::Value as Json;
use std::os::unix::fs::symlink;

#[test]
fn a_file_that_cannot_be_read_is_a_finding_with_a_code_and_a_place() {
    let repository = repository();
    symlink("/etc/hostname", repository.path().join("environments/prod/out.yaml")).expect("a link");
    let run = repository.expect(7, &["validate"]);
    assert!(
        run.stdout.contains("error[E0212]: this cannot be read: it links to /etc/hostname"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("--> environments/prod/out.yaml:1:1"), "{}", run.stdout);
    assert!(run.stdout.contains("1 error in 1 of 3 files."), "{}", run.stdout);
    let run = repository.expect(7, &["validate", "--format", "json"]);
    let json: Json = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(json["findings"][0]["code"], 212);
    let run = repository.expect(7, &["plan", "prod"]);
    assert!(run.stderr.contains("error[E0212]"), "{}", run.stderr);
    assert!(repository.expect(0, &["explain", "E0212"]).stdout.contains("Links are followed"));
}

#[test]
fn a_suspension_needs_a_reason_that_says_something() {
    let repository = repository();
    let run = repository.expect(64, &["suspend", "prod", "--for", "1h", "--reason", " "]);
    assert!(run.stderr.contains("a suspension needs a reason"), "{}", run.stderr);
}
