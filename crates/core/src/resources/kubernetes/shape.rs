//! How the objects of a kind are compared.

use super::schema::{KindTable, Schema, from_open_api};
use crate::engine::fingerprint::Fingerprint;
use crate::engine::question::{HasStatus, Reach, ServedKind};
use crate::engine::value::Value;
use std::sync::Arc;

/// How the objects of a kind are compared; cheap to clone.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Their structure.
    pub schema: Arc<Schema>,
    /// Whether `status` in a manifest is ignored.
    pub status: HasStatus,
    /// Where they live.
    pub reach: Reach,
    fingerprint: Fingerprint,
}

impl Shape {
    /// Returns the shape of a built-in kind.
    #[must_use]
    pub fn of_builtin(kind: &KindTable) -> Self {
        Self::new(Arc::clone(kind.schema()), kind.served.status, kind.served.reach)
    }

    /// Returns the shape of a custom resource: of its `openAPIV3Schema`, or null where the CRD has none.
    #[must_use]
    pub fn of_custom_resource(schema: &Value, served: &ServedKind) -> Self {
        Self::new(Arc::new(from_open_api(schema)), served.status, served.reach)
    }

    /// Returns the shape from its parts.
    #[must_use]
    pub fn new(schema: Arc<Schema>, status: HasStatus, reach: Reach) -> Self {
        let fingerprint = schema.fingerprint();
        Self { schema, status, reach, fingerprint }
    }

    /// Returns what tells whether a comparison used the same structure.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}
