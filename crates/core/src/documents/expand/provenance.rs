//! Where each value of a merged document is written.

use crate::diagnostic::Location;
use crate::documents::repository::overlay::Merged;
use crate::documents::source::{Sources, Span};
use crate::documents::yaml::tree::{Content, Node};
use crate::engine::id::ResourceId;
use crate::engine::path::{Path, Segment};
use crate::engine::value::Map;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The merged trees of all resources, which know the file of every value; locations are worked out when asked for.
#[derive(Clone, Debug)]
pub struct Provenance {
    sources: Arc<Sources>,
    resources: BTreeMap<ResourceId, Arc<Merged>>,
}

impl Provenance {
    pub(super) fn new(sources: Arc<Sources>) -> Self {
        Self { sources, resources: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, id: ResourceId, merged: Arc<Merged>) {
        self.resources.insert(id, merged);
    }

    /// Returns where a value is written or, if it is not in the document, what is nearest around it.
    ///
    /// A resource whose namespace was filled in is found by its address without one, too.
    #[must_use]
    pub fn locate(&self, id: &ResourceId, path: &Path) -> Option<Location> {
        let merged = self.get(id)?;
        let mut at = merged.document.at;
        let mut node = &merged.document.node;
        // What a document of ours says begins below its `spec`.
        if let Some(spec) = merged.document.own.and_then(|_| node.get("spec")) {
            node = spec;
        }
        for segment in &path.0 {
            let Some((inner, span)) = step(node, segment) else { break };
            node = inner;
            at = span;
        }
        Some(self.sources.locate(at))
    }

    /// Returns the directories that wrote a resource's document, lowest base first.
    #[must_use]
    pub fn layers(&self, id: &ResourceId) -> &[Arc<str>] {
        self.get(id).map_or(&[], |merged| &merged.layers)
    }

    fn get(&self, id: &ResourceId) -> Option<&Merged> {
        let anywhere = || self.resources.get(&ResourceId { namespace: None, ..id.clone() });
        self.resources.get(id).or_else(anywhere).map(Arc::as_ref)
    }
}

/// Points at the key of a map's entry, as a block value may begin lines below it; at the item of a list itself.
fn step<'a>(node: &'a Node, segment: &Segment) -> Option<(&'a Node, Span)> {
    match segment {
        Segment::Field(name) => {
            node.entry(name).map(|entry| (&entry.value, pointed(entry.key_span, &entry.value)))
        }
        Segment::Index(index) => node.items()?.get(*index).map(|item| (item, item.span)),
        Segment::Keyed(keys) => {
            node.items()?.iter().find(|item| has(item, keys)).map(|item| (item, item.span))
        }
        Segment::Member(member) => {
            node.items()?.iter().find(|item| item.to_value() == *member).map(|item| (item, item.span))
        }
    }
}

fn pointed(key: Span, value: &Node) -> Span {
    match value.content {
        Content::List(_) | Content::Map(_) => key,
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => value.span,
    }
}

fn has(item: &Node, keys: &Map) -> bool {
    keys.iter().all(|(key, wanted)| item.get(key).is_some_and(|value| value.to_value() == *wanted))
}
