//! What cannot be read is unknown and told with its real cause; passwords are told nowhere.

use super::{Story, connector, sink, topic};
use crate::support::broker::Variant;

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_broker_that_is_down_freezes_what_is_on_it_and_a_topic_is_not_taken_to_be_absent() {
    Story::on_each(Variant::Plaintext, |story| {
        story.write("topics.yaml", &topic("orders", 1, "604800001"));
        story.apply();
        let preflight = story.expect(0, &["preflight"]);
        assert!(
            preflight.stdout.contains("kafka:main") && preflight.stdout.contains("as pinned"),
            "{preflight:?}"
        );
        story.broker.kill();
        let preflight = story.expect(7, &["preflight"]);
        assert!(preflight.stdout.contains("cannot reach a broker"), "{}", preflight.stdout);
        let plan = story.expect(7, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("cannot reach a broker"), "{}", plan.stdout);
        assert!(
            plan.stdout.contains("Plan: 0 to add, 0 to change, 0 to destroy. 1 not compared."),
            "{}",
            plan.stdout
        );
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn users_and_rights_are_kept_as_git_says_and_no_password_is_ever_told() {
    Story::on_each(Variant::Scram, |story| {
        const CANARY: &str = "canary-4711-password";
        std::fs::write(story.file("password"), format!("{CANARY}\n")).expect("a file");
        let user = "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaUser\nmetadata: {name: app}\nspec: {password: \
                    {fromFile: password}}\n---\napiVersion: evenkeel.dev/v1alpha1\nkind: KafkaAcl\nmetadata: \
                    {name: app}\nspec:\n  principal: User:app\n  rules:\n    - {resource: {topic: orders}, \
                    operations: [read, describe]}\n";
        story.write("users.yaml", user);
        let mut told = Vec::new();
        told.push(story.expect(2, &["plan", "--detailed-exitcode"]));
        told.push(story.apply());
        story.expect_no_changes();
        story.write("users.yaml", &user.replace("[read, describe]", "[read, write]"));
        told.push(story.apply());
        story.expect_no_changes();
        for run in told {
            assert!(!run.stdout.contains(CANARY) && !run.stderr.contains(CANARY), "{run:?}");
        }
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_connector_that_failed_fails_the_apply_with_its_cause_and_is_started_again_by_the_next_one() {
    Story::on_each(Variant::Plaintext, |story| {
        let sink = sink("write", &story.file("none/out.txt"), "lines");
        story.write("all.yaml", &format!("{}{sink}", topic("lines", 1, "-1")));
        let apply = story.expect(1, &["apply", "--auto-approve"]);
        assert!(apply.stdout.contains("none/out.txt"), "{}", apply.stdout);
        let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("degraded: task 0 failed"), "{}", plan.stdout);
        assert!(plan.stdout.contains("NoSuchFileException"), "{}", plan.stdout);
        std::fs::create_dir(story.file("none")).expect("a directory");
        story.apply();
        story.expect_no_changes();
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_class_that_no_worker_has_is_refused_at_once_in_the_workers_words() {
    Story::on_each(Variant::Plaintext, |story| {
        let unknown = sink("write", "/tmp/none", "lines").replace("FileStreamSink", "NoSuchSink");
        story.write("all.yaml", &unknown);
        let apply = story.expect(1, &["apply", "--auto-approve"]);
        assert!(apply.stdout.contains("NoSuchSinkConnector"), "{}", apply.stdout);
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_password_that_somebody_wrote_into_a_connector_is_told_nowhere() {
    const CANARY: &str = "canary-4712-password";
    const KEY: &str = "producer.override.ssl.key.password";
    Story::on_each(Variant::Plaintext, |story| {
        let file = story.file("lines.txt");
        let class = "org.apache.kafka.connect.file.FileStreamSourceConnector";
        let by_hand = serde_json::json!({"name": "read", "config": {
            "connector.class": class, "tasks.max": "1", "file": file, "topic": "lines", KEY: CANARY,
        }});
        story.by_hand("POST", "/connectors", &by_hand.to_string());
        let secrets = story.file("secrets.properties");
        std::fs::write(&secrets, format!("password={CANARY}\n")).expect("a file");
        let config = format!("file: {file}, topic: lines, {KEY}: \"${{file:{secrets}:password}}\"");
        story.write("all.yaml", &connector("read", "FileStreamSourceConnector", &config));
        let told = [
            story.expect(4, &["plan", "--detailed-exitcode"]),
            story.expect(4, &["plan", "--detailed-exitcode", "--format", "json"]),
            story.expect(4, &["plan", "--detailed-exitcode", "--format", "markdown"]),
        ];
        for run in &told {
            assert!(run.stdout.contains(KEY), "{run:?}");
            assert!(!run.stdout.contains(CANARY) && !run.stderr.contains(CANARY), "{run:?}");
        }
        let snapshot = story.file("snapshot.json");
        story.expect(0, &["snapshot", "--out", &snapshot]);
        assert!(!std::fs::read_to_string(&snapshot).expect("it was written").contains(CANARY));
    });
}
