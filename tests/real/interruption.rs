//! Stopped and rivalled applies, and an outage: the same end is reached, and nothing that was done is done again.

use super::stopping::Held;
use super::story::{Story, config_map};
use crate::support::plane::{Parts, Plane};
use crate::support::proxy::Proxy;
use crate::support::repository::{Repository, Run};

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_api_server_killed_in_mid_apply_loses_nothing() {
    let plane = Plane::start(Parts::Api);
    let proxy = Proxy::start(&plane.kubeconfig(), "outage-state");
    let repository = Repository::with_kubeconfig(proxy.kubeconfig());
    repository.environment("outage", "default");
    for object in 0..60 {
        let map = config_map(&format!("c{object}"), "green");
        repository.write(&format!("environments/outage/c{object}.yaml"), &map);
    }
    proxy.hold_after(20);
    let apply = repository.start(&["apply", "outage", "--auto-approve"]);
    proxy.wait_for_held(1);
    plane.down();
    proxy.disarm();
    let stopped = repository.expect(7, &["plan", "outage", "--detailed-exitcode"]);
    assert!(stopped.stderr.contains("Nothing was planned and nothing was written"), "{}", stopped.stderr);
    plane.up();
    let ended = Run::wait(apply);
    assert!([0, 5, 7].contains(&ended.code), "{ended:#?}");
    assert!(ended.stderr.contains("the state store does not answer, so nothing new starts"), "{ended:#?}");
    repository.expect(0, &["apply", "outage", "--auto-approve"]);
    let plan = repository.expect(0, &["plan", "outage", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn of_two_applies_at_once_one_holds_the_lock_and_the_other_says_who() {
    let scene = Held::begin("rivals", 8);
    let first = scene.start();
    scene.proxy.wait_for_held(1);
    let second = scene.repository.expect(6, &["apply", &scene.name, "--auto-approve"]);
    assert!(second.stdout.contains("holds the lock"), "{second:#?}");
    scene.proxy.disarm();
    let first = Run::wait(first);
    assert_eq!(first.code, 0, "{first:#?}");
    scene.expect_each_sent_once();
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
