//! The documents of an environment: each layer laid over those below it.

use super::identify::{DocumentKey, Written};
use super::merge::merge;
use crate::diagnostic::{Diagnostic, Location};
use crate::documents::source::Span;
use crate::documents::yaml::tree::{Content, Node};
use crate::documents::{OwnKind, codes};
use crate::engine::id::ConnectionName;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One document after merging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merged {
    /// What it is and says; values keep the places of the layers they come from. Shared with its layer while only
    /// one layer wrote it.
    pub document: Arc<Written>,
    /// The layers that wrote it, lowest first.
    pub layers: Vec<Arc<str>>,
}

impl Merged {
    fn take(&mut self, patch: &Written, layer: &Arc<str>) {
        let document = Arc::make_mut(&mut self.document);
        let nothing = Node { span: patch.at, content: Content::Null };
        let base = std::mem::replace(&mut document.node, nothing);
        document.node = merge(base, &patch.node);
        document.at = patch.at;
        document.connection = patch.connection.clone().or(document.connection.take());
        self.layers.push(Arc::clone(layer));
    }
}

/// Tells documents twice within one layer: whichever counted, the other would be lost in silence.
pub(super) fn duplicates(documents: &[Arc<Written>], locate: &dyn Fn(Span) -> Location) -> Vec<Diagnostic> {
    let mut first: BTreeMap<(&DocumentKey, &str), &Written> = BTreeMap::new();
    let mut findings = Vec::new();
    for document in documents {
        match first.entry((&document.key, connection(document))) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(document);
            }
            std::collections::btree_map::Entry::Occupied(place) => {
                let DocumentKey { group: _, kind, namespace: _, name } = &document.key;
                let message = format!("{kind}/{name} is there twice in this directory");
                findings.push(
                    Diagnostic::error(codes::DUPLICATE_DOCUMENT, locate(document.at), message)
                        .note(format!("first at {}", locate(place.get().at)))
                        .hint("remove one of them, or move one into a base to merge them"),
                );
            }
        }
    }
    findings
}

fn connection(document: &Written) -> &str {
    document.connection.as_deref().unwrap_or(ConnectionName::DEFAULT)
}

/// Documents by identity; more than one only where they are on several connections.
#[derive(Debug, Default)]
pub(super) struct Overlay(BTreeMap<DocumentKey, Vec<Merged>>);

impl Overlay {
    /// Lays one directory over what is there.
    pub(super) fn lay<'a>(
        &mut self,
        layer: &Arc<str>,
        documents: impl IntoIterator<Item = &'a Arc<Written>>,
    ) {
        for document in documents {
            let same = self.0.entry(document.key.clone()).or_default();
            match counterpart(same, document) {
                Some(below) => below.take(document, layer),
                None => same.push(Merged { document: Arc::clone(document), layers: vec![Arc::clone(layer)] }),
            }
        }
    }

    /// Drops what holds for one environment only, before the next one is laid over it.
    pub(super) fn drop_own(&mut self, kinds: &[OwnKind]) {
        self.0.retain(|_, same| {
            same.iter().all(|merged| merged.document.own.is_none_or(|own| !kinds.contains(&own)))
        });
    }

    pub(super) fn into_documents(self) -> impl Iterator<Item = Merged> {
        self.0.into_values().flatten()
    }
}

/// An overlay that names no connection means the only one there is, else the default one.
fn counterpart<'a>(same: &'a mut [Merged], document: &Written) -> Option<&'a mut Merged> {
    if document.connection.is_none() && same.len() == 1 {
        return same.first_mut();
    }
    same.iter_mut().find(|merged| connection(&merged.document) == connection(document))
}
