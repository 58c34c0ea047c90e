//! What is wrong with a connector is told before it is sent, by the workers where only they know.

use super::{Story, connector, topic};
use crate::support::broker::Variant;
use crate::support::repository::Run;

/// Plans are wrapped where a line ends.
fn unwrapped(run: &Run) -> String {
    run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn what_the_workers_refuse_of_a_connector_is_held_in_the_plan_and_the_rest_goes_on() {
    Story::on_each(Variant::Plaintext, |story| {
        let missing = connector("missing", "NoSuchConnector", "topic: lines");
        let source = |tolerance: &str| {
            let config = format!("topic: lines, file: lines.txt, errors.tolerance: {tolerance}");
            connector("read", "FileStreamSourceConnector", &config)
        };
        story.write("all.yaml", &format!("{}{missing}{}", topic("lines", 1, "-1"), source("some")));
        let plan = story.expect(1, &["plan", "--detailed-exitcode"]);
        for words in [
            "the workers have no plugin with the class org.apache.kafka.connect.file.NoSuchConnector",
            "Invalid value some for configuration errors.tolerance: String must be one of: none, all",
            "Plan: 1 to add, 0 to change, 0 to destroy.",
        ] {
            assert!(unwrapped(&plan).contains(words), "{words}\n{}", plan.stdout);
        }
        story.write("all.yaml", &format!("{}{}", topic("lines", 1, "-1"), source("all")));
        story.apply();
        story.expect_no_changes();
        story.write("all.yaml", &format!("{}{}", topic("lines", 1, "-1"), source("some")));
        let edit = story.expect(1, &["plan", "--detailed-exitcode"]);
        assert!(unwrapped(&edit).contains("must be one of: none, all"), "{}", edit.stdout);
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_secret_that_a_worker_fills_in_is_not_told_where_it_is_refused() {
    Story::on_each(Variant::Plaintext, |story| {
        const CANARY: &str = "canary-4711-tolerance";
        std::fs::write(story.file("secrets.properties"), format!("tolerance={CANARY}\n")).expect("a file");
        let reference = |key: &str| format!("${{file:{}:{key}}}", story.file("secrets.properties"));
        let config = format!("topic: lines, file: lines.txt, errors.tolerance: '{}'", reference("tolerance"));
        story.write("all.yaml", &connector("read", "FileStreamSourceConnector", &config));
        for verb in [&["plan", "--detailed-exitcode"][..], &["apply", "--auto-approve"]] {
            let run = story.expect(1, verb);
            assert!(unwrapped(&run).contains("errors.tolerance: what ${file:"), "{}", run.stdout);
            assert!(!run.stdout.contains(CANARY) && !run.stderr.contains(CANARY), "{run:?}");
        }
        let gone = format!("topic: lines, file: '${{file:{}:x}}'", story.file("none.properties"));
        story.write("all.yaml", &connector("read", "FileStreamSourceConnector", &gone));
        let plan = story.expect(1, &["plan", "--detailed-exitcode"]);
        assert!(unwrapped(&plan).contains("Could not read properties from file"), "{}", plan.stdout);
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn defaults_and_other_spellings_of_a_connectors_settings_are_no_drift() {
    Story::on_each(Variant::Plaintext, |story| {
        let plain = connector("read", "FileStreamSourceConnector", "topic: lines, file: lines.txt");
        story.write("all.yaml", &format!("{}{plain}", topic("lines", 1, "-1")));
        story.apply();
        let more = "topic: lines, file: lines.txt, batch.size: 2000, errors.tolerance: none";
        let explicit = connector("read", "FileStreamSourceConnector", more);
        story.write("all.yaml", &format!("{}{explicit}", topic("lines", 1, "-1")));
        story.expect_no_changes();
    });
}
