//! Which places of a file may hold a secret, so that no finding quotes them.
//!
//! A literal secret in Git is an error, and the error must not carry it on into logs and pull requests. A finding in
//! such a place is told by what its code is about, and no line that touches one is drawn. Whatever cannot be made out
//! counts as one.

use super::codes;
use super::nearest::nearest;
use super::source::{FileIndex, Span, Text};
use super::yaml::Tree;
use super::yaml::tree::{Content, Entry, Node};
use crate::diagnostic::{Diagnostic, Location};
use crate::resources::connect::{is_secret_key, is_written_out, providers};
use std::collections::BTreeSet;

/// Where `kubectl apply` keeps a copy of all that it sent.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The kinds that are about secrets.
const KINDS: [&str; 2] = ["Secret", "ManagedSecret"];

/// The kinds in which credentials have places of their own, beside much that is none.
const KINDS_WITH_CREDENTIALS: [&str; 5] =
    ["ConnectCluster", "Connector", "KafkaCluster", "KafkaUser", "Neo4jCluster"];

/// The fields of such a kind that name where a credential is found.
const CREDENTIALS: [&str; 6] = ["ca", "certificate", "key", "password", "secrets", "token"];

/// The variable by which an image of Neo4j is told user and password.
const FIRST_PASSWORD: &str = "NEO4J_AUTH";

/// The fields of metadata that people write.
const OPEN_IN_METADATA: [&str; 6] =
    ["name", "namespace", "labels", "annotations", "finalizers", "ownerReferences"];

/// The fields of a Secret that hold none.
const OPEN_IN_SECRET: [&str; 5] = ["apiVersion", "kind", "metadata", "type", "immutable"];

/// The fields of a `ManagedSecret`, and of its spec, that hold none; `data` is looked at entry by entry.
const OPEN_IN_MANAGED: [&str; 3] = ["apiVersion", "kind", "metadata"];
const OPEN_IN_SPEC: [&str; 2] = ["type", "target"];

/// What names a source instead of holding a text.
const SOURCES: [&str; 4] = ["fromEnv", "fromFile", "fromSecret", "generate"];

/// Returns the stretches of a file that may hold secrets; `findings` are what is wrong with it as YAML.
pub(super) fn stretches(text: &Text, file: FileIndex, trees: &[Tree], findings: &[Diagnostic]) -> Vec<Span> {
    let mut private = Private::default();
    let is_read = |tree: &&Tree| tree.sound && tree.root.entries().is_some();
    let read: BTreeSet<u32> = trees.iter().filter(is_read).map(|tree| tree.root.span.start).collect();
    trees.iter().filter(is_read).for_each(|tree| private.document(&tree.root));
    if findings.is_empty() && read.len() == trees.len() {
        return private.found;
    }
    let wrong: BTreeSet<u32> = findings.iter().map(|finding| finding.at.line).collect();
    let line = |span: Span| text.locate(span).line;
    let is_broken = |stretch: &Span| {
        let end = Span { start: stretch.end, ..*stretch };
        let was_read = read.range(stretch.start..stretch.end).next().is_some();
        !was_read || wrong.range(line(*stretch)..=line(end)).next().is_some()
    };
    let broken = documents(text.text(), file).filter(is_broken);
    private.found.extend(broken.filter(|stretch| speaks_of_secrets(within(text.text(), *stretch))));
    private.found
}

/// Cuts a text where documents are separated.
fn documents(text: &str, file: FileIndex) -> impl Iterator<Item = Span> {
    let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let separators = text.match_indices("\n---").map(|(at, _)| at + 1);
    let ends = separators.clone().chain([text.len()]);
    let starts = std::iter::once(0).chain(separators);
    starts.zip(ends).map(move |(start, end)| Span { file, start: clamp(start), end: clamp(end) })
}

fn within(text: &str, stretch: Span) -> &str {
    text.get(stretch.start as usize..stretch.end as usize).unwrap_or_default()
}

/// Tells whether a line has a manifest of a Secret in its comment.
pub(super) fn has_secret_comment(line: &str) -> bool {
    line.split_once('#').is_some_and(|(_, comment)| names_secrets(comment))
}

