//! Where in a file some bytes of a text value stand, however the value is quoted, folded or indented.

use crate::documents::source::{Sources, Span, Text};
use crate::documents::yaml::tree::Node;
use std::ops::Range;

/// Returns the place of some bytes of a text value.
///
/// YAML takes indents, quotes and backslashes out of a value and leaves the order of the rest, so the value's letters
/// are found one after another in what is written.
pub(super) fn within(node: &Node, bytes: &Range<usize>, sources: &Sources) -> Span {
    let whole = node.span;
    let (Some(value), Some(file)) = (node.text(), sources.get(whole.file).map(Text::text)) else {
        return whole;
    };
    let Some(written) = file.get(whole.start as usize..whole.end as usize) else { return whole };
    let places = places(value, written);
    let place = |at: usize| places.get(at).copied().flatten();
    let first = (bytes.start..value.len()).find_map(place);
    let last = (bytes.start..bytes.end.min(value.len())).rev().find_map(place);
    let Some(first) = first else { return end_of(whole, written) };
    let last = last.filter(|last| *last >= first).unwrap_or(first);
    let offset = |at: usize| whole.start + u32::try_from(at).unwrap_or_default();
    Span { file: whole.file, start: offset(first), end: offset(last + 1) }
}

/// What is missing at the end is pointed at behind the last letter.
fn end_of(whole: Span, written: &str) -> Span {
    let end = whole.start + u32::try_from(written.trim_end().len()).unwrap_or_default();
    Span { file: whole.file, start: end.saturating_sub(1).max(whole.start), end }
}

/// For each byte of the value that begins a letter other than a blank, where that letter is written.
fn places(value: &str, written: &str) -> Vec<Option<usize>> {
    let mut places = vec![None; value.len()];
    let mut at = body(written);
    for (index, letter) in value.char_indices().filter(|(_, letter)| !letter.is_whitespace()) {
        let Some(found) = written.get(at..).and_then(|rest| rest.find(letter)) else { return places };
        places[index] = Some(at + found);
        at += found + letter.len_utf8();
    }
    places
}

/// Passes over the header of a block: `|-`, `>2+`, and a comment after it.
fn body(written: &str) -> usize {
    let block = written.starts_with(['|', '>']);
    if block { written.find('\n').unwrap_or_default() } else { 0 }
}
