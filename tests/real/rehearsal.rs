//! A rehearsal of what is live on a real server: nothing of it reaches the server.

use super::story::{Story, config_map};

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_rehearsal_of_a_real_environment_ends_as_its_apply_and_touches_nothing() {
    let story = Story::begin("rehearsed");
    let secret = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {{name: auth}}\nspec:\n  \
         target: {{namespace: {}, name: auth}}\n  data:\n    password: {{generate: {{length: 24}}}}\n",
        story.namespace
    );
    story.write("colours.yaml", &config_map("colours", "green")).write("auth.yaml", &secret);
    let rehearsal = story.expect(0, &["rehearse"]);
    assert!(rehearsal.stdout.contains("Left to do there: No changes."), "{}", rehearsal.stdout);
    assert_eq!(story.kubectl(&["get", "secrets", "-o", "name"]), "");

    story.apply();
    let made = story.live("secret/auth", "{.data.password}");
    // The simulated world knows the digest of the password only: its text is read where it is.
    story.write("auth.yaml", &format!("{secret}    user: {{fromEnv: HOME}}\n"));
    story.write("colours.yaml", &config_map("colours", "blue"));
    let rehearsal = story.expect(0, &["rehearse"]);
    assert!(rehearsal.stdout.contains("0 added, 2 changed, 0 destroyed"), "{}", rehearsal.stdout);
    assert!(rehearsal.stdout.contains("Left to do there: No changes."), "{}", rehearsal.stdout);
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "green");
    story.apply();
    assert_eq!(story.live("secret/auth", "{.data.password}"), made, "it is made once");
}
