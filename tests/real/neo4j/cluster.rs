//! A cluster of three servers that vote and two that only read, on the real control plane: its objects, pods, volumes and
//! disruption budget are real; what Cypher tells is the world's, over HTTP, and which servers run is told by the pods.

use crate::real::story::Story as OnPlane;
use crate::support::modelled::Modelled;
use crate::support::repository::Run;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A document on a namespace of its own, and the servers that its pods run.
struct Story {
    plane: OnPlane,
    servers: Modelled,
}

impl Story {
    /// Forms the cluster.
    fn begin(name: &str) -> Self {
        let plane = OnPlane::begin(name);
        let servers = Modelled::of(&plane.namespace);
        plane.repository.write("login", "first-of-all");
        plane.repository.write("initial", "neo4j/first-of-all");
        let story = Self { plane, servers };
        story.write("10m").plane.apply();
        story
    }

    fn write(&self, timeout: &str) -> &Self {
        let document = DOCUMENT.replace("URL", &self.servers.url()).replace("TIMEOUT", timeout);
        self.plane.write("orders.yaml", document.trim_start());
        self
    }

    /// Returns which incarnation each server's pod is, by its name.
    fn pods(&self) -> BTreeMap<String, String> {
        let each = "{range .items[*]}{.metadata.name}={.metadata.uid}{\"\\n\"}{end}";
        let text = self.plane.live("pods", each);
        text.lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, uid)| (name.into(), uid.into()))
            .collect()
    }

    /// Says of a pod whether it is ready, as its kubelet does; its server runs.
    fn report_ready(&self, pod: &str, is_ready: &str) {
        let told = format!(r#"{{"status":{{"conditions":[{{"type":"Ready","status":"{is_ready}"}}]}}}}"#);
        self.plane.kubectl(&["patch", &format!("pod/{pod}"), "--subresource=status", "-p", &told]);
    }

    /// Expects that Kubernetes lets nobody evict a pod, once it has counted those that are ready.
    fn expect_no_eviction(&self, pod: &str) {
        self.plane.kubectl(&["wait", "pdb/orders", "--for=jsonpath={.status.disruptionsAllowed}=0"]);
        let namespace = &self.plane.namespace;
        let eviction = format!(
            r#"{{"apiVersion":"policy/v1","kind":"Eviction","metadata":{{"name":"{pod}","namespace":"{namespace}"}}}}"#
        );
        let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/eviction");
        let refusal = self.plane.plane.kubectl_refused(&["create", "--raw", &path, "-f", "-"], &eviction);
        assert!(refusal.contains("disruption budget"), "{refusal}");
    }

    /// Waits until so many pods are other ones.
    fn until_anew(&self, before: &BTreeMap<String, String>, count: usize) {
        let end = Instant::now() + Duration::from_secs(120);
        while anew(before, &self.pods()).len() < count {
            assert!(Instant::now() < end, "nothing starts anew");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn expect(&self, code: i32, verb: &[&str]) -> Run {
        self.plane.expect(code, verb)
    }
}

/// Three nodes carry them, so they may share one.
const DOCUMENT: &str = r#"
apiVersion: evenkeel.dev/v1alpha1
kind: Neo4jCluster
metadata: {name: orders}
spec:
  edition: enterprise
  version: 2026.02.1
  acceptLicense: "yes"
  servers: {primaries: {count: 3}, secondaries: {count: 2}}
  placement: {antiAffinity: preferred}
  storage: {dynamic: {size: 1Gi}}
  resources: {cpu: 500m, memory: 3Gi}
  config: {db.transaction.timeout: TIMEOUT}
  cypher: {url: "URL", password: {fromFile: login}}
  databases: [{name: sales, topology: {primaries: 3, secondaries: 1}}]
---
apiVersion: evenkeel.dev/v1alpha1
kind: ManagedSecret
metadata: {name: orders-auth}
spec:
  target: {name: orders-auth}
  data: {NEO4J_AUTH: {fromFile: initial}}
"#;

#[test]
#[ignore = "needs the control plane: make test-real"]
fn three_and_two_are_formed_on_real_pods_and_a_workload_scaled_by_hand_is_drift() {
    let story = Story::begin("formed");
    story.plane.expect_no_changes();
    story.plane.kubectl(&["scale", "statefulset/orders-2", "--replicas=0"]);
    // Its server does not answer any more, which is told beside it.
    let drift = story.expect(7, &["drift"]);
    assert!(drift.stdout.contains("orders-2\n    spec.replicas   1 -> 0"), "{}", drift.stdout);
    story.expect(7, &["apply", "--auto-approve"]);
    story.servers.settle();
    story.plane.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_roll_that_was_killed_goes_on_and_every_server_starts_anew_once() {
    let story = Story::begin("rolled");
    let before = story.pods();
    story.write("20m");
    let mut apply = story.plane.repository.start(&["apply", &story.plane.environment, "--auto-approve"]);
    story.until_anew(&before, 2);
    apply.kill().expect("it runs");
    apply.wait().expect("it ends");
    story.servers.settle();
    let midway = story.pods();
    assert!(anew(&before, &midway).iter().all(|pod| pod.contains("secondary")), "those that vote come later");
    let rest = story.plane.apply();
    assert_eq!(anew(&before, &story.pods()).len(), 5, "{}", rest.stderr);
    assert_eq!(anew(&midway, &story.pods()).len(), 3, "a server started anew twice\n{}", rest.stderr);
    story.plane.expect_no_changes();
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_server_whose_pod_is_told_not_to_be_ready_goes_first_and_the_budget_keeps_the_others() {
    let story = Story::begin("unready");
    let before = story.pods();
    story.report_ready("orders-secondary-2-0", "False");
    story.expect_no_eviction("orders-2-0");
    story.write("20m");
    let apply = story.plane.apply();
    let restarts: Vec<&str> = apply.stderr.lines().filter(|line| line.contains("✓ restart ")).collect();
    assert_eq!(restarts.len(), 5, "{}", apply.stderr);
    assert!(restarts[0].contains("orders-secondary-2-0"), "{restarts:?}");
    assert_eq!(anew(&before, &story.pods()).len(), 5, "{}", apply.stderr);
    story.plane.expect_no_changes();
}

/// Returns the pods that are other ones than before.
fn anew(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let other = |(name, uid): &(&String, &String)| before.get(*name) != Some(*uid);
    after.iter().filter(other).map(|(name, _)| name.clone()).collect()
}
