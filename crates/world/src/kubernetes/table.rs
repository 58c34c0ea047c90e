//! The shapes of built-in kinds, from the table that was harvested of the server's own Go types.
//!
//! The table is core's file, read here by other code: a mistake in reading it shows as a difference. It is JSON
//! lines, kinds first, then types by number; see `schema/table.rs` in core.

use super::shape::{Empty, Field, Fields, Key, Scalar, Shape};
use evenkeel_core::engine::question::{ApiVersion, HasStatus, Reach, ServedKind};
use evenkeel_core::engine::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

static TEXT: &str = include_str!("../../../core/src/resources/kubernetes/schema/table.jsonl");

/// The table, its types unread.
pub(crate) struct Table {
    kinds: BTreeMap<String, Value>,
    types: Vec<&'static str>,
    read: BTreeMap<usize, Shape>,
}

impl Table {
    pub(crate) fn open() -> Self {
        let (kinds, types) = TEXT.split_once("\n\n").expect("an empty line parts kinds from types");
        let kinds = kinds.lines().map(|line| {
            let line: Value = serde_json::from_str(line).expect("the checked-in table is well-formed");
            (text(&line, "kind").to_owned(), line)
        });
        Self { kinds: kinds.collect(), types: types.lines().collect(), read: BTreeMap::new() }
    }

    /// Returns what is served as `version/kind`, and its shape.
    pub(crate) fn kind(&mut self, version: &str, kind: &str) -> (ServedKind, Shape) {
        let line =
            self.kinds.get(&format!("{version}/{kind}")).expect("the table has every kind modelled").clone();
        let flag = |field: &str| line.get(field).and_then(Value::as_bool) == Some(true);
        let served = ServedKind {
            api_version: ApiVersion::new(version),
            kind: Arc::from(kind),
            plural: Arc::from(text(&line, "plural")),
            reach: if flag("namespaced") { Reach::Namespaced } else { Reach::Cluster },
            status: if flag("status") { HasStatus::Subresource } else { HasStatus::No },
        };
        let root = number(line.get("type"));
        (served, self.shape(root))
    }

    /// Reads a type; one that contains itself is untyped inside.
    fn shape(&mut self, at: usize) -> Shape {
        if let Some(known) = self.read.get(&at) {
            return known.clone();
        }
        self.read.insert(at, Shape::Untyped);
        let line: Value = serde_json::from_str(self.types[at]).expect("the checked-in table is well-formed");
        let shape = self.read_type(&line);
        self.read.insert(at, shape.clone());
        shape
    }

    fn read_type(&mut self, line: &Value) -> Shape {
        let flag = |field: &str| line.get(field).is_some();
        if let Some(name) = line.as_text() {
            return named(name);
        }
        let map = if let Some(fields) = line.get("f").and_then(Value::as_map) {
            let fields =
                fields.iter().map(|(name, field)| (Arc::from(name.as_str()), self.field(name, field)));
            Shape::Struct(Arc::new(Fields { fields: fields.collect(), others: None }))
        } else if let Some(entries) = line.get("m") {
            Shape::Map(Arc::new(self.shape(number(Some(entries)))))
        } else {
            return self.list(line);
        };
        if flag("atomic") { Shape::AtomicMap(Arc::new(map)) } else { map }
    }

    fn list(&mut self, line: &Value) -> Shape {
        if line.get("set").is_some() {
            return Shape::Set;
        }
        let item = Arc::new(self.shape(number(line.get("l"))));
        let Some(keys) = line.get("keys").and_then(Value::as_list) else { return Shape::AtomicList(item) };
        let key = |name: &str| Key { name: Arc::from(name), default: item.default_of(name) };
        Shape::Keyed(keys.iter().filter_map(Value::as_text).map(key).collect(), item.clone())
    }

    fn field(&mut self, name: &str, field: &Value) -> Field {
        let parts = field.as_list().expect("fields are written as lists");
        let shape = self.shape(number(parts.first()));
        let empty = match parts.get(1).and_then(Value::as_text) {
            // Only the server writes it, so the harvest did not see that it is a pointer and may be 0.
            _ if name == "deletionGracePeriodSeconds" => Empty::Pointer,
            Some("d") => Empty::Drop,
            Some("p") => Empty::Pointer,
            Some("s") => Empty::Always,
            Some("n") => Empty::Null,
            _ => Empty::Keep,
        };
        Field { shape, empty, default: parts.get(2).and_then(|default| default.get("c")).cloned() }
    }
}

fn number(value: Option<&Value>) -> usize {
    value
        .and_then(Value::as_integer)
        .and_then(|number| usize::try_from(number).ok())
        .expect("types are numbered")
}

fn text<'a>(line: &'a Value, field: &str) -> &'a str {
    line.get(field).and_then(Value::as_text).unwrap_or_default()
}

fn named(name: &str) -> Shape {
    Shape::Scalar(match name {
        "text" => Scalar::Text,
        "quantity" => Scalar::Quantity,
        "quantity-milli" => Scalar::QuantityMilli,
        "int-or-string" => Scalar::IntegerOrText,
        "time" => Scalar::Time,
        "micro-time" => Scalar::MicroTime,
        "bytes" => Scalar::Bytes,
        "untyped" => return Shape::Untyped,
        _ => Scalar::Plain,
    })
}
