//! Random manifests of many kinds, valid ones for the most part.

mod cluster;
mod custom;
mod plain;
mod workloads;

pub(super) use custom::definitions;

use super::coins::Coins;
use serde_json::{Value, json};

/// A kind that is drawn, and where its objects live in URLs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) plural: &'static str,
    pub(super) namespaced: bool,
    pub(super) scales: bool,
    body: fn(&Coins) -> Value,
}

const fn namespaced(
    api_version: &'static str,
    kind: &'static str,
    plural: &'static str,
    body: fn(&Coins) -> Value,
) -> Drawn {
    Drawn { api_version, kind, plural, namespaced: true, scales: false, body }
}

const fn cluster(
    api_version: &'static str,
    kind: &'static str,
    plural: &'static str,
    body: fn(&Coins) -> Value,
) -> Drawn {
    Drawn { namespaced: false, ..namespaced(api_version, kind, plural, body) }
}

const fn scaled(kind: &'static str, plural: &'static str, body: fn(&Coins) -> Value) -> Drawn {
    Drawn { scales: true, ..namespaced("apps/v1", kind, plural, body) }
}

/// The kinds that are drawn.
pub(super) const KINDS: &[Drawn] = &[
    namespaced("v1", "ConfigMap", "configmaps", plain::config_map),
    namespaced("v1", "Secret", "secrets", plain::secret),
    namespaced("v1", "Service", "services", plain::service),
    namespaced("v1", "ServiceAccount", "serviceaccounts", plain::service_account),
    namespaced("v1", "PersistentVolumeClaim", "persistentvolumeclaims", plain::claim),
    namespaced("v1", "LimitRange", "limitranges", plain::limit_range),
    namespaced("v1", "ResourceQuota", "resourcequotas", plain::quota),
    namespaced("v1", "Endpoints", "endpoints", plain::endpoints),
    namespaced("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", plain::endpoint_slice),
    namespaced("coordination.k8s.io/v1", "Lease", "leases", plain::lease),
    namespaced("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", plain::network_policy),
    namespaced("networking.k8s.io/v1", "Ingress", "ingresses", plain::ingress),
    namespaced("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", plain::disruption_budget),
    namespaced("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", plain::autoscaler),
    namespaced("rbac.authorization.k8s.io/v1", "Role", "roles", cluster::role),
    namespaced("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", cluster::role_binding),
    namespaced("v1", "Pod", "pods", workloads::pod),
    namespaced("v1", "PodTemplate", "podtemplates", workloads::pod_template),
    scaled("Deployment", "deployments", workloads::deployment),
    scaled("StatefulSet", "statefulsets", workloads::stateful_set),
    scaled("ReplicaSet", "replicasets", workloads::replica_set),
    namespaced("apps/v1", "DaemonSet", "daemonsets", workloads::daemon_set),
    namespaced("batch/v1", "Job", "jobs", workloads::job),
    namespaced("batch/v1", "CronJob", "cronjobs", workloads::cron_job),
    namespaced("differential.example/v1", "Typed", "typeds", custom::typed),
    namespaced("differential.example/v1", "Loose", "looses", custom::loose),
    cluster("v1", "PersistentVolume", "persistentvolumes", cluster::volume),
    cluster("v1", "Namespace", "namespaces", cluster::namespace),
    cluster("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", cluster::cluster_role),
    cluster(
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        "clusterrolebindings",
        cluster::cluster_role_binding,
    ),
    cluster("storage.k8s.io/v1", "StorageClass", "storageclasses", cluster::storage_class),
    cluster("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", cluster::priority_class),
    cluster("node.k8s.io/v1", "RuntimeClass", "runtimeclasses", cluster::runtime_class),
    cluster(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
        cluster::webhooks,
    ),
    cluster(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        custom::definition,
    ),
];

impl Drawn {
    /// Draws a manifest; the same coins give the same one.
    pub(super) fn manifest(&self, name: &str, namespace: &str, coins: &Coins) -> Value {
        coins.rewind();
        let mut manifest = (self.body)(coins);
        if self.kind == "CustomResourceDefinition" {
            custom::distinguish(&mut manifest, name);
        }
        let labels =
            coins.some(vec![("app", json!("a")), ("tier", coins.text(&["x", "y"])), ("empty", json!(""))]);
        let annotations =
            coins.some(vec![("note", coins.text(&["one", "two", ""])), ("example.com/size", json!("1000m"))]);
        manifest["apiVersion"] = json!(self.api_version);
        manifest["kind"] = json!(self.kind);
        manifest["metadata"] =
            json!({"name": self.name(name, &manifest), "labels": labels, "annotations": annotations});
        if self.namespaced {
            manifest["metadata"]["namespace"] = json!(namespace);
        }
        manifest
    }

    /// Definitions are named by what they define.
    fn name(&self, name: &str, manifest: &Value) -> String {
        let _ = self;
        match manifest.pointer("/spec/names/plural").and_then(Value::as_str) {
            Some(plural) => format!("{plural}.differential.example"),
            None => name.to_owned(),
        }
    }

    /// Returns the URL of an object.
    pub(super) fn url(&self, namespace: &str, name: &str) -> String {
        let root = if self.api_version.contains('/') { "/apis" } else { "/api" };
        let namespace = if self.namespaced { format!("/namespaces/{namespace}") } else { String::new() };
        format!("{root}/{}{namespace}/{}/{name}", self.api_version, self.plural)
    }
}
