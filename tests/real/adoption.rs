//! Things that were there before us: equal ones are adopted without a write to any value, others wait for a decision.

use super::stopping::Held;
use super::story::{Story, config_map};
use crate::support::plane::Plane;
use crate::support::repository::Run;

/// Returns the permission to adopt what is there under the name `colours`.
fn adoption(story: &Story) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Approval\nmetadata: {{name: take-colours}}\nspec:\n  \
         address: kubernetes:ConfigMap/{}/colours\n  action: adopt\n  uid: {}\n  until: 2099-01-01T00:00:00Z\n  \
         reason: ours from now on\n",
        story.namespace,
        story.live("configmap/colours", "{.metadata.uid}")
    )
}

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

    story.write("approval.yaml", &adoption(&story));
    story.apply();
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "green");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_helm_installed_is_adopted_and_removals_work_afterwards() {
    let story = Story::begin("helm");
    let marks = "{name: colours, labels: {app.kubernetes.io/managed-by: Helm}, annotations: {meta.helm.sh/release-name: shop}}";
    let installed =
        format!("{}  size: large\n", config_map("colours", "green")).replace("{name: colours}", marks);
    // Helm writes as this does: an update, under its own name.
    story
        .plane
        .kubectl_with(&["-n", &story.namespace, "create", "--field-manager=helm", "-f", "-"], &installed);
    assert_eq!(story.live("configmap/colours", "{.metadata.managedFields[*].operation}"), "Update");
    story.write("colours.yaml", &format!("{}  size: large\n", config_map("colours", "green")));
    let plan = story.expect(0, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("1 to adopt, 1 to migrate."), "{}", plan.stdout);
    story.apply();
    story.expect_no_changes();

    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    assert_eq!(story.live("configmap/colours", "{.data}"), "{\"colour\":\"green\"}");
    let release = "{.metadata.annotations.meta\\.helm\\.sh/release-name}";
    assert_eq!(story.live("configmap/colours", release), "shop", "what Git never had is left alone");
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_migration_does_not_touch_another_object_that_was_made_under_the_name_meanwhile() {
    let scene = Held::begin("another", 1);
    let plane = Plane::shared();
    let kubectl = |arguments: &[&str]| plane.kubectl(&[&["-n", scene.name.as_str()], arguments].concat());
    let helm = ["-n", &scene.name, "create", "--field-manager=helm", "-f", "-"];
    plane.kubectl_with(&helm, &config_map("c0", "green"));
    let look = |path: &str| {
        kubectl(&["get", "configmap/c0", "--show-managed-fields", "-o", &format!("jsonpath={path}")])
    };
    let first = look("{.metadata.uid}");
    let apply = scene.start();
    scene.proxy.wait_for_held(1);
    kubectl(&["delete", "configmap", "c0"]);
    plane.kubectl_with(&helm, &config_map("c0", "green"));
    scene.proxy.disarm();
    let run = Run::wait(apply);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("was deleted and created anew since the plan was made"), "{}", run.stderr);
    assert_ne!(look("{.metadata.uid}"), first);
    assert_eq!(look("{.metadata.managedFields[*].manager}"), "helm", "it is as Helm made it");
    scene.repository.expect(0, &["apply", &scene.name, "--auto-approve"]);
    assert!(look("{.metadata.managedFields[*].manager}").contains("evenkeel"), "whoever agrees again has it");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_another_tool_goes_on_applying_is_shared_and_stays_when_git_lets_it_go() {
    let story = Story::begin("shared");
    let two = format!("{}  size: large\n", config_map("colours", "green"));
    let tool = ["-n", &story.namespace, "apply", "--server-side", "--field-manager=another-tool", "-f", "-"];
    story.plane.kubectl_with(&tool, &two);
    story.write("colours.yaml", &two);
    let plan = story.expect(0, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("1 to adopt"), "{}", plan.stdout);
    assert!(!plan.stdout.contains("migrate"), "its entry is its own: {}", plan.stdout);
    story.apply();
    story.expect_no_changes();
    let managers = story.live("configmap/colours", "{.metadata.managedFields[*].manager}");
    assert!(managers.contains("another-tool") && managers.contains("evenkeel"), "{managers}");

    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    assert_eq!(story.live("configmap/colours", "{.data.size}"), "large", "the other tool still wants it");
    story.expect_no_changes();
    story.plane.kubectl_with(&tool, &config_map("colours", "green"));
    assert_eq!(story.live("configmap/colours", "{.data.size}"), "", "and now it does not");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_another_tool_applied_otherwise_is_taken_over_with_an_approval_only() {
    let story = Story::begin("taken");
    let tool = ["-n", &story.namespace, "apply", "--server-side", "--field-manager=another-tool", "-f", "-"];
    story.plane.kubectl_with(&tool, &config_map("colours", "red"));
    story.write("colours.yaml", &config_map("colours", "green"));
    story.expect(4, &["apply", "--auto-approve"]);
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "red");
    story.write("approval.yaml", &adoption(&story));
    let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("never applied by us: another-tool (server-side apply)"), "{}", plan.stdout);
    story.apply();
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "green");
    story.expect_no_changes();
}
