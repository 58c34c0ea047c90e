//! Checks a plain manifest of a built-in kind against the structure of that kind, before any server is asked.
//!
//! The table is that of one version of Kubernetes, and a server may know more: a field that is not in the table is an
//! error only if it is nearly one that is; otherwise it is a warning. A value of another type is an error everywhere.

use super::codes;
use super::nearest::nearest;
use super::repository::Written;
use super::source::Span;
use super::yaml::tree::{Content, Entry, Node};
use crate::diagnostic::{Diagnostic, Location};
use crate::engine::question::ApiVersion;
use crate::resources::kubernetes::{Stands, Structure, builtin_kinds, structure};

/// Returns what does not fit into a manifest's kind; nothing where the kind is not built in.
pub(super) fn misfits(document: &Written, locate: &dyn Fn(Span) -> Location) -> Vec<Diagnostic> {
    if document.own.is_some() {
        return Vec::new();
    }
    let Some(version) = document.node.text_at(&["apiVersion"]) else { return Vec::new() };
    let mut fit = Fit { kind: &document.key.kind, locate, findings: Vec::new() };
    match structure(&ApiVersion::new(&**version), &document.key.kind) {
        Some(structure) => fit.object(&document.node, structure),
        None => fit.kind(&document.node, version),
    }
    let within = format!("in {}/{}", document.key.kind, document.key.name);
    fit.findings.into_iter().map(|finding| finding.note(within.clone())).collect()
}

/// What identifying a document looks at.
const SEEN: [&str; 2] = ["labels", "annotations"];

struct Fit<'a> {
    kind: &'a str,
    locate: &'a dyn Fn(Span) -> Location,
    findings: Vec<Diagnostic>,
}

impl Fit<'_> {
    /// Warns of a kind that is nearly one of this version's: it may be a custom resource all the same.
    fn kind(&mut self, node: &Node, version: &str) {
        let known = builtin_kinds().filter(|kind| kind.served.api_version.as_str() == version);
        let near = nearest(self.kind, known.map(|kind| &*kind.served.kind));
        if let (Some(near), Some(at)) = (near, node.get("kind")) {
            let message = format!("{version} has no kind `{}` that we know", self.kind);
            let finding = Diagnostic::warning(codes::STRANGE_KIND, (self.locate)(at.span), message);
            self.findings.push(finding.label(format!("there is `{near}`")));
        }
    }

    /// Labels and annotations of the object itself were looked at when it was identified.
    fn object(&mut self, node: &Node, structure: Structure<'_>) {
        for entry in node.entries().unwrap_or_default() {
            match (structure.entry("metadata"), &entry.value.content) {
                (Some(metadata), Content::Map(fields)) if &*entry.key == "metadata" => {
                    let others = fields.iter().filter(|field| !SEEN.contains(&&*field.key));
                    others.for_each(|field| self.entry(field, metadata));
                }
                _ => self.entry(entry, structure),
            }
        }
    }

    fn value(&mut self, node: &Node, structure: Structure<'_>, name: &str) {
        match (structure.expected(), &node.content) {
            (Stands::Anything, _) | (_, Content::Null) => {}
            (Stands::Fields | Stands::Map, Content::Map(entries)) => {
                for entry in entries {
                    self.entry(entry, structure);
                }
            }
            (Stands::List, Content::List(items)) => {
                let item = structure.item();
                items
                    .iter()
                    .zip(item.into_iter().cycle())
                    .for_each(|(node, item)| self.value(node, item, name));
            }
            (Stands::Text | Stands::Scalar, Content::Text(_))
            | (Stands::Plain, Content::Number(_) | Content::Bool(_))
            | (Stands::Scalar, Content::Number(_)) => {}
            (Stands::Fields | Stands::Map, _) => self.wrong(node, name, "a map"),
            (Stands::List, _) => self.wrong(node, name, "a list"),
            (Stands::Text, _) => self.wrong(node, name, "text"),
            (Stands::Plain, _) => self.wrong(node, name, "a number or a truth value"),
            (Stands::Scalar, _) => self.wrong(node, name, "a number or text"),
        }
    }

    fn entry(&mut self, entry: &Entry, structure: Structure<'_>) {
        match structure.entry(&entry.key) {
            Some(inner) => self.value(&entry.value, inner, &entry.key),
            None => self.unknown(entry, structure),
        }
    }

    fn unknown(&mut self, entry: &Entry, structure: Structure<'_>) {
        let (at, key) = ((self.locate)(entry.key_span), &entry.key);
        let finding = match nearest(key, structure.fields()) {
            // A longer name is more likely a newer field than a slip of the finger.
            Some(near) if key.len() > near.len() + 2 => {
                Diagnostic::warning(codes::UNKNOWN_FIELD, at, format!("field `{key}` is not known here"))
                    .label(format!("there is `{near}`"))
            }
            Some(near) => Diagnostic::error(codes::UNKNOWN_FIELD, at, format!("unknown field `{key}`"))
                .label(format!("there is `{near}`")),
            None => Diagnostic::warning(codes::UNKNOWN_FIELD, at, format!("field `{key}` is not known here"))
                .hint("the API server refuses or drops it, unless it is newer than our table"),
        };
        self.findings.push(finding);
    }

    fn wrong(&mut self, node: &Node, name: &str, expected: &str) {
        let message = format!("`{name}` is {expected}, and this is {}", node.describe());
        let mut finding = Diagnostic::error(codes::WRONG_TYPE, (self.locate)(node.span), message);
        finding.hint = match (&node.content, expected) {
            (Content::Bool(value), "text") => Some(format!("write \"{value}\"")),
            (Content::Number(number), "text") => Some(format!("write \"{number}\"")),
            (Content::Text(text), "a number or a truth value")
                if text.parse::<i64>().is_ok() || matches!(&**text, "true" | "false") =>
            {
                Some(format!("write {text}"))
            }
            _ => None,
        };
        self.findings.push(finding);
    }
}
