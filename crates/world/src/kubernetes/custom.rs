//! Custom resources: the shape and the rules that a CRD's `openAPIV3Schema` gives its objects.
//!
//! <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/>

use super::error::Invalid;
use super::fields::server_text;
use super::kinds::{Habit, HasScale, KindInfo, object_meta};
use super::shape::{Empty, Field, Fields, Key, Scalar, Shape};
use super::typed::segment_of;
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::{ApiVersion, HasStatus, Reach, ServedKind};
use evenkeel_core::engine::value::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Returns what a CRD serves, one entry for each served version.
pub(crate) fn kinds_of(definition: &Value) -> Vec<KindInfo> {
    let text = |path: &[&str]| definition.at(path).and_then(Value::as_text).unwrap_or_default();
    let versions = definition.at(&["spec", "versions"]).and_then(Value::as_list).unwrap_or_default();
    let served =
        versions.iter().filter(|version| version.get("served").and_then(Value::as_bool) == Some(true));
    let kinds = served.map(|version| {
        let name = version.get("name").and_then(Value::as_text).unwrap_or_default();
        let part = |name: &str| version.at(&["subresources", name]).is_some();
        KindInfo {
            served: ServedKind {
                api_version: ApiVersion::new(format!("{}/{name}", text(&["spec", "group"]))),
                kind: Arc::from(text(&["spec", "names", "kind"])),
                plural: Arc::from(text(&["spec", "names", "plural"])),
                reach: if text(&["spec", "scope"]) == "Cluster" { Reach::Cluster } else { Reach::Namespaced },
                status: if part("status") { HasStatus::Subresource } else { HasStatus::No },
            },
            shape: root(schema_of(version)),
            habit: Habit::Custom,
            schema: schema_of(version).clone(),
            scale: if part("scale") { HasScale::Yes } else { HasScale::No },
        }
    });
    kinds.collect()
}

/// Returns the schema of one entry of `spec.versions`.
pub(crate) fn schema_of(version: &Value) -> &Value {
    const NONE: &Value = &Value::Null;
    version.at(&["schema", "openAPIV3Schema"]).unwrap_or(NONE)
}

pub(crate) fn root(schema: &Value) -> Shape {
    let Shape::Struct(fields) = shape(schema) else { return Shape::Untyped };
    let mut fields = Fields::clone(&fields);
    for (name, shape) in
        [("apiVersion", Shape::Scalar(Scalar::Plain)), ("kind", Shape::Scalar(Scalar::Plain))]
    {
        fields.fields.insert(Arc::from(name), verbatim(shape, None));
    }
    let metadata = Field { shape: object_meta(), empty: Empty::Always, default: None };
    fields.fields.insert(Arc::from("metadata"), metadata);
    Shape::Struct(Arc::new(fields))
}

fn verbatim(shape: Shape, default: Option<Value>) -> Field {
    Field { shape, empty: Empty::Verbatim, default }
}

fn flag(schema: &Value, name: &str) -> bool {
    schema.get(name).and_then(Value::as_bool) == Some(true)
}

fn word<'a>(schema: &'a Value, name: &str) -> &'a str {
    schema.get(name).and_then(Value::as_text).unwrap_or_default()
}

fn shape(schema: &Value) -> Shape {
    if flag(schema, "x-kubernetes-int-or-string") {
        return Shape::Scalar(Scalar::IntegerOrText);
    }
    match word(schema, "type") {
        "object" => map(schema),
        "array" => list(schema),
        "string" => Shape::Scalar(Scalar::Text),
        "integer" | "number" => Shape::Scalar(Scalar::Number),
        "boolean" => Shape::Scalar(Scalar::Bool),
        _ => Shape::Untyped,
    }
}

fn map(schema: &Value) -> Shape {
    let properties = schema.get("properties").and_then(Value::as_map);
    let fields = properties.into_iter().flatten().map(|(name, inner)| {
        (Arc::from(name.as_str()), verbatim(shape(inner), inner.get("default").cloned()))
    });
    let whole = match schema.get("additionalProperties") {
        Some(entries @ Value::Map(_)) => Shape::Map(Arc::new(shape(entries))),
        Some(Value::Bool(true)) => Shape::Map(Arc::new(Shape::Untyped)),
        _ => {
            let open = flag(schema, "x-kubernetes-preserve-unknown-fields");
            Shape::Struct(Arc::new(Fields {
                fields: fields.collect(),
                others: open.then_some(Shape::Untyped),
            }))
        }
    };
    if word(schema, "x-kubernetes-map-type") == "atomic" { Shape::AtomicMap(Arc::new(whole)) } else { whole }
}

