//! Maintenance windows: outside them everything waits, and what was reviewed by day is applied by night.

use super::story::{Story, config_map};

/// Lets changes start in one month of the year only: this one, or the one that is half a year away.
fn windows(story: &Story, open: bool) {
    let now = evenkeel::clock::now().to_zoned(jiff::tz::TimeZone::UTC);
    let month = if open { now.month() } else { (now.month() + 5) % 12 + 1 };
    let path = format!("environments/{}/environment.yaml", story.environment);
    story.repository.environment(&story.environment, &story.namespace);
    let text = std::fs::read_to_string(story.repository.path().join(&path)).expect("an environment");
    let window = format!("  windows: [{{allow: \"* * * {month} *\", for: 1m}}]\n");
    story.repository.write(&path, &format!("{text}{window}"));
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn outside_the_windows_nothing_is_written_and_the_plan_says_when() {
    let story = Story::begin("closed");
    windows(&story, false);
    story.write("colours.yaml", &config_map("colours", "green"));
    story.expect(0, &["plan"]);
    let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("outside the maintenance windows; the next opens 20"), "{}", plan.stdout);
    story.expect(5, &["apply", "--auto-approve"]);
    assert!(!story.kubectl(&["get", "configmaps", "-o", "name"]).contains("colours"));
    windows(&story, true);
    story.apply();
    story.expect_no_changes();
}
