//! What is said about things that stand where they do not count, never hold, or hold no more.

use super::{HEAD, told, told_of_spec};
use evenkeel_core::documents::{Repository, SourceFile};
use evenkeel_core::report::diagnostics::{Contacted, render};
use evenkeel_core::report::style::Style;

const SOUND: &str = "spec: {sandbox: {seed: 1}}\n";

#[test]
fn a_window_names_a_time_zone_and_opens_for_a_while() {
    insta::assert_snapshot!(told_of_spec("  sandbox: {seed: 1}\n  windows:\n    - {allow: 0 2 * * 1-5, for: 3h, timeZone: Europe/Berlim}\n    - {allow: 0 2 30 2 *, for: 3h}\n    - {allow: 0 2 * * *, for: 9000h}\n"), @r#"
error[E0317]: `Europe/Berlim` is no time zone
 --> prod/environment.yaml:7:47
  |
7 |     - {allow: 0 2 * * 1-5, for: 3h, timeZone: Europe/Berlim}
  |                                               ^^^^^^^^^^^^^ there is `Europe/Berlin`
  = in Environment/prod

error[E0318]: `0 2 30 2 *` never comes, so this window never opens
 --> prod/environment.yaml:8:15
  |
8 |     - {allow: 0 2 30 2 *, for: 3h}
  |               ^^^^^^^^^^
  = in Environment/prod

error[E0318]: a window lasts longer than no time, and at most 366 days
 --> prod/environment.yaml:9:31
  |
9 |     - {allow: 0 2 * * *, for: 9000h}
  |                               ^^^^^
  = in Environment/prod
  = hint: for example 3h

3 errors in 1 of 1 file. Nothing was contacted.
"#);
}

#[test]
fn an_environment_talks_to_something_and_keeps_its_state_where_no_slip_leads() {
    insta::assert_snapshot!(told_of_spec("  state: {directory: ../../etc}\n"), @r#"
error[E0319]: this environment talks to nothing
 --> prod/environment.yaml:4:1
  |
4 | spec:
  | ^^^^
  = in Environment/prod
  = hint: add `kubernetes: {default: {kubeconfig: {fromEnv: KUBECONFIG}}}`, `sandbox: {seed: 1}`, or
    a KafkaCluster

error[E0320]: this directory is outside of the repository
 --> prod/environment.yaml:5:22
  |
5 |   state: {directory: ../../etc}
  |                      ^^^^^^^^^
  = in Environment/prod
  = hint: name it by its whole path, from `/`, if it is meant to be elsewhere

2 errors in 1 of 1 file. Nothing was contacted.
"#);
}

#[test]
fn policies_stand_in_their_directory_and_nothing_else_does() {
    let policy = "apiVersion: evenkeel.dev/v1alpha1\nkind: Policy\nmetadata: {name: a}\nspec: {deny: 'true', message: no}\n";
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let environment = format!("{HEAD}{SOUND}");
    insta::assert_snapshot!(told(&[("prod/environment.yaml", &environment), ("prod/a.yaml", policy), ("policies/b.yaml", map)]), @r#"
error[E0401]: ConfigMap does not belong into policies/
 --> policies/b.yaml:3:18
  |
3 | metadata: {name: a}
  |                  ^
  = hint: policies/ holds documents of `kind: Policy` only

error[E0401]: a Policy counts only in policies/, at the repository's root
 --> prod/a.yaml:3:18
  |
3 | metadata: {name: a}
  |                  ^
  = hint: move it there; `match.environments` says where it holds

error[E0103]: `tests` is missing in `spec`
 --> prod/a.yaml:4:1
  |
4 | spec: {deny: 'true', message: no}
  | ^^^^
  = in Policy/a

3 errors in 2 of 3 files. Nothing was contacted.
"#);
}

#[test]
fn a_file_holds_so_many_values_and_no_more() {
    let list = format!("a: [{}0]\n", "0,".repeat(2_000_000));
    let findings = told(&[("prod/environment.yaml", &format!("{HEAD}{SOUND}")), ("prod/a.yaml", &list)]);
    assert!(findings.contains("error[E0111]: the file holds more than 2000000 values"), "{findings:.2000}");
}

fn repository(files: &[(&str, &str)]) -> Repository {
    let files =
        files.iter().map(|(path, text)| SourceFile { path: (*path).into(), bytes: text.as_bytes().to_vec() });
    Repository::read(&files.collect::<Vec<_>>()).0
}

#[test]
fn an_approval_that_has_ended_is_told_once_the_time_is_known() {
    let approval = "apiVersion: evenkeel.dev/v1alpha1\nkind: Approval\nmetadata: {name: a}\nspec:\n  \
                    address: kubernetes:ConfigMap/graph/a\n  action: adopt\n  reason: looked at\n  until: 2026-01-01T00:00:00Z\n";
    let repository =
        repository(&[("prod/environment.yaml", &format!("{HEAD}{SOUND}")), ("prod/a.yaml", approval)]);
    let told = |now: &str| {
        let found = repository.ended_approvals(&repository.environments(), now.parse().expect("a time"));
        let line = |file: &str, line| repository.line(file, line);
        render(&found, repository.files(), line, Contacted::Nobody, Style::plain())
    };
    assert!(told("2025-12-31T23:59:59Z").starts_with("No errors"), "{}", told("2025-12-31T23:59:59Z"));
    insta::assert_snapshot!(told("2026-01-01T00:00:00Z"), @r#"
warning[E0404]: this Approval ended at 2026-01-01T00:00:00Z
 --> prod/a.yaml:3:18
  |
3 | metadata: {name: a}
  |                  ^
  = hint: remove it: it permits nothing any more

1 warning in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn an_environment_that_another_reading_had_is_not_taken_for_an_empty_one() {
    let sound = repository(&[("prod/environment.yaml", &format!("{HEAD}{SOUND}"))]);
    let environment = sound.find("prod").expect("it is there");
    let other = repository(&[("prod/other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")]);
    let found = other.specs(&environment).expect_err("it is not there");
    let line = |file: &str, line| other.line(file, line);
    let told = render(&found, other.files(), line, Contacted::Nobody, Style::plain());
    insta::assert_snapshot!(told, @r#"
error[E0209]: there is no readable Environment here
 --> prod/environment.yaml:1:1

1 error in 1 of 0 files. Nothing was contacted.
"#);
}

#[test]
fn an_environment_without_a_cluster_keeps_its_state_in_a_directory() {
    let kafka = "apiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {name: main}\nspec: {bootstrap: [\"broker:9092\"]}\n";
    let told_of = |spec: &str| {
        told(&[("prod/environment.yaml", &format!("{HEAD}spec: {spec}\n")), ("prod/kafka.yaml", kafka)])
    };
    insta::assert_snapshot!(told_of("{state: {directory: state/prod}}"), @r#"
No errors in 2 files. Nothing was contacted.
"#);
    insta::assert_snapshot!(told_of("{}"), @r#"
error[E0320]: this environment has nowhere to keep its state
 --> prod/environment.yaml:4:1
  |
4 | spec: {}
  | ^^^^
  = in Environment/prod
  = hint: without a Kubernetes cluster it has a directory: `state: {directory: state/prod}`

1 error in 1 of 2 files. Nothing was contacted.
"#);
}
