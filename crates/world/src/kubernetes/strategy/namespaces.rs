//! Namespaces: a label with their name, and a finalizer of their own.

use super::Prepare;
use crate::kubernetes::object::set_at;
use evenkeel_core::engine::value::Value;

pub(super) fn prepare(write: &mut Prepare<'_>) {
    if let Some(name) = write.after.at(&["metadata", "name"]).cloned() {
        set_at(write.after, &["metadata", "labels", "kubernetes.io/metadata.name"], name);
    }
    let finalizers = match write.old {
        None => Value::List(vec![Value::from("kubernetes")]),
        // They are changed through a subresource only.
        Some(old) => old.body.at(&["spec", "finalizers"]).cloned().unwrap_or_default(),
    };
    set_at(write.after, &["spec", "finalizers"], finalizers);
}
