//! Whether what is applied fits its schema: the server refuses it before anything else. The words are those of 1.36.

use super::fields::server_text;
use super::shape::{Scalar, Shape};
use super::typed::segment_of;
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::value::Value;
use std::collections::BTreeSet;

/// Returns why an object does not fit its schema, in the server's words.
pub(crate) fn misfit(object: &Value, shape: &Shape) -> Option<String> {
    misfit_at(object, shape, "")
}

fn misfit_at(value: &Value, shape: &Shape, path: &str) -> Option<String> {
    let inside =
        |segment: String, child: &Value, inner: &Shape| misfit_at(child, inner, &format!("{path}{segment}"));
    match (shape, value) {
        // Of some secrets the world knows the digest only.
        (Shape::Untyped, _) | (_, Value::Null | Value::Opaque(_)) => None,
        (Shape::AtomicMap(whole), _) => misfit_at(value, whole, path),
        (Shape::Struct(_) | Shape::Map(_), Value::Map(map)) => {
            map.iter().find_map(|(key, child)| match shape.field(key) {
                Some(inner) => inside(format!(".{key}"), child, inner),
                None => Some(format!("{path}.{key}: field not declared in schema")),
            })
        }
        (Shape::Struct(_) | Shape::Map(_), _) => Some(format!("{path}: expected map, got {}", go(value))),
        (Shape::AtomicList(_) | Shape::Keyed(..) | Shape::Set, Value::List(items)) => {
            duplicate(items, shape, path).or_else(|| {
                let inner = shape.item()?;
                items.iter().find_map(|item| inside(format!("[{}]", 0), item, inner))
            })
        }
        (Shape::AtomicList(_) | Shape::Keyed(..) | Shape::Set, _) => {
            Some(format!("{path}: expected list, got {}", go(value)))
        }
        (Shape::Scalar(Scalar::Text | Scalar::Bytes), value) if value.as_text().is_none() => {
            Some(format!("{path}: expected string, got {}", go(value)))
        }
        (Shape::Scalar(Scalar::Number), value) if !matches!(value, Value::Number(_)) => {
            Some(format!("{path}: expected numeric (int or float), got {}", sort(value)))
        }
        (Shape::Scalar(Scalar::Bool), value) if value.as_bool().is_none() => {
            Some(format!("{path}: expected boolean, got {}", go(value)))
        }
        (Shape::Scalar(_), Value::Map(_) | Value::List(_)) => {
            Some(format!("{path}: expected scalar, got {}", go(value)))
        }
        (Shape::Scalar(_), _) => None,
    }
}

fn sort(value: &Value) -> &'static str {
    match value {
        Value::Text(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Map(_) => "map",
        Value::List(_) => "list",
        Value::Null | Value::Number(_) | Value::Output(_) | Value::Secret(_) | Value::Opaque(_) => "null",
    }
}

fn go(value: &Value) -> String {
    format!(
        "&value.valueUnstructured{{Value:{}}}",
        serde_json::to_string(value).expect("a value is always written")
    )
}

/// Two items of one name are refused in what is applied, though the server lives with them in what it has.
fn duplicate(items: &[Value], shape: &Shape, path: &str) -> Option<String> {
    if matches!(shape, Shape::AtomicList(_)) {
        return None;
    }
    let mut seen = BTreeSet::new();
    let twice =
        items.iter().map(|item| segment_of(item, shape)).find(|segment| !seen.insert(segment.clone()))?;
    let place = server_text(&Path(vec![twice]));
    Some(format!("{path}: duplicate entries for key {place}"))
}