fn names_secrets(text: &str) -> bool {
    let mut words = text.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| word == "stringData" || KINDS.contains(&word) || KINDS_WITH_CREDENTIALS.contains(&word))
}

/// Tells whether a text that nobody could read as YAML is about a Secret.
fn speaks_of_secrets(text: &str) -> bool {
    let kinds = text.match_indices("kind").map(|(at, word)| &text[at + word.len()..]);
    let words = kinds.filter_map(|rest| {
        rest.split(|letter: char| !letter.is_alphanumeric()).find(|word| !word.is_empty())
    });
    let words: Vec<&str> = words.collect();
    names_secrets(text)
        || words.iter().any(|kind| nearest(kind, KINDS.into_iter().chain(KINDS_WITH_CREDENTIALS)).is_some())
        || words.is_empty() && text.contains("data")
}

/// Rewords the findings of a file that stand in its private stretches, and says where no line is drawn.
pub(super) fn reword(text: &Text, findings: &mut [Diagnostic]) {
    if text.private().is_empty() {
        return;
    }
    let places: Vec<(Location, Location)> = text
        .private()
        .iter()
        .map(|span| (text.locate(*span), text.locate(Span { start: span.end, ..*span })))
        .collect();
    let place = |at: &Location| (at.line, at.column);
    for finding in findings {
        let at = place(&finding.at);
        if places.iter().any(|(start, end)| place(start) <= at && at <= place(end)) {
            finding.message = codes::in_general(finding.code);
            (finding.label, finding.hint) = (None, Some(hint(finding)));
            finding.notes.retain(|note| ["in ", "first at "].iter().any(|told| note.starts_with(told)));
            finding.at.length = 1;
        }
        if text.is_private(finding.at.line) {
            finding.notes.push("the line is left out, as a secret may stand in it".to_owned());
        }
    }
}

/// What helps in a place that is not quoted.
fn hint(finding: &Diagnostic) -> String {
    let within = |kind: &str| finding.notes.iter().any(|note| note.starts_with(&format!("in {kind}/")));
    let managed = within("ManagedSecret");
    match finding.code {
        codes::WRONG_TYPE if KINDS_WITH_CREDENTIALS.into_iter().any(within) => {
            "a credential names its source: `fromEnv`, `fromFile` or `fromSecret`".to_owned()
        }
        codes::LITERAL_SECRET if within("Neo4jCluster") => {
            "mount a Secret and let the server read it: \"$(bash -c 'cat PATH')\"; a first password is auth.initial"
                .to_owned()
        }
        codes::LITERAL_SECRET if !managed => {
            "let the worker fill it in: \"${file:PATH:KEY}\", or another of its providers".to_owned()
        }
        _ if managed => {
            "an entry of `data` names its source: `fromEnv`, `fromFile`, `fromSecret` or `generate`"
                .to_owned()
        }
        codes::AMBIGUOUS_SCALAR | codes::NUMBER | codes::TAG | codes::ALIAS | codes::KEY => {
            "put the text in quotes".to_owned()
        }
        code => format!("evenkeel explain {code}"),
    }
}

#[derive(Default)]
struct Private {
    found: Vec<Span>,
}

impl Private {
    fn document(&mut self, node: &Node) {
        let Some(entries) = node.entries() else { return };
        match sort(node) {
            Sort::Secret => {
                self.all_but(entries, &OPEN_IN_SECRET);
                self.metadata(node);
            }
            Sort::Managed => {
                self.managed(entries);
                self.metadata(node);
            }
            Sort::Credentials => self.credentials(entries),
            Sort::List => {
                let items = entries.iter().filter_map(|entry| entry.value.items()).flatten();
                items.for_each(|item| self.document(item));
            }
            Sort::Other => {}
        }
        let annotations = node.at(&["metadata", "annotations"]).and_then(Node::entries).unwrap_or_default();
        annotations
            .iter()
            .filter(|entry| &*entry.key == LAST_APPLIED)
            .for_each(|entry| self.hide(&entry.value));
    }

