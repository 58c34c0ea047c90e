//! Policies as documents: what is wrong with one is told at its place, and those that ship prove themselves.

use evenkeel_core::diagnostic::Diagnostic;
use evenkeel_core::documents::policy::Severity;
use evenkeel_core::documents::{Repository, SourceFile};
use evenkeel_core::report::diagnostics::render_one;
use evenkeel_core::report::style::Style;
use std::path::{Path, PathBuf};

fn read(files: &[(&str, &str)]) -> (Repository, Vec<Diagnostic>) {
    let file =
        |(path, text): &(&str, &str)| SourceFile { path: (*path).into(), bytes: text.as_bytes().to_vec() };
    Repository::read(&files.iter().map(file).collect::<Vec<_>>())
}

/// What is drawn of everything that is wrong with one policy.
fn drawn(policy: &str) -> String {
    let (repository, findings) = read(&[("policies/a.yaml", policy)]);
    let draw = |finding: &Diagnostic| {
        render_one(finding, repository.line(&finding.at.file, finding.at.line), Style::plain())
    };
    findings.iter().map(draw).collect()
}

const HEAD: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Policy\nmetadata: {name: a}\nspec:\n";

const TESTS: &str = "  tests:
    - {name: one goes, given: {change: {action: delete}, object: {apiVersion: v1, kind: Service}}, expect: denied}
    - {name: one comes, given: {object: {apiVersion: v1, kind: Service}}, expect: allowed}
";

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The policies that ship.
fn shipped() -> (Repository, Vec<Diagnostic>) {
    let directory = repository("policies");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&directory).expect("policies/") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        files.push(SourceFile {
            path: format!("policies/{name}").into(),
            bytes: std::fs::read(&path).expect("read"),
        });
    }
    Repository::read(&files)
}

#[test]
fn every_policy_that_ships_passes_its_tests() {
    let (repository, findings) = shipped();
    assert_eq!(findings, Vec::new());
    let book = repository.policies().expect("sound");
    assert!(book.written.len() >= 12 && book.policies.iter().count() == book.written.len());
}

#[test]
fn the_page_on_policies_names_each_that_ships_and_its_example_is_one() {
    let page = std::fs::read_to_string(repository("docs/policies.md")).expect("the page");
    for policy in &shipped().0.policies().expect("sound").written {
        let (name, warns) = (&policy.metadata.name, policy.spec.severity == Severity::Warn);
        let row = format!("| `{name}`{} |", if warns { " (warns)" } else { "" });
        assert!(page.contains(&row), "{row}");
    }
    let example =
        page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    assert_eq!(drawn(example), "");
}

