//! What others change by Kafka's own tools is drift, with both values, and the next apply heals what may be healed.

use super::{Story, TOPICS, approval, topic};
use crate::support::broker::{Variant, eventually};
use crate::support::repository::Run;

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
        let plan = story.expect(0, &["plan", "--detailed-exitcode"]);
        let told = "1 setting on 1 resource set by others, beside what Git says: evenkeel explain \
                    kafka:Topic/main/orders prod";
        assert!(plan.stderr.contains(told), "{}", plan.stderr);
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

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_topic_that_somebody_deleted_and_made_again_is_told_as_such_and_becomes_ours_by_approval_only() {
    Story::on_each(Variant::Plaintext, |story| {
        story.write("topics.yaml", &topic("orders", 1, "604800001"));
        story.apply();
        let was = story.id_of("orders");
        story.broker.tool(TOPICS, &["--delete", "--topic", "orders"]);
        eventually("it is gone", || (!story.described_all().contains("Topic: orders")).then_some(()));
        let again =
            ["--create", "--topic", "orders", "--partitions", "1", "--config", "retention.ms=604800001"];
        story.broker.tool(TOPICS, &again);
        let id = story.id_of("orders");
        assert_ne!(id, was);

        let told = |run: &Run| run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let drift = story.expect(2, &["drift"]);
        let gone = format!("deleted by hand and made again; {was} was ours, and what it held went with it");
        assert!(told(&drift).contains(&gone), "{}", drift.stdout);
        let apply = story.expect(4, &["apply", "--auto-approve"]);
        assert!(told(&apply).contains("needs an Approval `adopt`"), "{}", apply.stdout);
        assert!(apply.stdout.contains(&format!("uid: \"{id}\"")), "the plan names the id: {}", apply.stdout);

        story.write("approvals.yaml", &approval("kafka:Topic/main/orders", "adopt", Some(&id)));
        story.apply();
        story.expect_no_changes();
        story.expect(0, &["drift"]);
        assert_eq!(story.id_of("orders"), id, "it is left as it is");
    });
}
