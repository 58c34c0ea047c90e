//! A ledger that was lost or damaged: what is ours is found again by our marker and our hand, and nothing live is written.

use super::story::{Story, config_map};

fn state(story: &Story) -> String {
    format!("{}-state", story.environment)
}

fn recover(story: &Story) -> crate::support::repository::Run {
    story.repository.expect(0, &["ledger", "recover", &story.environment, "--auto-approve"])
}

fn ledger(story: &Story) -> String {
    story.repository.expect(0, &["ledger", "show", &story.environment]).stdout
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn what_git_no_longer_wants_is_found_as_well_and_deleted_only_as_the_rules_say() {
    let story = Story::begin("found");
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: kept, annotations: \
                  {evenkeel.dev/allow-literal: \"true\"}}\nstringData: {colour: green}\n";
    story.write("colours.yaml", &config_map("colours", "green"));
    story.write("old.yaml", &config_map("old", "green")).write("kept.yaml", secret);
    story.apply();
    story.remove("old.yaml").remove("kept.yaml");
    story.plane.kubectl(&["-n", &state(&story), "delete", "configmaps", "--all"]);
    let told = recover(&story);
    assert!(told.stdout.contains("not in Git: a later plan deletes it"), "{}", told.stdout);
    assert_eq!(story.live("configmap/old", "{.data.colour}"), "green");
    let ledger = ledger(&story);
    for name in ["colours", "old", "kept"] {
        assert!(ledger.contains(name), "{ledger}");
    }
    let plan = story.expect(4, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("0 to add, 0 to change, 1 to destroy"), "{}", plan.stdout);
    assert!(plan.stdout.contains("holds data"), "{}", plan.stdout);
    story.expect(4, &["apply", "--auto-approve"]);
    let left = story.kubectl(&["get", "configmaps,secrets", "-o", "name"]);
    assert!(!left.contains("configmap/old") && left.contains("secret/kept"), "{left}");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_ledger_with_a_missing_or_garbled_piece_is_taken_over() {
    let story = Story::begin("damaged");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    let (state, name) = (state(&story), &story.environment);
    let shard = format!("evenkeel-{name}-ledger-0-of-1");
    let head = format!("evenkeel-{name}-ledger-head");
    let garbage = "{\"data\":{\"content\":\"{\\\"folded\\\":\"},\"binaryData\":null}";
    for damage in [
        vec!["delete", "configmap", &shard],
        vec!["patch", "configmap", &shard, "-p", garbage],
        vec!["delete", "configmap", &head],
        vec!["patch", "configmap", &head, "-p", "{\"data\":null,\"binaryData\":null}"],
    ] {
        let command: Vec<&str> = ["-n", &state].into_iter().chain(damage.iter().copied()).collect();
        story.plane.kubectl(&command);
        let plan = story.expect(7, &["plan"]);
        assert!(
            plan.stderr.contains("is damaged") && plan.stderr.contains("ledger recover"),
            "{}",
            plan.stderr
        );
        let told = recover(&story);
        assert!(told.stdout.contains("Not rebuilt"), "{}", told.stdout);
        story.expect_no_changes();
        assert!(ledger(&story).contains("colours"));
    }
    let whole = recover(&story);
    assert!(whole.stdout.contains("the ledger is whole"), "{}", whole.stdout);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_hand_edit_after_a_recovery_is_drift_again_and_copies_of_our_label_are_nobodys() {
    let story = Story::begin("copies");
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: bolt}\nspec:\n  selector: {app: neo4j}\n  ports:\n  \
                   - {name: bolt, port: 7687}\n";
    story.write("colours.yaml", &config_map("colours", "green")).write("service.yaml", service);
    story.apply();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while story.kubectl(&["get", "endpointslices", "-o", "name"]).is_empty() {
        assert!(std::time::Instant::now() < deadline, "no EndpointSlice is made for the Service");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    story.plane.kubectl(&["-n", &state(&story), "delete", "configmaps", "--all"]);
    recover(&story);
    let ledger = ledger(&story);
    assert!(ledger.contains("Service") && !ledger.contains("EndpointSlice"), "{ledger}");
    story.expect_no_changes();
    let edit = "{\"data\":{\"colour\":\"red\"}}";
    story.kubectl(&["patch", "configmap/colours", "--field-manager=kubectl-edit", "-p", edit]);
    assert!(story.expect(2, &["drift"]).stdout.contains("kubectl-edit"));
}
