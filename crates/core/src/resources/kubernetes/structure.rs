//! What may stand where in a manifest of a built-in kind, for those who check manifests before anything is asked.

use super::schema::{Format, MapNode, Node, ROOT, Schema, builtin};
use crate::engine::question::ApiVersion;
use std::sync::Arc;

/// A place in a manifest of a built-in kind.
#[derive(Clone, Copy, Debug)]
pub struct Structure<'s> {
    schema: &'s Schema,
    node: &'s Node,
}

/// What stands in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stands {
    /// A map with these fields and no others.
    Fields,
    /// A map with any keys.
    Map,
    /// A list.
    List,
    /// Text.
    Text,
    /// A number or a truth value.
    Plain,
    /// A single value of any sort.
    Scalar,
    /// Nobody knows.
    Anything,
}

/// Returns the structure of a built-in kind in this version, if it is one.
#[must_use]
pub fn structure(api_version: &ApiVersion, kind: &str) -> Option<Structure<'static>> {
    let schema: &'static Arc<Schema> = builtin(api_version, kind)?.schema();
    Some(Structure { schema, node: schema.node(ROOT) })
}

impl<'s> Structure<'s> {
    /// Says what stands here.
    #[must_use]
    pub fn expected(self) -> Stands {
        match self.node {
            Node::Map(map) if map.entries.is_none() && !map.fields.is_empty() => Stands::Fields,
            Node::Map(_) => Stands::Map,
            Node::List(_) => Stands::List,
            Node::Untyped => Stands::Anything,
            Node::Scalar(format) => match format {
                Format::Text | Format::Time | Format::MicroTime | Format::Bytes => Stands::Text,
                Format::Plain => Stands::Plain,
                Format::IntOrString | Format::Quantity | Format::QuantityMilli => Stands::Scalar,
            },
        }
    }

    /// Returns the place of a field or an entry; nothing if there is no such field.
    #[must_use]
    pub fn entry(self, name: &str) -> Option<Self> {
        let map = self.map()?;
        let id = map.field(name).map(|field| field.node).or(map.entries)?;
        Some(Self { node: self.schema.node(id), ..self })
    }

    /// Returns the place of any item of a list.
    #[must_use]
    pub fn item(self) -> Option<Self> {
        let Node::List(list) = self.node else { return None };
        Some(Self { node: self.schema.node(list.item), ..self })
    }

    /// Returns the names of the fields.
    pub fn fields(self) -> impl Iterator<Item = &'s str> {
        self.map().into_iter().flat_map(|map| map.fields.iter().map(|(name, _)| &**name))
    }

    fn map(self) -> Option<&'s MapNode> {
        if let Node::Map(map) = self.node { Some(map) } else { None }
    }
}
