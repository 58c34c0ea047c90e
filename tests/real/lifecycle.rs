//! Letting go of things and taking environments down: what stays, what goes, in which order, and after a kill.

use super::permissions::restrict;
use super::story::{Story, config_map};
use crate::support::chance::Chance;
use crate::support::plane::Plane;
use crate::support::proxy::{Kill, Moment, Proxy};
use crate::support::repository::{Repository, Run};
use std::process::Command;
use std::time::{Duration, Instant};

const MARKED: &str = "{.metadata.labels.evenkeel\\.dev/environment}";
const MANAGERS: &str = "{.metadata.managedFields[*].manager}";

/// A claim that nothing binds.
fn claim(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
         storageClassName: none\n  resources: {{requests: {{storage: 1Gi}}}}\n"
    )
}

fn address(story: &Story, object: &str) -> String {
    let (kind, name) = object.split_once('/').expect("KIND/NAME");
    format!("kubernetes:{kind}/{}/{name}", story.namespace)
}

fn state(story: &Story) -> String {
    let namespace = format!("{}-state", story.environment);
    story.plane.kubectl(&[
        "-n",
        &namespace,
        "get",
        "configmaps,leases,secrets",
        "-o",
        "name",
        "-l",
        "evenkeel.dev/state-of",
    ])
}

