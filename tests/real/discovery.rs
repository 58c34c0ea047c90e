//! Kinds that are not served: by nobody, which proves that no object is there, or by a server that does not answer.

use super::definitions::widgets;
use super::story::{Story, config_map};
use crate::support::plane::Plane;

/// Registers a server for a group that has no endpoints, as of an extension whose pods are down.
fn serve_from_nowhere(story: &Story, group: &str) {
    let namespace = &story.namespace;
    let service = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: nowhere, namespace: {namespace}}}\n\
         spec: {{ports: [{{port: 443}}]}}\n---\n\
         apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {{name: v1.{group}}}\n\
         spec: {{group: {group}, version: v1, groupPriorityMinimum: 100, versionPriority: 1, \
         insecureSkipTLSVerify: true, service: {{name: nowhere, namespace: {namespace}}}}}\n"
    );
    story.plane.kubectl_with(&["apply", "-f", "-"], &service);
    let condition = "--for=jsonpath={.status.conditions[0].status}=False";
    story.plane.kubectl(&["wait", condition, &format!("apiservice/v1.{group}"), "--timeout=30s"]);
}

/// Defines widgets by hand, and waits until they can be read.
fn define(story: &Story, group: &str, definition: &str) {
    story.plane.kubectl_with(&["apply", "-f", "-"], definition);
    story.plane.kubectl(&["wait", "--for=condition=Established", &format!("crd/widgets.{group}")]);
    // The storage of a new kind answers 429 for a moment, and kubectl waits for it.
    story.kubectl(&["get", &format!("widgets.{group}")]);
}

/// Deletes the definition of a group's widgets by hand, and waits until nobody serves them.
fn undefine(story: &Story, group: &str) {
    story.plane.kubectl(&["delete", "crd", &format!("widgets.{group}")]);
    for _look in 0..100 {
        if !story.plane.kubectl(&["api-versions"]).contains(group) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("{group} is still served");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_group_whose_server_is_down_is_unknown_and_the_rest_is_planned_and_applied() {
    let story = Story::begin("stale");
    let group = format!("{}.example.dev", Plane::unused("g"));
    let (definition, widget) = widgets(&group);
    define(&story, &group, &definition);
    story.write("one.yaml", &widget("one"));
    story.apply();

    undefine(&story, &group);
    serve_from_nowhere(&story, &group);
    story.remove("one.yaml");
    story.write("two.yaml", &widget("two")).write("colours.yaml", &config_map("colours", "green"));
    let plan = story.expect(7, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("Plan: 1 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
    assert!(
        plan.stdout.contains(&format!("the server behind {group}/v1 does not answer")),
        "{}",
        plan.stdout
    );
    story.expect(7, &["apply", "--auto-approve"]);
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "green");
    let ledger = story.repository.expect(0, &["ledger", "show", &story.environment]);
    assert!(ledger.stdout.contains("/one"), "what cannot be read is not forgotten: {}", ledger.stdout);
    story.plane.kubectl(&["delete", "apiservice", &format!("v1.{group}")]);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn objects_of_a_definition_that_somebody_deleted_are_recorded_as_gone() {
    let story = Story::begin("undefined");
    let group = format!("{}.example.dev", Plane::unused("g"));
    let (definition, widget) = widgets(&group);
    define(&story, &group, &definition);
    story.write("one.yaml", &widget("one")).write("colours.yaml", &config_map("colours", "green"));
    story.apply();

    undefine(&story, &group);
    let plan = story.expect(1, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("no kind Widget"), "{}", plan.stdout);

    story.remove("one.yaml");
    story.apply();
    story.expect_no_changes();
    let ledger = story.repository.expect(0, &["ledger", "show", &story.environment]);
    assert!(!ledger.stdout.contains("/one"), "{}", ledger.stdout);
}
