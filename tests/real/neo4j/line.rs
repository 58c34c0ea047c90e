//! The main line on a real server: what is wanted is made, passwords are proved by logging in, settings by restarting.

use super::{CONTENTS, Story, adoption};
use serde_json::json;

#[test]
#[ignore = "needs the control plane and Neo4j: make test-real"]
fn what_the_document_wants_in_a_server_is_made_there_and_then_there_is_nothing_to_do() {
    let story = Story::begin("graph");
    story.write("10m", CONTENTS).plane.apply();
    assert!(story.graph.lets_in("reader", "first-of-reader"));
    let password = story.graph.password();
    let constraints = || story.graph.run("neo4j", &password, "SHOW CONSTRAINTS YIELD name, type");
    assert_eq!(constraints(), json!([["note_id", "UNIQUENESS"]]));
    story.plane.expect_no_changes();

    story.graph.run("neo4j", &password, "DROP CONSTRAINT note_id");
    let drift = story.expect(2, &["drift"]);
    assert!(drift.stdout.contains("neo4j:Constraint/notes/neo4j.note_id"), "{}", drift.stdout);
    story.plane.apply();
    assert_eq!(constraints(), json!([["note_id", "UNIQUENESS"]]));
    story.plane.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane and Neo4j: make test-real"]
fn a_password_that_was_rotated_is_the_one_that_comes_in_and_is_told_nowhere() {
    let story = Story::begin("rotated");
    story.write("10m", CONTENTS).plane.apply();
    story.keep("reader", "second-of-reader");
    let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("neo4j:User/notes/reader"), "{}", plan.stdout);
    let apply = story.plane.apply();
    assert!(story.graph.lets_in("reader", "second-of-reader"));
    assert!(!story.graph.lets_in("reader", "first-of-reader"));
    story.plane.expect_no_changes();
    for run in [plan, apply] {
        assert!(!format!("{}{}", run.stdout, run.stderr).contains("-of-reader"), "a password is told");
    }
}

#[test]
#[ignore = "needs the control plane and Neo4j: make test-real"]
fn a_changed_setting_is_a_difference_of_the_server_until_it_has_started_anew() {
    let story = Story::begin("setting");
    story.write("10m", "").plane.apply();
    story.plane.expect_no_changes();
    story.write("5m", "");
    let of_server = "config[\"db.transaction.timeout\"]";
    let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains(of_server) && plan.stdout.contains("\"10m\" -> \"5m\""), "{}", plan.stdout);
    story.restart("5m");
    let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(!plan.stdout.contains(of_server), "only the ConfigMap is left\n{}", plan.stdout);
}

#[test]
#[ignore = "needs the control plane and Neo4j: make test-real"]
fn our_own_password_is_changed_while_both_are_kept_and_an_apply_that_was_cut_short_goes_on() {
    const OURS: &str = "  users: [{name: neo4j, password: {fromFile: next}}]\n";
    let story = Story::begin("own");
    let (old, new) = (story.graph.password(), "the-next-of-ours");
    story.keep("next", new).changing(OURS);
    // The user was there before us.
    story.plane.write("approval.yaml", &adoption("neo4j:User/notes/neo4j", "neo4j"));
    // As if an apply had been killed after the server took the password, and before that was written down.
    story.graph.run("system", &old, &format!("ALTER USER neo4j SET PASSWORD '{new}' CHANGE NOT REQUIRED"));
    story.plane.apply();
    assert!(story.graph.lets_in("neo4j", new) && !story.graph.lets_in("neo4j", &old));
    story.plane.expect_no_changes();

    story.keep("login", new).keep("next", "the-one-after");
    let apply = story.plane.apply();
    assert!(story.graph.lets_in("neo4j", "the-one-after") && !story.graph.lets_in("neo4j", new));
    story.plane.expect_no_changes();
    assert!(!format!("{}{}", apply.stdout, apply.stderr).contains("the-one-after"), "a password is told");
}
