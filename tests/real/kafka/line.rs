//! The main line: topics and connectors are created, nothing is left to do, edits are carried out.

use super::{Story, sink, source, systems, topic};
use crate::support::broker::{Broker, Variant, eventually};
use crate::support::plane::Plane;
use crate::support::repository::{Repository, Run};

#[test]
#[ignore = "needs Kafka and the control plane: make test-real"]
fn one_plan_goes_over_kubernetes_kafka_and_connect_and_then_there_is_nothing_to_do() {
    let plane = Plane::shared();
    Broker::with_worker_on_each(Variant::Scram, |broker| {
        let name = Plane::unused("platform");
        let repository = Repository::with_kubeconfig(&plane.kubeconfig());
        repository.environment(&name, &name);
        let file = |file: &str| repository.path().join(file).display().to_string();
        std::fs::write(repository.path().join("in.txt"), "one\ntwo\n").expect("a file");
        let platform = format!("environments/{name}/platform.yaml");
        repository.write(&platform, &systems(broker, Variant::Scram));
        let connectors =
            [source("read", &file("in.txt"), "lines"), sink("write", &file("out.txt"), "lines")].concat();
        repository.write(&format!("environments/{name}/all.yaml"), &(beside(&name) + &connectors));
        let expect = |code: i32, verb: &[&str]| {
            let mut command = repository.command(verb);
            command.env("KAFKA_PASSWORD", broker.known("KAFKA_PASSWORD"));
            let run = Run::of(command.output().expect("the binary runs"));
            assert_eq!(run.code, code, "{verb:?}\n{}\n{}", run.stdout, run.stderr);
            run.stdout
        };

        let plan = expect(2, &["plan", &name, "--detailed-exitcode"]);
        assert!(plan.contains("Plan: 8 to add, 0 to change, 0 to destroy."), "{plan}");
        let apply = expect(0, &["apply", &name, "--auto-approve"]);
        assert!(apply.contains("8 added"), "{apply}");
        let plan = expect(0, &["plan", &name, "--detailed-exitcode"]);
        assert!(plan.contains("No changes. Live matches Git."), "{plan}");
        let rights = broker.rights(&["--list", "--topic", "orders"]);
        assert!(rights.contains("principal=User:app, host=*, operation=READ"), "{rights}");
        let copied = eventually("the lines are copied", || {
            std::fs::read_to_string(repository.path().join("out.txt"))
                .ok()
                .filter(|text| text.contains("two"))
        });
        assert!(copied.contains("one"), "{copied}");
    });
}

/// Returns a namespace, an object in it, three topics and a right.
fn beside(name: &str) -> String {
    let objects = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n---\napiVersion: v1\nkind: ConfigMap\n\
         metadata: {{name: colours}}\ndata: {{colour: green}}\n"
    );
    let topics = [topic("lines", 1, "604800001"), topic("orders", 3, "1000000"), topic("payments", 2, "-1")];
    let right = "---\napiVersion: evenkeel.dev/v1alpha1\nkind: KafkaAcl\nmetadata: {name: app}\nspec:\n  principal: \
                 User:app\n  rules: [{resource: {topic: orders}, operations: [read, describe]}]\n";
    objects + &topics.concat() + right
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn partitions_grow_settings_change_and_a_setting_that_leaves_git_leaves_the_topic() {
    Story::on_each(Variant::Plaintext, |story| {
        story.write("topics.yaml", &topic("orders", 2, "604800001, segment.ms: 3600000"));
        story.apply();
        story.expect_no_changes();
        story.write("topics.yaml", &topic("orders", 4, "704800001"));
        let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("Plan: 0 to add, 1 to change, 0 to destroy."), "{}", plan.stdout);
        story.apply();
        let described = story.described("orders");
        assert!(described.contains("PartitionCount: 4"), "{described}");
        assert!(described.contains("retention.ms=704800001"), "{described}");
        assert!(!described.contains("segment.ms"), "{described}");
        story.expect_no_changes();
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_connector_is_stopped_and_started_again_as_git_says() {
    Story::on_each(Variant::Plaintext, |story| {
        std::fs::write(story.file("in.txt"), "one\n").expect("a file");
        let connector = source("read", &story.file("in.txt"), "lines");
        story.write("all.yaml", &format!("{}{connector}", topic("lines", 1, "-1")));
        story.apply();
        let stopped = connector.replace("spec:\n", "spec:\n  state: stopped\n");
        story.write("all.yaml", &format!("{}{stopped}", topic("lines", 1, "-1")));
        story.apply();
        story.expect_no_changes();
        let again = connector.replace("in.txt", "other.txt");
        std::fs::write(story.file("other.txt"), "two\n").expect("a file");
        story.write("all.yaml", &format!("{}{again}", topic("lines", 1, "-1")));
        let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("STOPPED"), "{}", plan.stdout);
        story.apply();
        story.expect_no_changes();
    });
}
