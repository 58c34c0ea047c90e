//! Finds the resources of an environment by what manifests call them.

use super::Draft;
use crate::diagnostic::Diagnostic;
use crate::documents::codes;
use crate::documents::source::Sources;
use crate::engine::id::{ConnectionId, ConnectionName, Kind, ResourceId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names come first, as they tell most resources apart.
pub(super) type Key = (Arc<str>, Kind, Option<Arc<str>>, ConnectionId);

/// Resources by address, the connection's default namespace filled in on both sides.
///
/// Kinds that live at the top get that namespace too; as they get it on both sides, they still find each other.
pub(super) struct Index<'a> {
    places: BTreeMap<Key, usize>,
    namespaces: &'a BTreeMap<ConnectionName, Arc<str>>,
    twice: Vec<(usize, usize)>,
}

impl<'a> Index<'a> {
    pub(super) fn of(drafts: &[Draft], namespaces: &'a BTreeMap<ConnectionName, Arc<str>>) -> Self {
        let mut index = Self { places: BTreeMap::new(), namespaces, twice: Vec::new() };
        for (place, draft) in drafts.iter().enumerate() {
            if let Some(other) = index.places.insert(index.key(&draft.id), place) {
                index.twice.push((other, place));
            }
        }
        index
    }

    /// Returns what an address is found by: the same for one that names the default namespace and one that does not.
    pub(super) fn key(&self, id: &ResourceId) -> Key {
        let ResourceId { system: _, connection, kind, namespace, name } = id;
        let namespace = namespace.as_ref().or_else(|| self.namespaces.get(connection));
        (Arc::clone(name), kind.clone(), namespace.cloned(), id.connection_id())
    }

    /// Returns the place of a resource in the drafts.
    pub(super) fn find(&self, id: &ResourceId) -> Option<usize> {
        self.places.get(&self.key(id)).copied()
    }

    /// Tells resources that are the same one once the default namespace is filled in.
    pub(super) fn twice(&self, drafts: &[Draft], sources: &Sources) -> Vec<Diagnostic> {
        let told = self.twice.iter().map(|(one, two)| {
            let (one, two) = (&drafts[*one], &drafts[*two]);
            let namespace = two.id.namespace.as_deref().or(one.id.namespace.as_deref());
            let at = sources.locate(two.merged.document.at);
            Diagnostic::error(codes::DUPLICATE_DOCUMENT, at, format!("{} is there twice", two.id))
                .note(format!("first at {}", sources.locate(one.merged.document.at)))
                .note(format!(
                    "one names no namespace, and {} is the connection's",
                    namespace.unwrap_or_default()
                ))
        });
        told.collect()
    }
}
