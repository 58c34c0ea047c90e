//! What a metrics server would tell of pods: nothing until somebody says what they use.
//!
//! <https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/>

use super::object::ObjectKey;
use super::server::ApiServer;
use evenkeel_core::engine::value::Value;
use serde_json::json;

/// The kind of what is measured, with its group.
const MEASURED: &str = "PodMetrics.metrics.k8s.io";

impl ApiServer {
    /// Says what a pod uses of processors from now on, as Kubernetes writes amounts: `1500m`.
    pub fn measure(&mut self, namespace: &str, pod: &str, processors: &str) {
        self.measured.insert(format!("{namespace}/{pod}"), processors.to_owned());
    }

    /// Returns what was measured of a pod; of one that is gone nothing is.
    pub(super) fn metrics(&self, key: &ObjectKey) -> Option<Value> {
        let namespace = key.namespace.as_deref().filter(|_| key.kind.as_str() == MEASURED)?;
        let pod = self.objects.get(&ObjectKey::new("Pod", Some(namespace), &key.name))?;
        let processors = self.measured.get(&format!("{namespace}/{}", key.name))?;
        let containers = pod.body.at(&["spec", "containers"]).and_then(Value::as_list).unwrap_or_default();
        let of_one = |container: &Value| {
            let name = container.get("name").and_then(Value::as_text);
            json!({"name": name, "usage": {"cpu": processors, "memory": "1Gi"}})
        };
        let told = json!({
            "apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics",
            "metadata": {"name": key.name, "namespace": namespace},
            "timestamp": self.now.to_string(), "window": "20s",
            "containers": containers.iter().take(1).map(of_one).collect::<Vec<_>>(),
        });
        serde_json::from_value(told).ok()
    }
}