    /// Hides what stands where the source of a credential should be named, however deep.
    fn credentials(&mut self, entries: &[Entry]) {
        for entry in entries {
            let named = nearest(&entry.key, CREDENTIALS).is_some()
                || is_secret_key(&entry.key)
                || &*entry.key == FIRST_PASSWORD;
            let text = entry.value.text();
            let written_out = text.is_some_and(|text| is_written_out(&entry.key, text));
            let filled_in = text.is_some_and(|text| !providers(text).is_empty());
            match &entry.value.content {
                _ if written_out => self.hide(&entry.value),
                _ if names_a_source(&entry.value) || filled_in => {}
                Content::Map(inner) => self.credentials(inner),
                _ if named => self.hide(&entry.value),
                Content::List(items) => {
                    items.iter().filter_map(Node::entries).for_each(|inner| self.credentials(inner));
                }
                Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => {}
            }
        }
    }

    fn metadata(&mut self, node: &Node) {
        let fields = node.get("metadata").and_then(Node::entries).unwrap_or_default();
        for field in fields.iter().filter(|field| nearest(&field.key, OPEN_IN_METADATA).is_none()) {
            self.found.push(field.key_span);
            self.hide(&field.value);
        }
    }

    /// Hides all fields but some, and their names as well unless they are nearly those of fields.
    fn all_but(&mut self, entries: &[Entry], open: &[&str]) {
        for entry in entries.iter().filter(|entry| !open.contains(&&*entry.key)) {
            let is_field = nearest(&entry.key, open.iter().copied().chain(["data", "stringData"])).is_some();
            self.found.extend((!is_field).then_some(entry.key_span));
            self.hide(&entry.value);
        }
    }

    fn managed(&mut self, entries: &[Entry]) {
        let spec = entries.iter().find(|entry| &*entry.key == "spec");
        let Some(fields) = spec.and_then(|spec| spec.value.entries()) else {
            return self.all_but(entries, &OPEN_IN_MANAGED);
        };
        let beside: Vec<&str> = OPEN_IN_MANAGED.into_iter().chain(["spec"]).collect();
        self.all_but(entries, &beside);
        let data = fields.iter().find(|field| &*field.key == "data");
        let Some(sources) = data.and_then(|data| data.value.entries()) else {
            return self.all_but(fields, &OPEN_IN_SPEC);
        };
        let beside: Vec<&str> = OPEN_IN_SPEC.into_iter().chain(["data"]).collect();
        self.all_but(fields, &beside);
        for entry in sources.iter().filter(|entry| !names_a_source(&entry.value)) {
            self.found.push(entry.key_span);
            self.hide(&entry.value);
        }
    }

    /// Hides a value and all that is in it: what an alias stands for is written elsewhere.
    fn hide(&mut self, node: &Node) {
        self.found.push(node.span);
        match &node.content {
            Content::Map(entries) => entries.iter().for_each(|entry| {
                self.found.push(entry.key_span);
                self.hide(&entry.value);
            }),
            Content::List(items) => items.iter().for_each(|item| self.hide(item)),
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => {}
        }
    }
}

/// What a document is, as far as secrets go.
enum Sort {
    Secret,
    Managed,
    Credentials,
    List,
    Other,
}

fn sort(node: &Node) -> Sort {
    let kind = node.text_at(&["kind"]).map(|kind| &**kind);
    let kinds = KINDS.into_iter().chain(KINDS_WITH_CREDENTIALS);
    match kind.and_then(|kind| nearest(kind, kinds)) {
        Some("ManagedSecret") => Sort::Managed,
        Some("Secret") => Sort::Secret,
        Some(_) => Sort::Credentials,
        None if kind.is_none() || node.entry("stringData").is_some() => Sort::Secret,
        None if kind.is_some_and(|kind| kind.ends_with("List")) => Sort::List,
        None => Sort::Other,
    }
}

/// Tells whether a value names a source, or was meant to.
fn names_a_source(node: &Node) -> bool {
    matches!(node.entries(), Some([only]) if nearest(&only.key, SOURCES).is_some())
}
