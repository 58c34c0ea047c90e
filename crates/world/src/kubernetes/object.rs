//! One stored object, and the parts of `metadata` that the server looks at.

use super::managers::{Managers, time_text};
use evenkeel_core::engine::id::{Kind, ResourceId, Uid};
use evenkeel_core::engine::question::ApiVersion;
use evenkeel_core::engine::value::{Map, Value};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// What tells objects of one server apart, whatever version they are read in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// Kind and group.
    pub kind: Kind,
    /// The namespace, unless it lives at the top.
    pub namespace: Option<Arc<str>>,
    /// The name.
    pub name: Arc<str>,
}

impl ObjectKey {
    /// Returns the key of an object; `kind` carries its group unless it is built in.
    #[must_use]
    pub fn new(kind: &str, namespace: Option<&str>, name: &str) -> Self {
        Self { kind: Kind::new(kind), namespace: namespace.map(Arc::from), name: Arc::from(name) }
    }

    /// Returns the key that an object's own fields spell.
    #[must_use]
    pub fn of(object: &Value) -> Option<Self> {
        let api_version = ApiVersion::new(object.get("apiVersion")?.as_text()?);
        let kind = Kind::kubernetes(api_version.group(), object.get("kind")?.as_text()?);
        let name = Arc::from(meta_text(object, "name")?);
        Some(Self { kind, namespace: meta_text(object, "namespace").map(Arc::from), name })
    }

    /// Returns the key that an owner reference in `namespace` points to.
    pub(crate) fn of_reference(reference: &Value, namespace: Option<&str>) -> Option<Self> {
        let api_version = ApiVersion::new(reference.get("apiVersion")?.as_text()?);
        let kind = Kind::kubernetes(api_version.group(), reference.get("kind")?.as_text()?);
        let name = Arc::from(reference.get("name")?.as_text()?);
        Some(Self { kind, namespace: namespace.map(Arc::from), name })
    }
}

impl From<&ResourceId> for ObjectKey {
    fn from(id: &ResourceId) -> Self {
        Self { kind: id.kind.clone(), namespace: id.namespace.clone(), name: id.name.clone() }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(out, "{}/{namespace}/{}", self.kind, self.name),
            None => write!(out, "{}/{}", self.kind, self.name),
        }
    }
}

/// An object as it is stored: `managedFields` are kept apart, as sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub(crate) body: Value,
    pub(crate) managers: Managers,
}

impl Stored {
    /// Returns the object as an answer shows it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut shown = self.body.clone();
        if !self.managers.0.is_empty()
            && let Some(metadata) = metadata_mut(&mut shown)
        {
            metadata.insert("managedFields".to_owned(), self.managers.to_value());
        }
        shown
    }

    /// Returns which incarnation it is.
    pub(crate) fn uid(&self) -> Uid {
        Uid::from(meta_text(&self.body, "uid").unwrap_or_default())
    }

    pub(crate) fn version(&self) -> &str {
        meta_text(&self.body, "resourceVersion").unwrap_or_default()
    }

    pub(crate) fn is_deleting(&self) -> bool {
        meta_text(&self.body, "deletionTimestamp").is_some()
    }

    pub(crate) fn generation(&self) -> i64 {
        self.body.at(&["metadata", "generation"]).and_then(Value::as_integer).unwrap_or(0)
    }

    pub(crate) fn finalizers(&self) -> Vec<&str> {
        texts(self.body.at(&["metadata", "finalizers"]))
    }
}

/// Returns the texts of a list; none where there is no list.
pub(crate) fn texts(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_text).collect()
}

/// Returns a text field of `metadata`; an empty one counts as absent, as in Go.
pub(crate) fn meta_text<'a>(object: &'a Value, field: &str) -> Option<&'a str> {
    object.at(&["metadata", field])?.as_text().filter(|text| !text.is_empty())
}

/// Returns `metadata` for editing.
pub(crate) fn metadata_mut(object: &mut Value) -> Option<&mut Map> {
    object.as_map_mut()?.entry("metadata".to_owned()).or_insert_with(|| Value::Map(Map::new())).as_map_mut()
}

/// Writes a field of `metadata`; null takes it away.
pub(crate) fn set_meta(object: &mut Value, field: &str, value: Value) {
    let Some(metadata) = metadata_mut(object) else { return };
    if value == Value::Null {
        metadata.remove(field);
    } else {
        metadata.insert(field.to_owned(), value);
    }
}

/// Writes a value at a path of map entries, making the maps on the way; null takes it away.
pub(crate) fn set_at(object: &mut Value, path: &[&str], value: Value) {
    let Some((field, rest)) = path.split_first() else {
        *object = value;
        return;
    };
    if !matches!(object, Value::Map(_)) {
        *object = Value::Map(Map::new());
    }
    let Some(map) = object.as_map_mut() else { return };
    if rest.is_empty() && value == Value::Null {
        map.remove(*field);
    } else {
        set_at(map.entry((*field).to_owned()).or_default(), rest, value);
    }
}

/// Returns a time as a value.
pub(crate) fn time(at: Timestamp) -> Value {
    Value::from(time_text(at))
}
