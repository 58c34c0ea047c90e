//! Managers whose entries must be handed over to ours before removals work: Helm, client-side apply, and the one
//! that the server invents for objects without any entry.

use super::is_person;
use super::owners::{BEFORE_FIRST_APPLY, Entries, Entry};
use crate::engine::question::{Body, Seen};
use crate::engine::verdict::Operation;
use crate::resources::Occasion;
use std::sync::Arc;

/// Why entries have to be handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Legacy {
    /// Helm wrote it as an update.
    Helm,
    /// `kubectl apply` without `--server-side`, or `kubectl create`, wrote it.
    ClientSideApply,
    /// The server keeps no record of who wrote it, and would invent one.
    BeforeFirstApply,
    /// A person wrote it, before it was ours.
    Person,
}

/// Returns the managers whose entries block removal until they are handed over, and why.
#[must_use]
pub fn migrations(seen: &Seen, occasion: Occasion) -> Vec<(Arc<str>, Legacy)> {
    let Body::Whole(live) = &seen.body else { return Vec::new() };
    let entries = Entries::of(live);
    if entries.is_unrecorded() {
        return vec![(Arc::from(BEFORE_FIRST_APPLY), Legacy::BeforeFirstApply)];
    }
    let mut found: Vec<_> = entries
        .others
        .iter()
        .filter_map(|entry| Some((Arc::clone(&entry.manager.name), legacy(entry, occasion)?)))
        .collect();
    found.sort();
    found.dedup();
    found
}

fn legacy(entry: &Entry<'_>, occasion: Occasion) -> Option<Legacy> {
    let manager = &entry.manager;
    let adopts = occasion == Occasion::Adoption;
    match (&*manager.name, manager.operation) {
        (_, _) if manager.subresource.is_some() => None,
        (BEFORE_FIRST_APPLY, _) => Some(Legacy::BeforeFirstApply),
        ("helm" | "Helm" | "Go-http-client", Operation::Update) => Some(Legacy::Helm),
        ("kubectl-client-side-apply" | "kubectl-create" | "kubectl-last-applied", Operation::Update) => {
            Some(Legacy::ClientSideApply)
        }
        ("kubectl-last-applied", Operation::Apply) => Some(Legacy::ClientSideApply),
        ("helm" | "Helm", Operation::Apply) if adopts => Some(Legacy::Helm),
        ("kubectl", Operation::Apply) if adopts => Some(Legacy::Person),
        (_, Operation::Update) if adopts && is_person(manager) => Some(Legacy::Person),
        (_, Operation::Apply | Operation::Update) => None,
    }
}
