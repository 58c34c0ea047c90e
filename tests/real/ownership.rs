//! Fields that somebody else writes: an autoscaler is not fought, and says how to end the contest.

use super::line::deployment;
use super::story::Story;

#[test]
#[ignore = "needs the control plane: make test-real"]
fn replicas_that_an_autoscaler_writes_are_contested_and_not_healed() {
    let story = Story::begin("contest");
    story.write("web.yaml", &deployment("web", 2));
    story.apply();
    // What the autoscaler of Kubernetes does: an update of the scale under its controller's name.
    let scale = format!("/apis/apps/v1/namespaces/{}/deployments/web/scale", story.namespace);
    let body = format!(
        "{{\"apiVersion\":\"autoscaling/v1\",\"kind\":\"Scale\",\"metadata\":{{\"name\":\"web\",\"namespace\":\"{}\"}},\
         \"spec\":{{\"replicas\":4}}}}",
        story.namespace
    );
    story.plane.kubectl_with(
        &["replace", "--raw", &format!("{scale}?fieldManager=kube-controller-manager"), "-f", "-"],
        &body,
    );
    let plan = story.expect(0, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("kube-controller-manager"), "{}", plan.stdout);
    assert!(plan.stdout.contains("evenkeel.dev/ignore"), "{}", plan.stdout);
    assert!(!plan.stdout.contains("No changes."), "{}", plan.stdout);
    story.expect(0, &["apply", "--auto-approve"]);
    assert_eq!(story.live("deployment/web", "{.spec.replicas}"), "4");

    let ignored = deployment("web", 2).replace(
        "metadata: {name: web}\nspec",
        "metadata: {name: web, annotations: {evenkeel.dev/ignore: /spec/replicas}}\nspec",
    );
    story.write("web.yaml", &ignored);
    story.apply();
    assert_eq!(story.live("deployment/web", "{.spec.replicas}"), "4");
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_field_that_only_we_own_keeps_its_value_when_it_is_left_to_others() {
    let story = Story::begin("left");
    story.write("web.yaml", &deployment("web", 3));
    story.apply();
    let ignored = deployment("web", 3).replace(
        "metadata: {name: web}\nspec",
        "metadata: {name: web, annotations: {evenkeel.dev/ignore: /spec/replicas}}\nspec",
    );
    story.write("web.yaml", &ignored);
    let plan = story.expect(0, &["plan"]);
    assert!(!plan.stdout.contains("spec.replicas"), "{}", plan.stdout);
    story.apply();
    // The server would have pruned it to its default of 1.
    assert_eq!(story.live("deployment/web", "{.spec.replicas}"), "3");
    story.expect_no_changes();
    story.kubectl(&["scale", "deployment/web", "--replicas=5"]);
    story.expect_no_changes();
    story.apply();
    assert_eq!(story.live("deployment/web", "{.spec.replicas}"), "5");
}
