//! Which Kubernetes objects hold data: a closed table, so that losing data is never a matter of taste.

use crate::engine::id::ResourceId;
use crate::engine::ledger::{Generated, Row};
use crate::resources::HoldsData;

/// Tells whether deleting a resource may lose data.
#[must_use]
pub fn holds_data(id: &ResourceId, row: Option<&Row>) -> HoldsData {
    match id.kind.as_str() {
        "StatefulSet"
        | "PersistentVolumeClaim"
        | "PersistentVolume"
        | "Namespace"
        | "CustomResourceDefinition" => HoldsData::ByKind,
        "Secret" if row.is_some_and(|row| row.generated == Generated::Secret) => HoldsData::GeneratedSecret,
        _ if id.kind.group().is_some() => HoldsData::UnknownKind,
        _ => HoldsData::No,
    }
}
