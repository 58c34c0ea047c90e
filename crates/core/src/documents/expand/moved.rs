//! Checks `evenkeel.dev/moved-from`: one thing has one new address, and is not in Git under the old one as well.

use super::index::{Index, Key};
use super::{Draft, Sources};
use crate::diagnostic::Diagnostic;
use crate::documents::codes;
use crate::engine::id::ResourceId;
use crate::engine::path::Path;
use crate::resources;
use std::collections::BTreeMap;

/// Tells addresses that nothing can have moved from, and moves that would never end.
pub(super) fn check(drafts: &[Draft], index: &Index<'_>, sources: &Sources) -> Vec<Diagnostic> {
    let mut taken: BTreeMap<Key, &ResourceId> = BTreeMap::new();
    let mut findings: Vec<Diagnostic> =
        drafts.iter().filter_map(|draft| never_starts(draft, sources)).collect();
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

/// What goes on where something else stopped is made standing still; only Git says that it is to run then.
fn never_starts(draft: &Draft, sources: &Sources) -> Option<Diagnostic> {
    let (_, at) = draft.moved_from.first()?;
    let state = Path::of(&["state"]);
    if !resources::has_offsets(&draft.id) || !draft.ignored.iter().any(|ignored| ignored.contains(&state)) {
        return None;
    }
    let message = format!("{} moves, and nobody says whether it runs then", draft.id);
    let hint = "write `spec.state`, and leave it to others once it has moved";
    Some(Diagnostic::error(codes::MOVED, sources.locate(*at), message).hint(hint))
}
