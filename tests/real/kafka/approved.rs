//! What would lose data waits for an Approval; with it, it is done, once, and to the incarnation that was reviewed.

use super::{Story, approval, topic};
use crate::support::broker::{Variant, eventually};

const ORDERS: &str = "kafka:Topic/main/orders";

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_lower_retention_waits_for_an_approval_which_is_good_for_once() {
    Story::on_each(Variant::Plaintext, |story| {
        let retain = |milliseconds: &str| story.write("topics.yaml", &topic("orders", 2, milliseconds));
        retain("604800001");
        story.apply();
        retain("1000");
        let apply = story.expect(4, &["apply", "--auto-approve"]);
        assert!(apply.stdout.contains("needs an Approval `loseData`"), "{}", apply.stdout);
        assert!(story.described("orders").contains("retention.ms=604800001"));

        story.write("approvals.yaml", &approval(ORDERS, "loseData", None));
        let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("Plan: 0 to add, 1 to change, 0 to destroy."), "{}", plan.stdout);
        story.apply();
        assert!(story.described("orders").contains("retention.ms=1000"));
        story.expect_no_changes();

        retain("604800001");
        story.apply();
        retain("1000");
        let apply = story.expect(4, &["apply", "--auto-approve"]);
        assert!(apply.stdout.contains("needs an Approval `loseData`"), "{}", apply.stdout);
        assert!(story.described("orders").contains("retention.ms=604800001"));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_topic_is_deleted_by_an_approval_for_this_very_topic_and_not_for_an_earlier_one() {
    Story::on_each(Variant::Plaintext, |story| {
        let topics = || [topic("orders", 1, "604800001"), topic("kept", 1, "604800001")].concat();
        story.write("topics.yaml", &topics());
        story.apply();
        let earlier = story.id_of("orders");
        // Somebody makes it anew: it is another one now, and its records are other ones.
        story.broker.tool(super::TOPICS, &["--delete", "--topic", "orders"]);
        eventually("it is gone", || story.described_all().find("Topic: orders").is_none().then_some(()));
        story.apply();
        let id = story.id_of("orders");
        assert_ne!(id, earlier);

        story.write("topics.yaml", &topic("kept", 1, "604800001"));
        story.write("approvals.yaml", &approval(ORDERS, "delete", Some(&earlier)));
        let apply = story.expect(4, &["apply", "--auto-approve"]);
        assert!(apply.stdout.contains("is for another incarnation"), "{}", apply.stdout);
        assert!(
            apply.stdout.contains(&format!("uid: \"{id}\"")),
            "the plan names the id to approve: {}",
            apply.stdout
        );
        assert_eq!(story.id_of("orders"), id);

        story.write("approvals.yaml", &approval(ORDERS, "delete", Some(&id)));
        let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("Plan: 0 to add, 0 to change, 1 to destroy."), "{}", plan.stdout);
        story.apply();
        let left = story.described_all();
        assert!(!left.contains("Topic: orders") && left.contains("Topic: kept"), "{left}");
        story.expect_no_changes();
    });
}
