//! What a manifest refers to: the objects that must be there before it can do its work.
//!
//! A field counts if the object does not start, or is refused, without its target. Back references that Kubernetes
//! itself keeps (`secrets` of a `ServiceAccount`, `claimRef` of a volume) do not: they would close circles.

use crate::documents::source::Span;
use crate::documents::yaml::tree::Node;
use crate::engine::id::{Kind, ResourceId};
use std::sync::Arc;

/// An object that a manifest names, as an address on the manifest's own connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub target: ResourceId,
    pub at: Span,
}

/// Returns everything that a manifest refers to.
pub(super) fn references(id: &ResourceId, node: &Node) -> Vec<Reference> {
    let mut found = Collector { from: id, found: Vec::new() };
    if id.kind.group().is_none() {
        found.builtin(node);
    }
    found.found
}

/// Returns the service account that a workload runs as.
pub(super) fn service_account(id: &ResourceId, node: &Node) -> Option<Reference> {
    let pod = pod_spec(&id.kind, node)?;
    let name = pod.get("serviceAccountName").or_else(|| pod.get("serviceAccount"))?;
    Some(Reference { target: sibling(id, "ServiceAccount", name.text()?), at: name.span })
}

/// Returns the service accounts that a binding gives rights to.
pub(super) fn subjects(id: &ResourceId, node: &Node) -> Vec<Reference> {
    if !matches!(id.kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
        return Vec::new();
    }
    let accounts = items(node, &["subjects"]).filter(|item| is(item, "kind", "ServiceAccount"));
    let named = accounts.filter_map(|item| {
        let name = item.get("name")?;
        let mut target = sibling(id, "ServiceAccount", name.text()?);
        target.namespace = item.get("namespace").and_then(Node::text).cloned().or(target.namespace);
        Some(Reference { target, at: name.span })
    });
    named.collect()
}

/// Where each kind keeps the description of its pods.
fn pod_spec<'a>(kind: &Kind, node: &'a Node) -> Option<&'a Node> {
    match kind.as_str() {
        "Pod" => node.get("spec"),
        "CronJob" => node.at(&["spec", "jobTemplate", "spec", "template", "spec"]),
        "PodTemplate" => node.at(&["template", "spec"]),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "ReplicationController" => {
            node.at(&["spec", "template", "spec"])
        }
        _ => None,
    }
}

fn sibling(from: &ResourceId, kind: &str, name: &Arc<str>) -> ResourceId {
    ResourceId { kind: Kind::new(kind), name: Arc::clone(name), ..from.clone() }
}

fn items<'a>(node: &'a Node, path: &[&str]) -> impl Iterator<Item = &'a Node> {
    node.at(path).and_then(Node::items).unwrap_or_default().iter()
}

fn is(node: &Node, field: &str, value: &str) -> bool {
    node.get(field).and_then(Node::text).is_some_and(|text| &**text == value)
}

struct Collector<'a> {
    from: &'a ResourceId,
    found: Vec<Reference>,
}

