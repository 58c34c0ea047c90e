//! What is imported from brokers and workers changes nothing: it is planned empty, and adopted without a write.

use super::{Story, TOPICS, sink, topic};
use crate::support::broker::{Variant, eventually};

fn read(story: &Story<'_>, file: &str) -> String {
    let path = story.repository.path().join("environments/prod").join(file);
    std::fs::read_to_string(path).expect("a file that was written")
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn what_is_imported_is_planned_empty_and_adopted_without_a_write() {
    Story::on_each(Variant::Plaintext, |story| {
        story.broker.tool(TOPICS, &["--create", "--topic", "orders", "--partitions", "3"]);
        story.set("orders", "retention.ms=86400001,cleanup.policy=delete");
        let before = story.described("orders");
        let secrets = story.file("secrets.properties");
        std::fs::write(&secrets, format!("file={}\n", story.file("lines.txt"))).expect("a file");
        let config = format!(
            r#"{{"connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector", "tasks.max": "1",
                 "file": "${{file:{secrets}:file}}", "topics": "orders", "no.such": "x"}}"#
        );
        story.by_hand("PUT", "/connectors/lines/config", &config);
        let open = config.replace("no.such", "ssl.key.password");
        story.by_hand("PUT", "/connectors/open/config", &open);
        let coverage = story.expect(0, &["plan", "--coverage"]);
        let told = "0 of 5 objects managed.\n  kafka:Topic/main/connect-config\n  kafka:Topic/main/connect-offset\n  \
                    kafka:Topic/main/orders\n  connect:Connector/main/lines\n  connect:Connector/main/open\n";
        assert!(coverage.stdout.contains(told), "{}", coverage.stdout);
        for system in ["kafka", "connect"] {
            let import = story.expect(0, &["import", "--from", system]);
            assert!(import.stderr.contains("no changes, "), "{}", import.stderr);
        }
        let connectors = read(story, "connectors-main.yaml");
        assert!(connectors.contains("# no.such is set, too"), "{connectors}");
        assert!(connectors.contains("${file:") && !connectors.contains("name: open"), "{connectors}");
        let topics = read(story, "topics-main.yaml");
        assert!(topics.contains("retention.ms: ") && !topics.contains("segment.bytes"), "{topics}");
        assert!(!topics.contains("__consumer_offsets"), "{topics}");
        story.expect_no_changes();
        story.apply();
        story.expect_no_changes();
        assert_eq!(story.described("orders"), before);
        let coverage = story.expect(0, &["plan", "--coverage"]);
        let told = "4 of 5 objects managed.\n  connect:Connector/main/open\n";
        assert!(coverage.stdout.contains(told), "{}", coverage.stdout);
        story.set("orders", "retention.ms=5");
        let drift = story.expect(2, &["drift"]);
        assert!(drift.stdout.contains("86400001"), "{}", drift.stdout);
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn imported_rights_are_the_rights_that_there_are() {
    Story::on_each(Variant::Scram, |story| {
        let acl = "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaAcl\nmetadata: {name: app}\nspec:\n  principal: \
                   User:app\n  rules:\n    - {resource: {topic: orders-}, pattern: prefixed, operations: [read, \
                   describeConfigs]}\n    - {resource: {topic: \"*\"}, host: 10.0.0.1, permission: deny, operations: \
                   [all]}\n    - {resource: {cluster: {}}, operations: [describe]}\n";
        story.write("mine.yaml", acl);
        story.apply();
        // Nobody remembers who made them.
        story.repository.remove("environments/prod/mine.yaml");
        std::fs::remove_dir_all(story.file(".state")).expect("the state");
        let import = story.expect(0, &["import", "--from", "kafka"]);
        assert!(
            import.stderr.contains("no changes, ") && import.stderr.contains("users (--users takes them)"),
            "{}",
            import.stderr
        );
        assert!(read(story, "acls-main.yaml").contains("pattern: prefixed"));
        story.expect_no_changes();
        story.apply();
        story.expect_no_changes();
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn what_has_failed_or_is_spelt_otherwise_is_adopted_without_a_call() {
    Story::on_each(Variant::Plaintext, |story| {
        story.broker.tool(TOPICS, &["--create", "--topic", "lines", "--partitions", "1"]);
        story.set("lines", "cleanup.policy=[compact,delete],retention.ms=-1");
        let file = story.file("none/out.txt");
        let config = format!(
            r#"{{"connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector", "tasks.max": "1",
                 "file": "{file}", "topics": "lines"}}"#
        );
        story.by_hand("PUT", "/connectors/write/config", &config);
        let has_failed = || story.rest("GET", "/connectors/write/status", "").contains("NoSuchFileException");
        eventually("it fails", || has_failed().then_some(()));
        let wanted =
            [topic("lines", 1, "-1, cleanup.policy: \"delete, compact\""), sink("write", &file, "lines")];
        story.write("all.yaml", &wanted.concat());
        let (before, described) = (calls(story), story.described("lines"));
        let plan = story.expect(0, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("2 to adopt"), "{}", plan.stdout);
        story.apply();
        assert_eq!(calls(story), before, "nothing but questions reached the worker");
        assert_eq!(story.described("lines"), described);
        // It is ours now, and what failed and is ours is started again.
        let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("degraded: task 0 failed"), "{}", plan.stdout);
    });
}

/// Counts the calls that are no questions, as the worker logged them; each call is logged once it is answered.
fn calls(story: &Story<'_>) -> usize {
    let log = story.broker.log("connect");
    let is_call =
        |line: &&str| ["\"POST ", "\"PUT ", "\"PATCH ", "\"DELETE "].iter().any(|call| line.contains(call));
    let checks = |line: &&str| line.contains("/config/validate");
    log.lines()
        .filter(|line| line.contains("RestServer"))
        .filter(is_call)
        .filter(|line| !checks(line))
        .count()
}
