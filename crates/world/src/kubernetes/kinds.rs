//! The kinds that the world serves: the built-in ones it models, and those that CRDs add.

use super::shape::Shape;
use super::table::Table;
use evenkeel_core::engine::id::Kind;
use evenkeel_core::engine::question::{HasStatus, Reach, ServedKind};
use evenkeel_core::engine::value::Value;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// One served kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindInfo {
    /// What discovery says of it.
    pub served: ServedKind,
    /// How its objects merge and are stored.
    pub(crate) shape: Shape,
    /// Whose habits the server follows.
    pub(crate) habit: Habit,
    /// The `openAPIV3Schema` of a custom resource.
    pub(crate) schema: Value,
    /// Whether objects can be scaled through the subresource.
    pub(crate) scale: HasScale,
}

/// Whose habits the server follows when it stores an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Habit {
    /// Go types: what is empty may vanish, quantities are respelt.
    BuiltIn,
    /// Stored as it was sent, pruned by its schema.
    Custom,
}

/// Whether a kind has the scale subresource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum HasScale {
    Yes,
    No,
}

impl KindInfo {
    /// Returns the name by which addresses call it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::kubernetes(self.served.api_version.group(), &self.served.kind)
    }

    pub(crate) fn is_namespaced(&self) -> bool {
        self.served.reach == Reach::Namespaced
    }

    pub(crate) fn keeps_status_apart(&self) -> bool {
        self.served.status == HasStatus::Subresource
    }

    /// Returns how validation calls objects of this kind: `Deployment.apps`.
    pub(crate) fn called(&self) -> String {
        match self.served.api_version.group() {
            "" => self.served.kind.to_string(),
            group => format!("{}.{group}", self.served.kind),
        }
    }

    /// Returns how messages call objects of this kind: `deployments.apps`.
    pub(crate) fn plural(&self) -> String {
        match self.served.api_version.group() {
            "" => self.served.plural.to_string(),
            group => format!("{}.{group}", self.served.plural),
        }
    }
}

/// The built-in kinds that the world models, and whether they scale.
const MODELLED: &[(&str, &str, HasScale)] = &[
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", HasScale::No),
    ("apps/v1", "Deployment", HasScale::Yes),
    ("apps/v1", "ReplicaSet", HasScale::Yes),
    ("apps/v1", "StatefulSet", HasScale::Yes),
    ("autoscaling/v2", "HorizontalPodAutoscaler", HasScale::No),
    ("policy/v1", "PodDisruptionBudget", HasScale::No),
    ("rbac.authorization.k8s.io/v1", "Role", HasScale::No),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", HasScale::No),
    ("v1", "ConfigMap", HasScale::No),
    ("v1", "Namespace", HasScale::No),
    ("v1", "PersistentVolumeClaim", HasScale::No),
    ("v1", "Pod", HasScale::No),
    ("v1", "Secret", HasScale::No),
    ("v1", "Service", HasScale::No),
    ("v1", "ServiceAccount", HasScale::No),
];

/// Returns the built-in kinds that the world models.
pub(crate) fn built_in() -> &'static [KindInfo] {
    static KINDS: LazyLock<Vec<KindInfo>> = LazyLock::new(|| {
        let mut table = Table::open();
        let read = |(version, kind, scale): &(&str, &str, HasScale)| {
            let (served, shape) = table.kind(version, kind);
            KindInfo { served, shape, habit: Habit::BuiltIn, schema: Value::Null, scale: *scale }
        };
        MODELLED.iter().map(read).collect()
    });
    &KINDS
}

/// Returns the shape of `metadata`: it is the same Go type everywhere.
pub(crate) fn object_meta() -> Shape {
    let config_map = built_in().iter().find(|info| &*info.served.kind == "ConfigMap");
    config_map.and_then(|info| info.shape.field("metadata")).cloned().unwrap_or(Shape::Untyped)
}
