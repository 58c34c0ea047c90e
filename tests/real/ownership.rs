//! Fields that somebody else writes: an autoscaler is not fought, and says how to end the contest.

use super::line::deployment;
use super::story::{Story, config_map};

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

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_somebody_made_by_hand_is_explained_with_who_wrote_it_and_how_to_take_it_in() {
    let story = Story::begin("stranger");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    story.kubectl(&["create", "configmap", "shapes", "--from-literal=shape=round"]);
    let address = |name: &str| format!("kubernetes:ConfigMap/{}/{name}", story.namespace);
    let told = story.repository.expect(0, &["explain", &address("shapes"), &story.environment]);
    let words = told.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["is neither in Git nor ours", "it is there, uid", "kubectl-create", "evenkeel import"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let ours = story.repository.expect(0, &["explain", &address("colours"), &story.environment]);
    assert!(ours.stdout.contains("written by") && ours.stdout.contains("evenkeel"), "{}", ours.stdout);
    let absent = story.repository.expect(0, &["explain", &address("nothing"), &story.environment]);
    assert!(absent.stdout.contains("nothing is there"), "{}", absent.stdout);
}
