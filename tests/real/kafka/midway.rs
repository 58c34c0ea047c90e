//! What goes wrong in the middle of an apply: brokers and workers that go away, another apply, a kill; the next one ends where
//! an undisturbed one would have.

use super::{Story, TOPICS, sink, source, systems, topic};
use crate::support::broker::{Broker, Variant};
use crate::support::plane::Plane;
use crate::support::repository::{Repository, Run};
use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, ChildStderr, Command};
use std::time::Duration;

/// Enough to be in the middle of when the first is told to be done.
const MANY: usize = 150;

fn topics() -> String {
    (0..MANY).map(|number| topic(&format!("topic-{number:03}"), 1, "604800001")).collect()
}

/// Waits until the first step of a started apply is done, and returns what it says afterwards.
fn once_begun(apply: &mut Child) -> ChildStderr {
    let mut stderr = apply.stderr.take().expect("stderr is piped");
    let (mut told, mut byte) = (Vec::new(), [0]);
    while !told.ends_with("✓".as_bytes()) {
        stderr.read_exact(&mut byte).expect("it begins before it ends");
        told.extend(byte);
    }
    stderr
}

/// Returns the ids of all topics of ours, which are never given twice.
fn ids(story: &Story<'_>) -> BTreeMap<String, String> {
    let described = story.broker.tool(TOPICS, &["--describe"]);
    let heads = described.lines().filter(|line| line.starts_with("Topic:") && line.contains("TopicId:"));
    let told = |line: &str, what: &str| {
        let after = line.split_once(what).expect("the tool tells it").1;
        after.split_whitespace().next().expect("something stands there").to_owned()
    };
    let all = heads.map(|line| (told(line, "Topic:"), told(line, "TopicId:")));
    // The brokers and the workers have some of their own.
    all.filter(|(topic, _)| topic.starts_with("topic-")).collect()
}

/// Returns how many things an apply says to have made; one that made nothing may say nothing of that.
fn added(run: &Run) -> usize {
    let before = run.stdout.split_once(" added, ").map(|(before, _)| before);
    before.and_then(|before| before.split_whitespace().next_back()?.parse().ok()).unwrap_or_default()
}

