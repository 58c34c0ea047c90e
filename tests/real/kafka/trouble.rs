//! What cannot be read is unknown and told with its real cause; passwords are told nowhere.

use super::{Story, topic};
use crate::support::broker::Variant;

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_broker_that_is_down_freezes_what_is_on_it_and_a_topic_is_not_taken_to_be_absent() {
    Story::on_each(Variant::Plaintext, |story| {
        story.write("topics.yaml", &topic("orders", 1, "604800001"));
        story.apply();
        story.broker.kill();
        let plan = story.expect(7, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("cannot reach a broker"), "{}", plan.stdout);
        assert!(!plan.stdout.contains("to add"), "{}", plan.stdout);
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn users_and_rights_are_kept_as_git_says_and_no_password_is_ever_told() {
    Story::on_each(Variant::Scram, |story| {
        const CANARY: &str = "canary-4711-password";
        std::fs::write(story.file("password"), CANARY).expect("a file");
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
