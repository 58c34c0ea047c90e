//! What must never happen: another environment's objects taken, a moved object overwritten, a need skipped, a secret
//! quoted.

use super::line::deployment;
use super::story::{Story, config_map};

#[test]
#[ignore = "needs the control plane: make test-real"]
fn two_environments_cannot_own_one_object() {
    let story = Story::begin("twice");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    let other = format!("{}-other", story.environment);
    story.repository.environment(&other, &story.namespace);
    let file = format!("environments/{other}/colours.yaml");
    story.repository.write(&file, &config_map("colours", "green"));
    let plan = story.repository.expect(4, &["plan", &other, "--detailed-exitcode"]);
    assert!(
        plan.stdout.contains(&format!("belongs to environment {}", story.environment)),
        "{}",
        plan.stdout
    );
    story.repository.expect(4, &["apply", &other, "--auto-approve"]);
    let label = story.live("configmap/colours", "{.metadata.labels.evenkeel\\.dev/environment}");
    assert_eq!(label, story.environment);
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_plan_file_does_not_overwrite_what_moved_since() {
    let story = Story::begin("moved");
    story
        .write("colours.yaml", &config_map("colours", "green"))
        .write("more.yaml", &config_map("more", "green"));
    story.apply();
    story
        .write("colours.yaml", &config_map("colours", "blue"))
        .write("more.yaml", &config_map("more", "blue"));
    story.expect(0, &["plan", "--out", "plan.json"]);
    story.kubectl(&["patch", "configmap/colours", "-p", "{\"data\":{\"colour\":\"red\"}}"]);
    let apply = story.repository.expect(3, &["apply", "plan.json"]);
    assert!(apply.stderr.contains("refused"), "{}", apply.stderr);
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "red");
    assert_eq!(story.live("configmap/more", "{.data.colour}"), "blue", "what did not move is done");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_edited_plan_file_is_refused() {
    let story = Story::begin("edited");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.expect(0, &["plan", "--out", "plan.json"]);
    let path = story.repository.path().join("plan.json");
    let text = std::fs::read_to_string(&path).expect("the plan file");
    story.repository.write("plan.json", &text.replace("\"green\"", "\"black\""));
    let apply = story.repository.expect(3, &["apply", "plan.json"]);
    assert!(apply.stderr.contains("was changed after it was written"), "{}", apply.stderr);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_field_that_may_not_change_waits_for_an_approval_and_is_then_replaced() {
    let story = Story::begin("replace");
    story.write("web.yaml", &deployment("web", 1));
    story.apply();
    let before = story.live("deployment/web", "{.metadata.uid}");
    let other =
        deployment("web", 1).replace("matchLabels: {app: web}", "matchLabels: {app: web, tier: front}");
    let other = other.replace("labels: {app: web}}\n    spec", "labels: {app: web, tier: front}}\n    spec");
    story.write("web.yaml", &other);
    let plan = story.expect(4, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("spec.selector"), "{}", plan.stdout);
    let approval = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Approval\nmetadata: {{name: replace-web}}\nspec:\n  \
         address: kubernetes:Deployment/{}/web\n  action: replace\n  uid: {before}\n  until: 2099-01-01T00:00:00Z\n  \
         reason: the selector changes\n",
        story.namespace
    );
    story.write("approval.yaml", &approval);
    story.apply();
    assert_ne!(story.live("deployment/web", "{.metadata.uid}"), before);
    story.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_need_goes_before_kubernetes_own_order() {
    let story = Story::begin("needs");
    story.write("web.yaml", &deployment("web", 1));
    let after = format!("evenkeel.dev/depends-on: \"kubernetes:Deployment/{}/web\"", story.namespace);
    let map = config_map("after", "green")
        .replace("{name: after}", &format!("{{name: after, annotations: {{{after}}}}}"));
    story.write("after.yaml", &map);
    let apply = story.apply();
    let place = |what: &str| apply.stderr.find(&format!("✓ create kubernetes:{what}")).expect(what);
    assert!(place("Deployment") < place("ConfigMap"), "{}", apply.stderr);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_servers_words_about_a_secret_are_withheld() {
    let story = Story::begin("words");
    let canary = "canary-words-93e1";
    let policy = format!(
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: {0}}}\nspec:\n  \
         matchConstraints: {{resourceRules: [{{apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE, UPDATE], \
         resources: [secrets]}}], namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {0}}}}}}}\n  \
         validations: [{{expression: \"false\", messageExpression: \"'it says ' + string(object.data.password)\"}}]\n---\n\
         apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{name: {0}}}\n\
         spec: {{policyName: {0}, validationActions: [Deny]}}\n",
        story.namespace
    );
    story.plane.kubectl_with(&["apply", "-f", "-"], &policy);
    let secret = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {{name: auth}}\nspec:\n  target: {{namespace: {}, \
         name: auth}}\n  data: {{password: {{fromFile: password.txt}}}}\n",
        story.namespace
    );
    story.repository.write("password.txt", canary);
    story.write("secret.yaml", &secret);
    std::thread::sleep(std::time::Duration::from_secs(2));
    let apply = story.expect(1, &["apply", "--auto-approve"]);
    let state = format!("{}-state", story.environment);
    let journal = story.plane.kubectl(&["-n", &state, "get", "configmaps", "-o", "yaml"]);
    let said = format!("{}{}{journal}", apply.stdout, apply.stderr);
    for spelling in [canary.to_owned(), super::secrets::encoded(canary)] {
        assert!(!said.contains(&spelling), "{said}");
    }
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn break_glass_works_while_the_specs_are_broken() {
    let story = Story::begin("glass");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    story.write("broken.yaml", "apiVersion: v1\nkind: [\n");
    story.expect(1, &["plan"]);
    story.expect(0, &["suspend", "--for", "1h", "--reason", "the specs are broken"]);
    let lock = story.repository.expect(0, &["lock", "show", &story.environment]);
    assert!(lock.stdout.contains("the specs are broken"), "{}", lock.stdout);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_lost_ledger_freezes_everything_until_it_is_recovered() {
    let story = Story::begin("lost");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    let state = format!("{}-state", story.environment);
    story.plane.kubectl(&["-n", &state, "delete", "configmaps", "--all"]);
    let plan = story.expect(7, &["plan", "--detailed-exitcode"]);
    let told = plan.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(&format!("evenkeel ledger recover {}", story.environment)), "{}", plan.stdout);
    story.repository.expect(0, &["ledger", "recover", &story.environment, "--auto-approve"]);
    story.expect_no_changes();
    assert!(story.repository.expect(0, &["ledger", "show", &story.environment]).stdout.contains("colours"));
}
