//! Passwords that change: where they are kept is read anew, and what used the old one uses the new one.

use super::{Story, approval, connector, topic};
use crate::support::broker::Variant;
use crate::support::repository::Repository;

const USER: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaUser\nmetadata: {name: app}\nspec: {password: \
                    {fromFile: password}}\n---\napiVersion: evenkeel.dev/v1alpha1\nkind: KafkaAcl\nmetadata: {name: app}\n\
                    spec:\n  principal: User:app\n  rules: [{resource: {topic: orders}, operations: [all]}]\n";

/// Returns how a plan ends that signs in as `app` with this password.
fn signs_in(story: &Story<'_>, password: &str) -> String {
    let repository = Repository::new();
    repository.write(
        "environments/app/environment.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: app}\nspec:\n  state: {directory: \
         .state}\n  limits: {requestTimeout: 5s}\n",
    );
    let bootstrap = story.broker.bootstrap();
    let cluster = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: main}}\nspec:\n  bootstrap: \
         [\"{bootstrap}\"]\n  sasl: {{scramSha512: {{username: app, password: {{fromFile: password}}}}}}\n"
    );
    repository.write("password", password);
    repository.write("environments/app/kafka.yaml", &(cluster + &topic("orders", 1, "604800001")));
    repository.run(&["plan", "app"]).stdout
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_password_that_was_rotated_is_planned_and_afterwards_only_the_new_one_comes_in() {
    const OLD: &str = "canary-4714-old";
    const NEW: &str = "canary-4714-new";
    Story::on_each(Variant::Scram, |story| {
        std::fs::write(story.file("password"), OLD).expect("a file");
        story.write("user.yaml", USER);
        story.apply();
        story.expect_no_changes();
        assert!(signs_in(story, OLD).contains("Plan: 1 to add"));

        std::fs::write(story.file("password"), NEW).expect("a file");
        let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("Plan: 0 to add, 1 to change, 0 to destroy."), "{}", plan.stdout);
        assert!(plan.stdout.contains("~ kafka:User/main/app"), "{}", plan.stdout);
        let apply = story.apply();
        story.expect_no_changes();
        let (new, old) = (signs_in(story, NEW), signs_in(story, OLD));
        assert!(new.contains("Plan: 1 to add"), "{new}");
        assert!(old.contains("the broker refuses the login"), "{old}");
        for told in [&plan.stdout, &plan.stderr, &apply.stdout, &apply.stderr, &new, &old] {
            assert!(!told.contains(OLD) && !told.contains(NEW), "{told}");
        }
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_user_who_is_imported_keeps_the_password_once_it_is_filled_in() {
    const PASSWORD: &str = "canary-4722";
    Story::on_each(Variant::Scram, |story| {
        std::fs::write(story.file("password"), PASSWORD).expect("a file");
        story.write("user.yaml", USER);
        story.apply();
        // Nobody remembers who made it.
        story.repository.remove("environments/prod/user.yaml");
        std::fs::remove_dir_all(story.file(".state")).expect("the state");
        story.expect(0, &["import", "--from", "kafka", "--users"]);
        let written =
            std::fs::read_to_string(story.file("environments/prod/users-main.yaml")).expect("a file");
        assert!(written.contains("fromEnv: KAFKA_PASSWORD_admin"), "{written}");
        let app =
            written.split("---\n").find(|document| document.contains("name: app")).expect("it is there");
        story.write("users-main.yaml", app);
        let plan = story.expect(7, &["plan"]);
        assert!(plan.stdout.contains("KAFKA_PASSWORD_app"), "{}", plan.stdout);

        story.write("users-main.yaml", &app.replace("fromEnv: KAFKA_PASSWORD_app", "fromFile: password"));
        let plan = story.expect(4, &["plan"]);
        assert!(plan.stdout.contains("action: adopt"), "{}", plan.stdout);
        story.write("approvals.yaml", &approval("kafka:User/main/app", "adopt", None));
        story.apply();
        story.repository.remove("environments/prod/approvals.yaml");
        story.expect_no_changes();
        assert!(signs_in(story, PASSWORD).contains("Plan: 1 to add"));
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_connector_whose_password_was_rotated_behind_its_reference_is_restarted() {
    Story::on_each(Variant::Plaintext, |story| {
        const KEY: &str = "producer.override.ssl.key.password";
        std::fs::write(story.file("in.txt"), "one\n").expect("a file");
        let properties = story.file("secrets.properties");
        let rotate = |password: &str| {
            std::fs::write(&properties, format!("password={password}\n")).expect("a file");
            std::fs::write(story.file("password"), password).expect("a file");
        };
        rotate("canary-4715-old");
        let config = format!(
            "file: {}, topic: lines, {KEY}: \"${{file:{properties}:password}}\"",
            story.file("in.txt")
        );
        let document = connector("read", "FileStreamSourceConnector", &config);
        let document = format!("{document}  secrets: {{password: {{fromFile: password}}}}\n");
        story.write("all.yaml", &(topic("lines", 1, "-1") + &document));
        story.apply();
        story.expect_no_changes();
        let before = begun(story);

        rotate("canary-4715-new");
        let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("Plan: 0 to add, 1 to change, 0 to destroy."), "{}", plan.stdout);
        assert!(plan.stdout.contains("~ connect:Connector/main/read"), "{}", plan.stdout);
        let apply = story.apply();
        story.expect_no_changes();
        assert!(begun(story) > before, "it was not started again");
        for told in [&plan.stdout, &plan.stderr, &apply.stdout, &apply.stderr] {
            assert!(!told.contains("canary"), "{told}");
        }
    });
}

/// Counts how often the worker said that it starts a task of the source.
fn begun(story: &Story<'_>) -> usize {
    let log = story.broker.log("connect");
    log.lines()
        .filter(|line| line.contains("id=read-0") && line.contains("finished initialization and start"))
        .count()
}
