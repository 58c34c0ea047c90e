//! Applies that are stopped by whoever started them, given up after a kill, or looked after by hand.

use super::story::config_map;
use crate::support::plane::Plane;
use crate::support::proxy::{Kill, Moment, Proxy};
use crate::support::repository::{Repository, Run};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command};

/// An environment whose writes are held, so that an apply is in the middle of them for as long as a story wants.
pub(super) struct Held {
    pub(super) name: String,
    pub(super) proxy: Proxy,
    pub(super) repository: Repository,
    objects: usize,
}

impl Held {
    /// Wants so many new objects; two are sent at a time.
    pub(super) fn begin(name: &str, objects: usize) -> Self {
        let plane = Plane::shared();
        let name = Plane::unused(name);
        plane.kubectl(&["create", "namespace", &name]);
        let proxy = Proxy::start(&plane.kubeconfig(), &format!("{name}-state"));
        let repository = Repository::with_kubeconfig(proxy.kubeconfig());
        repository.environment(&name, &name);
        let file = format!("environments/{name}/environment.yaml");
        let text = std::fs::read_to_string(repository.path().join(&file)).expect("the environment");
        let limits = "requestTimeout: 10s, lease: 2s, parallelism: 2";
        repository.write(&file, &text.replace("requestTimeout: 5s, lease: 2s", limits));
        for object in 0..objects {
            let map = config_map(&format!("c{object}"), "green");
            repository.write(&format!("environments/{name}/c{object}.yaml"), &map);
        }
        Self { name, proxy, repository, objects }
    }

    /// Starts an apply whose writes wait.
    pub(super) fn start(&self) -> Child {
        self.proxy.hold();
        self.repository.start(&["apply", &self.name, "--auto-approve"])
    }

    /// Starts an apply, and kills it when its second write was carried out and not answered.
    fn kill(&self) {
        self.kill_while(&["apply", &self.name, "--auto-approve"]);
    }

    fn kill_while(&self, applying: &[&str]) {
        self.proxy.hold();
        let apply = self.repository.start(applying);
        let moment = Moment::BetweenRequestAndAnswer;
        self.proxy.arm(Kill { process: apply.id(), write: 2, moment });
        let killed = Run::wait(apply);
        assert_eq!(killed.code, -1, "{killed:#?}");
        self.proxy.wait_until_left();
    }

    fn expect(&self, code: i32, verb: &[&str]) -> Run {
        self.repository.expect(code, &[&verb[..1], &[self.name.as_str()], &verb[1..]].concat())
    }

    /// Expects that every object was sent exactly once, and that nothing is left to do.
    pub(super) fn expect_each_sent_once(&self) {
        let mut sent: BTreeMap<String, usize> = BTreeMap::new();
        for carried in self.proxy.carried().iter().filter(|carried| carried.path.contains("/configmaps/")) {
            *sent.entry(carried.path.clone()).or_default() += 1;
        }
        assert_eq!(sent.len(), self.objects, "{sent:?}");
        assert!(sent.values().all(|times| *times == 1), "{sent:?}");
        self.expect(0, &["plan", "--detailed-exitcode"]);
    }
}

fn signal(process: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), process.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

