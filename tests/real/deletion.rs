//! Deletions: only what is ours, pinned by uid, explained while they wait, and braked when there are too many.

use super::story::{Story, config_map};

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_leaves_git_is_deleted_and_nothing_else() {
    let story = Story::begin("delete");
    story.write("one.yaml", &config_map("one", "green")).write("two.yaml", &config_map("two", "green"));
    story.plane.kubectl_with(&["-n", &story.namespace, "apply", "-f", "-"], &config_map("theirs", "red"));
    story.apply();
    story.remove("two.yaml");
    let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("Plan: 0 to add, 0 to change, 1 to destroy."), "{}", plan.stdout);
    story.apply();
    let left = story.kubectl(&["get", "configmaps", "-o", "jsonpath={.items[*].metadata.name}"]);
    assert!(left.contains("one") && left.contains("theirs") && !left.contains("two"), "{left}");
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_deletion_that_waits_for_a_finalizer_says_for_which() {
    let story = Story::begin("finalizer");
    story.write("held.yaml", &config_map("held", "green"));
    story.apply();
    let patch = "{\"metadata\":{\"finalizers\":[\"example.dev/guard\"]}}";
    story.kubectl(&["patch", "configmap/held", "-p", patch]);
    story.remove("held.yaml");
    let apply = story.repository.start(&["apply", &story.environment, "--auto-approve"]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while story.live("configmap/held", "{.metadata.deletionTimestamp}").is_empty() {
        assert!(std::time::Instant::now() < deadline, "the deletion was never sent");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    std::thread::sleep(std::time::Duration::from_secs(3));
    story.kubectl(&[
        "patch",
        "configmap/held",
        "--type=json",
        "-p",
        "[{\"op\":\"remove\",\"path\":\"/metadata/finalizers\"}]",
    ]);
    let apply = crate::support::repository::Run::wait(apply);
    assert_eq!(apply.code, 0, "{}\n{}", apply.stdout, apply.stderr);
    assert!(apply.stderr.contains("example.dev/guard"), "{}", apply.stderr);
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_mass_deletion_waits_for_its_number() {
    let story = Story::begin("brake");
    for name in ["a", "b", "c", "d", "e"] {
        story.write(&format!("{name}.yaml"), &config_map(name, "green"));
    }
    story.apply();
    for name in ["b", "c", "d", "e"] {
        story.remove(&format!("{name}.yaml"));
    }
    let plan = story.expect(4, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("--expect-deletes 4"), "{}", plan.stdout);
    story.expect(4, &["apply", "--auto-approve"]);
    assert_eq!(story.live("configmap/b", "{.data.colour}"), "green");
    story.expect(0, &["apply", "--auto-approve", "--expect-deletes", "4"]);
    story.expect_no_changes();
}
