//! Resources in the shape of Terraform's JSON plan, so that the tools which read that read ours.
//!
//! The shape is the one documented for `terraform show -json` (format version 1): `before`, `after`, and beside them
//! trees of the same form that mark what is sensitive or not yet known. Two differences, both on purpose: a sensitive
//! value is null, as we do not have its text; and `before` holds what Git manages, as the rest of a live object is not
//! part of a plan.

use crate::engine::id::ResourceId;
use crate::engine::path::{Path, Segment};
pub use crate::engine::place::{with_live, with_wanted};
use crate::engine::value::{Map, Value};
use jiff::Timestamp;
use serde_json::{Map as Object, Value as Json, json};

/// The version of Terraform's format that is written; readers accept every 1.x.
pub const FORMAT_VERSION: &str = "1.2";

/// The actions of a change, as Terraform lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actions {
    /// Values stay as they are.
    NoOp,
    /// It is created.
    Create,
    /// It changes in place.
    Update,
    /// It is deleted.
    Delete,
    /// It is deleted, then created.
    Replace,
    /// It is created, then what it takes the place of is deleted.
    Rename,
}

impl Actions {
    /// Returns the list.
    #[must_use]
    pub fn list(self) -> &'static [&'static str] {
        match self {
            Self::NoOp => &["no-op"],
            Self::Create => &["create"],
            Self::Update => &["update"],
            Self::Delete => &["delete"],
            Self::Replace => &["delete", "create"],
            Self::Rename => &["create", "delete"],
        }
    }
}

/// Returns a point in time as Terraform writes it, to the second.
#[must_use]
pub fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Returns one element of `resource_changes` or `resource_drift`.
#[must_use]
pub fn resource_change(
    address: &ResourceId,
    actions: Actions,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Json {
    let system = address.system;
    json!({
        "address": address,
        "mode": "managed",
        "type": format!("{system}:{}", address.kind),
        "name": &*address.name,
        "provider_name": format!("evenkeel.dev/{system}"),
        "change": {
            "actions": actions.list(),
            "before": before.map_or(Json::Null, shown),
            "after": after.map_or(Json::Null, shown),
            "after_unknown": marks(after, is_unknown),
            "before_sensitive": marks(before, is_sensitive),
            "after_sensitive": marks(after, is_sensitive),
        },
    })
}

/// Returns the little that is known of every resource: its name and namespace.
#[must_use]
pub fn identity(address: &ResourceId) -> Value {
    let mut metadata = Map::from([("name".to_owned(), Value::from(&*address.name))]);
    if let Some(namespace) = &address.namespace {
        metadata.insert("namespace".to_owned(), Value::from(&**namespace));
    }
    Value::Map(Map::from([("metadata".to_owned(), Value::Map(metadata))]))
}

/// Returns a path as Terraform writes one in `replace_paths`: steps that are texts or numbers.
#[must_use]
pub fn path_steps(path: &Path) -> Json {
    let step = |segment: &Segment| match segment {
        Segment::Field(name) => json!(&**name),
        Segment::Index(index) => json!(index),
        Segment::Keyed(_) | Segment::Member(_) => json!(Path(vec![segment.clone()]).to_string()),
    };
    path.0.iter().map(step).collect()
}

/// Terraform's value: unknown entries are left out, sensitive ones are null.
fn shown(value: &Value) -> Json {
    match value {
        Value::Null | Value::Output(_) | Value::Secret(_) | Value::Opaque(_) => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Number(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::List(items) => items.iter().map(shown).collect(),
        Value::Map(map) => {
            let known = map.iter().filter(|(_, value)| !is_unknown(value));
            known.map(|(key, value)| (key.clone(), shown(value))).collect::<Object<_, _>>().into()
        }
    }
}

fn is_unknown(value: &Value) -> bool {
    matches!(value, Value::Output(_))
}

fn is_sensitive(value: &Value) -> bool {
    matches!(value, Value::Secret(_) | Value::Opaque(_))
}

/// The tree of marks: `{}` where a map has none, false where there is no map.
fn marks(value: Option<&Value>, is: fn(&Value) -> bool) -> Json {
    match value {
        Some(value) => {
            mark(value, is).unwrap_or_else(|| if value.as_map().is_some() { json!({}) } else { json!(false) })
        }
        None => json!(false),
    }
}

/// Marks leaves with true. Unmarked entries of maps are left out; unmarked items of lists keep their place as false.
fn mark(value: &Value, is: fn(&Value) -> bool) -> Option<Json> {
    match value {
        Value::List(items) => {
            let marks: Vec<Option<Json>> = items.iter().map(|item| mark(item, is)).collect();
            let any = marks.iter().any(Option::is_some);
            any.then(|| marks.into_iter().map(|mark| mark.unwrap_or(Json::Bool(false))).collect())
        }
        Value::Map(map) => {
            let marked = map.iter().filter_map(|(key, value)| Some((key.clone(), mark(value, is)?)));
            let object: Object<_, _> = marked.collect();
            (!object.is_empty()).then(|| object.into())
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Output(_)
        | Value::Secret(_)
        | Value::Opaque(_) => is(value).then_some(Json::Bool(true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fingerprint::Digest;
    use crate::engine::place::place;

    fn map(entries: &[(&str, Value)]) -> Value {
        Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    }

    #[test]
    fn sensitive_leaves_are_null_and_marked_in_a_tree_of_the_same_form() {
        let digest = Value::Opaque(Digest::of([b"x".as_slice()]));
        let value =
            map(&[("list", Value::List(vec![1.into(), digest.clone()])), ("key", digest), ("a", 1.into())]);
        assert_eq!(shown(&value), json!({"list": [1, null], "key": null, "a": 1}));
        assert_eq!(marks(Some(&value), is_sensitive), json!({"list": [false, true], "key": true}));
        assert_eq!(marks(Some(&value), is_unknown), json!({}));
        assert_eq!(marks(None, is_sensitive), json!(false));
    }

    #[test]
    fn a_value_is_placed_in_keyed_lists_as_well() {
        let port = |number: i64| Segment::Keyed(Map::from([("port".to_owned(), number.into())]));
        let name = Segment::Field("name".into());
        let mut value = map(&[("ports", Value::List(vec![map(&[("port", 80.into())])]))]);
        let ports = Segment::Field("ports".into());
        place(&mut value, &[ports.clone(), port(80), name.clone()], Some(&"web".into()));
        place(&mut value, &[ports.clone(), port(53), name], Some(&"dns".into()));
        place(&mut value, &[Segment::Field("gone".into()), Segment::Index(3)], None);
        assert_eq!(
            shown(&value),
            json!({"ports": [{"port": 80, "name": "web"}, {"port": 53, "name": "dns"}]})
        );
        place(&mut value, &[ports, port(80)], None);
        assert_eq!(shown(&value), json!({"ports": [{"port": 53, "name": "dns"}]}));
    }
}
