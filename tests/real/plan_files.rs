//! Plan files under a protected base: derived again with what is in force by then, and refused with the reason.

use super::base::{approval, edit, environment_file, git, protect};
use super::story::{Story, config_map};
use evenkeel_core::engine::id::EnvironmentName;
use evenkeel_core::report::plan::{PlanReport, file, parse};

const NO_BLUE: &str = include_str!("no-blue.yaml");

/// Runs what changes the protected branch while the pull request stays as it is.
fn on_main(story: &Story, change: impl FnOnce()) {
    git(story, &["add", "--all"]);
    git(story, &["commit", "--quiet", "--allow-empty", "--message=request"]);
    git(story, &["switch", "--quiet", "main"]);
    change();
    git(story, &["add", "--all"]);
    git(story, &["commit", "--quiet", "--message=main"]);
    git(story, &["switch", "--quiet", "request"]);
}

fn exempt(story: &Story, until: &str) -> String {
    approval(story, "blue-once", &format!("  action: exempt\n  policy: no-blue\n  until: {until}\n"))
}

/// Green is applied, blue is denied, and an Approval in force lifts that until then; the request is planned.
fn blue_is_approved(name: &str, until: &str) -> Story {
    let story = Story::begin(name);
    story.write("colours.yaml", &config_map("colours", "green"));
    story.repository.write("policies/no-blue.yaml", NO_BLUE);
    story.apply();
    story.write("approval.yaml", &exempt(&story, until));
    protect(&story);
    story.write("colours.yaml", &config_map("colours", "blue"));
    story.expect(0, &["plan", "--base", "main", "--out", "plan.json"]);
    story
}

