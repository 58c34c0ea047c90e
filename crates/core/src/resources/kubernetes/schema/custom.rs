//! The structure of a custom resource, from the `openAPIV3Schema` of its CRD.

use super::{
    Default, Derived, Empty, Field, Flavour, Format, Identity, Key, ListNode, MapNode, Merge, Node, NodeId,
    Schema, builtin,
};
use crate::engine::question::ApiVersion;
use crate::engine::value::Value;
use std::collections::BTreeMap;

/// Reads a CRD's schema; null, or what is no map, gives a schema that knows only `metadata`.
pub(crate) fn from_open_api(schema: &Value) -> Schema {
    let mut reader = Reader { nodes: vec![Node::Untyped] };
    let root = reader.object_root(schema);
    reader.nodes[0] = root;
    Schema::new(reader.nodes, Flavour::Custom)
}

struct Reader {
    nodes: Vec<Node>,
}

impl Reader {
    fn push(&mut self, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }

    fn object_root(&mut self, schema: &Value) -> Node {
        let mut map = match self.node(schema) {
            Node::Map(map) => map,
            Node::Scalar(_) | Node::List(_) | Node::Untyped => self.open_map(Vec::new()),
        };
        let mut fields: BTreeMap<Box<str>, Field> = std::mem::take(&mut map.fields).into_iter().collect();
        let metadata = self.object_meta();
        fields.insert("metadata".into(), plain(metadata));
        for name in ["apiVersion", "kind"] {
            let node = self.push(Node::Scalar(Format::Plain));
            fields.insert(name.into(), plain(node));
        }
        map.fields = fields.into_iter().collect();
        Node::Map(map)
    }

    fn open_map(&mut self, fields: Vec<(Box<str>, Field)>) -> MapNode {
        let entries = Some(self.push(Node::Untyped));
        MapNode { fields, entries, merge: Merge::Granular, derived: Derived::Never }
    }

    /// Copies the type of `metadata` from a built-in kind: it is the same Go type everywhere.
    fn object_meta(&mut self) -> NodeId {
        let config_map =
            builtin(&ApiVersion::new("v1"), "ConfigMap").expect("the table has ConfigMap").schema();
        let Node::Map(root) = config_map.root() else { return self.push(Node::Untyped) };
        self.copy(config_map, root.entry("metadata"))
    }

    fn copy(&mut self, from: &Schema, id: NodeId) -> NodeId {
        let node = match from.node(id) {
            Node::Scalar(format) => Node::Scalar(*format),
            Node::Untyped => Node::Untyped,
            Node::List(list) => {
                Node::List(ListNode { item: self.copy(from, list.item), identity: list.identity.clone() })
            }
            Node::Map(map) => {
                let fields = map.fields.iter().map(|(name, field)| {
                    let node = self.copy(from, field.node);
                    (name.clone(), Field { node, empty: field.empty, default: field.default.clone() })
                });
                let fields = fields.collect();
                let entries = map.entries.map(|entries| self.copy(from, entries));
                Node::Map(MapNode { fields, entries, merge: map.merge, derived: map.derived })
            }
        };
        self.push(node)
    }

    fn node(&mut self, schema: &Value) -> Node {
        if flag(schema, "x-kubernetes-int-or-string") {
            return Node::Scalar(Format::IntOrString);
        }
        match schema.get("type").and_then(Value::as_text) {
            Some("array") => self.list(schema),
            Some("object") => self.map(schema),
            Some(_) => Node::Scalar(Format::Plain),
            None => Node::Untyped,
        }
    }

    fn child(&mut self, schema: &Value) -> NodeId {
        let node = self.node(schema);
        self.push(node)
    }

    fn map(&mut self, schema: &Value) -> Node {
        let properties = schema.get("properties").and_then(Value::as_map);
        let fields: Vec<_> =
            properties.into_iter().flatten().map(|(name, schema)| self.field(name, schema)).collect();
        let open = flag(schema, "x-kubernetes-preserve-unknown-fields")
            || flag(schema, "x-kubernetes-embedded-resource");
        let entries = match schema.get("additionalProperties") {
            Some(entries @ Value::Map(_)) => Some(self.child(entries)),
            Some(Value::Bool(true)) => Some(self.push(Node::Untyped)),
            _ if open => Some(self.push(Node::Untyped)),
            _ => None,
        };
        if fields.is_empty() && entries.is_none() && properties.is_none() {
            return Node::Untyped;
        }
        let atomic = schema.get("x-kubernetes-map-type").and_then(Value::as_text) == Some("atomic");
        let merge = if atomic { Merge::Atomic } else { Merge::Granular };
        Node::Map(MapNode { fields, entries, merge, derived: Derived::Never })
    }

    fn field(&mut self, name: &str, schema: &Value) -> (Box<str>, Field) {
        let node = self.child(schema);
        let default = schema.get("default").cloned().map_or(Default::None, Default::Constant);
        (name.into(), Field { node, empty: Empty::Keep, default })
    }

    fn list(&mut self, schema: &Value) -> Node {
        let items = schema.get("items").unwrap_or(&Value::Null);
        let item = self.child(items);
        let identity = match schema.get("x-kubernetes-list-type").and_then(Value::as_text) {
            Some("set") => Identity::Set,
            Some("map") => Identity::Keys(keys(schema, items)),
            _ => Identity::Atomic,
        };
        Node::List(ListNode { item, identity })
    }
}

fn plain(node: NodeId) -> Field {
    Field { node, empty: Empty::Keep, default: Default::None }
}

fn flag(schema: &Value, name: &str) -> bool {
    schema.get(name).and_then(Value::as_bool) == Some(true)
}

fn keys(schema: &Value, items: &Value) -> Vec<Key> {
    let names = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_list).unwrap_or_default();
    let key =
        |name: &str| Key { name: name.into(), default: items.at(&["properties", name, "default"]).cloned() };
    names.iter().filter_map(Value::as_text).map(key).collect()
}
