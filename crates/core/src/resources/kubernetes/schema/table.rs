//! The built-in kinds, from the table beside this file.
//!
//! The table is JSON lines, written by `tests/servers/kubernetes/schema-table`: one line for each kind, an empty
//! line, then one line for each type, named by its position. A type is the name of a format; `{"f": fields}` with
//! `[type, what happens to an empty value, default?]` per field; `{"m": type of the entries}`; or
//! `{"l": type of the items}` with `keys` or `set`. A kind's types are read when it is first asked for.

use super::{
    Default, Derived, Empty, Field, Flavour, Format, Identity, Key, ListNode, MapNode, Merge, Node, NodeId,
    Schema,
};
use crate::engine::question::{ApiVersion, HasStatus, Reach, ServedKind};
use crate::engine::value::Value;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

static TABLE: &str = include_str!("table.jsonl");

static KINDS: LazyLock<Table> = LazyLock::new(read_table);

/// A built-in kind.
#[derive(Debug)]
pub struct KindTable {
    /// What discovery says of it.
    pub served: ServedKind,
    root: u32,
    schema: OnceLock<Arc<Schema>>,
}

impl KindTable {
    /// Returns the structure of its objects.
    #[must_use]
    pub fn schema(&self) -> &Arc<Schema> {
        self.schema.get_or_init(|| Arc::new(Reader::default().read(self.root)))
    }
}

/// Returns the table of a built-in kind in one of its versions.
#[must_use]
pub fn builtin(api_version: &ApiVersion, kind: &str) -> Option<&'static KindTable> {
    KINDS.kinds.get(&format!("{api_version}/{kind}"))
}

/// Returns all built-in kinds, sorted by version and name.
pub fn builtin_kinds() -> impl Iterator<Item = &'static KindTable> {
    KINDS.kinds.values()
}

struct Table {
    kinds: BTreeMap<String, KindTable>,
    types: Vec<&'static str>,
}

#[derive(Deserialize)]
struct KindLine {
    kind: String,
    plural: String,
    namespaced: bool,
    status: bool,
    #[serde(rename = "type")]
    root: u32,
}

fn read_table() -> Table {
    let (kinds, types) = TABLE.split_once("\n\n").expect("an empty line parts kinds from types");
    let kinds = kinds.lines().map(|line| {
        let line: KindLine = serde_json::from_str(line).expect("the checked-in table is well-formed");
        (line.kind.clone(), kind_table(line))
    });
    Table { kinds: kinds.collect(), types: types.lines().collect() }
}

