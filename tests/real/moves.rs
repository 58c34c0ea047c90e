//! What has another address by now: renamed in Git, or behind a connection that is called otherwise.

use super::story::{Story, config_map};

fn address(story: &Story, object: &str) -> String {
    let (kind, name) = object.split_once('/').expect("KIND/NAME");
    format!("kubernetes:{kind}/{}/{name}", story.namespace)
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_rename_in_git_is_made_before_the_old_one_goes() {
    let story = Story::begin("renamed");
    story.write("one.yaml", &config_map("old", "green"));
    story.apply();
    let old = address(&story, "ConfigMap/old");
    let new = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: new\n  annotations: {{evenkeel.dev/moved-from: \"{old}\"}}\n\
         data:\n  colour: green\n"
    );
    story.write("one.yaml", &new);
    let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("+/- "), "{}", plan.stdout);
    assert!(plan.stdout.contains(&format!("moved from {old}")), "{}", plan.stdout);
    assert!(plan.stdout.contains("Plan: 1 to add, 0 to change, 1 to destroy."), "{}", plan.stdout);
    story.apply();
    assert_eq!(story.kubectl(&["get", "configmap", "new", "-o", "name"]).trim(), "configmap/new");
    assert_eq!(story.kubectl(&["get", "configmap", "old", "--ignore-not-found"]), "");
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_connection_with_another_name_keeps_what_is_behind_it() {
    let story = Story::begin("alias");
    story.write("one.yaml", &config_map("one", "green"));
    story.apply();
    let uid = story.live("configmap/one", "{.metadata.uid}");
    let settings = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {{name: {0}}}\nspec:\n  \
         state: {{kubernetes: {{connection: main, namespace: {0}-state}}}}\n  \
         kubernetes: {{main: {{kubeconfig: {{fromEnv: KUBECONFIG}}, namespace: {0}}}}}\n  \
         limits: {{requestTimeout: 5s, lease: 2s}}\n",
        story.environment
    );
    story.write("environment.yaml", &settings);
    let one = address(&story, "ConfigMap/one");
    let moved = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n  annotations:\n    evenkeel.dev/connection: main\n    \
         evenkeel.dev/moved-from: \"{one}\"\ndata:\n  colour: green\n"
    );
    story.write("one.yaml", &moved);
    let plan = story.expect(0, &["plan"]);
    assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
    assert!(plan.stdout.contains(&format!("moved from {one}")), "{}", plan.stdout);
    story.apply();
    assert_eq!(story.live("configmap/one", "{.metadata.uid}"), uid);
    let ledger = story.repository.expect(0, &["ledger", "show", &story.environment]).stdout;
    assert!(
        ledger.contains("kubernetes:main@ConfigMap/") && !ledger.contains("kubernetes:ConfigMap/"),
        "{ledger}"
    );
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_was_behind_a_connection_that_is_gone_for_good_is_forgotten_by_the_ledger() {
    let story = Story::begin("bygone");
    let settings = |more: &str| {
        format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {{name: {0}}}\nspec:\n  \
             state: {{kubernetes: {{connection: default, namespace: {0}-state}}}}\n  kubernetes:\n    \
             default: {{kubeconfig: {{fromEnv: KUBECONFIG}}, namespace: {0}}}\n{more}  \
             limits: {{requestTimeout: 5s, lease: 2s}}\n",
            story.environment
        )
    };
    let old = format!("    old: {{kubeconfig: {{fromEnv: KUBECONFIG}}, namespace: {}}}\n", story.environment);
    story.write("environment.yaml", &settings(&old));
    let one = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n  annotations: {evenkeel.dev/connection: old}\n";
    story.write("one.yaml", one);
    story.apply();
    story.write("environment.yaml", &settings("")).remove("one.yaml");
    let unknown = story.expect(7, &["plan"]);
    assert!(unknown.stdout.contains("is gone for good"), "{}", unknown.stdout);
    let one = format!("kubernetes:old@ConfigMap/{}/one", story.namespace);
    story.repository.expect(0, &["forget", &one, "--auto-approve"]);
    story.expect_no_changes();
    assert!(!story.live("configmap/one", "{.metadata.uid}").is_empty(), "nothing live was touched");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_holds_data_is_not_renamed_by_deleting_it() {
    let story = Story::begin("claims");
    let claim = |name: &str, annotations: &str| {
        format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\nspec:\n  \
             accessModes: [ReadWriteOnce]\n  storageClassName: none\n  resources: {{requests: {{storage: 1Gi}}}}\n"
        )
    };
    story.write("data.yaml", &claim("old", ""));
    story.apply();
    let old = address(&story, "PersistentVolumeClaim/old");
    story.write("data.yaml", &claim("new", &format!("evenkeel.dev/moved-from: \"{old}\"")));
    let plan = story.expect(4, &["plan"]);
    assert!(plan.stdout.contains("holds data, and nothing can rename it"), "{}", plan.stdout);
    story.expect(4, &["apply", "--auto-approve"]);
    assert!(!story.live("pvc/old", "{.metadata.uid}").is_empty());
}
