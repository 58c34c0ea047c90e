//! Plans from a snapshot: what is new in Git is known not to be there, unless some of it may be hidden.

use super::{Story, connector, topic};
use crate::support::broker::Variant;

#[test]
#[ignore = "needs Kafka: make test-real"]
fn what_is_new_in_git_is_to_be_added_by_a_plan_from_a_snapshot_as_well() {
    Story::on_each(Variant::Plaintext, |story| {
        let file = story.file("lines.txt");
        let copy = |name: &str| {
            connector(name, "FileStreamSourceConnector", &format!("file: {file}, topic: orders"))
        };
        let ours = [topic("orders", 1, "604800001"), copy("copy")].concat();
        story.write("all.yaml", &ours);
        story.apply();
        story.broker.tool(super::TOPICS, &["--create", "--topic", "theirs"]);
        let snapshot = story.file("live.json");
        story.expect(0, &["snapshot", "--out", &snapshot]);
        let offline = ["plan", "--detailed-exitcode", "--live", &snapshot];
        story.expect(0, &offline);
        let new = [ours.clone(), topic("new", 1, "604800001"), copy("again")].concat();
        story.write("all.yaml", &new);
        let plan = story.expect(2, &offline);
        assert!(plan.stdout.contains("Plan: 2 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
        story.write("all.yaml", &[ours, topic("theirs", 1, "604800001")].concat());
        let plan = story.expect(7, &offline);
        assert!(
            plan.stdout.contains("Plan: 0 to add, 0 to change, 0 to destroy. 1 not compared."),
            "{}",
            plan.stdout
        );
    });
}
