//! Policies from the command line: what they deny in the sandbox, what lifts it, and how they are told. Golden texts
//! are in `tests/stories/policies`.

use crate::support::repository::{Repository, Run};

const ENVIRONMENT: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec:
  sandbox: {seed: 7}
  limits: {requestTimeout: 1s, lease: 1s}
";

const GRAPH: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: graph}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: orders-config, namespace: graph}
data: {heap: 4g}
---
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: graph}
spec: {selector: {app: orders}, ports: [{name: bolt, port: 7687}]}
";

const POLICY: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Policy
metadata:
  name: no-deletions-in-prod
spec:
  match: {environments: [prod]}
  deny: change.action in ['delete', 'replace']
  message: \"{change.address} would be gone\"
  tests:
    - name: a Service stays
      given:
        environment: {name: prod}
        change: {action: delete}
        object: {apiVersion: v1, kind: Service, metadata: {name: orders, namespace: graph}}
      expect: denied
    - name: a Service comes
      given:
        environment: {name: prod}
        object: {apiVersion: v1, kind: Service, metadata: {name: orders, namespace: graph}}
      expect: allowed
---
apiVersion: evenkeel.dev/v1alpha1
kind: Policy
metadata:
  name: namespaces-have-an-owner
spec:
  over: objects
  match: {kinds: [Namespace]}
  severity: warn
  deny: object.metadata.?labels.?owner.orValue('') == ''
  message: nobody answers for {object.metadata.name}
  tests:
    - name: nobody
      given: {object: {apiVersion: v1, kind: Namespace, metadata: {name: graph}}}
      expect: denied
    - name: a team
      given: {object: {apiVersion: v1, kind: Namespace, metadata: {name: graph, labels: {owner: team}}}}
      expect: allowed
";

const EXEMPTION: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Approval
metadata: {name: service-goes}
spec:
  address: kubernetes:Service/graph/orders
  action: exempt
  policy: no-deletions-in-prod
  until: 2100-01-01T00:00:00Z
  reason: nobody connects to it any more
";

/// An environment that was applied, and two of whose objects are no longer in Git.
fn two_deletions() -> Repository {
    let repository = Repository::new();
    repository.write("environments/prod/environment.yaml", ENVIRONMENT);
    repository.write("environments/prod/graph.yaml", GRAPH);
    repository.write("policies/prod.yaml", POLICY);
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    let namespace = GRAPH.split("---\n").next().expect("the namespace");
    repository.write("environments/prod/graph.yaml", namespace);
    repository
}

/// Compares what a run printed with the golden text.
fn golden(name: &str, run: &Run) {
    let aside = [(r"(uid|until): \S+", "$1: [$1]")];
    crate::support::golden::assert_golden("../stories/policies", name, run, &aside);
}

#[test]
fn a_denied_change_is_held_and_ends_with_4() {
    let repository = two_deletions();
    golden("a-denied-deletion", &repository.expect(4, &["plan", "prod"]));
    repository.expect(4, &["apply", "prod", "--auto-approve"]);
    assert!(repository.expect(4, &["plan", "prod"]).stdout.contains("2 held"), "nothing was deleted");
}

#[test]
fn an_approval_lifts_exactly_one_step_once() {
    let repository = two_deletions();
    repository.write("environments/prod/approvals.yaml", EXEMPTION);
    golden("one-step-is-exempt", &repository.expect(4, &["plan", "prod"]));
    let apply = repository.expect(4, &["apply", "prod", "--auto-approve"]);
    assert!(apply.stdout.contains("1 destroyed"), "{}", apply.stdout);
    // It is made and unmade again: the approval is still in Git, and used up.
    let namespace = GRAPH.split("---\n").next().expect("the namespace");
    repository.write("environments/prod/graph.yaml", GRAPH);
    repository.expect(0, &["apply", "prod", "--auto-approve"]);
    repository.write("environments/prod/graph.yaml", namespace);
    assert!(repository.expect(4, &["plan", "prod"]).stdout.contains("2 held"), "once is once");
}

#[test]
fn a_reviewed_plan_is_stale_once_a_policy_changed() {
    let repository = two_deletions();
    repository.write("environments/prod/graph.yaml", &GRAPH.replace("4g", "6g"));
    repository.expect(0, &["plan", "prod", "--out", "plan.json"]);
    repository.write("policies/prod.yaml", &POLICY.replace("severity: warn", "severity: deny"));
    let apply = repository.expect(3, &["apply", "plan.json"]);
    assert!(apply.stderr.contains("the specs are not those"), "{}", apply.stderr);
}

#[test]
fn a_policy_that_cannot_be_used_stops_every_plan_at_its_place() {
    let repository = two_deletions();
    repository.write("policies/prod.yaml", &POLICY.replace("change.action in", "change.actoin in"));
    golden("a-mistyped-policy", &repository.expect(1, &["plan", "prod"]));
    repository.expect(1, &["validate"]);
    repository.expect(1, &["validate", "prod"]);
    repository.expect(1, &["apply", "prod", "--auto-approve"]);
}

#[test]
fn a_policy_is_explained_with_its_tests() {
    let repository = two_deletions();
    golden("a-policy-explained", &repository.expect(0, &["explain", "no-deletions-in-prod"]));
    golden("an-unknown-policy", &repository.expect(64, &["explain", "no-deletion-in-prod"]));
}
