//! The structure of a kind: what merges field by field, what is replaced as a whole, and what the server fills in.
//!
//! Built-in kinds come from a checked-in table, custom resources from their CRD; both become the same type, an
//! arena of nodes, because schemas of schemas contain themselves.

mod custom;
mod table;

pub(crate) use custom::from_open_api;
pub use table::{KindTable, builtin, builtin_kinds};

use crate::engine::fingerprint::Fingerprint;
use crate::engine::value::Value;

/// The structure of one version of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Schema {
    nodes: Vec<Node>,
    /// Whose habits the server follows.
    pub flavour: Flavour,
}

/// Whose habits the server follows when it stores an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flavour {
    /// Go types: quantities are respelled, empty values may vanish.
    BuiltIn,
    /// Stored as it was sent, pruned by its schema.
    Custom,
}

/// A node's place in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(crate) u32);

impl NodeId {
    /// Names no node: what stands there is untyped.
    pub(crate) const UNKNOWN: Self = Self(u32::MAX);
}

/// One type of value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    /// A single value.
    Scalar(Format),
    /// A map with declared fields, others, or both.
    Map(MapNode),
    /// A list.
    List(ListNode),
    /// Nothing is known: maps merge entry by entry, lists are replaced as a whole.
    Untyped,
}

/// How single values are spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Format {
    /// As they are written: numbers, truth values, and text of custom resources.
    Plain,
    /// Text of a built-in kind, where null is the empty text.
    Text,
    /// `80` or `"80"`, which differ.
    IntOrString,
    /// A quantity.
    Quantity,
    /// A quantity that is rounded up to thousandths.
    QuantityMilli,
    /// A time of whole seconds.
    Time,
    /// A time of six decimals.
    MicroTime,
    /// Base64.
    Bytes,
}

/// A map type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MapNode {
    /// Declared fields, sorted by name.
    pub(crate) fields: Vec<(Box<str>, Field)>,
    /// The type of entries that are not declared.
    pub(crate) entries: Option<NodeId>,
    /// Whether entries merge.
    pub(crate) merge: Merge,
    /// Whether the server derives entries from other fields.
    pub(crate) derived: Derived,
}

/// Whether the parts of a value have owners of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Merge {
    /// Part by part.
    Granular,
    /// Only as a whole.
    Atomic,
}

/// Whether the server derives map entries from other fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Derived {
    /// A removed entry may come back.
    FromOthers,
    /// A removed entry is gone.
    Never,
}

/// A declared field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Field {
    pub(crate) node: NodeId,
    pub(crate) empty: Empty,
    pub(crate) default: Default,
}

/// What the server does with an empty value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Empty {
    /// It vanishes: the same as not written.
    Drop,
    /// It stays.
    Keep,
    /// It stays, as it is told apart from absence.
    Pointer,
    /// The map is always there.
    Struct,
    /// The list reads back as null.
    Null,
}

/// What the server puts where nothing is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Default {
    /// Nothing.
    None,
    /// Always the same.
    Constant(Value),
    /// It depends on other fields.
    Conditional,
    /// A list.
    List,
    /// The server allocates it or carries it over.
    ServerSet,
}

/// A list type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ListNode {
    pub(crate) item: NodeId,
    pub(crate) identity: Identity,
}

/// What makes two items of a list the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    /// Nothing: the list is replaced as a whole.
    Atomic,
    /// Their value.
    Set,
    /// These fields of theirs.
    Keys(Vec<Key>),
}

/// A key field of a keyed list, and what it is where it is not written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) name: Box<str>,
    pub(crate) default: Option<Value>,
}

pub(crate) const ROOT: NodeId = NodeId(0);

impl Schema {
    /// Returns a schema that knows nothing but what every object has.
    #[must_use]
    pub fn untyped() -> Self {
        from_open_api(&Value::Null)
    }

    pub(crate) fn new(nodes: Vec<Node>, flavour: Flavour) -> Self {
        Self { nodes, flavour }
    }

    /// Returns what tells whether this is the schema that a comparison used.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self)
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        static UNTYPED: Node = Node::Untyped;
        self.nodes.get(id.0 as usize).unwrap_or(&UNTYPED)
    }

    pub(crate) fn root(&self) -> &Node {
        self.node(ROOT)
    }
}

impl MapNode {
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        let found = self.fields.binary_search_by(|(field, _)| (**field).cmp(name)).ok()?;
        self.fields.get(found).map(|(_, field)| field)
    }

    /// Returns the type of an entry, declared or not.
    pub(crate) fn entry(&self, name: &str) -> NodeId {
        self.field(name).map(|field| field.node).or(self.entries).unwrap_or(NodeId::UNKNOWN)
    }
}