fn signal(story: &Story<'_>, signal: &str, of: &str) {
    let sent = Command::new("kill").arg(signal).arg(story.broker.known(of)).status();
    assert!(sent.expect("kill runs").success(), "{of} is gone");
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_broker_that_dies_in_the_middle_ends_the_apply_and_the_next_one_goes_on() {
    Story::on_each(Variant::Plaintext, |story| {
        story.write("topics.yaml", &topics());
        let mut apply = story.start(&["apply", "--auto-approve"]);
        let mut rest = once_begun(&mut apply);
        story.broker.kill();
        let mut told = String::new();
        rest.read_to_string(&mut told).expect("text");
        assert!(!apply.wait().expect("it ends").success(), "{told}");
        assert!(told.contains("cannot reach a broker") || told.contains("no answer"), "{told}");
        story.broker.up(&[]);
        let made = ids(story);
        assert!(!made.is_empty() && made.len() < MANY, "{} of {MANY} were made", made.len());
        story.apply();
        let all = ids(story);
        assert_eq!(all.len(), MANY);
        assert!(made.iter().all(|(topic, id)| all.get(topic) == Some(id)), "what was made stays");
        story.expect_no_changes();
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn brokers_and_workers_that_stand_still_for_a_moment_delay_an_apply_and_do_not_end_it() {
    Story::on_each(Variant::Plaintext, |story| {
        std::fs::write(story.file("in.txt"), "one\n").expect("a file");
        let connectors: String = (0..8)
            .map(|number| source(&format!("read-{number}"), &story.file("in.txt"), "topic-000"))
            .collect();
        story.write("all.yaml", &(topics() + &connectors));
        let mut apply = story.start(&["apply", "--auto-approve"]);
        let mut rest = once_begun(&mut apply);
        for of in ["KAFKA_PID", "CONNECT_PID"] {
            signal(story, "-STOP", of);
            std::thread::sleep(Duration::from_secs(3));
            signal(story, "-CONT", of);
        }
        let mut told = String::new();
        rest.read_to_string(&mut told).expect("text");
        assert!(apply.wait().expect("it ends").success(), "{told}");
        story.expect_no_changes();
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_worker_that_is_gone_freezes_its_connectors_and_topics_are_applied() {
    Story::on_each(Variant::Plaintext, |story| {
        let sink = sink("write", &story.file("out.txt"), "lines");
        story.write("all.yaml", &format!("{}{sink}", topic("lines", 1, "-1")));
        story.apply();
        signal(story, "-KILL", "CONNECT_PID");
        let changed = sink.replace("out.txt", "other.txt");
        story.write("all.yaml", &format!("{}{}{changed}", topic("lines", 1, "-1"), topic("orders", 1, "-1")));
        let apply = story.expect(7, &["apply", "--auto-approve"]);
        assert!(apply.stdout.contains("1 added"), "{}", apply.stdout);
        let plan = story.expect(7, &["plan", "--detailed-exitcode"]);
        assert!(
            plan.stdout.contains("Plan: 0 to add, 0 to change, 0 to destroy. 1 not compared."),
            "{}",
            plan.stdout
        );
        assert!(plan.stdout.contains("Connection refused"), "{}", plan.stdout);
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn of_two_applies_at_once_one_waits_or_is_sent_away_and_nothing_is_done_twice() {
    Story::on_each(Variant::Plaintext, |story| {
        story.write("topics.yaml", &topics());
        let runs = [story.start(&["apply", "--auto-approve"]), story.start(&["apply", "--auto-approve"])];
        let runs = runs.map(Run::wait);
        let mut codes = runs.each_ref().map(|run| run.code);
        codes.sort_unstable();
        assert!(matches!(codes, [0, 0 | 3 | 6]), "{runs:?}");
        assert_eq!(runs.iter().map(added).sum::<usize>(), MANY, "each once: {runs:?}");
        story.expect_no_changes();
    });
}

#[test]
#[ignore = "needs Kafka and the control plane: make test-real"]
fn a_killed_apply_over_three_systems_is_continued_to_the_same_end() {
    let plane = Plane::shared();
    Broker::with_worker_on_each(Variant::Plaintext, |broker| {
        let name = Plane::unused("killed");
        let repository = Repository::with_kubeconfig(&plane.kubeconfig());
        repository.environment(&name, &name);
        let file = |file: &str| repository.path().join(file).display().to_string();
        std::fs::write(repository.path().join("in.txt"), "one\n").expect("a file");
        let of_each_system = |number: u32| {
            let map = format!(
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: map-{number}}}\ndata: {{colour: green}}\n"
            );
            let topic = topic(&format!("topic-{number}"), 1, "604800001");
            [map, topic, source(&format!("read-{number}"), &file("in.txt"), "topic-0")].concat()
        };
        let namespace = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n");
        let documents = namespace + &(0..10).map(of_each_system).collect::<String>();
        let platform = systems(broker, Variant::Plaintext);
        repository.write(&format!("environments/{name}/platform.yaml"), &format!("{platform}---\n"));
        repository.write(&format!("environments/{name}/all.yaml"), &documents);
        for wait in [700, 1200, 1800, 2500] {
            let mut apply = repository.start(&["apply", &name, "--auto-approve"]);
            std::thread::sleep(Duration::from_millis(wait));
            apply.kill().expect("it can be killed");
            apply.wait().expect("it is gone");
        }
        repository.expect(0, &["apply", &name, "--auto-approve"]);
        let plan = repository.expect(0, &["plan", &name, "--detailed-exitcode"]);
        assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
    });
}