fn colour(story: &Story) -> String {
    story.live("configmap/colours", "{.data.colour}")
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_plan_file_is_refused_once_a_policy_of_the_base_denies_it() {
    let story = Story::begin("later");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    protect(&story);
    story.write("colours.yaml", &config_map("colours", "blue"));
    story.expect(0, &["plan", "--base", "main", "--out", "plan.json"]);
    on_main(&story, || {
        story.repository.write("policies/no-blue.yaml", NO_BLUE);
    });
    let apply = story.repository.expect(4, &["apply", "plan.json", "--base", "main"]);
    assert!(apply.stderr.contains("a policy denies it by now"), "{}", apply.stderr);
    assert_eq!(colour(&story), "green");
    let bare = story.repository.expect(64, &["apply", "plan.json"]);
    assert!(bare.stderr.contains("--base"), "{}", bare.stderr);
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_plan_file_is_refused_once_its_approval_is_gone() {
    let story = blue_is_approved("gone", "2099-01-01T00:00:00Z");
    on_main(&story, || {
        story.remove("approval.yaml");
    });
    let apply = story.repository.expect(4, &["apply", "plan.json", "--base", "main"]);
    assert!(apply.stderr.contains("refused"), "{}", apply.stderr);
    assert_eq!(colour(&story), "green");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_plan_file_is_refused_once_its_approval_has_ended() {
    let soon = evenkeel::clock::now() + jiff::SignedDuration::from_secs(25);
    let story = blue_is_approved("ended", &soon.to_string());
    while evenkeel::clock::now() <= soon {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let apply = story.repository.expect(4, &["apply", "plan.json", "--base", "main"]);
    assert!(apply.stderr.contains("refused"), "{}", apply.stderr);
    assert_eq!(colour(&story), "green");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_approval_is_used_once() {
    let story = blue_is_approved("once", "2099-01-01T00:00:00Z");
    story.repository.expect(0, &["apply", "plan.json", "--base", "main"]);
    assert_eq!(colour(&story), "blue");
    story.kubectl(&["patch", "configmap/colours", "-p", "{\"data\":{\"colour\":\"green\"}}"]);
    let plan = story.expect(4, &["plan", "--base", "main"]);
    assert!(plan.stdout.contains("denied by policy no-blue"), "{}", plan.stdout);
    story.repository.expect(4, &["apply", "plan.json", "--base", "main"]);
    assert_eq!(colour(&story), "green");
}

const NOTHING_GOES: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Policy
metadata: {name: nothing-goes}
spec:
  match: {actions: [delete]}
  deny: change.kind == 'ConfigMap'
  message: \"{change.name} stays\"
  tests:
    - {name: it goes, given: {change: {action: delete}, object: {apiVersion: v1, kind: ConfigMap}}, expect: denied}
    - {name: it comes, given: {object: {apiVersion: v1, kind: ConfigMap}}, expect: allowed}
";

#[test]
#[ignore = "needs the control plane: make test-real"]
fn of_two_denied_deletions_an_approval_lifts_exactly_one_once() {
    let story = Story::begin("two-gone");
    story.repository.write("policies/nothing-goes.yaml", NOTHING_GOES);
    let both = || {
        for name in ["colours", "shapes"] {
            story.write(&format!("{name}.yaml"), &config_map(name, "green"));
        }
        story.apply();
    };
    let neither = || {
        story.remove("colours.yaml");
        story.remove("shapes.yaml");
    };
    let live = || story.kubectl(&["get", "configmap", "-o", "name"]);
    both();
    neither();
    let denied = story.expect(4, &["apply", "--auto-approve"]);
    assert_eq!(denied.stdout.matches("denied by policy nothing-goes").count(), 2, "{}", denied.stdout);
    assert!(live().contains("/colours") && live().contains("/shapes"));

    let exempt = "  action: exempt\n  policy: nothing-goes\n  until: 2099-01-01T00:00:00Z\n";
    story.write("approval.yaml", &approval(&story, "one-goes", exempt));
    let one = story.expect(4, &["apply", "--auto-approve"]);
    assert!(one.stdout.contains("1 destroyed"), "{}", one.stdout);
    assert!(!live().contains("/colours") && live().contains("/shapes"), "{}", live());

    // Made and unmade again, with the same Approval still in Git: it is used up.
    both();
    neither();
    let used = story.expect(4, &["apply", "--auto-approve"]);
    assert_eq!(used.stdout.matches("denied by policy nothing-goes").count(), 2, "{}", used.stdout);
    assert!(live().contains("/colours") && live().contains("/shapes"), "once is once");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_plan_file_is_refused_once_the_base_talks_to_others() {
    let story = Story::begin("others");
    story.write("colours.yaml", &config_map("colours", "green"));
    protect(&story);
    story.expect(0, &["plan", "--base", "main", "--out", "plan.json"]);
    on_main(&story, || {
        edit(&story, &environment_file(&story), "fromEnv: KUBECONFIG", "fromEnv: KUBECONFIG_OTHER");
    });
    let mut apply = story.repository.command(&["apply", "plan.json", "--base", "main"]);
    let apply = apply.env("KUBECONFIG_OTHER", story.plane.kubeconfig()).output().expect("runs");
    let stderr = String::from_utf8_lossy(&apply.stderr);
    assert_eq!(apply.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("connections"), "{stderr}");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_plan_file_is_not_good_for_another_environment_whoever_names_it_anew() {
    let story = Story::begin("forged");
    let other = format!("{}-other", story.environment);
    story.write("colours.yaml", &config_map("colours", "green"));
    story.repository.environment(&other, &story.namespace);
    story.repository.write(&format!("environments/{other}/colours.yaml"), &config_map("colours", "green"));
    story.expect(0, &["plan", "--out", "plan.json"]);
    let path = story.repository.path().join("plan.json");
    let text = std::fs::read_to_string(&path).expect("the plan file");
    let mut plan = parse(text.as_bytes()).expect("a plan");
    plan.environment = EnvironmentName::new(other.as_str());
    plan.id = plan.name();
    let now = "2026-01-01T00:00:00Z".parse().expect("a time");
    let report = PlanReport { plan: &plan, desired: None, now, systems: 0, next: None, offline: None };
    story.repository.write("plan.json", &file(&report));
    let apply = story.repository.expect(3, &["apply", "plan.json"]);
    assert!(apply.stderr.contains("not those that the plan was made from"), "{}", apply.stderr);

    for place in (0..text.len()).step_by(text.len() / 20) {
        let mut bytes = text.clone().into_bytes();
        bytes[place] = if bytes[place] == b'7' { b'8' } else { b'7' };
        std::fs::write(&path, bytes).expect("a file");
        let apply = story.repository.run(&["apply", "plan.json"]);
        assert!([3, 64].contains(&apply.code), "{}: {}", apply.code, apply.stderr);
    }
    let elsewhen = text.replace("\"timestamp\":\"2", "\"timestamp\":\"1");
    assert_ne!(elsewhen, text);
    story.repository.write("plan.json", &elsewhen);
    let apply = story.repository.expect(3, &["apply", "plan.json"]);
    assert!(apply.stderr.contains("was changed after it was written"), "{}", apply.stderr);
}
