//! Things that were there before us: equal ones are adopted without a write to any value, others wait for a decision.

use super::story::{Story, config_map};

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_equal_object_of_kubectl_apply_is_adopted_and_removals_work_afterwards() {
    let story = Story::begin("adopt");
    let two = format!("{}  size: large\n", config_map("colours", "green"));
    story.plane.kubectl_with(&["-n", &story.namespace, "apply", "-f", "-"], &two);
    story.write("colours.yaml", &two);
    let plan = story.expect(0, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
    assert!(plan.stdout.contains("1 to adopt"), "{}", plan.stdout);
    let before = story.live("configmap/colours", "{.data}");
    story.apply();
    assert_eq!(story.live("configmap/colours", "{.data}"), before);
    story.expect_no_changes();

    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    assert_eq!(story.live("configmap/colours", "{.data}"), "{\"colour\":\"green\"}");
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_different_object_is_held_until_an_approval_adopts_it() {
    let story = Story::begin("notowned");
    story.plane.kubectl_with(&["-n", &story.namespace, "apply", "-f", "-"], &config_map("colours", "red"));
    story.write("colours.yaml", &config_map("colours", "green"));
    let plan = story.expect(4, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("not owned") || plan.stdout.contains("adopt"), "{}", plan.stdout);
    story.expect(4, &["apply", "--auto-approve"]);
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "red");

    let approval = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Approval\nmetadata: {{name: take-colours}}\nspec:\n  \
         address: kubernetes:ConfigMap/{}/colours\n  action: adopt\n  uid: {}\n  until: 2099-01-01T00:00:00Z\n  \
         reason: ours from now on\n",
        story.namespace,
        story.live("configmap/colours", "{.metadata.uid}")
    );
    story.write("approval.yaml", &approval);
    story.apply();
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "green");
}
