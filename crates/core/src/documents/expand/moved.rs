//! Checks `evenkeel.dev/moved-from`: one thing has one new address, and is not in Git under the old one as well.

use super::index::{Index, Key};
use super::{Draft, Sources};
use crate::diagnostic::Diagnostic;
use crate::documents::codes;
use crate::engine::id::ResourceId;
use std::collections::BTreeMap;

/// Tells addresses that nothing can have moved from.
pub(super) fn check(drafts: &[Draft], index: &Index<'_>, sources: &Sources) -> Vec<Diagnostic> {
    let mut taken: BTreeMap<Key, &ResourceId> = BTreeMap::new();
    let mut findings = Vec::new();
    let moves = drafts.iter().enumerate();
    let moves = moves.flat_map(|(place, draft)| draft.moved_from.iter().map(move |it| (place, draft, it)));
    for (place, draft, (from, at)) in moves {
        let found = index.find(from);
        let message = match (found, taken.insert(index.key(from), &draft.id)) {
            (Some(itself), _) if itself == place => format!("{from} is its own address"),
            (Some(_), _) => format!("{from} is still in Git"),
            (None, Some(other)) => format!("{other} has moved from {from} already"),
            (None, None) => continue,
        };
        let note = found
            .filter(|other| *other != place)
            .map(|other| format!("{from} is at {}", sources.locate(drafts[other].merged.document.at)));
        let mut finding = Diagnostic::error(codes::MOVED, sources.locate(*at), message);
        finding.notes.extend(note);
        findings.push(finding);
    }
    findings
}
