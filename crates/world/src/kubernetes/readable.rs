//! Whether a written object can be read into its Go type; what comes by `PUT` or a patch is not checked otherwise.
//!
//! Fields that the type does not have are dropped without a word: seen on 1.36.

use super::quantity;
use super::shape::{Scalar, Shape};
use crate::base64;
use evenkeel_core::engine::value::Value;
use jiff::Timestamp;

/// Returns why an object of a built-in kind cannot be read.
pub(crate) fn unreadable(value: &Value, shape: &Shape) -> Option<String> {
    match (shape, value) {
        // Of some secrets the world knows the digest only.
        (Shape::Untyped | Shape::Set, _) | (_, Value::Null | Value::Opaque(_)) => None,
        (Shape::AtomicMap(whole), _) => unreadable(value, whole),
        (Shape::Struct(_) | Shape::Map(_), Value::Map(map)) => {
            map.iter().find_map(|(key, child)| unreadable(child, shape.field(key)?))
        }
        (Shape::AtomicList(_) | Shape::Keyed(..), Value::List(items)) => {
            items.iter().find_map(|item| unreadable(item, shape.item()?))
        }
        (Shape::Scalar(scalar), _) => unreadable_scalar(value, *scalar),
        _ => Some(format!("json: cannot unmarshal {}", sort(value))),
    }
}

fn unreadable_scalar(value: &Value, scalar: Scalar) -> Option<String> {
    const QUANTITY: &str =
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    let text = value.as_text();
    let is_number = matches!(value, Value::Number(_));
    let (is_readable, why) = match scalar {
        Scalar::Bytes => (text.is_none_or(|text| base64::decode(text).is_some()), "illegal base64 data"),
        Scalar::Quantity | Scalar::QuantityMilli => {
            (is_number || text.is_some_and(quantity::is_one), QUANTITY)
        }
        Scalar::Text => (text.is_some(), "json: cannot unmarshal"),
        Scalar::IntegerOrText => (is_number || text.is_some(), "json: cannot unmarshal"),
        Scalar::Time | Scalar::MicroTime => {
            (text.is_some_and(|text| text.parse::<Timestamp>().is_ok()), "parsing time")
        }
        Scalar::Plain | Scalar::Number | Scalar::Bool => {
            (is_number || value.as_bool().is_some(), "json: cannot unmarshal")
        }
    };
    (!is_readable).then(|| format!("{why} {}", sort(value)))
}

fn sort(value: &Value) -> &'static str {
    match value {
        Value::Map(_) => "object",
        Value::List(_) => "array",
        Value::Text(_) | Value::Secret(_) | Value::Output(_) | Value::Opaque(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        Value::Null => "null",
    }
}
