//! Credentials that may not do everything: reading is enough to plan, and what is forbidden freezes only itself.

use super::story::{Story, config_map};

/// Gives a service account these rules in the story's namespace and in its state, and makes the story use it.
pub(super) fn restrict(story: &Story, rules: &str) {
    let Story { namespace, environment, .. } = story;
    let account = format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: planner, namespace: {namespace}}}\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {namespace}-planner}}\n\
         rules:\n{rules}---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {namespace}-planner}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {namespace}-planner}}\n\
         subjects: [{{kind: ServiceAccount, name: planner, namespace: {namespace}}}]\n"
    );
    story.plane.kubectl_with(&["apply", "-f", "-"], &account);
    let file = format!("environments/{environment}/environment.yaml");
    let text = std::fs::read_to_string(story.repository.path().join(&file)).expect("the environment");
    let acting = format!("as: \"system:serviceaccount:{namespace}:planner\", namespace: {namespace}");
    story
        .repository
        .write(&file, &text.replace(&format!("namespace: {namespace}}}}}"), &format!("{acting}}}}}")));
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_only_a_group_may_do_is_done_as_one_of_the_group() {
    let story = Story::begin("grouped");
    story.write("colours.yaml", &config_map("colours", "green"));
    let namespace = &story.namespace;
    let role = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {namespace}-group}}\n\
         rules:\n- {{apiGroups: [\"*\"], resources: [\"*\"], verbs: [\"*\"]}}\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {namespace}-group}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {namespace}-group}}\n\
         subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: Group, name: {namespace}-appliers}}]\n"
    );
    story.plane.kubectl_with(&["apply", "-f", "-"], &role);
    let file = super::base::environment_file(&story);
    let at = format!("namespace: {namespace}}}}}");
    let alone = format!("as: nobody-known, {at}");
    super::base::edit(&story, &file, &at, &alone);
    story.expect(7, &["plan"]);
    let grouped = format!("as: nobody-known, asGroups: [others, {namespace}-appliers], {at}");
    super::base::edit(&story, &file, &alone, &grouped);
    story.apply();
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "green");
}

const READ_ALL: &str = "- {apiGroups: [\"*\"], resources: [\"*\"], verbs: [get, list]}\n";

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_user_who_may_only_read_plans_everything() {
    let story = Story::begin("readonly");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    story
        .write("colours.yaml", &config_map("colours", "blue"))
        .write("more.yaml", &config_map("more", "green"));
    restrict(&story, READ_ALL);
    let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("Plan: 1 to add, 1 to change, 0 to destroy."), "{}", plan.stdout);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_forbidden_kind_is_unknown_and_the_rest_is_planned_and_applied() {
    let story = Story::begin("forbidden");
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: bolt}\nspec: {selector: {app: a}, ports: [{port: 7687}]}\n";
    story.write("colours.yaml", &config_map("colours", "green")).write("service.yaml", service);
    let rules = "- {apiGroups: [\"\"], resources: [configmaps, secrets, namespaces], verbs: [\"*\"]}\n\
                 - {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [\"*\"]}\n";
    restrict(&story, rules);
    let plan = story.expect(7, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("Plan: 1 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
    assert!(plan.stdout.contains("Service"), "{}", plan.stdout);
    assert!(!plan.stdout.contains("No changes."), "{}", plan.stdout);
    story.expect(7, &["apply", "--auto-approve"]);
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "green");
}