fn list(schema: &Value) -> Shape {
    let items = schema.get("items").unwrap_or(&Value::Null);
    match word(schema, "x-kubernetes-list-type") {
        "set" => Shape::Set,
        "map" => {
            let names = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_list).unwrap_or_default();
            let keys = names.iter().filter_map(Value::as_text).map(|name| Key {
                name: Arc::from(name),
                default: items.at(&["properties", name, "default"]).cloned(),
            });
            Shape::Keyed(keys.collect(), Arc::new(shape(items)))
        }
        _ => Shape::AtomicList(Arc::new(shape(items))),
    }
}

/// Returns what a custom resource breaks of its schema: required fields, sorts, bounds and choices.
pub(crate) fn violations(object: &Value, schema: &Value) -> Vec<Invalid> {
    let mut found = Vec::new();
    check(object, schema, "", &mut found);
    found
}

fn check(value: &Value, schema: &Value, path: &str, found: &mut Vec<Invalid>) {
    let place = if path.is_empty() { "<nil>" } else { path };
    if *value == Value::Null && flag(schema, "nullable") {
        return;
    }
    if !is_of_type(value, schema) {
        let detail = format!("{place} in body must be of type {}: {}", word(schema, "type"), sort(value));
        found.push(Invalid {
            reason: "FieldValueTypeInvalid",
            ..Invalid::value(place, &Value::from(sort(value).trim_matches('"')), &detail)
        });
        return;
    }
    check_bounds(value, schema, place, found);
    match value {
        Value::Map(map) => check_map(map, schema, path, found),
        Value::List(items) => {
            check_twins(items, schema, path, found);
            for (at, item) in items.iter().enumerate() {
                check(item, schema.get("items").unwrap_or(&Value::Null), &format!("{path}[{at}]"), found);
            }
        }
        _ => {}
    }
}

/// Items of a list that are told apart by keys, or as a whole, are there once.
fn check_twins(items: &[Value], schema: &Value, path: &str, found: &mut Vec<Invalid>) {
    let shape = list(schema);
    if matches!(shape, Shape::AtomicList(_)) {
        return;
    }
    let mut seen = BTreeSet::new();
    for (at, item) in items.iter().enumerate() {
        let segment = segment_of(item, &shape);
        if !seen.insert(segment.clone()) {
            let text = server_text(&Path(vec![segment]));
            found.push(Invalid::duplicate(format!("{path}[{at}]"), &text));
        }
    }
}

fn check_map(map: &Map, schema: &Value, path: &str, found: &mut Vec<Invalid>) {
    let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for required in super::object::texts(schema.get("required")) {
        if map.get(required).is_none_or(|value| *value == Value::Null) {
            found.push(Invalid::required(inside(required), ""));
        }
    }
    for (name, value) in map {
        let declared = schema.at(&["properties", name]).or_else(|| schema.get("additionalProperties"));
        check(value, declared.unwrap_or(&Value::Null), &inside(name), found);
    }
}

fn is_of_type(value: &Value, schema: &Value) -> bool {
    match word(schema, "type") {
        "object" => value.as_map().is_some(),
        "array" => value.as_list().is_some(),
        "string" => value.as_text().is_some(),
        "integer" => value.as_integer().is_some(),
        "number" => matches!(value, Value::Number(_)),
        "boolean" => value.as_bool().is_some(),
        _ => true,
    }
}

fn sort(value: &Value) -> &'static str {
    match value {
        Value::Map(_) => "\"object\"",
        Value::List(_) => "\"array\"",
        Value::Text(_) => "\"string\"",
        Value::Number(number) if number.as_integer().is_some() => "\"integer\"",
        Value::Number(_) => "\"number\"",
        Value::Bool(_) => "\"boolean\"",
        Value::Null | Value::Output(_) | Value::Secret(_) | Value::Opaque(_) => "\"null\"",
    }
}

fn check_bounds(value: &Value, schema: &Value, place: &str, found: &mut Vec<Invalid>) {
    if let Value::Number(number) = value {
        let bound = |name: &str| match schema.get(name) {
            Some(Value::Number(bound)) => Some(*bound),
            _ => None,
        };
        if let Some(least) = bound("minimum").filter(|least| number < least) {
            found.push(Invalid::value(
                place,
                value,
                &format!("{place} in body should be greater than or equal to {least}"),
            ));
        }
        if let Some(most) = bound("maximum").filter(|most| number > most) {
            found.push(Invalid::value(
                place,
                value,
                &format!("{place} in body should be less than or equal to {most}"),
            ));
        }
    }
    let choices = super::object::texts(schema.get("enum"));
    if !choices.is_empty() && value.as_text().is_some_and(|text| !choices.contains(&text)) {
        found.push(Invalid::unsupported(place, value, &choices));
    }
}