/// Sends a signal, and reads on until it was heard; who reads lets go of the pipe only when the process has ended.
fn signal_until_told(process: &mut Child, name: &str) -> BufReader<ChildStderr> {
    signal(process, name);
    let mut told = BufReader::new(process.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("stopping after what runs now") {
        line.clear();
        assert!(told.read_line(&mut line).expect("text") > 0, "nothing was told of {name}");
    }
    told
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_apply_that_is_asked_to_stop_ends_what_runs_and_starts_nothing_new() {
    for name in ["INT", "TERM"] {
        let scene = Held::begin("asked", 8);
        let mut apply = scene.start();
        scene.proxy.wait_for_held(2);
        let told = signal_until_told(&mut apply, name);
        scene.proxy.disarm();
        let stopped = Run::wait(apply);
        drop(told);
        assert_eq!(stopped.code, 5, "{name}: {stopped:#?}");
        assert!(stopped.stdout.contains("Applied in part: 2 added"), "{name}: {stopped:#?}");
        assert_eq!(scene.proxy.carried().len(), 2, "{name}: what ran has ended, and nothing else was begun");
        scene.expect(0, &["apply", "--auto-approve"]);
        scene.expect_each_sent_once();
    }
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_apply_that_is_asked_twice_ends_at_once_and_is_continued() {
    let scene = Held::begin("twice", 6);
    let mut apply = scene.start();
    scene.proxy.wait_for_held(2);
    let told = signal_until_told(&mut apply, "INT");
    signal(&apply, "INT");
    let stopped = Run::wait(apply);
    drop(told);
    assert_eq!(stopped.code, 5, "{stopped:#?}");
    assert!(scene.proxy.carried().is_empty(), "it did not wait for its writes");
    scene.proxy.disarm();
    scene.proxy.wait_until_left();
    scene.expect(0, &["apply", "--auto-approve"]);
    scene.expect_each_sent_once();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_killed_apply_that_is_abandoned_sends_nothing_more_and_what_it_did_is_known() {
    let scene = Held::begin("abandoned", 6);
    let nothing = scene.expect(0, &["apply", "--abandon"]);
    assert!(nothing.stderr.contains("no apply was left open"), "{nothing:#?}");
    scene.kill();
    let carried = scene.proxy.carried().len();
    assert!((1..6).contains(&carried), "it was killed in the middle: {carried}");
    scene.expect(0, &["apply", "--abandon"]);
    assert_eq!(scene.proxy.carried().len(), carried, "not one request more");
    let left = 6 - carried;
    let plan = scene.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains(&format!("Plan: {left} to add, 0 to change")), "{}", plan.stdout);
    let again = scene.expect(0, &["apply", "--abandon"]);
    assert!(again.stderr.contains("no apply was left open"), "{again:#?}");
    scene.expect(0, &["apply", "--auto-approve"]);
    scene.expect_each_sent_once();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_killed_apply_of_a_plan_file_is_given_up_by_that_file_and_sends_nothing_more() {
    let scene = Held::begin("given-up", 6);
    scene.expect(0, &["plan", "--out", "plan.json"]);
    scene.kill_while(&["apply", "plan.json"]);
    let carried = scene.proxy.carried().len();
    assert!((1..6).contains(&carried), "it was killed in the middle: {carried}");
    scene.repository.expect(0, &["apply", "plan.json", "--abandon"]);
    assert_eq!(scene.proxy.carried().len(), carried, "not one request more");
    let nothing = scene.repository.expect(0, &["apply", "plan.json", "--abandon"]);
    assert!(nothing.stderr.contains("no apply was left open"), "{nothing:#?}");
    scene.expect(0, &["apply", "--auto-approve"]);
    scene.expect_each_sent_once();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_lock_is_broken_by_who_says_so_and_an_address_cleared_with_a_reason() {
    let scene = Held::begin("broken", 6);
    let name = scene.name.as_str();
    let never = scene.repository.expect(0, &["lock", "break", name, "--auto-approve"]);
    assert!(never.stderr.contains("nobody ever held the lock"), "{never:#?}");
    scene.kill();
    let refused = scene.repository.expect(64, &["lock", "break", name]);
    assert!(refused.stderr.contains(&format!("evenkeel lock break {name} --auto-approve")), "{refused:#?}");
    let broken = scene.repository.expect(0, &["lock", "break", name, "--auto-approve"]);
    assert!(broken.stderr.contains("the lock is broken"), "{broken:#?}");
    let twice = scene.repository.expect(0, &["lock", "break", name, "--auto-approve"]);
    assert!(twice.stderr.contains("nobody holds the lock"), "{twice:#?}");

    let lock = scene.repository.expect(0, &["lock", "show", name, "--format", "json"]);
    let lock: serde_json::Value = serde_json::from_str(&lock.stdout).expect("JSON");
    let open = lock["open"][0]["address"].as_str().expect("an open step").to_owned();
    let clear = ["lock", "clear", name, &open];
    let refused = scene.repository.expect(64, &[&clear[..], &["--auto-approve"]].concat());
    assert!(refused.stderr.contains("needs a reason"), "{refused:#?}");
    let reason = ["--reason", "it was looked at"];
    scene.repository.expect(64, &[&clear[..], &reason].concat());
    scene.repository.expect(0, &[&clear[..], &reason, &["--auto-approve"]].concat());
    let again = scene.repository.expect(64, &[&clear[..], &reason, &["--auto-approve"]].concat());
    assert!(again.stderr.contains("nothing was left in doubt"), "{again:#?}");
    scene.expect(0, &["apply", "--auto-approve"]);
    scene.expect(0, &["plan", "--detailed-exitcode"]);
}
