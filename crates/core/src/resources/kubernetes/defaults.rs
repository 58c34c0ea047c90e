//! What the server fills in where nothing is written, and whether a live value is just that.

use super::schema::{Default, Derived, Empty, Field, Flavour, MapNode, Merge, Node, NodeId, Schema};
use crate::engine::value::{Map, Value};
use crate::engine::verdict::DoubtClass;

/// How a live value compares with what the server would fill in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Filled {
    /// It is just that.
    Equal,
    /// It may be that.
    Unclear(DoubtClass),
    /// It is something else.
    Other,
}

/// Compares a live value with what the server would put in the place of a field that is not written.
pub(crate) fn filled(schema: &Schema, field: &Field, live: &Value) -> Filled {
    match &field.default {
        Default::Constant(default) => equals(schema, field.node, default, live),
        Default::None if field.empty == Empty::Struct => {
            equals(schema, field.node, &Value::Map(Map::new()), live)
        }
        Default::None if shows_nothing(schema, field, live) => Filled::Equal,
        Default::None => Filled::Other,
        Default::Conditional => Filled::Unclear(DoubtClass::ConditionalDefault),
        Default::List => Filled::Unclear(DoubtClass::DefaultList),
        Default::ServerSet => Filled::Unclear(DoubtClass::ServerSet),
    }
}

/// Tells whether a field shows what nobody wrote: null, or Go's zero without `omitempty`. In a custom resource even
/// a null was written.
fn shows_nothing(schema: &Schema, field: &Field, live: &Value) -> bool {
    schema.flavour == Flavour::BuiltIn
        && (*live == Value::Null || (field.empty == Empty::Keep && is_empty(live)))
}

/// Compares a live value with a default that has defaults inside.
fn equals(schema: &Schema, node: NodeId, default: &Value, live: &Value) -> Filled {
    match (schema.node(node), default, live) {
        (Node::Map(map), Value::Map(default), Value::Map(live)) => equal_maps(schema, map, default, live),
        _ if default == live => Filled::Equal,
        (Node::Scalar(format), _, _) if schema.flavour == Flavour::BuiltIn => {
            let same = *super::canonical::canonical(default, *format) == *live;
            if same { Filled::Equal } else { Filled::Other }
        }
        _ => Filled::Other,
    }
}

fn equal_maps(schema: &Schema, map: &MapNode, default: &Map, live: &Map) -> Filled {
    let missing = default.keys().any(|name| !live.contains_key(name));
    let found = live.iter().map(|(name, live)| match (default.get(name), map.field(name)) {
        (Some(default), _) => equals(schema, map.entry(name), default, live),
        (None, Some(field)) => filled(schema, field, live),
        (None, None) => Filled::Other,
    });
    let worst = found.max().unwrap_or(Filled::Equal);
    if missing { Filled::Other } else { worst }
}

/// Tells what becomes of an undeclared entry that nobody writes any more.
pub(crate) fn entry_filled(map: Option<&MapNode>) -> Filled {
    match map.map(|map| map.derived) {
        Some(Derived::FromOthers) => Filled::Unclear(DoubtClass::ConditionalDefault),
        Some(Derived::Never) | None => Filled::Other,
    }
}

/// Where a wanted value stands, and so what an empty one means there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slot<'a> {
    /// A declared field.
    Field(&'a Field),
    /// An entry of a map, or the item of a list.
    Entry,
}

impl Slot<'_> {
    /// Tells whether a wanted value counts as not written.
    pub(crate) fn is_unset(self, value: &Value, flavour: Flavour) -> bool {
        if let Slot::Field(field) = self {
            return match field.empty {
                Empty::Drop => *value == Value::Null || is_empty(value),
                Empty::Keep if flavour == Flavour::Custom => false,
                Empty::Keep if field.default != Default::None => *value == Value::Null || is_empty(value),
                Empty::Keep | Empty::Pointer | Empty::Struct | Empty::Null => *value == Value::Null,
            };
        }
        false
    }
}

/// Tells whether a value is what Go calls zero.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_integer() == Some(0),
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Output(_) | Value::Secret(_) | Value::Opaque(_) => false,
    }
}

/// Tells whether the parts of values of this type have owners of their own.
pub(crate) fn is_granular(node: &Node, value: &Value) -> bool {
    match node {
        Node::Map(map) => map.merge == Merge::Granular,
        Node::List(list) => list.identity != super::schema::Identity::Atomic,
        Node::Untyped => value.as_map().is_some(),
        Node::Scalar(_) => false,
    }
}
