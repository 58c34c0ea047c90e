//! Stopped and rivalled applies, and an outage: the same end is reached, and nothing that was done is done again.

use super::story::{Story, config_map};
use crate::support::plane::{Parts, Plane};
use crate::support::repository::{Repository, Run};
use std::time::Duration;

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_api_server_killed_in_mid_apply_loses_nothing() {
    let plane = Plane::start(Parts::Api);
    let repository = Repository::with_kubeconfig(&plane.kubeconfig());
    repository.environment("outage", "default");
    for object in 0..60 {
        let map = config_map(&format!("c{object}"), "green");
        repository.write(&format!("environments/outage/c{object}.yaml"), &map);
    }
    let apply = repository.start(&["apply", "outage", "--auto-approve"]);
    while !plane.kubectl(&["get", "configmaps", "-n", "default", "-o", "name"]).contains("/c") {
        std::thread::sleep(Duration::from_millis(20));
    }
    plane.down();
    let stopped = repository.expect(7, &["plan", "outage", "--detailed-exitcode"]);
    assert!(stopped.stderr.contains("Nothing was planned and nothing was written"), "{}", stopped.stderr);
    plane.up();
    let ended = Run::wait(apply);
    assert!([0, 1, 3, 5, 7].contains(&ended.code), "{}\n{}", ended.stdout, ended.stderr);
    repository.expect(0, &["apply", "outage", "--auto-approve"]);
    let plan = repository.expect(0, &["plan", "outage", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn of_two_applies_at_once_one_holds_the_lock_and_the_other_says_who() {
    let story = Story::begin("rivals");
    for object in 0..40 {
        story.write(&format!("c{object}.yaml"), &config_map(&format!("c{object}"), "green"));
    }
    let start = || story.repository.start(&["apply", &story.environment, "--auto-approve"]);
    let rivals = [start(), start()].map(Run::wait);
    let codes = rivals.each_ref().map(|run| run.code);
    assert!(codes.contains(&0), "{rivals:#?}");
    for rival in rivals.iter().filter(|run| run.code != 0) {
        assert!([3, 6].contains(&rival.code), "{rival:#?}");
        assert!(rival.stderr.contains("holds the lock") || rival.stdout.contains("lock"), "{rival:#?}");
    }
    story.apply();
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_suspended_environment_starts_nothing_until_it_is_resumed() {
    let story = Story::begin("suspend");
    story.write("one.yaml", &config_map("one", "green"));
    story.apply();
    story.expect(0, &["suspend", "--for", "1h", "--reason", "storage is moving"]);
    story.write("two.yaml", &config_map("two", "green"));
    let apply = story.expect(6, &["apply", "--auto-approve"]);
    let said = format!("{}{}", apply.stdout, apply.stderr);
    assert!(said.contains("storage is moving"), "{said}");
    story.expect(0, &["suspend", "--for", "0s"]);
    story.apply();
    story.expect_no_changes();
}
