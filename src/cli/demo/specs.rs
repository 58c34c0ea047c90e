//! The specs that the demo writes.

use std::fmt::Write;

/// Decides everything that would be chance in the simulated cluster.
pub(super) const SEED: u64 = 1;

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
