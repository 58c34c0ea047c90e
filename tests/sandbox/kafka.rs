//! Simulated brokers and workers: one plan over three systems, and what of it would lose data.

use super::golden;
use crate::support::repository::{Repository, Run};
use evenkeel_core::engine::id::ConnectionName;
use evenkeel_world::kafka::{NewTopic, Release};

/// Brokers, workers, a topic, who may read it, and a connector that does.
const STREAM: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaCluster
metadata: {name: main}
spec: {bootstrap: [\"kafka.graph:9092\"]}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ConnectCluster
metadata: {name: main}
spec: {url: \"http://connect.graph:8083\"}
---
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaTopic
metadata: {name: orders}
spec:
  partitions: 6
  replicationFactor: 3
  config: {retention.ms: 604800000, min.insync.replicas: 2}
---
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaAcl
metadata: {name: reader}
spec:
  principal: User:reader
  rules: [{resource: {topic: orders}, operations: [read, describe]}]
---
apiVersion: evenkeel.dev/v1alpha1
kind: Connector
metadata: {name: export}
spec:
  class: org.apache.kafka.connect.file.FileStreamSinkConnector
  config: {file: /export/orders.txt, topics: orders}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: colours, namespace: default}
data: {a: blue}
";

fn repository() -> Repository {
    let repository = super::repository();
    repository.write("environments/prod/graph.yaml", STREAM);
    repository
}

fn with(repository: &Repository, from: &str, to: &str) {
    repository.write("environments/prod/graph.yaml", &STREAM.replace(from, to));
}

fn planned(repository: &Repository, code: i32) -> Run {
    repository.expect(code, &["plan", "prod", "--detailed-exitcode"])
}

#[test]
fn one_plan_goes_over_three_systems_and_then_there_is_nothing_to_do() {
    let repository = repository();
    golden("a-first-plan-over-three-systems", &planned(&repository, 2));
    let apply = repository.expect(0, &["apply", "prod", "--auto-approve"]);
    assert!(apply.stdout.contains("4 added"), "{}", apply.stdout);
    assert!(planned(&repository, 0).stdout.contains("No changes. Live matches Git."));
    repository.expect(0, &["drift", "prod"]);
}

#[test]
fn what_would_lose_records_is_held_and_the_rest_is_planned() {
    let repository = repository();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    with(&repository, "604800000, min.insync.replicas: 2", "1000, min.insync.replicas: 1");
    golden("a-lower-retention", &planned(&repository, 4));
    with(&repository, "partitions: 6", "partitions: 3");
    golden("fewer-partitions", &planned(&repository, 4));
    with(&repository, "partitions: 6", "partitions: 12");
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    assert!(planned(&repository, 0).stdout.contains("No changes. Live matches Git."));
}

#[test]
fn what_leaves_git_goes_but_for_what_holds_data() {
    let repository = repository();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    let systems = STREAM.split("---\n").take(2).collect::<Vec<_>>().join("---\n");
    repository.write("environments/prod/graph.yaml", &systems);
    let apply = repository.expect(4, &["apply", "prod", "--auto-approve"]);
    assert!(apply.stdout.contains("3 destroyed"), "{}", apply.stdout);
    assert!(apply.stderr.contains("! kafka:Topic/main/orders   delete   holds data"), "{}", apply.stderr);
}

#[test]
fn a_connector_that_fails_in_the_simulated_world_is_told_with_its_first_cause() {
    let repository = repository();
    with(&repository, "/export/orders.txt", "/nonexistent/x/out.txt");
    let apply = repository.expect(1, &["apply", "prod", "--auto-approve"]);
    assert!(apply.stdout.contains("NoSuchFileException"), "{}", apply.stdout);
    with(&repository, "", "");
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    assert!(planned(&repository, 0).stdout.contains("No changes. Live matches Git."));
}

#[test]
fn a_plan_over_three_systems_can_be_rehearsed() {
    let repository = repository();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    with(&repository, "604800000", "704800000");
    let rehearsed = repository.expect(0, &["rehearse", "prod"]);
    assert!(rehearsed.stdout.contains("1 changed"), "{}", rehearsed.stdout);
    assert!(planned(&repository, 2).stdout.contains("1 to change"), "the world itself stays as it is");
}

#[test]
fn what_runs_on_brokers_and_workers_is_counted_beside_what_runs_elsewhere() {
    let repository = repository();
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    let plan = repository.run(&["plan", "prod", "--coverage"]);
    assert!(plan.stdout.contains("4 of 4 objects managed."), "{}", plan.stdout);
    let without: Vec<&str> = STREAM.split("---\n").filter(|it| !it.contains("kind: KafkaTopic")).collect();
    repository.write("environments/prod/graph.yaml", &without.join("---\n"));
    let plan = repository.expect(4, &["plan", "prod", "--coverage"]);
    golden("a-plan-and-what-of-three-systems-is-managed", &plan);
    let told = "3 of 4 objects managed.\n  kafka:Topic/main/orders\n";
    assert!(plan.stdout.contains(told), "{}", plan.stdout);
    let next = "1 unmanaged object: evenkeel import prod --from kafka --connection main";
    assert!(plan.stderr.contains(next), "{}", plan.stderr);
}

/// Two users, as somebody made them once.
const USERS: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaUser
metadata: {name: app}
spec: {password: {fromFile: password}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: KafkaUser
metadata: {name: export-job}
spec: {mechanism: SCRAM-SHA-256, iterations: 4096, password: {fromFile: password}}
";

#[test]
fn users_are_imported_with_a_place_for_their_passwords_and_none_is_made_up() {
    let repository = repository();
    repository.write("password", "canary-4721");
    repository.write("environments/prod/users.yaml", USERS);
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    repository.remove("environments/prod/users.yaml");
    for user in ["app", "export-job"] {
        let address = format!("kafka:User/main/{user}");
        repository.expect(0, &["forget", &address, "prod", "--auto-approve"]);
    }
    let without = repository.expect(0, &["import", "prod", "--from", "kafka", "--stdout"]);
    assert!(without.stderr.contains("2 users (--users takes them)"), "{}", without.stderr);
    golden("an-import-of-users", &repository.expect(0, &["import", "prod", "--from", "kafka", "--users"]));
    let file = repository.path().join("environments/prod/users-main.yaml");
    let written = std::fs::read_to_string(&file).expect("it was written");
    golden("users-as-they-are-imported", &Run { code: 0, stdout: written.clone(), stderr: String::new() });

    // Until they are filled in, nothing is planned of them.
    let plan = planned(&repository, 7);
    assert!(plan.stdout.contains("KAFKA_PASSWORD_app"), "{}", plan.stdout);
    let filled = ["app", "export_2Djob"].iter().fold(written, |text, user| {
        text.replace(&format!("fromEnv: KAFKA_PASSWORD_{user}"), "fromFile: password")
    });
    repository.write("environments/prod/users-main.yaml", &filled);
    let plan = planned(&repository, 4);
    assert!(plan.stdout.contains("action: adopt"), "{}", plan.stdout);
    repository.write(
        "environments/prod/approvals.yaml",
        &["app", "export-job"]
            .map(|user| {
                format!(
                    "apiVersion: evenkeel.dev/v1alpha1\nkind: Approval\nmetadata: {{name: {user}}}\nspec: {{address: \
                     \"kafka:User/main/{user}\", action: adopt, until: 2099-01-01T00:00:00Z, reason: imported}}\n"
                )
            })
            .join("---\n"),
    );
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    repository.remove("environments/prod/approvals.yaml");
    assert!(planned(&repository, 0).stdout.contains("No changes. Live matches Git."));
}

/// Puts brokers like those of Event Hubs into the simulated world.
fn on_event_hubs(repository: &Repository) {
    let begins = "2026-11-21T11:00:00Z".parse().expect("a time");
    let mut world = evenkeel_world::World::new(7, begins);
    world.start_brokers(&ConnectionName::new("main"), Release::EventHubs);
    keep(repository, &world);
}

fn keep(repository: &Repository, world: &evenkeel_world::World) {
    let world = serde_json::to_string(world).expect("JSON");
    repository.write(".evenkeel/prod/world.json", &world);
}

#[test]
fn brokers_without_rights_and_users_have_none_to_import_or_to_count() {
    let repository = repository();
    on_event_hubs(&repository);
    let plan = repository.expect(7, &["plan", "prod", "--coverage"]);
    assert!(plan.stdout.contains("0 of 0 objects managed.\n"), "{}", plan.stdout);
    let import = repository.expect(0, &["import", "prod", "--from", "kafka", "--users"]);
    assert!(import.stderr.contains("0 objects into 0 files"), "{}", import.stderr);

    let begins = "2026-11-21T11:00:00Z".parse().expect("a time");
    let mut world = evenkeel_world::World::new(7, begins);
    let brokers = world.start_brokers(&ConnectionName::new("main"), Release::EventHubs);
    brokers.create_topic("orders", &NewTopic::default()).expect("it takes a topic");
    keep(&repository, &world);
    for verb in [&["plan", "prod", "--coverage"][..], &["import", "prod", "--from", "kafka"]] {
        let run = repository.expect(7, verb);
        let told = run.stdout + &run.stderr;
        assert!(told.contains("kafka:Topic/main/*: "), "a topic of which nothing can be read is one: {told}");
    }
}

#[test]
fn brokers_that_lack_half_of_the_requests_are_told_of_and_nothing_is_made_on_them() {
    let repository = repository();
    on_event_hubs(&repository);
    golden("a-plan-on-brokers-like-event-hubs", &planned(&repository, 7));
    let apply = repository.expect(7, &["apply", "prod", "--auto-approve"]);
    assert!(apply.stdout.contains("1 added"), "{}", apply.stdout);
    assert!(apply.stderr.contains("The broker does not support DescribeConfigs"), "{}", apply.stderr);
    let world =
        std::fs::read_to_string(repository.path().join(".evenkeel/prod/world.json")).expect("a world");
    assert!(world.contains("colours") && !world.contains("retention.ms"), "{world}");
}
