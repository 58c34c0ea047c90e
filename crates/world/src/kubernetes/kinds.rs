//! The kinds that the world serves: the built-in ones it models, and those that CRDs add.

use super::shape::{Empty, Field, Fields, Key, Scalar, Shape};
use evenkeel_core::engine::id::Kind;
use evenkeel_core::engine::question::{ApiVersion, HasStatus, Reach, ServedKind};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, LazyLock};

/// One served kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindInfo {
    /// What discovery says of it.
    pub served: ServedKind,
    /// How its objects merge and are stored.
    pub(crate) shape: Shape,
    /// Whose habits the server follows.
    pub(crate) habit: Habit,
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

    /// Returns how messages call objects of this kind: `deployments.apps`.
    pub(crate) fn plural(&self) -> String {
        match self.served.api_version.group() {
            "" => self.served.plural.to_string(),
            group => format!("{}.{group}", self.served.plural),
        }
    }
}

/// Returns the built-in kinds that the world models.
pub(crate) fn built_in() -> &'static [KindInfo] {
    static KINDS: LazyLock<Vec<KindInfo>> = LazyLock::new(|| {
        vec![
            simple("v1", "Namespace", "namespaces", Reach::Cluster, &[("spec", Shape::Untyped)]),
            simple(
                "v1",
                "ConfigMap",
                "configmaps",
                Reach::Namespaced,
                &[
                    ("data", text_map(Scalar::Text)),
                    ("binaryData", text_map(Scalar::Bytes)),
                    ("immutable", Shape::Scalar(Scalar::Plain)),
                ],
            ),
            simple(
                "v1",
                "Secret",
                "secrets",
                Reach::Namespaced,
                &[
                    ("data", text_map(Scalar::Bytes)),
                    ("stringData", text_map(Scalar::Text)),
                    ("immutable", Shape::Scalar(Scalar::Plain)),
                    ("type", Shape::Scalar(Scalar::Text)),
                ],
            ),
        ]
    });
    &KINDS
}

fn simple(version: &str, kind: &str, plural: &str, reach: Reach, own: &[(&str, Shape)]) -> KindInfo {
    let text = || Shape::Scalar(Scalar::Text);
    let mut fields: Vec<(&str, Shape)> =
        vec![("apiVersion", text()), ("kind", text()), ("metadata", object_meta())];
    fields.extend(own.iter().cloned());
    let status = if kind == "Namespace" { HasStatus::Subresource } else { HasStatus::No };
    KindInfo {
        served: ServedKind {
            api_version: ApiVersion::new(version),
            kind: Arc::from(kind),
            plural: Arc::from(plural),
            reach,
            status,
        },
        shape: declared(fields),
        habit: Habit::BuiltIn,
        scale: HasScale::No,
    }
}

fn text_map(scalar: Scalar) -> Shape {
    Shape::Map(Arc::new(Shape::Scalar(scalar)))
}

fn declared(fields: Vec<(&str, Shape)>) -> Shape {
    let fields = fields
        .into_iter()
        .map(|(name, shape)| (Arc::from(name), Field { shape, empty: Empty::Drop, default: None }));
    Shape::Struct(Arc::new(Fields { fields: fields.collect(), others: None }))
}

/// Returns the shape of `metadata`.
pub(crate) fn object_meta() -> Shape {
    let text = || Shape::Scalar(Scalar::Text);
    let uid = Key { name: Arc::from("uid"), default: None };
    let mut fields: Vec<(&str, Shape)> = vec![
        ("labels", text_map(Scalar::Text)),
        ("annotations", text_map(Scalar::Text)),
        ("finalizers", Shape::Set),
        (
            "ownerReferences",
            Shape::Keyed(Arc::from([uid]), Arc::new(Shape::AtomicMap(Arc::new(Shape::Untyped)))),
        ),
        ("generation", Shape::Scalar(Scalar::Plain)),
        ("deletionGracePeriodSeconds", Shape::Scalar(Scalar::Plain)),
        ("managedFields", Shape::AtomicList(Arc::new(Shape::Untyped))),
    ];
    for name in ["name", "namespace", "uid", "resourceVersion", "generateName", "selfLink"] {
        fields.push((name, text()));
    }
    for name in ["creationTimestamp", "deletionTimestamp"] {
        fields.push((name, Shape::Scalar(Scalar::Time)));
    }
    declared(fields)
}
