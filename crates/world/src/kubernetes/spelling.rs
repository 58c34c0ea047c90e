//! What the server makes of an object before it stores it: unknown fields go, empty ones may vanish, defaults appear.
//!
//! Built-in kinds pass through Go types, custom resources are stored as they were sent: seen on 1.36.

use super::defaults;
use super::kinds::{Habit, KindInfo};
use super::managers::time_text;
use super::object::set_at;
use super::quantity;
use super::shape::{Empty, Fields, Scalar, Shape};
use crate::base64;
use evenkeel_core::engine::value::{Map, Value};

/// Whether defaults are filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// They are.
    Defaults,
    /// They are, but quantities keep their spelling.
    DefaultsAsSpelt,
    /// Only what the types themselves hold.
    Nothing,
}

/// Returns the object as its kind stores it.
///
/// The table does not cover `status`, as nobody applies it: it is stored as it is written.
pub(crate) fn stored(object: &Value, kind: &KindInfo, fill: Fill) -> Value {
    let given = object;
    match kind.habit {
        Habit::BuiltIn if fill != Fill::Nothing => {
            let mut object = built_in(object, &kind.shape, Fill::Nothing);
            defaults::before_constants(&mut object, &kind.served.kind);
            let mut object = built_in(&object, &kind.shape, fill);
            defaults::after_constants(&mut object, &kind.served.kind);
            with_status(built_in(&object, &kind.shape, fill), given, kind)
        }
        Habit::BuiltIn => with_status(built_in(object, &kind.shape, fill), given, kind),
        Habit::Custom => custom(object, &kind.shape, fill),
    }
}

/// Returns the object as an update compares it with what was there.
///
/// Quantities in claim templates are compared as they were sent, though stored respelt: seen on 1.36.
pub(crate) fn as_compared(object: &Value, kind: &KindInfo) -> Value {
    const TEMPLATES: &[&str] = &["spec", "volumeClaimTemplates"];
    let mut compared = stored(object, kind, Fill::Defaults);
    if kind.habit == Habit::BuiltIn && compared.at(TEMPLATES).is_some() {
        let as_spelt = stored(object, kind, Fill::DefaultsAsSpelt);
        set_at(&mut compared, TEMPLATES, as_spelt.at(TEMPLATES).cloned().unwrap_or_default());
    }
    compared
}

fn with_status(mut object: Value, given: &Value, kind: &KindInfo) -> Value {
    if kind.keeps_status_apart() {
        set_at(&mut object, &["status"], given.get("status").cloned().unwrap_or_default());
    }
    object
}

fn built_in(value: &Value, shape: &Shape, fill: Fill) -> Value {
    match (shape, value) {
        (Shape::AtomicMap(whole), _) => built_in(value, whole, fill),
        (Shape::Struct(fields), Value::Map(map)) => Value::Map(struct_fields(map, fields, fill)),
        (Shape::Map(inner), Value::Map(map)) => {
            Value::Map(map.iter().map(|(key, child)| (key.clone(), built_in(child, inner, fill))).collect())
        }
        (Shape::AtomicList(inner) | Shape::Keyed(_, inner), Value::List(items)) => {
            Value::List(items.iter().map(|item| built_in(item, inner, fill)).collect())
        }
        (Shape::Struct(fields), Value::Null) => Value::Map(struct_fields(&Map::new(), fields, fill)),
        (Shape::Scalar(Scalar::Text | Scalar::Bytes), Value::Null) => Value::from(""),
        (Shape::Scalar(Scalar::Quantity | Scalar::QuantityMilli), Value::Text(_))
            if fill != Fill::Defaults =>
        {
            value.clone()
        }
        (Shape::Scalar(scalar), _) => spelt(value, *scalar),
        _ => value.clone(),
    }
}