fn kind_table(line: KindLine) -> KindTable {
    let (api_version, kind) = line.kind.rsplit_once('/').expect("kinds are written VERSION/KIND");
    let served = ServedKind {
        api_version: ApiVersion::new(api_version),
        kind: Arc::from(kind),
        plural: Arc::from(line.plural),
        reach: if line.namespaced { Reach::Namespaced } else { Reach::Cluster },
        status: if line.status { HasStatus::Subresource } else { HasStatus::No },
    };
    KindTable { served, root: line.root, schema: OnceLock::new() }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TypeLine {
    Named(String),
    Struct {
        f: BTreeMap<String, FieldLine>,
        #[serde(default)]
        atomic: u8,
    },
    Map {
        m: u32,
        #[serde(default)]
        atomic: u8,
        #[serde(default)]
        derived: u8,
    },
    List {
        l: u32,
        #[serde(default)]
        set: u8,
        #[serde(default)]
        keys: Vec<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FieldLine {
    Plain(u32, String),
    Defaulted(u32, String, DefaultLine),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum DefaultLine {
    Constant {
        c: Value,
    },
    Conditional {
        #[serde(rename = "d")]
        _mark: u8,
    },
    List {
        #[serde(rename = "l")]
        _mark: u8,
    },
    ServerSet {
        #[serde(rename = "s")]
        _mark: u8,
    },
}

/// Copies what a kind needs of the table into an arena of its own, numbered as it is met.
#[derive(Default)]
struct Reader {
    numbers: BTreeMap<u32, NodeId>,
    nodes: Vec<Node>,
}

impl Reader {
    fn read(mut self, root: u32) -> Schema {
        self.copy(root);
        Schema::new(self.nodes, Flavour::BuiltIn)
    }

    fn copy(&mut self, line: u32) -> NodeId {
        if let Some(known) = self.numbers.get(&line) {
            return *known;
        }
        let id = NodeId(u32::try_from(self.nodes.len()).expect("the table has some hundred types"));
        self.numbers.insert(line, id);
        self.nodes.push(Node::Untyped);
        let text = KINDS.types[line as usize];
        let parsed = serde_json::from_str(text).expect("the checked-in table is well-formed");
        let node = self.node(parsed);
        self.nodes[id.0 as usize] = node;
        id
    }

    fn node(&mut self, line: TypeLine) -> Node {
        match line {
            TypeLine::Named(name) => named(&name),
            TypeLine::Struct { f, atomic } => {
                let fields = f.into_iter().map(|(name, line)| (name.into_boxed_str(), self.field(line)));
                let fields = fields.collect();
                Node::Map(MapNode { fields, entries: None, merge: merge(atomic), derived: Derived::Never })
            }
            TypeLine::Map { m, atomic, derived } => {
                let entries = Some(self.copy(m));
                let derived = if derived == 1 { Derived::FromOthers } else { Derived::Never };
                Node::Map(MapNode { fields: Vec::new(), entries, merge: merge(atomic), derived })
            }
            TypeLine::List { l, set, keys } => {
                let item = self.copy(l);
                let identity = match (set, keys.is_empty()) {
                    (1, _) => Identity::Set,
                    (_, true) => Identity::Atomic,
                    (_, false) => Identity::Keys(keys.into_iter().map(|key| self.key(item, key)).collect()),
                };
                Node::List(ListNode { item, identity })
            }
        }
    }

    fn key(&self, item: NodeId, name: String) -> Key {
        let default = match &self.nodes[item.0 as usize] {
            Node::Map(map) => map.field(&name).and_then(|field| match &field.default {
                Default::Constant(value) => Some(value.clone()),
                Default::None | Default::Conditional | Default::List | Default::ServerSet => None,
            }),
            Node::Scalar(_) | Node::List(_) | Node::Untyped => None,
        };
        Key { name: name.into_boxed_str(), default }
    }

    fn field(&mut self, line: FieldLine) -> Field {
        let (line, empty, default) = match line {
            FieldLine::Plain(line, empty) => (line, empty, Default::None),
            FieldLine::Defaulted(line, empty, default) => (line, empty, constant(default)),
        };
        Field { node: self.copy(line), empty: how_empty(&empty), default }
    }
}

fn merge(atomic: u8) -> Merge {
    if atomic == 1 { Merge::Atomic } else { Merge::Granular }
}

fn constant(line: DefaultLine) -> Default {
    match line {
        DefaultLine::Constant { c } => Default::Constant(c),
        DefaultLine::Conditional { _mark } => Default::Conditional,
        DefaultLine::List { _mark } => Default::List,
        DefaultLine::ServerSet { _mark } => Default::ServerSet,
    }
}

fn how_empty(code: &str) -> Empty {
    match code {
        "d" => Empty::Drop,
        "p" => Empty::Pointer,
        "s" => Empty::Struct,
        "n" => Empty::Null,
        _ => Empty::Keep,
    }
}

fn named(name: &str) -> Node {
    Node::Scalar(match name {
        "text" => Format::Text,
        "quantity" => Format::Quantity,
        "quantity-milli" => Format::QuantityMilli,
        "int-or-string" => Format::IntOrString,
        "time" => Format::Time,
        "micro-time" => Format::MicroTime,
        "bytes" => Format::Bytes,
        "untyped" => return Node::Untyped,
        _ => Format::Plain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_kind_can_be_read() {
        for kind in builtin_kinds() {
            assert!(matches!(kind.schema().root(), Node::Map(_)), "{:?}", kind.served);
        }
        assert!(builtin_kinds().count() >= 60);
    }

    #[test]
    fn service_ports_are_keyed_by_port_and_defaulted_protocol() {
        let service = builtin(&ApiVersion::new("v1"), "Service").expect("there").schema();
        let Node::Map(root) = service.root() else { panic!("a map") };
        let Node::Map(spec) = service.node(root.entry("spec")) else { panic!("a map") };
        let Node::List(ports) = service.node(spec.entry("ports")) else { panic!("a list") };
        let keys = vec![
            Key { name: "port".into(), default: None },
            Key { name: "protocol".into(), default: Some(Value::from("TCP")) },
        ];
        assert_eq!(ports.identity, Identity::Keys(keys));
    }
}
