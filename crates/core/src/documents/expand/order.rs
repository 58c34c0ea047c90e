//! Kubernetes' own order: what goes first where no reference says so.

use crate::engine::id::Kind;
use crate::engine::wanted::Wave;

/// Returns the turn of a kind.
pub(super) fn wave(kind: &Kind) -> Wave {
    if kind.group().is_some() {
        return Wave::Workload;
    }
    match kind.as_str() {
        "Namespace"
        | "CustomResourceDefinition"
        | "PriorityClass"
        | "StorageClass"
        | "RuntimeClass"
        | "IngressClass"
        | "CSIDriver"
        | "ResourceQuota"
        | "LimitRange" => Wave::Ground,
        "ConfigMap"
        | "Secret"
        | "ServiceAccount"
        | "Role"
        | "RoleBinding"
        | "ClusterRole"
        | "ClusterRoleBinding"
        | "PersistentVolume"
        | "PersistentVolumeClaim"
        | "Service"
        | "NetworkPolicy"
        | "PodDisruptionBudget" => Wave::Configuration,
        "ValidatingWebhookConfiguration"
        | "MutatingWebhookConfiguration"
        | "ValidatingAdmissionPolicyBinding"
        | "MutatingAdmissionPolicyBinding"
        | "APIService" => Wave::Admission,
        _ => Wave::Workload,
    }
}