#[test]
fn a_mistake_is_underlined_within_the_expression() {
    let policy = format!("{HEAD}  deny: chnage.action == 'delete'\n  message: gone\n{TESTS}");
    insta::assert_snapshot!(drawn(&policy), @r#"
error[E0402]: there is no `chnage` here
 --> policies/a.yaml:5:9
  |
5 |   deny: chnage.action == 'delete'
  |         ^^^^^^ there is `change`
  = in Policy/a
"#);
}

#[test]
fn a_mistake_is_underlined_within_a_block_of_lines() {
    let policy = format!(
        "{HEAD}  deny: |\n    change.action == 'delete'\n      && change.rsik == 'none'\n  message: gone\n{TESTS}"
    );
    insta::assert_snapshot!(drawn(&policy), @r#"
error[E0402]: `change` has no field `rsik`
 --> policies/a.yaml:7:17
  |
7 |       && change.rsik == 'none'
  |                 ^^^^ it has `risk`
  = in Policy/a
"#);
}

#[test]
fn a_mistake_is_underlined_within_folded_and_quoted_text() {
    let folded = format!(
        "{HEAD}  deny: >-\n    change.action == 'delete'\n    && change.rsik == 'none'\n  message: gone\n{TESTS}"
    );
    let quoted = format!(
        "{HEAD}  deny: \"change.action == \\\"delete\\\" && rsik\"\n  message: \"{{change.nmae}}\"\n{TESTS}"
    );
    insta::assert_snapshot!(format!("{}{}", drawn(&folded), drawn(&quoted)), @r#"
error[E0402]: `change` has no field `rsik`
 --> policies/a.yaml:7:15
  |
7 |     && change.rsik == 'none'
  |               ^^^^ it has `risk`
  = in Policy/a
error[E0402]: there is no `rsik` here
 --> policies/a.yaml:5:41
  |
5 |   deny: "change.action == \"delete\" && rsik"
  |                                         ^^^^ there are change, object, pod, containers, objects, documents, environment
  = in Policy/a
error[E0402]: `change` has no field `nmae`
 --> policies/a.yaml:6:21
  |
6 |   message: "{change.nmae}"
  |                     ^^^^ it has `name`
  = in Policy/a
"#);
}

#[test]
fn what_ends_too_early_is_pointed_at_behind_its_last_letter() {
    let policy = format!("{HEAD}  deny: change.action ==\n  message: gone\n{TESTS}");
    insta::assert_snapshot!(drawn(&policy), @r#"
error[E0402]: something is missing at the end
 --> policies/a.yaml:5:24
  |
5 |   deny: change.action ==
  |                        ^
  = in Policy/a
"#);
}

#[test]
fn a_policy_that_fails_its_own_test_is_refused() {
    let policy =
        format!("{HEAD}  deny: change.action == 'create'\n  message: \"{{change.address}} comes\"\n{TESTS}");
    insta::assert_snapshot!(drawn(&policy), @r#"
error[E0403]: test `one goes` fails: the policy allows it
 --> policies/a.yaml:8:108
  |
8 | …oes, given: {change: {action: delete}, object: {apiVersion: v1, kind: Service}}, expect: denied}
  |                                                                                           ^^^^^^
  = in Policy/a
error[E0403]: test `one comes` fails: the policy denies it
 --> policies/a.yaml:9:83
  |
9 |     - {name: one comes, given: {object: {apiVersion: v1, kind: Service}}, expect: allowed}
  |                                                                                   ^^^^^^^
  = in Policy/a
  = it says: kubernetes:Service/test comes
"#);
    assert!(read(&[("policies/a.yaml", &policy)]).0.policies().is_err());
}

#[test]
fn a_policy_without_both_sorts_of_test_is_refused() {
    let policy = format!("{HEAD}  deny: change.action == 'create'\n  message: comes\n  tests: []\n");
    insta::assert_snapshot!(drawn(&policy), @r#"
error[E0403]: no test shows what is denied
 --> policies/a.yaml:7:3
  |
7 |   tests: []
  |   ^^^^^
  = in Policy/a
  = hint: write a test that expects `denied`
"#);
}

#[test]
fn a_policy_elsewhere_and_another_document_among_policies_are_refused() {
    let policy = format!("{HEAD}  deny: change.action == 'delete'\n  message: gone\n{TESTS}");
    let environment = "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec: {sandbox: {seed: 1}}\n";
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let (_, findings) = read(&[
        ("environments/prod/environment.yaml", environment),
        ("environments/prod/policy.yaml", &policy),
        ("policies/map.yaml", map),
    ]);
    let told: Vec<String> =
        findings.iter().map(|finding| format!("{} {}", finding.at, finding.message)).collect();
    assert_eq!(
        told,
        [
            "environments/prod/policy.yaml:3:18 a Policy counts only in policies/, at the repository's root",
            "policies/map.yaml:3:18 ConfigMap does not belong into policies/",
        ]
    );
}

#[test]
fn an_exemption_names_its_policy() {
    let environment = "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec: {sandbox: {seed: 1}}\n";
    let approval = |more: &str| {
        format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: Approval\nmetadata: {{name: a}}\nspec: {{address: 'kubernetes:Secret/a/b', until: '2026-12-01T00:00:00Z', reason: so, {more}}}\n"
        )
    };
    let told = |more: &str| {
        let approval = approval(more);
        let files =
            [("environments/prod/environment.yaml", environment), ("environments/prod/a.yaml", &approval)];
        read(&files).0.validate().into_iter().map(|finding| finding.message).collect::<Vec<_>>()
    };
    assert_eq!(told("action: exempt"), ["an Approval `exempt` names the policy that is not to count"]);
    assert_eq!(told("action: delete, policy: a"), ["`policy` is for Approvals `exempt` only"]);
    assert_eq!(told("action: exempt, policy: a"), Vec::<String>::new());
}

/// What is found wrong with a policy of this rule that one test is to be denied by.
fn denied(over: &str, deny: &str, given: &str) -> String {
    let policy = format!(
        "{HEAD}  over: {over}\n  deny: {deny}\n  message: gone\n  tests:\n    - {{name: this, given: {given}, expect: denied}}\n    \
         - {{name: another, given: {{object: {{apiVersion: v1, kind: Service}}}}, expect: allowed}}\n"
    );
    drawn(&policy)
}

#[test]
fn a_test_can_give_every_reason_that_a_rule_can_ask_for() {
    let page = std::fs::read_to_string(repository("docs/policies.md")).expect("the page");
    let listed =
        page.split("`reason` (").nth(1).and_then(|rest| rest.split(')').next()).expect("the reasons");
    let reasons: Vec<&str> = listed.split(", ").map(|reason| reason.trim_matches('`')).collect();
    assert_eq!(reasons.len(), 15);
    // `another` is created, and what is created was not yet there.
    for reason in reasons.into_iter().filter(|reason| *reason != "notYetThere") {
        let given = format!(
            "{{change: {{action: update, reason: {reason}}}, object: {{apiVersion: v1, kind: Service}}}}"
        );
        assert_eq!(denied("changes", &format!("change.reason == '{reason}'"), &given), "");
    }
}

#[test]
fn a_test_can_give_limits_and_connections() {
    let given = "{environment: {limits: {parallelism: 50, requestTimeout: 2m}}}";
    let deny = "environment.limits.parallelism > 20 && environment.limits.requestTimeout == 120.0";
    assert_eq!(denied("environment", deny, given), "");
    let given = "{change: {connection: eu}, object: {apiVersion: v1, kind: Service}}";
    assert_eq!(denied("changes", "change.connection == 'eu' && change.action == 'create'", given), "");
}

#[test]
fn a_rule_that_asks_for_an_action_which_it_never_sees_is_warned_of() {
    let rule = "change.action in ['delete', 'forget']";
    insta::assert_snapshot!(drawn(&format!("{HEAD}  deny: {rule}\n  message: gone\n{TESTS}")), @r"
warning[E0402]: `forget` is never seen here: without `match.actions` it is changes of values
 --> policies/a.yaml:5:9
  |
5 |   deny: change.action in ['delete', 'forget']
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = in Policy/a
  = hint: write `match: {actions: […]}` with each action that it is about
");
    let named =
        format!("{HEAD}  match: {{actions: [delete, forget]}}\n  deny: {rule}\n  message: gone\n{TESTS}");
    assert_eq!(drawn(&named), "");
}
