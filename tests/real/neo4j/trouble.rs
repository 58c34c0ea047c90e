//! Servers that do not answer, or do not let us in: nothing is taken for absent, and the cause is told.

use super::{CONTENTS, Story};

#[test]
#[ignore = "needs the control plane and Neo4j: make test-real"]
fn a_password_that_is_wrong_or_a_server_that_is_away_freezes_what_only_cypher_tells() {
    let story = Story::begin("away");
    story.write("10m", CONTENTS).plane.apply();
    story.keep("login", "not-the-password");
    let plan = story.expect(7, &["plan"]);
    assert!(plan.stdout.contains("Neo.ClientError.Security.Unauthorized"), "{}", plan.stdout);
    assert!(!plan.stdout.contains("not-the-password"), "{}", plan.stdout);
    story.keep("login", &story.graph.password());
    story.expect(0, &["plan"]);
    story.graph.down();
    let plan = story.expect(7, &["plan"]);
    assert!(plan.stdout.contains("Connection refused"), "{}", plan.stdout);
}
