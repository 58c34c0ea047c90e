//! `MirrorMaker` as a connector: it copies a topic from one cluster to another, and is kept as Git says.

use super::{Story, TOPICS, topic};
use crate::support::broker::{Broker, Variant, eventually};
use serde_json::json;

/// Returns a connector that copies `orders` of another cluster, which is called `from`.
fn mirror(story: &Story<'_>, from: &Broker, more: &str) -> String {
    let (source, target) = (from.bootstrap(), story.broker.bootstrap());
    format!(
        "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Connector\nmetadata: {{name: mirror}}\nspec:\n  class: \
         org.apache.kafka.connect.mirror.MirrorSourceConnector\n  config:\n    source.cluster.alias: from\n    \
         target.cluster.alias: to\n    source.cluster.bootstrap.servers: \"{source}\"\n    \
         target.cluster.bootstrap.servers: \"{target}\"\n    topics: orders\n    replication.factor: 1\n    \
         offset-syncs.topic.replication.factor: 1\n    sync.topic.acls.enabled: false\n    \
         refresh.topics.interval.seconds: 5\n{more}"
    )
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn mirrormaker_copies_a_topic_and_is_kept_as_git_says() {
    Story::on_each(Variant::Plaintext, |story| {
        let from = story.broker.another(Variant::Plaintext, &[]);
        from.tool(TOPICS, &["--create", "--topic", "orders", "--partitions", "2"]);
        let here = topic("audit", 1, "-1");
        story.write(
            "all.yaml",
            &(here.clone() + &mirror(story, &from, "    refresh.topics.interval.second: 5\n")),
        );
        let validate = story.expect(1, &["validate"]);
        let told = validate.stdout + &validate.stderr;
        assert!(told.contains("refresh.topics.interval.seconds"), "the right name is suggested: {told}");

        story.write("all.yaml", &(here + &mirror(story, &from, "")));
        let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("Plan: 2 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
        story.apply();
        story.expect_no_changes();
        let copied = eventually("the topic is copied", || {
            let topics = story.broker.tool(TOPICS, &["--describe"]);
            topics.contains("Topic: from.orders").then_some(topics)
        });
        assert!(copied.contains("PartitionCount: 2"), "{copied}");
        story.expect_no_changes();

        story.edit("mirror", &json!({"topics": "orders,secrets", "refresh.topics.interval.seconds": null}));
        let drift = story.expect(2, &["drift"]);
        assert!(drift.stdout.contains("orders,secrets"), "{}", drift.stdout);
        assert!(drift.stdout.contains("refresh.topics.interval.seconds"), "{}", drift.stdout);
        story.apply();
        story.expect_no_changes();
    });
}
