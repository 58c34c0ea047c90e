//! How the fields of a kind merge and are stored: which maps and lists are walked into and which are one value.
//!
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy>

use evenkeel_core::engine::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The shape of one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Shape {
    /// One value of this sort.
    Scalar(Scalar),
    /// A map with declared fields.
    Struct(Arc<Fields>),
    /// A map with keys of the user's choice, whose values have this shape.
    Map(Arc<Self>),
    /// A map or a whole object that is one value.
    AtomicMap(Arc<Self>),
    /// A list that is one value.
    AtomicList(Arc<Self>),
    /// A list of scalars without an order of its own.
    Set,
    /// A list whose items are told apart by these fields.
    Keyed(Arc<[Key]>, Arc<Self>),
    /// No schema: maps are walked into, lists are one value.
    Untyped,
}

/// The sorts of scalars that the server tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Scalar {
    /// Numbers and truth values of built-in kinds.
    Plain,
    /// Any number of a custom resource.
    Number,
    /// true or false of a custom resource.
    Bool,
    /// Text of a built-in kind, where null is the empty text.
    Text,
    /// Base64 text that holds bytes.
    Bytes,
    /// A whole number or text.
    IntegerOrText,
    /// A resource quantity.
    Quantity,
    /// A quantity that is rounded up to thousandths.
    QuantityMilli,
    /// A time of whole seconds.
    Time,
    /// A time of six decimals.
    MicroTime,
}

/// The declared fields of a map.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fields {
    /// Each field.
    pub(crate) fields: BTreeMap<Arc<str>, Field>,
    /// What other keys hold, where they are kept (custom resources that preserve unknown fields).
    pub(crate) others: Option<Shape>,
}

/// One declared field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Field {
    /// Its shape.
    pub(crate) shape: Shape,
    /// What becomes of it when it is empty.
    pub(crate) empty: Empty,
    /// What it is where nobody writes it, if that is always the same.
    pub(crate) default: Option<Value>,
}

/// What the server stores for an empty value of a built-in kind; it follows from the Go type (`omitempty`, pointers).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Empty {
    /// Null, `""`, 0, false, `{}` and `[]` are not stored.
    Drop,
    /// Only null is not stored.
    Pointer,
    /// Always stored: null becomes the empty value of its sort.
    Keep,
    /// Always there, if only as `{}`.
    Always,
    /// An empty list reads back as null.
    Null,
    /// Whatever is sent is stored: custom resources.
    Verbatim,
}

/// A field that tells items of a keyed list apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// What counts where an item does not have it.
    pub(crate) default: Option<Value>,
}

impl Shape {
    /// Returns the shape of the field or key `name`; nothing where the server knows none.
    #[must_use]
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Struct(fields) => {
                fields.fields.get(name).map(|field| &field.shape).or(fields.others.as_ref())
            }
            Self::Map(shape) => Some(shape),
            Self::AtomicMap(whole) => whole.field(name),
            Self::Untyped => Some(&Self::Untyped),
            Self::Scalar(_) | Self::AtomicList(_) | Self::Set | Self::Keyed(..) => None,
        }
    }

    /// Returns the shape of a list's items.
    #[must_use]
    pub(crate) fn item(&self) -> Option<&Self> {
        match self {
            Self::AtomicList(item) | Self::Keyed(_, item) => Some(item),
            Self::Set => Some(&Self::Scalar(Scalar::Plain)),
            Self::Untyped => Some(&Self::Untyped),
            Self::Scalar(_) | Self::Struct(_) | Self::Map(_) | Self::AtomicMap(_) => None,
        }
    }

    /// Tells whether `name` is a field that the schema declares, not a key of the user's choice.
    #[must_use]
    pub(crate) fn declares(&self, name: &str) -> bool {
        matches!(self, Self::Struct(fields) if fields.fields.contains_key(name))
    }

    /// Returns what a declared field is where nobody writes it, if that is always the same.
    pub(crate) fn default_of(&self, name: &str) -> Option<Value> {
        match self {
            Self::Struct(fields) => fields.fields.get(name)?.default.clone(),
            Self::AtomicMap(whole) => whole.default_of(name),
            Self::Scalar(_)
            | Self::Map(_)
            | Self::AtomicList(_)
            | Self::Set
            | Self::Keyed(..)
            | Self::Untyped => None,
        }
    }

    /// Tells whether the place is one value, whatever is in it.
    #[must_use]
    pub(crate) fn is_atomic(&self) -> bool {
        matches!(self, Self::AtomicMap(_) | Self::AtomicList(_) | Self::Scalar(_))
    }
}
