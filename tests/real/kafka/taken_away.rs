//! What is taken away while an apply runs, the worker or its rights: it ends with the reason, and the next one goes on.

use super::midway::{once_begun, signal};
use super::{Story, source, topic};
use crate::support::broker::{Variant, eventually};
use crate::support::repository::{Repository, Run};
use std::process::{Child, Command};
use std::time::Duration;

/// Enough to be in the middle of when the first are made.
const CONNECTORS: usize = 24;
const TOPICS: usize = 120;

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_worker_that_dies_in_the_middle_is_waited_for_until_somebody_stops_the_apply_and_the_next_one_goes_on() {
    Story::on_each(Variant::Plaintext, |story| {
        let apply = once_the_worker_died(story);
        std::thread::sleep(Duration::from_secs(3));
        send(&apply, "-INT");
        let run = Run::wait(apply);
        // What was on its way is open, and what had not left yet is not sent.
        assert!(matches!(run.code, 1 | 5), "{run:?}");
        assert!(run.stdout.contains("nobody knows yet; the next apply looks"), "{run:?}");
        restart(story);
        let there = story.connectors().len();
        assert!(there > 0 && there < CONNECTORS, "{there} were made before it died");
        let apply = story.apply();
        assert!(apply.stdout.contains("0 changed, 0 destroyed"), "{}", apply.stdout);
        story.expect_no_changes();
        assert_eq!(story.connectors().len(), CONNECTORS);
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_worker_that_dies_in_the_middle_and_comes_back_is_asked_what_became_of_what_was_on_its_way() {
    Story::on_each(Variant::Plaintext, |story| {
        let apply = once_the_worker_died(story);
        restart(story);
        let run = Run::wait(apply);
        // While it was away the rest was not sent.
        assert!(matches!(run.code, 0 | 1), "{run:?}");
        assert!(!run.stdout.contains("nobody knows"), "{run:?}");
        let apply = story.apply();
        assert!(apply.stdout.contains("0 changed, 0 destroyed") || run.code == 0, "{}", apply.stdout);
        story.expect_no_changes();
        assert_eq!(story.connectors().len(), CONNECTORS);
    });
}

/// Kills the worker while an apply makes many connectors; returns the apply, which goes on.
fn once_the_worker_died(story: &Story<'_>) -> Child {
    std::fs::write(story.file("in.txt"), "one\n").expect("a file");
    story.write("topics.yaml", &topic("lines", 1, "-1"));
    story.apply();
    let connectors =
        (0..CONNECTORS).map(|number| source(&format!("read-{number:02}"), &story.file("in.txt"), "lines"));
    story.write("connectors.yaml", &connectors.collect::<String>());
    let apply = story.start(&["apply", "--auto-approve"]);
    eventually("a few are made", || (story.connectors().len() > 2).then_some(()));
    signal(story, "-KILL", "CONNECT_PID");
    apply
}

/// Starts the worker again, its broker too, on the same data.
fn restart(story: &Story<'_>) {
    story.broker.kill();
    story.broker.up(&[]);
}

fn send(apply: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &apply.id().to_string()]).status();
    assert!(sent.expect("kill runs").success(), "it ended too early");
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn rights_that_are_taken_away_in_the_middle_end_the_apply_and_with_them_the_next_one_goes_on() {
    const PASSWORD: &str = "limited-4716";
    Story::on_each(Variant::Scram, |story| {
        std::fs::write(story.file("limited"), PASSWORD).expect("a file");
        story.write(
            "user.yaml",
            "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaUser\nmetadata: {name: limited}\nspec: {password: \
             {fromFile: limited}}\n",
        );
        story.apply();
        let right = ["--allow-principal", "User:limited", "--operation", "All", "--topic", "topic-"];
        let change = |verb: &str, more: &[&str]| {
            let verb = [&[verb][..], &right, &["--resource-pattern-type", "prefixed"], more].concat();
            story.broker.rights(&verb)
        };
        change("--add", &[]);
        let limited = limited(story, PASSWORD);
        let mut apply = limited.start(&["apply", "prod", "--auto-approve"]);
        apply.stderr = Some(once_begun(&mut apply));
        send(&apply, "-STOP");
        change("--remove", &["--force"]);
        send(&apply, "-CONT");
        // It waits for what it made and can no longer see; somebody stops it.
        std::thread::sleep(Duration::from_secs(5));
        send(&apply, "-INT");
        let run = Run::wait(apply);
        assert!(matches!(run.code, 1 | 5), "{run:?}");
        let told = format!("{}{}", run.stdout, run.stderr);
        assert!(told.contains("TOPIC_AUTHORIZATION_FAILED"), "{run:?}");
        let made = topics(story);
        assert!(made > 0 && made < TOPICS, "{made} were made");
        limited.expect(7, &["apply", "prod", "--auto-approve"]);
        assert_eq!(topics(story), made);

        change("--add", &[]);
        let again = limited.expect(0, &["apply", "prod", "--auto-approve"]);
        assert!(again.stdout.contains(&format!("{} added", TOPICS - made)), "{}", again.stdout);
        limited.expect(0, &["plan", "prod", "--detailed-exitcode"]);
        assert_eq!(topics(story), TOPICS);
    });
}

/// Returns an environment of many topics, for somebody who may do nothing but what an entry says.
fn limited(story: &Story<'_>, password: &str) -> Repository {
    let limited = Repository::new();
    limited.write(
        "environments/prod/environment.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  state: {directory: \
         .state}\n  limits: {requestTimeout: 15s, lease: 30s}\n",
    );
    let bootstrap = story.broker.bootstrap();
    let cluster = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\nspec:\n  bootstrap: \
         [\"{bootstrap}\"]\n  sasl: {{scramSha512: {{username: limited, password: {{fromFile: limited}}}}}}\n"
    );
    limited.write("limited", password);
    let topics = (0..TOPICS).map(|number| topic(&format!("topic-{number:03}"), 1, "604800001"));
    limited.write("environments/prod/kafka.yaml", &(cluster + &topics.collect::<String>()));
    limited
}

/// Counts the topics that were made.
fn topics(story: &Story<'_>) -> usize {
    let listed = story.broker.tool(super::TOPICS, &["--list"]);
    listed.lines().filter(|line| line.starts_with("topic-")).count()
}
