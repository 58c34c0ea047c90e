//! Who answers: another cluster, or another group of workers, behind a connection that was pinned is written nothing.

use super::{Story, TOPICS, approval, source, systems, topic};
use crate::support::broker::Variant;

#[test]
#[ignore = "needs Kafka: make test-real"]
fn another_cluster_behind_the_same_connection_stops_planning_and_is_written_nothing() {
    Story::on_each(Variant::Plaintext, |story| {
        story.write("topics.yaml", &topic("orders", 1, "604800001"));
        story.apply();
        let another = story.broker.another(Variant::Plaintext, &[]);
        let here = systems(story.broker, Variant::Plaintext);
        let there = here.replace(&story.broker.bootstrap(), &another.bootstrap());
        story.write("kafka.yaml", &there);
        let changed = [topic("orders", 3, "704800001"), topic("payments", 1, "-1")].concat();
        story.write("topics.yaml", &changed);
        for verb in [&["plan", "--detailed-exitcode"][..], &["apply", "--auto-approve"], &["drift"]] {
            let run = story.expect(7, verb);
            let (found, pinned) = (another.known("KAFKA_CLUSTER_ID"), story.broker.known("KAFKA_CLUSTER_ID"));
            assert!(run.stdout.contains(&found) && run.stdout.contains(&pinned), "{}", run.stdout);
            assert!(!run.stdout.contains("1 added"), "{}", run.stdout);
        }
        assert!(!another.tool(TOPICS, &["--list"]).contains("orders"), "something was written");
        story.write("kafka.yaml", &here);
        story.apply();
        story.expect_no_changes();
        assert!(story.described("orders").contains("PartitionCount: 3"));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn another_group_of_workers_on_the_same_cluster_is_known_by_what_it_does_not_have() {
    Story::on_each(Variant::Plaintext, |story| {
        std::fs::write(story.file("in.txt"), "one\n").expect("a file");
        let read = |name: &str| source(name, &story.file("in.txt"), "lines");
        story.write("all.yaml", &[topic("lines", 1, "-1"), read("one"), read("two")].concat());
        story.apply();
        let another = story.broker.another_group();
        let here = systems(story.broker, Variant::Plaintext);
        let there = here.replace(&story.broker.known("CONNECT_URL"), &another.known("CONNECT_URL"));
        story.write("kafka.yaml", &there);
        story.write("all.yaml", &[topic("lines", 1, "-1"), read("one"), read("two"), read("three")].concat());
        for verb in [&["plan", "--detailed-exitcode"][..], &["apply", "--auto-approve"]] {
            let run = story.expect(7, verb);
            let told = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(told.contains("none of the 2 connectors that are ours is there"), "{}", run.stdout);
            let offered = "address: \"connect:Connector/main/one\" action: adopt";
            assert_eq!(told.matches("kind: Approval").count(), 1, "{}", run.stdout);
            assert!(told.contains(offered), "{}", run.stdout);
        }
        story.write("kafka.yaml", &here);
        story.apply();
        assert_eq!(story.connectors().len(), 3);

        // Whoever means the other ones says so once.
        story.write("kafka.yaml", &there);
        story.write("approvals.yaml", &approval("connect:Connector/main/one", "adopt", None));
        let apply = story.apply();
        assert!(apply.stdout.contains("3 added"), "{}", apply.stdout);
        story.expect_no_changes();
    });
}
