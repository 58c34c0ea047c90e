//! What is imported from brokers and workers changes nothing: it is planned empty, and adopted without a write.

use super::{CONFIGS, Story, TOPICS};
use crate::support::broker::Variant;

#[test]
#[ignore = "needs Kafka: make test-real"]
fn what_is_imported_is_planned_empty_and_adopted_without_a_write() {
    Story::on_each(Variant::Plaintext, |story| {
        story.broker.tool(TOPICS, &["--create", "--topic", "orders", "--partitions", "3"]);
        story.set("orders", "retention.ms=86400001,cleanup.policy=delete");
        story.broker.tool(TOPICS, &["--create", "--topic", "Plain_one", "--partitions", "1"]);
        let before = story.described("orders");
        story.put(
            "lines",
            r#"{"connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector", "tasks.max": "1",
                "file": "${file:SECRETS:file}", "topics": "orders", "errors.tolerance": "none", "no.such": "x"}"#,
        );
        let topics = story.expect(0, &["import", "--from", "kafka"]);
        assert!(topics.stderr.contains("no changes"), "{}", topics.stderr);
        let connectors = story.expect(0, &["import", "--from", "connect"]);
        assert!(connectors.stderr.contains("no changes, 1 to adopt"), "{}", connectors.stderr);
        let written = story.repository.read("environments/prod/connectors-main.yaml");
        assert!(written.contains("no.such is set, too") && written.contains("${file:"), "{written}");
        let written = story.repository.read("environments/prod/topics-main.yaml");
        assert!(written.contains("retention.ms: ") && !written.contains("segment.bytes"), "{written}");
        assert!(!written.contains("__consumer_offsets"), "{written}");
        story.expect_no_changes();
        story.apply();
        story.expect_no_changes();
        assert_eq!(story.described("orders"), before);
        story.set("orders", "retention.ms=5");
        let drift = story.expect(2, &["drift"]);
        assert!(drift.stdout.contains("86400001"), "{}", drift.stdout);
        let _tool_of_settings = CONFIGS;
    });
}
