//! Kubernetes' own order: what must be there before what.

use crate::engine::id::Kind;

/// A rank in Kubernetes' own order; lower ranks come first, deletions run in reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wave {
    /// Namespaces: nothing can be created in one that is not there.
    Namespaces,
    /// Definitions of other kinds, which must be established first.
    Definitions,
    /// What pods refer to by name, and who may do what.
    Foundations,
    /// Volumes, services, budgets and quotas: what workloads meet when they start.
    Surroundings,
    /// What runs, and every custom resource.
    Workloads,
    /// What looks at workloads: autoscalers and routes.
    Observers,
    /// What may refuse writes to all of the above.
    Gatekeepers,
}

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
