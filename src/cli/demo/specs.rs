//! The specs that the demo writes.

use std::fmt::Write;

/// Decides everything that would be chance in the simulated cluster.
pub(super) const SEED: u64 = 1;

/// How long the topic keeps what is in it, in milliseconds.
pub(super) const WEEK: u64 = 604_800_000;

/// How long it is to keep it, in a commit that is a mistake.
pub(super) const DAY: u64 = 86_400_000;

/// Returns the environment, with the limit on deletions under this name.
pub(super) fn environment(max_deletes: &str) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\n\
         kind: Environment\n\
         metadata: {{name: demo}}\n\
         spec:\n  \
         sandbox: {{seed: {SEED}}}\n  \
         limits:\n    \
         {max_deletes}: 3\n    \
         requestTimeout: 1s\n    \
         lease: 1s\n"
    )
}

/// A namespace, a configuration and a service.
pub(super) const SURROUNDINGS: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: graph}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: orders-config, namespace: graph}
data:
  heap.max_size: 2g
  checkpoint.interval: 15m
---
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: graph}
spec:
  selector: {app: orders}
  ports:
  - {name: bolt, port: 7687}
  - {name: http, port: 7474}
";

/// A database of two servers.
const DATABASE: &str = "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: orders, namespace: graph}
spec:
  serviceName: orders
  replicas: 2
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec:
      containers:
      - name: neo4j
        image: neo4j:2026.08
        envFrom: [{configMapRef: {name: orders-config}}, {secretRef: {name: orders-auth}}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 10Gi}}
";

/// The password of the database, which nobody ever writes or sees.
pub(super) const PASSWORD: &str = "\
apiVersion: evenkeel.dev/v1alpha1
kind: ManagedSecret
metadata: {name: orders-auth}
spec:
  target: {namespace: graph, name: orders-auth}
  data:
    password: {generate: {length: 24}}
";

/// Returns the database in its surroundings.
pub(super) fn graph() -> String {
    format!("{SURROUNDINGS}---\n{DATABASE}")
}

/// Returns a dozen configurations, enough to be killed in the middle of.
pub(super) fn tenants() -> String {
    (1..=12).fold(String::new(), |mut text, tenant| {
        let _infallible = write!(
            text,
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: tenant-{tenant:02}, namespace: graph}}\n\
             data: {{quota: \"{tenant}0Gi\"}}\n"
        );
        text
    })
}

/// Brokers and workers, a topic, and a connector that reads it; the numbers are those that the story changes.
pub(super) fn stream(partitions: u32, retention: u64) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\n\
         kind: KafkaCluster\n\
         metadata: {{name: main}}\n\
         spec: {{bootstrap: [\"kafka.graph:9092\"]}}\n\
         ---\n\
         apiVersion: evenkeel.dev/v1alpha1\n\
         kind: ConnectCluster\n\
         metadata: {{name: main}}\n\
         spec: {{url: \"http://connect.graph:8083\"}}\n\
         ---\n\
         apiVersion: evenkeel.dev/v1alpha1\n\
         kind: KafkaTopic\n\
         metadata: {{name: orders}}\n\
         spec:\n  \
         partitions: {partitions}\n  \
         replicationFactor: 3\n  \
         config: {{retention.ms: {retention}}}\n\
         ---\n\
         apiVersion: evenkeel.dev/v1alpha1\n\
         kind: Connector\n\
         metadata: {{name: orders-export}}\n\
         spec:\n  \
         class: org.apache.kafka.connect.file.FileStreamSinkConnector\n  \
         config: {{file: /export/orders.txt, topics: orders}}\n"
    )
}
