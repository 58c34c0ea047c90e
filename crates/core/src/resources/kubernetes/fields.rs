//! Sets of fields as `managedFields` names them (`fieldsV1`), and which fields a configuration sets.
//!
//! An item of a keyed list, an entry that the schema does not declare, null and `{}` are members themselves; an
//! empty atomic list is, an empty keyed list is not.

use super::schema::{Identity, Key, ListNode, MapNode, Merge, Node, NodeId, Schema};
use crate::engine::path::Segment;
use crate::engine::value::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A set of fields, as a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldSet {
    /// Whether this very place is in the set.
    pub(crate) member: bool,
    /// What lies further down.
    pub(crate) children: BTreeMap<Segment, Self>,
}

impl FieldSet {
    /// Reads a `fieldsV1`; what it does not understand is left out, as it owns nothing that we can name.
    pub(crate) fn read(fields: &Value) -> Self {
        let mut set = Self::default();
        for (name, below) in fields.as_map().into_iter().flatten() {
            if name == "." {
                set.member = true;
            } else if let Some(segment) = segment(name) {
                let mut child = Self::read(below);
                child.member |= below.as_map().is_none_or(BTreeMap::is_empty);
                set.children.insert(segment, child);
            }
        }
        set
    }

    /// Returns the fields that `value` sets, as an apply of it would own them.
    pub(crate) fn of(value: &Value, schema: &Schema) -> Self {
        let mut set = Self::default();
        set.add(value, schema.root(), schema);
        for identity in ["apiVersion", "kind"] {
            set.children.remove(&Segment::Field(Arc::from(identity)));
        }
        if let Some(metadata) = set.children.get_mut(&Segment::Field(Arc::from("metadata"))) {
            metadata.children.retain(|segment, _| {
                !matches!(segment, Segment::Field(name) if matches!(&**name, "name" | "namespace"))
            });
        }
        set.children.retain(|_, child| child.member || !child.children.is_empty());
        set
    }

    fn add(&mut self, value: &Value, node: &Node, schema: &Schema) {
        match (node, value) {
            (Node::Map(map), Value::Map(entries)) if map.merge == Merge::Granular => {
                self.add_entries(entries, Some(map), schema);
            }
            (Node::Untyped, Value::Map(entries)) => self.add_entries(entries, None, schema),
            (Node::List(list), Value::List(items)) if list.identity != Identity::Atomic => {
                self.add_items(items, list, schema);
            }
            (Node::Map(_) | Node::List(_) | Node::Scalar(_) | Node::Untyped, _) => self.member = true,
        }
    }

    fn add_entries(&mut self, entries: &Map, map: Option<&MapNode>, schema: &Schema) {
        for (name, value) in entries {
            let mut child = Self::default();
            child.add(value, schema.node(map.map_or(NodeId::UNKNOWN, |map| map.entry(name))), schema);
            let declared = map.is_some_and(|map| map.field(name).is_some());
            child.member |=
                !declared || *value == Value::Null || value.as_map().is_some_and(BTreeMap::is_empty);
            if child.member || !child.children.is_empty() {
                self.children.insert(Segment::Field(Arc::from(name.as_str())), child);
            }
        }
    }

    fn add_items(&mut self, items: &[Value], list: &ListNode, schema: &Schema) {
        for item in items {
            let Some(segment) = identity(item, &list.identity) else { continue };
            let child = self.children.entry(segment).or_default();
            child.add(item, schema.node(list.item), schema);
            child.member = true;
        }
    }

    /// Adds everything of `other`.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.member |= other.member;
        for (segment, theirs) in &other.children {
            self.children.entry(segment.clone()).or_default().merge(theirs);
        }
    }

    /// Returns the part of the set one step down.
    pub(crate) fn child(&self, segment: &Segment) -> Option<&Self> {
        self.children.get(segment)
    }

    /// Tells whether nothing is in the set.
    pub(crate) fn is_empty(&self) -> bool {
        !self.member && self.children.values().all(Self::is_empty)
    }
}

fn segment(name: &str) -> Option<Segment> {
    let (kind, rest) = name.split_once(':')?;
    match kind {
        "f" => Some(Segment::Field(Arc::from(rest))),
        "k" => serde_json::from_str(rest).ok().map(Segment::Keyed),
        "v" => serde_json::from_str(rest).ok().map(Segment::Member),
        "i" => rest.parse().ok().map(Segment::Index),
        _ => None,
    }
}

/// Returns by which segment an item of a set or keyed list is known; nothing for a keyed item without any key.
pub(crate) fn identity(item: &Value, identity: &Identity) -> Option<Segment> {
    match identity {
        Identity::Atomic => None,
        Identity::Set => Some(Segment::Member(item.clone())),
        Identity::Keys(keys) => {
            let found: Map = keys
                .iter()
                .filter_map(|key| Some((key.name.to_string(), key_value(item, key)?.clone())))
                .collect();
            (!found.is_empty()).then_some(Segment::Keyed(found))
        }
    }
}

fn key_value<'a>(item: &'a Value, key: &'a Key) -> Option<&'a Value> {
    item.get(&key.name).or(key.default.as_ref())
}

/// Tells whether two items of a set or keyed list are the same one, without building anything.
pub(crate) fn same_item(one: &Value, two: &Value, identity: &Identity) -> bool {
    match identity {
        Identity::Atomic => false,
        Identity::Set => one == two,
        Identity::Keys(keys) => keys.iter().all(|key| key_value(one, key) == key_value(two, key)),
    }
}
