//! What others change by Kafka's own tools is drift, with both values, and the next apply heals what may be healed.

use super::{Story, topic};
use crate::support::broker::Variant;

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_retention_raised_with_kafkas_tool_is_drift_with_both_values() {
    Story::on_each(Variant::Plaintext, |story| {
        story.write("topics.yaml", &topic("orders", 1, "604800001"));
        story.apply();
        story.set("orders", "retention.ms=704800001");
        let drift = story.expect(2, &["drift"]);
        assert!(drift.stdout.contains("604800001"), "{}", drift.stdout);
        assert!(drift.stdout.contains("704800001"), "{}", drift.stdout);
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_setting_that_somebody_else_added_is_not_ours_and_stays() {
    Story::on_each(Variant::Plaintext, |story| {
        story.write("topics.yaml", &topic("orders", 1, "604800001"));
        story.apply();
        story.set("orders", "segment.ms=3600000");
        story.expect(0, &["drift"]);
        story.expect_no_changes();
        story.write("topics.yaml", &topic("orders", 1, "704800001"));
        story.apply();
        assert!(story.described("orders").contains("segment.ms=3600000"));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn fewer_partitions_are_held_with_the_reason() {
    Story::on_each(Variant::Plaintext, |story| {
        story.write("topics.yaml", &topic("orders", 3, "604800001"));
        story.apply();
        story.write("topics.yaml", &topic("orders", 2, "604800001"));
        let plan = story.expect(4, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("holds data"), "{}", plan.stdout);
        assert!(plan.stdout.contains("3 -> 2"), "{}", plan.stdout);
        assert!(
            plan.stdout.contains("make a topic of another name with fewer partitions"),
            "{}",
            plan.stdout
        );
        assert!(story.described("orders").contains("PartitionCount: 3"));
    });
}
