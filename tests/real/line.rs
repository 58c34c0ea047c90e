//! The main line: create, no-op, edit, hand edits of what is ours and what is not, healing, removal of a field.

use super::story::{Story, config_map};

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_git_has_is_created_and_then_there_is_nothing_to_do() {
    let story = Story::begin("line");
    story.write("colours.yaml", &config_map("colours", "green"));
    let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("Plan: 1 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
    let apply = story.apply();
    assert!(apply.stdout.contains("1 added"), "{}", apply.stdout);
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "green");
    story.expect_no_changes();
    story.expect(0, &["drift"]);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_edit_in_git_is_a_change_and_not_drift() {
    let story = Story::begin("edit");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    story.write("colours.yaml", &config_map("colours", "blue"));
    let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("\"green\" -> \"blue\""), "{}", plan.stdout);
    story.expect(0, &["drift"]);
    story.apply();
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "blue");
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_hand_edit_of_our_field_is_drift_with_who_and_when_and_the_next_apply_heals_it() {
    let story = Story::begin("drift");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    story.plane.kubectl_edit(&story.namespace, "configmap/colours", "s/green/red/");
    let drift = story.expect(2, &["drift"]);
    assert!(drift.stdout.contains("\"green\" -> \"red\""), "{}", drift.stdout);
    assert!(drift.stdout.contains("kubectl-edit"), "{}", drift.stdout);
    assert!(drift.stdout.contains(" UTC)"), "{}", drift.stdout);
    story.expect(2, &["plan", "--detailed-exitcode"]);
    story.apply();
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "green");
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_hand_edit_of_one_item_of_a_keyed_list_names_that_item() {
    let story = Story::begin("keyed");
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: bolt}\nspec:\n  selector: {app: neo4j}\n  ports:\n  \
                   - {name: bolt, port: 7687}\n  - {name: http, port: 7474}\n";
    story.write("service.yaml", service);
    story.apply();
    story.expect_no_changes();
    let patch = "{\"spec\":{\"ports\":[{\"port\":7474,\"protocol\":\"TCP\",\"name\":\"web\"}]}}";
    story.kubectl(&["patch", "service/bolt", "--field-manager=kubectl-edit", "-p", patch]);
    let drift = story.expect(2, &["drift"]);
    assert!(drift.stdout.contains("spec.ports[port=7474,protocol=TCP].name"), "{}", drift.stdout);
    assert!(!drift.stdout.contains("7687"), "{}", drift.stdout);
    story.apply();
    assert_eq!(story.live("service/bolt", "{.spec.ports[*].name}"), "bolt http");
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_foreign_field_is_neither_drift_nor_touched() {
    let story = Story::begin("foreign");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    story.kubectl(&["patch", "configmap/colours", "-p", "{\"data\":{\"size\":\"large\"}}"]);
    story.expect(0, &["drift"]);
    story.expect_no_changes();
    story.write("colours.yaml", &config_map("colours", "blue"));
    story.apply();
    assert_eq!(story.live("configmap/colours", "{.data.size}"), "large");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_field_that_leaves_git_leaves_the_object() {
    let story = Story::begin("removal");
    let two = format!("{}  size: large\n", config_map("colours", "green"));
    story.write("colours.yaml", &two);
    story.apply();
    story.write("colours.yaml", &config_map("colours", "green"));
    let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("data.size"), "{}", plan.stdout);
    story.apply();
    assert_eq!(story.live("configmap/colours", "{.data}"), "{\"colour\":\"green\"}");
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn workloads_are_done_when_they_are_ready() {
    let story = Story::begin("ready");
    story.write("web.yaml", &deployment("web", 2));
    let apply = story.apply();
    assert!(apply.stderr.contains("Deployment"), "{}", apply.stderr);
    assert_eq!(story.live("deployment/web", "{.status.readyReplicas}"), "2");
    story.expect_no_changes();
}

/// Returns a Deployment of pods that do nothing.
pub(super) fn deployment(name: &str, replicas: u32) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    \
         spec:\n      containers:\n      - {{name: main, image: \"example/{name}:1\", resources: {{requests: \
         {{cpu: 10m}}}}}}\n"
    )
}