impl Collector<'_> {
    fn builtin(&mut self, node: &Node) {
        match self.from.kind.as_str() {
            "StatefulSet" => self.named(node, &["spec", "serviceName"], "Service"),
            "HorizontalPodAutoscaler" => self.any_kind(node, &["spec", "scaleTargetRef"]),
            "RoleBinding" | "ClusterRoleBinding" => self.binding(node),
            "PersistentVolumeClaim" => {
                self.top(node, &["spec", "storageClassName"], "StorageClass");
                self.top(node, &["spec", "volumeName"], "PersistentVolume");
            }
            "PersistentVolume" => self.top(node, &["spec", "storageClassName"], "StorageClass"),
            "ServiceAccount" => self.listed(node, &["imagePullSecrets"], &["name"], "Secret"),
            "Secret" => {
                let token = ["metadata", "annotations", "kubernetes.io/service-account.name"];
                self.named(node, &token, "ServiceAccount");
            }
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
                items(node, &["webhooks"])
                    .for_each(|webhook| self.service(webhook, &["clientConfig", "service"]));
            }
            "APIService" => self.service(node, &["spec", "service"]),
            "ValidatingAdmissionPolicyBinding" => {
                self.top(node, &["spec", "policyName"], "ValidatingAdmissionPolicy");
            }
            "MutatingAdmissionPolicyBinding" => {
                self.top(node, &["spec", "policyName"], "MutatingAdmissionPolicy");
            }
            _ => {}
        }
        if let Some(pod) = pod_spec(&self.from.kind, node) {
            self.pod(pod);
        }
    }

    fn pod(&mut self, pod: &Node) {
        self.named(pod, &["serviceAccountName"], "ServiceAccount");
        self.listed(pod, &["imagePullSecrets"], &["name"], "Secret");
        self.top(pod, &["priorityClassName"], "PriorityClass");
        self.top(pod, &["runtimeClassName"], "RuntimeClass");
        items(pod, &["volumes"]).for_each(|volume| self.volume(volume));
        for field in ["initContainers", "containers", "ephemeralContainers"] {
            items(pod, &[field]).for_each(|container| self.container(container));
        }
    }

    fn volume(&mut self, volume: &Node) {
        self.named(volume, &["configMap", "name"], "ConfigMap");
        self.named(volume, &["secret", "secretName"], "Secret");
        self.named(volume, &["persistentVolumeClaim", "claimName"], "PersistentVolumeClaim");
        for source in items(volume, &["projected", "sources"]) {
            self.named(source, &["configMap", "name"], "ConfigMap");
            self.named(source, &["secret", "name"], "Secret");
        }
    }

    fn container(&mut self, container: &Node) {
        for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            self.listed(container, &["envFrom"], &[field, "name"], kind);
        }
        for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
            self.listed(container, &["env"], &["valueFrom", field, "name"], kind);
        }
    }

    fn binding(&mut self, node: &Node) {
        let cluster_wide = node.get("roleRef").is_some_and(|role| is(role, "kind", "ClusterRole"));
        let kind = if cluster_wide { "ClusterRole" } else { "Role" };
        if cluster_wide {
            self.top(node, &["roleRef", "name"], kind);
        } else {
            self.named(node, &["roleRef", "name"], kind);
        }
        self.found.extend(subjects(self.from, node));
    }

    fn any_kind(&mut self, node: &Node, path: &[&str]) {
        let Some(target) = node.at(path) else { return };
        let group = target
            .text_at(&["apiVersion"])
            .and_then(|version| version.split_once('/'))
            .map_or("", |parts| parts.0);
        if let Some(kind) = target.text_at(&["kind"]) {
            self.named(target, &["name"], Kind::kubernetes(group, kind).as_str());
        }
    }

    fn service(&mut self, node: &Node, path: &[&str]) {
        let Some((service, name)) = node.at(path).and_then(|service| Some((service, service.get("name")?)))
        else {
            return;
        };
        if let Some(text) = name.text() {
            let namespace = service.text_at(&["namespace"]).cloned();
            let target = ResourceId { namespace, ..sibling(self.from, "Service", text) };
            self.found.push(Reference { target, at: name.span });
        }
    }

    fn listed(&mut self, node: &Node, list: &[&str], path: &[&str], kind: &str) {
        items(node, list).for_each(|item| self.named(item, path, kind));
    }

    fn top(&mut self, node: &Node, path: &[&str], kind: &str) {
        if let Some(name) = node.at(path)
            && let Some(text) = name.text()
        {
            let target = ResourceId { namespace: None, ..sibling(self.from, kind, text) };
            self.found.push(Reference { target, at: name.span });
        }
    }

    fn named(&mut self, node: &Node, path: &[&str], kind: &str) {
        if let Some(name) = node.at(path)
            && let Some(text) = name.text()
        {
            self.found.push(Reference { target: sibling(self.from, kind, text), at: name.span });
        }
    }
}
