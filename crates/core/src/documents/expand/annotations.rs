//! The annotations of ours on one document: connection, needs, places left to others.

use crate::diagnostic::Diagnostic;
use crate::documents::codes;
use crate::documents::metadata::{CONNECTION, DEPENDS_ON, IGNORE, MOVED_FROM};
use crate::documents::source::{Sources, Span};
use crate::documents::yaml::tree::Node;
use crate::engine::id::{AddressError, ResourceId};
use crate::engine::path::{Path, Segment};
use crate::engine::value::{Map, Value};
use std::sync::Arc;

/// What the annotations of one document say.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    pub connection_at: Option<Span>,
    pub depends_on: Vec<(ResourceId, Span)>,
    pub ignored: Vec<Path>,
    pub moved_from: Vec<(ResourceId, Span)>,
}

pub(super) fn read_annotations(node: &Node, sources: &Sources) -> (Annotations, Vec<Diagnostic>) {
    let annotation = |name| node.at(&["metadata", "annotations", name]);
    let mut read =
        Annotations { connection_at: annotation(CONNECTION).map(|node| node.span), ..Annotations::default() };
    let mut findings = Vec::new();
    let no_address = |error: AddressError, at| {
        Diagnostic::error(codes::ADDRESS, sources.locate(at), error.to_string())
            .hint("for example kubernetes:Secret/graph/orders-auth")
    };
    let lists = [(DEPENDS_ON, &mut read.depends_on), (MOVED_FROM, &mut read.moved_from)];
    for (name, addresses) in lists {
        for (text, at) in items(annotation(name), sources) {
            match text.parse::<ResourceId>() {
                Ok(address) => addresses.push((address, at)),
                Err(error) => findings.push(no_address(error, at)),
            }
        }
    }
    for (text, at) in items(annotation(IGNORE), sources) {
        match parse_path(&text) {
            Some(path) => read.ignored.push(path),
            None => findings.push(
                Diagnostic::error(codes::IGNORE_PATH, sources.locate(at), format!("`{text}` is no path"))
                    .hint("for example /spec/replicas, or spec.template.spec.containers[app].image"),
            ),
        }
    }
    (read, findings)
}

/// Takes a list apart, whether it is written with commas or as the text of a YAML list; each item with its own place.
fn items(node: Option<&Node>, sources: &Sources) -> Vec<(String, Span)> {
    let Some((text, at)) = node.and_then(|node| Some((node.text()?, node.span))) else { return Vec::new() };
    let inner = text.trim();
    let inner = inner.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(inner);
    let separate = split_outside_brackets(inner);
    let cleaned =
        separate.iter().map(|item| item.trim().trim_start_matches("- ").trim_matches(['"', '\'']).trim());
    let mut from = at.start;
    let placed = cleaned.filter(|item| !item.is_empty()).map(|item| {
        let place = place_of(item, Span { start: from, ..at }, sources).unwrap_or(at);
        from = if place == at { from } else { place.end };
        (item.to_owned(), place)
    });
    placed.collect()
}

fn place_of(item: &str, within: Span, sources: &Sources) -> Option<Span> {
    let written = sources.get(within.file)?.text().get(within.start as usize..within.end as usize)?;
    let start = within.start + u32::try_from(written.find(item)?).ok()?;
    Some(Span { start, end: start + u32::try_from(item.len()).ok()?, ..within })
}

fn split_outside_brackets(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    text.split(|letter: char| {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(letter, ',' | '\n')
    })
    .collect()
}

/// Reads `/spec/replicas` (a JSON pointer) or `spec.containers[app].image`, as reports print paths.
fn parse_path(text: &str) -> Option<Path> {
    let segments = match text.strip_prefix('/') {
        Some(rest) => rest.split('/').map(pointer_segment).collect::<Option<Vec<_>>>()?,
        None => dotted(text)?,
    };
    (!segments.is_empty()).then_some(Path(segments))
}

fn pointer_segment(text: &str) -> Option<Segment> {
    if text.is_empty() {
        return None;
    }
    let unescaped = text.replace("~1", "/").replace("~0", "~");
    Some(unescaped.parse().map_or_else(|_| field(&unescaped), Segment::Index))
}

fn dotted(text: &str) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = match inner.strip_prefix('"') {
                Some(quoted) => quoted.find("\"]")? + 2,
                None => inner.find(']')?,
            };
            segments.push(bracketed(&inner[..end])?);
            rest = &inner[end + 1..];
        } else {
            let start = rest.strip_prefix('.').filter(|_| !segments.is_empty()).unwrap_or(rest);
            let end = start.find(['.', '[']).unwrap_or(start.len());
            if end == 0 {
                return None;
            }
            segments.push(field(&start[..end]));
            rest = &start[end..];
        }
    }
    Some(segments)
}

fn bracketed(inner: &str) -> Option<Segment> {
    if let Some(quoted) = inner.strip_prefix('"') {
        return Some(field(quoted.strip_suffix('"')?));
    }
    if let Ok(index) = inner.parse() {
        return Some(Segment::Index(index));
    }
    if let Some(member) = inner.strip_prefix('=') {
        return Some(Segment::Member(scalar(member)));
    }
    if !inner.contains('=') {
        return Some(Segment::Keyed(Map::from([("name".to_owned(), scalar(inner))])));
    }
    let keys =
        inner.split(',').map(|pair| pair.split_once('=').map(|(key, value)| (key.to_owned(), scalar(value))));
    keys.collect::<Option<Map>>().map(Segment::Keyed)
}

fn scalar(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from)
}

fn field(name: &str) -> Segment {
    Segment::Field(Arc::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_be_written_with_slashes_or_as_reports_print_it() {
        for (text, printed) in [
            ("/spec/replicas", "spec.replicas"),
            ("/metadata/annotations/a.b~1c", "metadata.annotations[\"a.b/c\"]"),
            ("/spec/containers/0/image", "spec.containers[0].image"),
            ("spec.containers[app].image", "spec.containers[app].image"),
            ("spec.ports[port=53,protocol=UDP]", "spec.ports[port=53,protocol=UDP]"),
            ("data[\"tls.crt\"]", "data[\"tls.crt\"]"),
        ] {
            assert_eq!(parse_path(text).unwrap().to_string(), printed, "{text}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["", "/", "//a", "a..b", "a[", "a[\"b]", ".a"] {
            assert!(parse_path(text).is_none(), "{text}");
        }
    }
}
