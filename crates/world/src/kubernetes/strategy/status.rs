//! What `status` holds right after creation, before any controller looked: seen on 1.36.

use super::Prepare;
use crate::kubernetes::kinds::Habit;
use crate::kubernetes::object::set_at;
use evenkeel_core::engine::value::Value;

/// Begins the status of a new object; whatever was sent is gone.
pub(super) fn begin(write: &mut Prepare<'_>) {
    if write.old.is_some() || !write.kind.keeps_status_apart() {
        return;
    }
    let text = match (&*write.kind.served.kind, write.kind.habit) {
        (_, Habit::Custom) => "null",
        ("Namespace", _) => r#"{"phase":"Active"}"#,
        ("Service", _) => r#"{"loadBalancer":{}}"#,
        ("StatefulSet", _) => r#"{"replicas":0,"availableReplicas":0}"#,
        ("ReplicaSet", _) => r#"{"replicas":0}"#,
        ("PersistentVolumeClaim" | "Pod", _) => r#"{"phase":"Pending"}"#,
        ("HorizontalPodAutoscaler", _) => r#"{"desiredReplicas":0,"currentMetrics":null}"#,
        ("CustomResourceDefinition", _) => {
            r#"{"conditions":null,"acceptedNames":{"plural":"","kind":""},"storedVersions":[]}"#
        }
        _ => "{}",
    };
    let status: Value = serde_json::from_str(text).expect("well-formed");
    set_at(write.after, &["status"], status);
}
