//! Custom resources with and without a schema, and definitions themselves.

use super::super::coins::Coins;
use serde_json::{Value, json};

/// The definitions that the drawn custom resources need.
pub(in super::super) fn definitions() -> Vec<Value> {
    vec![crd("typeds", "Typed", typed_schema()), crd("looses", "Loose", loose_schema())]
}

#[expect(clippy::needless_pass_by_value, reason = "tests write the value where they use it")]
fn crd(plural: &str, kind: &str, schema: Value) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.differential.example")},
        "spec": {
            "group": "differential.example",
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind, "singular": kind.to_lowercase(), "listKind": format!("{kind}List")},
            "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": schema}}],
        },
    })
}

fn typed_schema() -> Value {
    let port = json!({"type": "object", "required": ["port"], "properties": {
        "port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}, "name": {"type": "string"}, "weight": {"type": "integer", "default": 1}}});
    json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": {
            "size": {"type": "string"},
            "amount": {"x-kubernetes-int-or-string": true},
            "replicas": {"type": "integer", "default": 3},
            "ratio": {"type": "number"},
            "flag": {"type": "boolean"},
            "maybe": {"type": "string", "nullable": true},
            "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"], "items": port},
            "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "steps": {"type": "array", "items": {"type": "object", "properties": {"run": {"type": "string"}, "retries": {"type": "integer", "default": 2}}}},
            "atomic": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": {"type": "string"}, "b": {"type": "string", "default": "bee"}}},
            "nested": {"type": "object", "default": {}, "properties": {"x": {"type": "string", "default": "ex"}, "y": {"type": "string"}}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        }},
        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
    }})
}

fn loose_schema() -> Value {
    json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

pub(super) fn typed(coins: &Coins) -> Value {
    let mut port = json!({"port": 80, "name": coins.text(&["http", "web"])});
    if coins.once_in(2) {
        port["protocol"] = coins.text(&["TCP", "UDP"]);
    }
    let ports =
        coins.items(vec![port, json!({"port": 53}), json!({"port": 54, "protocol": "UDP", "weight": 7})]);
    let tags = coins.items(vec![json!("a"), json!("b"), json!("c")]);
    let step = coins.pick(&[
        json!({"run": "x"}),
        json!({"run": "x", "retries": 2}),
        json!({"run": "y", "retries": 5}),
    ]);
    let entries = vec![
        ("size", coins.text(&["0.5", "500m", "1"])),
        ("amount", coins.pick(&[json!(80), json!("80"), json!("50%")])),
        ("replicas", coins.pick(&[json!(3), json!(1)])),
        ("ratio", coins.pick(&[json!(1.0), json!(1), json!(0.5)])),
        ("flag", coins.pick(&[json!(true), json!(false)])),
        ("maybe", coins.pick(&[Value::Null, json!("x"), json!("")])),
        ("ports", ports),
        ("tags", tags),
        ("steps", json!([step])),
        ("atomic", coins.pick(&[json!({"a": "1"}), json!({"a": "2", "b": "c"}), json!({})])),
        ("nested", coins.pick(&[json!({"y": "1"}), json!({"x": "2"}), json!({})])),
        ("labels", coins.pick(&[json!({"k": "v"}), json!({"k": "w", "l": ""}), json!({})])),
        (
            "open",
            coins.pick(&[
                json!({"deep": {"er": [1, 2]}}),
                json!({"deep": {"er": [2, 1], "x": null}}),
                json!({"flat": 1}),
            ]),
        ),
    ];
    json!({"spec": coins.some(entries)})
}

pub(super) fn loose(coins: &Coins) -> Value {
    let entries = vec![
        ("text", coins.text(&["a", "b", ""])),
        ("list", coins.pick(&[json!([1, 2]), json!([2, 1]), json!([]), json!([{"name": "x"}])])),
        ("map", coins.pick(&[json!({"a": {"b": 1}}), json!({"a": {"c": 2}}), json!({}), Value::Null])),
        ("number", coins.pick(&[json!(1), json!(1.5), json!(0)])),
    ];
    json!({"spec": coins.some(entries)})
}

pub(super) fn definition(coins: &Coins) -> Value {
    let field = coins.pick(&[
        json!({"type": "string"}),
        json!({"type": "integer", "minimum": 0}),
        json!({"type": "string", "default": "x", "enum": ["x", "y"]}),
    ]);
    let mut definition = crd(
        "things",
        "Thing",
        json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"f": field}}}}),
    );
    let spec = definition["spec"].as_object_mut().expect("made so");
    if coins.once_in(2) {
        spec["names"].as_object_mut().expect("made so").remove("singular");
    }
    if coins.once_in(2) {
        spec["names"].as_object_mut().expect("made so").remove("listKind");
    }
    if coins.once_in(3) {
        spec.insert("conversion".to_owned(), json!({"strategy": "None"}));
    }
    if coins.once_in(3) {
        spec["names"]["shortNames"] = coins.items(vec![json!("t"), json!("u")]);
    }
    json!({"spec": definition["spec"]})
}

/// Lets a definition define kinds of its own: drawn ones live at the same time, and two of one name are one object.
pub(super) fn distinguish(definition: &mut Value, name: &str) {
    let names = definition.pointer_mut("/spec/names").and_then(Value::as_object_mut).expect("drawn so");
    for text in names.values_mut().flat_map(texts) {
        *text = match text.strip_suffix("List") {
            Some(kind) => format!("{kind}{name}List"),
            None => format!("{text}{name}"),
        };
    }
}

fn texts(value: &mut Value) -> Vec<&mut String> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter_mut().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}
