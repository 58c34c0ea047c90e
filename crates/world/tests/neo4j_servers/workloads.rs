//! Servers and pods: the chart's workloads on the simulated API server, and the cluster that comes of them.

use evenkeel_core::engine::id::ConnectionName;
use evenkeel_core::engine::value::Value;
use evenkeel_world::World;
use evenkeel_world::kubernetes::{Apply, Delete, DryRun, Force, ObjectKey, Propagation};
use evenkeel_world::neo4j::Cluster;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

pub(crate) struct Platform(pub(crate) World);

impl Platform {
    /// Three servers as the chart writes them, as far as a process sees it.
    pub(crate) fn of_three() -> Self {
        let mut platform = Self(World::new(3, "2026-11-22T01:00:00Z".parse().expect("a time")));
        // neo4j/evenkeel-test
        platform.apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "graph-auth", "namespace": "default"},
            "data": {"NEO4J_AUTH": "bmVvNGovZXZlbmtlZWwtdGVzdA=="}}));
        for at in 1..=3 {
            platform.configure(at, "1g");
            platform.workload(at);
        }
        platform.advance(60);
        platform
    }

    fn apply(&mut self, object: Json) {
        let object: Value = serde_json::from_value(object).expect("a value");
        let request =
            Apply { object, manager: Arc::from("evenkeel"), force: Force::Yes, dry_run: DryRun::Off };
        self.0.kubernetes().apply(request).expect("applied");
    }

    pub(crate) fn configure(&mut self, at: u32, heap: &str) {
        let map = |part: &str, data: Json| {
            json!({"apiVersion": "v1", "kind": "ConfigMap", "data": data,
                "metadata": {"name": format!("graph-{at}-{part}-config"), "namespace": "default"}})
        };
        self.apply(map("default", json!({"server.memory.heap.max_size": "512m",
            "dbms.cluster.minimum_initial_system_primaries_count": "3", "initial.dbms.default_primaries_count": "3"})));
        self.apply(map("user", json!({"server.memory.heap.max_size": heap})));
        self.apply(map("k8s", json!({"dbms.cluster.discovery.version": "V2_ONLY"})));
    }

    pub(crate) fn workload(&mut self, at: u32) {
        let name = format!("graph-{at}");
        let labels =
            json!({"app": "graph", "helm.neo4j.com/neo4j.name": "graph", "helm.neo4j.com/instance": name});
        let sources: Vec<Json> = ["default", "user", "k8s"]
            .map(|part| json!({"configMap": {"name": format!("{name}-{part}-config")}}))
            .to_vec();
        self.apply(json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name, "namespace": "default"},
            "spec": {"serviceName": name, "replicas": 1, "podManagementPolicy": "Parallel",
                "updateStrategy": {"type": "OnDelete"}, "selector": {"matchLabels": {"helm.neo4j.com/instance": name}},
                "template": {"metadata": {"labels": labels}, "spec": {
                    "containers": [{"name": "neo4j", "image": "docker.io/library/neo4j:5.26.30-enterprise"}],
                    "volumes": [{"name": "neo4j-conf", "projected": {"sources": sources}},
                        {"name": "neo4j-auth", "secret": {"secretName": "graph-auth"}}]}},
                "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "10Gi"}}}}]}}));
    }

    fn cluster(&mut self) -> &mut Cluster {
        self.0.neo4j(&ConnectionName::new("graph"))
    }

    pub(crate) fn advance(&mut self, seconds: u64) {
        self.0.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn delete(&mut self, kind: &str, name: &str) {
        let key = ObjectKey::new(kind, Some("default"), name);
        let request = Delete { key, uid: None, version: None, propagation: Propagation::Background };
        self.0.kubernetes().delete(&request).expect("is deleted");
    }

    fn ready(&self, set: &str) -> i64 {
        let set = self.0.cluster().get(&ObjectKey::new("StatefulSet", Some("default"), set)).expect("there");
        set.at(&["status", "readyReplicas"]).and_then(Value::as_integer).unwrap_or(0)
    }

    fn heap(&mut self, server: &str) -> String {
        let statement = "SHOW SETTINGS 'server.memory.heap.max_size' YIELD value";
        let request = evenkeel_world::neo4j::Request {
            method: "POST",
            path: "/db/neo4j/query/v2",
            authorization: Some("Basic bmVvNGo6ZXZlbmtlZWwtdGVzdA=="),
            body: &json!({"statement": statement}).to_string(),
        };
        let reply = self.cluster().answer(server, &request).expect("it answers");
        reply.body["data"]["values"][0][0].as_str().expect("a value").to_owned()
    }
}

#[test]
fn workloads_of_the_chart_become_a_cluster_that_is_saved_with_the_world() {
    let mut platform = Platform::of_three();
    assert!(platform.cluster().is_settled() && platform.cluster().has_quorum("neo4j"));
    assert!(platform.cluster().databases().eq(["neo4j", "system"]));
    let saved = serde_json::to_string(&platform.0).expect("is written");
    let read: World = serde_json::from_str(&saved).expect("is read");
    assert_eq!(read, platform.0);
}

#[test]
fn a_pod_that_is_gone_is_a_server_that_is_gone_and_comes_back_with_its_disk() {
    let mut platform = Platform::of_three();
    let writer = platform.cluster().writer("neo4j").expect("one writes").to_owned();
    platform.delete("Pod", &format!("{writer}-0"));
    platform.advance(2);
    assert_ne!(platform.cluster().writer("neo4j"), Some(writer.as_str()));
    assert!(platform.cluster().has_quorum("neo4j"));
    platform.advance(60);
    assert!(platform.cluster().is_settled());
    assert!(platform.cluster().lost().is_empty());
}

#[test]
fn two_pods_of_three_that_go_at_once_take_the_majority_along() {
    let mut platform = Platform::of_three();
    platform.delete("Pod", "graph-1-0");
    platform.delete("Pod", "graph-2-0");
    platform.advance(2);
    assert!(!platform.cluster().has_quorum("neo4j") && !platform.cluster().has_quorum("system"));
    platform.advance(60);
    assert!(platform.cluster().has_quorum("neo4j") && platform.cluster().has_quorum("system"));
}

#[test]
fn a_changed_config_map_has_an_effect_once_the_pod_was_replaced() {
    let mut platform = Platform::of_three();
    assert_eq!(platform.heap("graph-1"), "1g", "later files win");
    platform.configure(1, "2g");
    platform.advance(60);
    assert_eq!(platform.heap("graph-1"), "1g");
    platform.delete("Pod", "graph-1-0");
    platform.advance(60);
    assert_eq!(platform.heap("graph-1"), "2g");
}

#[test]
fn a_claim_that_goes_takes_the_store_along_and_the_server_comes_back_as_another() {
    let mut platform = Platform::of_three();
    let before = platform.cluster().stores().count();
    for kind in ["StatefulSet", "PersistentVolumeClaim"] {
        platform.delete(kind, if kind == "StatefulSet" { "graph-1" } else { "data-graph-1-0" });
    }
    platform.advance(20);
    assert_eq!(platform.cluster().stores().count(), before * 2 / 3);
    platform.workload(1);
    platform.advance(60);
    let request = evenkeel_world::neo4j::Request {
        method: "POST",
        path: "/db/system/query/v2",
        authorization: Some("Basic bmVvNGo6ZXZlbmtlZWwtdGVzdA=="),
        body: r#"{"statement": "SHOW SERVERS YIELD state, health"}"#,
    };
    let reply = platform.cluster().answer("graph-1", &request).expect("it answers");
    let mut rows: Vec<String> =
        reply.body["data"]["values"].as_array().expect("rows").iter().map(Json::to_string).collect();
    rows.sort();
    let enabled = r#"["Enabled","Available"]"#;
    assert_eq!(rows, [enabled, enabled, r#"["Enabled","Unavailable"]"#, r#"["Free","Available"]"#]);
}

#[test]
fn no_pod_of_a_new_cluster_is_ready_before_enough_servers_are_up() {
    let mut platform = Platform(World::new(3, "2026-11-22T01:00:00Z".parse().expect("a time")));
    for at in 1..=2 {
        platform.configure(at, "1g");
        platform.workload(at);
    }
    platform.advance(120);
    assert_eq!(platform.ready("graph-1"), 0);
    platform.configure(3, "1g");
    platform.workload(3);
    platform.advance(30);
    assert_eq!([1, 2, 3].map(|at| platform.ready(&format!("graph-{at}"))), [1, 1, 1]);
}

#[test]
fn a_server_that_does_not_start_is_a_pod_that_is_not_ready() {
    let mut platform = Platform::of_three();
    platform.configure(2, "much");
    platform.delete("Pod", "graph-2-0");
    platform.advance(60);
    assert_eq!([1, 2, 3].map(|at| platform.ready(&format!("graph-{at}"))), [1, 0, 1]);
    assert!(platform.cluster().does_not_start("graph-2").expect("it does not").contains("heap.max_size"));
}
