//! A renamed connector goes on where it was: no record is lost, and none comes twice, also if an apply is killed.

use super::{Story, approval, sink, source, topic};
use crate::support::broker::{Variant, eventually};
use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

/// Kafka's own tool to read a topic.
const CONSUMER: &str = "org.apache.kafka.tools.consumer.ConsoleConsumer";

impl Story<'_> {
    fn add_lines(&self, lines: std::ops::Range<u32>) {
        let mut file =
            OpenOptions::new().create(true).append(true).open(self.file("in.txt")).expect("a file");
        for line in lines {
            writeln!(file, "line-{line}").expect("it is written");
        }
    }

    /// Returns the lines that the topic holds, once it holds so many or more.
    fn lines(&self, at_least: usize) -> Vec<String> {
        eventually("the lines are in the topic", || {
            let arguments = ["--topic", "lines", "--from-beginning", "--timeout-ms", "3000"];
            let read = self.broker.tool(CONSUMER, &arguments);
            let mut lines: Vec<String> = read
                .lines()
                .filter_map(|line| Some(line[line.find("line-")?..].trim_end_matches(['"', '}']).to_owned()))
                .collect();
            lines.sort_by_key(|line| line[5..].parse::<u32>().expect("a number"));
            (lines.len() >= at_least).then_some(lines)
        })
    }

    fn name_source(&self, name: &str, moved_from: Option<&str>) {
        let document = moved(&source(name, &self.file("in.txt"), "lines"), name, moved_from);
        self.write("all.yaml", &format!("{}{document}", topic("lines", 1, "-1")));
    }
}

/// Says in a connector's document that it had another name.
fn moved(document: &str, name: &str, from: Option<&str>) -> String {
    let Some(from) = from else { return document.to_owned() };
    let annotation = format!("evenkeel.dev/moved-from: connect:Connector/main/{from}");
    document
        .replace(&format!("{{name: {name}}}"), &format!("{{name: {name}, annotations: {{{annotation}}}}}"))
}

fn numbered(lines: std::ops::Range<u32>) -> Vec<String> {
    lines.map(|line| format!("line-{line}")).collect()
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_renamed_source_neither_loses_nor_repeats_a_line() {
    Story::on_each(Variant::Plaintext, |story| {
        story.add_lines(0..10);
        story.name_source("before", None);
        story.apply();
        assert_eq!(story.lines(10), numbered(0..10));

        story.name_source("after", Some("before"));
        let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("Plan: 1 to add, 0 to change, 1 to destroy."), "{}", plan.stdout);
        assert!(
            plan.stdout.contains("goes on where connect:Connector/main/before stands"),
            "{}",
            plan.stdout
        );
        let mut apply = story.start(&["apply", "--auto-approve"]);
        for line in 10..200 {
            story.add_lines(line..line + 1);
            std::thread::sleep(Duration::from_millis(40));
        }
        assert!(apply.wait().expect("it ends").success());
        story.add_lines(200..210);
        assert_eq!(story.lines(210), numbered(0..210));
        story.expect_no_changes();
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_rename_that_is_killed_at_any_step_goes_on_without_losing_or_repeating_a_line() {
    Story::on_each(Variant::Plaintext, |story| {
        story.add_lines(0..10);
        story.name_source("name-0", None);
        story.apply();
        assert_eq!(story.lines(10), numbered(0..10));
        let mut written = 10;
        for (round, wait) in [1500_u64, 3000, 5000, 7500, 9000, 10_500].into_iter().enumerate() {
            story.name_source(&format!("name-{}", round + 1), Some(&format!("name-{round}")));
            let mut apply = story.start(&["apply", "--auto-approve"]);
            for _tenth in 0..wait / 100 {
                story.add_lines(written..written + 1);
                written += 1;
                std::thread::sleep(Duration::from_millis(100));
            }
            apply.kill().expect("it can be killed");
            apply.wait().expect("it is gone");
            story.apply();
            story.expect_no_changes();
        }
        story.add_lines(written..written + 5);
        written += 5;
        assert_eq!(story.lines(usize::try_from(written).expect("few")), numbered(0..written));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn offsets_that_a_name_has_from_an_earlier_life_are_replaced_only_by_an_approval() {
    Story::on_each(Variant::Plaintext, |story| {
        story.add_lines(0..5);
        story.name_source("one", None);
        story.apply();
        assert_eq!(story.lines(5), numbered(0..5));
        story.name_source("two", Some("one"));
        story.apply();
        story.add_lines(5..10);
        assert_eq!(story.lines(10), numbered(0..10));

        story.name_source("one", Some("two"));
        let apply = story.expect(1, &["apply", "--auto-approve"]);
        assert!(apply.stdout.contains("one has offsets of an earlier connector"), "{}", apply.stdout);
        story.write("approvals.yaml", &approval("connect:Connector/main/one", "resetOffsets", None));
        story.apply();
        story.add_lines(10..15);
        assert_eq!(story.lines(15), numbered(0..15));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_renamed_sink_goes_on_behind_the_last_record_that_it_wrote() {
    Story::on_each(Variant::Plaintext, |story| {
        let written = |at_least: usize| {
            eventually("the lines are written", || {
                let text = std::fs::read_to_string(story.file("out.txt")).ok()?;
                let lines: Vec<String> = text.lines().map(str::to_owned).collect();
                (lines.len() >= at_least).then_some(lines)
            })
        };
        let name_sink = |name: &str, moved_from: Option<&str>| {
            let document = sink(name, &story.file("out.txt"), "lines");
            story.write("sink.yaml", &moved(&document, name, moved_from));
        };
        story.add_lines(0..50);
        story.name_source("read", None);
        name_sink("before", None);
        story.apply();
        assert_eq!(written(50), numbered(0..50));

        name_sink("after", Some("before"));
        let mut apply = story.start(&["apply", "--auto-approve"]);
        for line in 50..150 {
            story.add_lines(line..line + 1);
            std::thread::sleep(Duration::from_millis(40));
        }
        assert!(apply.wait().expect("it ends").success());
        story.add_lines(150..160);
        assert_eq!(written(160), numbered(0..160));
        story.expect_no_changes();
        std::thread::sleep(Duration::from_secs(2));
        assert_eq!(written(160), numbered(0..160), "none comes late");
    });
}
