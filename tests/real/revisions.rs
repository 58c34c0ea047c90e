//! Specs of any revision, read from a repository without touching its working tree.

use super::story::{Story, config_map};
use std::process::Command;

fn git(story: &Story, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=story", "-c", "user.email=story@example.dev"]).args(arguments);
    assert!(git.current_dir(story.repository.path()).status().expect("git").success(), "{arguments:?}");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_older_revision_is_planned_and_applied_while_the_working_tree_says_otherwise() {
    let story = Story::begin("revision");
    story.write("colours.yaml", &config_map("colours", "green"));
    git(&story, &["init", "--quiet", "--initial-branch=main"]);
    git(&story, &["add", "."]);
    git(&story, &["commit", "--quiet", "--message=green"]);
    story.write("colours.yaml", &config_map("colours", "blue"));
    git(&story, &["commit", "--quiet", "--all", "--message=blue"]);
    story.expect(0, &["apply", "--auto-approve", "--revision", "HEAD~1"]);
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "green");

    let url = format!("file://{}", story.repository.path().display());
    let remote =
        story.repository.expect(2, &["plan", &story.environment, "--detailed-exitcode", "--repo", &url]);
    assert!(remote.stdout.contains("\"green\" -> \"blue\""), "{}", remote.stdout);
    assert!(!remote.stdout.contains("working tree"), "{}", remote.stdout);
}
