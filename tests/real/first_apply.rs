//! The very first apply, by an account that has nothing but the printed role: it is enough, and no verb of it is idle.

use super::preflight::{Less, act_as, eventually, grant, one_verb_less, printed, refused};
use super::story::{Story, config_map};
use crate::support::repository::Run;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Makes namespaces, a source and an account, and nothing else: the rest is for the robot to make.
fn untouched(name: &str) -> Story {
    let story = Story::begin(name);
    story.kubectl(&["create", "secret", "generic", "source", "--from-literal=password=canary-91"]);
    story.kubectl(&["create", "serviceaccount", "robot"]);
    work(&story, 0);
    let state = format!("{}-state", story.namespace);
    let told = story.expect(0, &["preflight", "--rbac=apply"]).stdout;
    let needed = format!("A role needs its namespace: {}, {state}.", story.namespace);
    assert!(told.contains(&needed), "{told}");
    story.plane.kubectl(&["create", "namespace", &state]);
    story
}

/// Something to make, to change and to delete, of each kind, in each round.
fn work(story: &Story, round: usize) {
    let secret = |name: &str, key: &str| {
        let namespace = &story.namespace;
        format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {{name: {name}}}\nspec:\n  \
             target: {{namespace: {namespace}, name: {name}}}\n  data:\n    \
             {key}: {{fromSecret: {{namespace: {namespace}, name: source, key: password}}}}\n"
        )
    };
    let service = |name: &str, port: usize| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: a}}, \
             ports: [{{port: {port}}}]}}\n"
        )
    };
    let (name, value) = (format!("round-{round}"), format!("green-{round}"));
    let all = [
        ("colours", config_map("colours", &value)),
        ("other-colours", config_map(&name, &value)),
        ("secret", secret("auth", &value)),
        ("other-secret", secret(&name, "password")),
        ("service", service("bolt", 7000 + round)),
        ("other-service", service(&name, 7687)),
    ];
    for (file, text) in all {
        story.write(&format!("{file}.yaml"), &text);
    }
}

/// Takes a verb away, and returns whether preflight calls it needed.
fn take_away(story: &Story, less: &Less) -> bool {
    grant(story, &less.roles);
    let arguments = ["preflight", story.environment.as_str(), "--format", "json"];
    for _try in 0..50 {
        let found = refused(&story.repository.run(&arguments), &["plan", "apply"]);
        if !found.is_empty() && found.iter().all(|right| less.granted(right)) {
            return found.iter().any(|right| right.is_needed);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("preflight does not miss {less:?}");
}

/// Applies; what is not through after a while, as it waits for what it may not look at, is interrupted.
fn apply(story: &Story) -> Run {
    let mut apply = story.repository.start(&["apply", &story.environment, "--auto-approve"]);
    let begun = Instant::now();
    while apply.try_wait().expect("it can be waited for").is_none()
        && begun.elapsed() < Duration::from_secs(12)
    {
        std::thread::sleep(Duration::from_millis(50));
    }
    let id = apply.id().to_string();
    let _gone =
        std::process::Command::new("kill").args(["-INT", &id]).stderr(std::process::Stdio::null()).status();
    Run::wait(apply)
}

fn roles_of(story: &Story, settings: &str) -> Vec<Value> {
    let file = format!("environments/{}/environment.yaml", story.environment);
    let acting = std::fs::read_to_string(story.repository.path().join(&file)).expect("the environment");
    story.repository.write(&file, settings);
    let roles = printed(story, "apply");
    story.repository.write(&file, &acting);
    roles
}

/// What is made once for each environment: without it the first apply does not begin, and every later one does.
fn is_for_the_first(less: &Less) -> bool {
    less.verb == "create" && (less.resources == ["leases"] || less.resources == ["secrets"])
}

/// What the journal is folded into the ledger with: an apply without it comes through, and leaves the journal as it is.
fn is_for_folding(less: &Less) -> bool {
    ["update", "delete"].contains(&&*less.verb) && less.resources == ["configmaps"]
}

fn says_that_it_grows(told: &str) -> bool {
    told.contains("the ledger could not be written") || told.contains("the journal grows")
}

fn batches(story: &Story) -> usize {
    let state = format!("{}-state", story.namespace);
    story.plane.kubectl(&["-n", &state, "get", "configmaps", "-o", "name"]).lines().count()
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn the_printed_role_suffices_for_an_account_to_begin_with_nothing_and_one_verb_less_does_not() {
    let story = untouched("firstrole");
    let roles = printed(&story, "apply");
    act_as(&story, "robot");
    let first: Vec<Less> = one_verb_less(&roles).into_iter().filter(is_for_the_first).collect();
    assert_eq!(first.len(), 2, "{first:?}");
    for less in first {
        assert!(take_away(&story, &less), "{less:?}");
        let run = apply(&story);
        let told = format!("{}{}", run.stdout, run.stderr);
        assert!(run.code != 0 && told.contains("forbidden"), "{less:?}, {}: {told}", run.code);
        assert_eq!(story.kubectl(&["get", "configmap", "colours", "--ignore-not-found"]), "", "{told}");
    }
    grant(&story, &roles);
    eventually(&story, 0, &["preflight"]);
    story.apply();
    story.expect_no_changes();
    let state = format!("{}-state", story.namespace);
    let made = |kind: &str| story.plane.kubectl(&["-n", &state, "get", kind, "-o", "name"]);
    for kind in ["lease", "configmap", "secret"] {
        assert!(made(kind).contains("/evenkeel-"), "{kind}: {}", made(kind));
    }
    assert_eq!(story.live("secret/auth", "{.metadata.name}"), "auth");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn with_any_needed_verb_less_an_apply_does_not_come_through_and_without_any_other_it_does() {
    let story = untouched("lessrole");
    let file = format!("environments/{}/environment.yaml", story.environment);
    let settings = std::fs::read_to_string(story.repository.path().join(&file)).expect("the environment");
    let mut roles = printed(&story, "apply");
    act_as(&story, "robot");
    grant(&story, &roles);
    eventually(&story, 0, &["preflight"]);
    story.apply();
    let (mut number, mut failed) = (0, 0);
    while let Some(less) = one_verb_less(&roles).into_iter().nth(number) {
        number += 1;
        work(&story, number);
        roles = roles_of(&story, &settings);
        let is_needed = take_away(&story, &less);
        let before = batches(&story);
        let run = apply(&story);
        let told = format!("without {} of {:?}: {}{}", less.verb, less.resources, run.stdout, run.stderr);
        let comes_through = !is_needed || is_for_the_first(&less) || is_for_folding(&less);
        assert_eq!(run.code == 0, comes_through, "{told}");
        assert!(!is_for_folding(&less) || (batches(&story) > before && says_that_it_grows(&told)), "{told}");
        failed += usize::from(!comes_through);
        grant(&story, &roles);
        eventually(&story, 0, &["preflight"]);
        story.apply();
        story.expect_no_changes();
    }
    assert!(failed >= 11, "of {number} verbs {failed} were needed");
}