/// Single values are read and written again, each by its type.
fn spelt(value: &Value, scalar: Scalar) -> Value {
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) if matches!(scalar, Scalar::Quantity | Scalar::QuantityMilli) => {
            number.to_string()
        }
        _ => return value.clone(),
    };
    match scalar {
        Scalar::Quantity => Value::from(quantity::spelt(&text, false)),
        Scalar::QuantityMilli => Value::from(quantity::spelt(&text, true)),
        Scalar::Bytes => {
            base64::decode(&text).map_or_else(|| value.clone(), |bytes| Value::from(base64::encode(&bytes)))
        }
        Scalar::Time => text.parse().map_or_else(|_| value.clone(), |at| Value::from(time_text(at))),
        Scalar::Plain
        | Scalar::Number
        | Scalar::Bool
        | Scalar::Text
        | Scalar::IntegerOrText
        | Scalar::MicroTime => value.clone(),
    }
}

fn struct_fields(given: &Map, fields: &Fields, fill: Fill) -> Map {
    let mut stored = Map::new();
    for (name, field) in &fields.fields {
        let found = given.get(&**name).filter(|value| **value != Value::Null);
        let found = found
            .map(|value| built_in(value, &field.shape, fill))
            .filter(|value| is_kept(value, field.empty));
        let default = || field.default.clone().filter(|_| fill != Fill::Nothing);
        let value = match (found.or_else(default), field.empty) {
            (Some(value), Empty::Null) if value == Value::List(Vec::new()) => Some(Value::Null),
            (Some(value), _) => Some(built_in(&value, &field.shape, fill)),
            (None, Empty::Always) => Some(built_in(&Value::Null, &field.shape, fill)),
            (None, Empty::Keep | Empty::Null) => Some(nothing(&field.shape)),
            (None, Empty::Drop | Empty::Pointer | Empty::Verbatim) => None,
        };
        if let Some(value) = value {
            stored.insert(name.to_string(), value);
        }
    }
    stored
}

fn is_kept(value: &Value, empty: Empty) -> bool {
    let zero = match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_integer() == Some(0),
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Bool(true) | Value::Output(_) | Value::Secret(_) | Value::Opaque(_) => false,
    };
    !(zero && empty == Empty::Drop)
}

fn nothing(shape: &Shape) -> Value {
    match shape {
        Shape::Scalar(Scalar::Text | Scalar::Bytes) => Value::from(""),
        _ => Value::Null,
    }
}

fn custom(value: &Value, shape: &Shape, fill: Fill) -> Value {
    match (shape, value) {
        (Shape::AtomicMap(whole), _) => custom(value, whole, fill),
        (Shape::Struct(fields), Value::Map(map)) => Value::Map(custom_fields(map, fields, fill)),
        (Shape::Map(inner), Value::Map(map)) => {
            Value::Map(map.iter().map(|(key, child)| (key.clone(), custom(child, inner, fill))).collect())
        }
        (Shape::AtomicList(inner) | Shape::Keyed(_, inner), Value::List(items)) => {
            Value::List(items.iter().map(|item| custom(item, inner, fill)).collect())
        }
        _ => value.clone(),
    }
}

fn custom_fields(given: &Map, fields: &Fields, fill: Fill) -> Map {
    let mut stored = Map::new();
    for (key, value) in given {
        if let Some(field) = fields.fields.get(key.as_str()) {
            // `metadata` of a custom resource passes through Go types like any other.
            let value = match field.empty {
                Empty::Verbatim => custom(value, &field.shape, fill),
                _ => built_in(value, &field.shape, fill),
            };
            stored.insert(key.clone(), value);
        } else if let Some(others) = &fields.others {
            stored.insert(key.clone(), custom(value, others, fill));
        }
    }
    if fill != Fill::Nothing {
        for (name, field) in &fields.fields {
            // A null gives way to a default, as nothing in the world is nullable.
            if let Some(default) = &field.default
                && stored.get(&**name).is_none_or(|value| *value == Value::Null)
            {
                stored.insert(name.to_string(), custom(default, &field.shape, fill));
            }
        }
    }
    stored
}
