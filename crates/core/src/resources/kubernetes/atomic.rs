//! Compares values that are replaced as a whole.

use super::canonical::canonical;
use super::defaults::{Filled, Slot, entry_filled, filled};
use super::schema::{Empty, Flavour, MapNode, Node, NodeId, Schema};
use crate::engine::value::{Map, Value};

/// How a wanted and a live atomic value compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Atomic {
    /// Equal, but for constant defaults.
    Equal,
    /// Live has keys that the server may have derived from other fields.
    Derived,
    /// Live has keys that are no defaults at all; somebody or something put them there.
    Extra,
    /// They differ.
    Other,
}

/// Compares a wanted value with a live one as the server would store it.
pub(crate) fn compare_atomic(schema: &Schema, node: &Node, wanted: &Value, live: &Value) -> Atomic {
    match (wanted, live) {
        (Value::Map(wanted), Value::Map(live)) => maps(schema, node, wanted, live),
        (Value::List(wanted), Value::List(live)) => lists(schema, node, wanted, live),
        (Value::Output(_), _) => Atomic::Equal,
        (Value::Secret(secret), Value::Opaque(seen)) => match &secret.digest {
            Some(digest) if digest != seen => Atomic::Other,
            Some(_) | None => Atomic::Equal,
        },
        _ => {
            let equal = match node {
                Node::Scalar(format) if schema.flavour == Flavour::BuiltIn => {
                    *canonical(wanted, *format) == *live
                }
                Node::Scalar(_) | Node::Map(_) | Node::List(_) | Node::Untyped => wanted == live,
            };
            if equal { Atomic::Equal } else { Atomic::Other }
        }
    }
}

fn lists(schema: &Schema, node: &Node, wanted: &[Value], live: &[Value]) -> Atomic {
    if wanted.len() != live.len() {
        return Atomic::Other;
    }
    let item = match node {
        Node::List(list) => schema.node(list.item),
        Node::Map(_) | Node::Scalar(_) | Node::Untyped => &Node::Untyped,
    };
    let found = wanted.iter().zip(live).map(|(wanted, live)| compare_atomic(schema, item, wanted, live));
    found.max().unwrap_or(Atomic::Equal)
}

fn maps(schema: &Schema, node: &Node, wanted: &Map, live: &Map) -> Atomic {
    let map = if let Node::Map(map) = node { Some(map) } else { None };
    let both = wanted.iter().map(|(name, wanted)| entry(schema, map, name, wanted, live.get(name)));
    let extra = live.iter().filter(|(name, _)| !wanted.contains_key(*name)).map(|(name, live)| {
        let field = map.and_then(|map| map.field(name));
        match field.map_or_else(|| entry_filled(map), |field| filled(schema, field, live)) {
            Filled::Equal => Atomic::Equal,
            Filled::Unclear(_) => Atomic::Derived,
            Filled::Other => Atomic::Extra,
        }
    });
    both.chain(extra).max().unwrap_or(Atomic::Equal)
}

fn entry(schema: &Schema, map: Option<&MapNode>, name: &str, wanted: &Value, live: Option<&Value>) -> Atomic {
    let slot = map.and_then(|map| map.field(name)).map_or(Slot::Entry, Slot::Field);
    let live = live.filter(|live| schema.flavour == Flavour::Custom || **live != Value::Null);
    let unset = slot.is_unset(wanted, schema.flavour);
    match (slot, live) {
        (Slot::Field(field), Some(live)) if unset => match filled(schema, field, live) {
            Filled::Equal => Atomic::Equal,
            Filled::Unclear(_) => Atomic::Derived,
            Filled::Other => Atomic::Other,
        },
        (Slot::Field(_), None) if unset => Atomic::Equal,
        (Slot::Field(field), None) if field.empty == Empty::Null && *wanted == Value::List(Vec::new()) => {
            Atomic::Equal
        }
        (Slot::Field(_) | Slot::Entry, None) => Atomic::Other,
        (Slot::Field(_) | Slot::Entry, Some(live)) => compare_atomic(
            schema,
            schema.node(map.map_or(NodeId::UNKNOWN, |map| map.entry(name))),
            wanted,
            live,
        ),
    }
}
