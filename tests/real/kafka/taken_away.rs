//! A worker that is taken away while an apply runs, and comes back: what was on its way is looked for, the rest is sent later.

use super::midway::signal;
use super::{Story, source, topic};
use crate::support::broker::{Variant, eventually};
use crate::support::repository::Run;
use std::process::Child;

/// Enough to be in the middle of when the first are made.
const CONNECTORS: usize = 24;

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