/// What is left of the state when nothing is ours any more.
fn emptied(story: &Story) -> String {
    format!("configmap/evenkeel-{0}-ledger-head\nlease.coordination.k8s.io/evenkeel-{0}\n", story.environment)
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_is_forgotten_stays_as_it_is_and_is_nobodys_afterwards() {
    let story = Story::begin("forget");
    story.write("one.yaml", &config_map("one", "green")).write("two.yaml", &config_map("two", "green"));
    story.apply();
    let (two, data) = (address(&story, "ConfigMap/two"), story.live("configmap/two", "{.data}"));
    let uid = story.live("configmap/two", "{.metadata.uid}");

    let refused = story.repository.expect(4, &["forget", &two, "--auto-approve"]);
    assert!(refused.stderr.contains("is in Git, at "), "{}", refused.stderr);
    assert!(refused.stderr.contains("two.yaml:"), "{}", refused.stderr);
    story.remove("two.yaml");
    let unattended = story.repository.expect(64, &["forget", &two]);
    assert!(unattended.stdout.contains("1 to forget."), "{}", unattended.stdout);
    assert!(unattended.stderr.contains("--auto-approve"), "{}", unattended.stderr);
    assert!(!story.live("configmap/two", MARKED).is_empty(), "nobody agreed");

    let forgotten = story.repository.expect(0, &["forget", &two, "--auto-approve"]);
    assert!(forgotten.stdout.contains("Forgotten: it stays as it is."), "{}", forgotten.stdout);
    assert_eq!(story.live("configmap/two", "{.data}"), data);
    assert_eq!(story.live("configmap/two", "{.metadata.uid}"), uid);
    assert_eq!(story.live("configmap/two", MARKED), "");
    assert_eq!(story.live("configmap/two", MANAGERS), "");
    story.expect_no_changes();
    let again = story.repository.expect(64, &["forget", &two]);
    assert!(again.stderr.contains("no environment manages"), "{}", again.stderr);

    story.write("two.yaml", &config_map("two", "green"));
    let plan = story.expect(0, &["plan"]);
    assert!(plan.stdout.contains("1 to adopt"), "taken back as it is: {}", plan.stdout);
    story.apply();
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_is_forgotten_is_forgotten_once_wherever_the_process_is_killed() {
    for moment in [Moment::BeforeRequest, Moment::BetweenRequestAndAnswer, Moment::AfterAnswer] {
        let plane = Plane::shared();
        let name = Plane::unused("forgot");
        plane.kubectl(&["create", "namespace", &name]);
        let proxy = Proxy::start(&plane.kubeconfig(), &format!("{name}-state"));
        let repository = Repository::with_kubeconfig(proxy.kubeconfig());
        repository.environment(&name, &name);
        repository.write(&format!("environments/{name}/one.yaml"), &config_map("one", "green"));
        proxy.disarm();
        repository.expect(0, &["apply", &name, "--auto-approve"]);
        repository.remove(&format!("environments/{name}/one.yaml"));
        let before = proxy.carried().len();
        let forget = ["forget", &format!("kubernetes:ConfigMap/{name}/one"), &name, "--auto-approve"];
        proxy.hold();
        let killed = repository.start(&forget);
        proxy.arm(Kill { process: killed.id(), write: 1, moment });
        assert_eq!(Run::wait(killed).code, -1, "{moment:?}");

        let again = repository.run(&forget);
        let gone = again.code == 64 && again.stderr.contains("does not manage");
        assert!(again.code == 0 || gone, "{moment:?}: {again:?}");
        let carried = proxy.carried().split_off(before);
        let sent = carried.iter().filter(|carried| carried.path.contains("/configmaps/one")).count();
        assert_eq!(sent, 1, "{moment:?}: {carried:?}");
        let live = |path: &str| {
            let path = format!("jsonpath={path}");
            plane.kubectl(&["-n", &name, "get", "configmap/one", "-o", &path])
        };
        assert_eq!(
            (live(MARKED), live(MANAGERS), live("{.data.colour}")),
            (String::new(), String::new(), "green".to_owned())
        );
        let plan = repository.expect(0, &["plan", &name, "--detailed-exitcode"]);
        assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
    }
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_others_own_stays_theirs_when_we_let_go() {
    let story = Story::begin("letgo");
    story.write("one.yaml", &config_map("one", "green"));
    story.apply();
    story.kubectl(&["label", "configmap/one", "team=graph"]);
    story.remove("one.yaml");
    let one = address(&story, "ConfigMap/one");
    story.repository.expect(0, &["forget", &one, &story.environment, "--auto-approve"]);
    assert_eq!(story.live("configmap/one", MANAGERS), "kubectl-label");
    assert_eq!(story.live("configmap/one", "{.metadata.labels}"), "{\"team\":\"graph\"}");
    assert_eq!(story.live("configmap/one", "{.data.colour}"), "green");
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_environment_that_is_taken_down_keeps_its_data_until_it_is_named_and_its_state_until_nothing_is_left() {
    let story = Story::begin("destroy");
    story.write("one.yaml", &config_map("one", "green")).write("two.yaml", &config_map("two", "green"));
    story.write("data.yaml", &claim("data"));
    story.apply();
    let data = address(&story, "PersistentVolumeClaim/data");

    let shown = story.expect(64, &["destroy"]);
    assert!(shown.stdout.contains("Plan: 0 to add, 0 to change, 2 to destroy."), "{}", shown.stdout);
    assert!(shown.stdout.contains(&format!("--data {data}")), "{}", shown.stdout);
    assert!(shown.stderr.contains("--auto-approve --expect-deletes 2"), "{}", shown.stderr);
    story.expect(64, &["destroy", "--auto-approve"]);
    let miscounted = story.expect(4, &["destroy", "--auto-approve", "--expect-deletes", "3"]);
    assert!(miscounted.stderr.contains("nothing was begun"), "{}", miscounted.stderr);
    story.expect(64, &["destroy", "--data", &address(&story, "ConfigMap/one")]);
    assert_eq!(story.live("configmap/one", "{.data.colour}"), "green");

    let kept = story.expect(4, &["destroy", "--auto-approve", "--expect-deletes", "2"]);
    assert!(kept.stdout.contains("Destroy complete: 2 destroyed."), "{}", kept.stdout);
    assert!(kept.stdout.contains(&format!("Kept, and still ours: {data}")), "{}", kept.stdout);
    assert_eq!(story.kubectl(&["get", "configmaps", "-o", "name"]).trim(), "configmap/kube-root-ca.crt");
    assert!(!story.live("pvc/data", "{.metadata.uid}").is_empty());
    assert!(state(&story).contains("-ledger-head"), "{}", state(&story));
    let ledger = story.repository.expect(0, &["ledger", "show", &story.environment]);
    assert!(ledger.stdout.contains(&data) && ledger.stdout.contains("1 resource"), "{}", ledger.stdout);

    let rest = story.expect(0, &["destroy", "--data", &data, "--auto-approve", "--expect-deletes", "1"]);
    assert!(rest.stderr.contains("the state was emptied"), "{}", rest.stderr);
    assert_eq!(story.kubectl(&["get", "pvc", "-o", "name"]), "");
    assert_eq!(state(&story), emptied(&story));
    let nothing = story.expect(0, &["destroy", "--auto-approve", "--expect-deletes", "0"]);
    assert!(nothing.stdout.contains("Nothing here is ours."), "{}", nothing.stdout);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_destruction_that_is_stopped_at_a_finalizer_is_ended_by_the_next_one() {
    let story = Story::begin("hangs");
    story.write("one.yaml", &config_map("one", "green")).write("two.yaml", &config_map("two", "green"));
    story.apply();
    let guard = "{\"metadata\":{\"finalizers\":[\"example.dev/guard\"]}}";
    story.kubectl(&["patch", "configmap/two", "-p", guard]);
    let arguments = ["destroy", &story.environment, "--auto-approve", "--expect-deletes", "2"];
    let destroy = story.repository.start(&arguments);
    let sent = || !story.live("configmap/two", "{.metadata.deletionTimestamp}").is_empty();
    until("the deletion is sent", sent);
    std::thread::sleep(Duration::from_secs(2));
    let interrupted = Command::new("kill").args(["-INT", &destroy.id().to_string()]).status();
    assert!(interrupted.expect("kill runs").success());
    let stopped = Run::wait(destroy);
    assert_eq!(stopped.code, 5, "{}\n{}", stopped.stdout, stopped.stderr);
    assert!(stopped.stderr.contains("example.dev/guard"), "{}", stopped.stderr);
    assert!(state(&story).contains("-ledger-head"), "what is not gone yet still belongs to it");

    let again = story.repository.start(&["destroy", &story.environment]);
    std::thread::sleep(Duration::from_secs(4));
    let free = "[{\"op\":\"remove\",\"path\":\"/metadata/finalizers\"}]";
    story.kubectl(&["patch", "configmap/two", "--type=json", "-p", free]);
    let ended = Run::wait(again);
    assert_eq!(ended.code, 0, "{}\n{}", ended.stdout, ended.stderr);
    assert_eq!(state(&story), emptied(&story));
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_destruction_that_is_killed_anywhere_ends_where_one_that_is_not_does() {
    let mut chance = Chance::new(20);
    for _ in 0..4 {
        let story = Story::begin("killed");
        for name in ["a", "b", "c", "d", "e", "f"] {
            story.write(&format!("{name}.yaml"), &config_map(name, "green"));
        }
        story.apply();
        let arguments = ["destroy", &story.environment, "--auto-approve", "--expect-deletes", "6"];
        let mut ended = Run { code: -1, stdout: String::new(), stderr: String::new() };
        for _ in 0..3 {
            let mut destroy = story.repository.start(&arguments);
            std::thread::sleep(Duration::from_millis(chance.next() % 2_000));
            destroy.kill().expect("it can be killed");
            ended = Run::wait(destroy);
        }
        let last = story.repository.run(&arguments);
        let done = [last.code, ended.code].contains(&0);
        let left = story.kubectl(&["get", "configmaps", "-o", "name"]);
        assert!(done && left == "configmap/kube-root-ca.crt\n", "{left}\n{last:?}");
        assert_eq!(state(&story), emptied(&story));
    }
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_destruction_is_reviewed_as_a_file_and_rehearsed_like_any_plan() {
    let story = Story::begin("reviewed");
    story.write("one.yaml", &config_map("one", "green"));
    story.apply();
    let plan = story.repository.path().join("down.json").display().to_string();
    story.expect(0, &["destroy", "--out", &plan]);
    let rehearsed = story.repository.expect(0, &["rehearse", &plan]);
    assert!(rehearsed.stdout.contains("Destroy complete: 1 destroyed."), "{}", rehearsed.stdout);
    assert!(!story.live("configmap/one", "{.metadata.uid}").is_empty());
    story.repository.expect(64, &["apply", &plan]);
    assert!(!story.live("configmap/one", "{.metadata.uid}").is_empty());
    let permitted = ["apply", &plan, "--destroy", &story.environment, "--expect-deletes", "1"];
    story.repository.expect(0, &permitted);
    assert_eq!(state(&story), emptied(&story));
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn credentials_that_may_not_delete_the_key_leave_it() {
    let story = Story::begin("keykeeper");
    story.write("one.yaml", &config_map("one", "green"));
    story.apply();
    let rules = "- {apiGroups: [\"\"], resources: [configmaps], verbs: [\"*\"]}\n\
                 - {apiGroups: [\"\"], resources: [secrets, namespaces], verbs: [get, list]}\n\
                 - {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, list, update]}\n";
    restrict(&story, rules);
    let left = story.expect(0, &["destroy", "--auto-approve", "--expect-deletes", "1"]);
    assert!(left.stderr.contains("but for its key"), "{}", left.stderr);
    let key = format!("secret/evenkeel-{}-key\n", story.environment);
    assert_eq!(state(&story), emptied(&story) + &key);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_suspended_environment_is_not_taken_down() {
    let story = Story::begin("stays");
    story.write("one.yaml", &config_map("one", "green"));
    story.apply();
    story.expect(0, &["suspend", "--for", "1h", "--reason", "holidays"]);
    story.expect(6, &["destroy", "--auto-approve", "--expect-deletes", "1"]);
    assert_eq!(story.live("configmap/one", "{.data.colour}"), "green");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_environment_whose_ledger_was_lost_is_not_taken_for_an_empty_one() {
    let story = Story::begin("unledgered");
    story.write("one.yaml", &config_map("one", "green"));
    story.apply();
    let namespace = format!("{}-state", story.environment);
    let all = "configmaps,leases,secrets";
    story.plane.kubectl(&["-n", &namespace, "delete", all, "-l", "evenkeel.dev/state-of"]);
    let lost = story.expect(7, &["destroy", "--auto-approve", "--expect-deletes", "0"]);
    assert!(lost.stdout.contains("but there is no ledger"), "{}", lost.stdout);
    assert!(!story.live("configmap/one", "{.metadata.uid}").is_empty());
    story.repository.expect(0, &["ledger", "recover", &story.environment, "--auto-approve"]);
    story.expect(0, &["destroy", "--auto-approve", "--expect-deletes", "1"]);
    assert_eq!(state(&story), emptied(&story));
}
