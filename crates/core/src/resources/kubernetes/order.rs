//! Kubernetes' own order: what must be there before what.

use crate::engine::id::Kind;
use crate::resources::Wave;

/// Returns the wave of a kind.
#[must_use]
pub fn order(kind: &Kind) -> Wave {
    match kind.as_str() {
        "Namespace" => Wave::Namespaces,
        "CustomResourceDefinition" | "APIService" => Wave::Definitions,
        "ConfigMap"
        | "Secret"
        | "ServiceAccount"
        | "Role"
        | "RoleBinding"
        | "ClusterRole"
        | "ClusterRoleBinding"
        | "PriorityClass"
        | "RuntimeClass"
        | "StorageClass"
        | "CSIDriver"
        | "VolumeAttributesClass"
        | "IngressClass"
        | "DeviceClass"
        | "PriorityLevelConfiguration"
        | "FlowSchema" => Wave::Foundations,
        "LimitRange"
        | "ResourceQuota"
        | "NetworkPolicy"
        | "PersistentVolume"
        | "PersistentVolumeClaim"
        | "Service"
        | "PodDisruptionBudget"
        | "Endpoints"
        | "EndpointSlice"
        | "ServiceCIDR"
        | "ResourceClaimTemplate" => Wave::Surroundings,
        "HorizontalPodAutoscaler" | "Ingress" => Wave::Observers,
        "ValidatingWebhookConfiguration"
        | "MutatingWebhookConfiguration"
        | "ValidatingAdmissionPolicy"
        | "ValidatingAdmissionPolicyBinding"
        | "MutatingAdmissionPolicy"
        | "MutatingAdmissionPolicyBinding" => Wave::Gatekeepers,
        _ => Wave::Workloads,
    }
}
