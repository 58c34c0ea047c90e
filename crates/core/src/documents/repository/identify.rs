//! Which document a tree is: own kinds and plain manifests, lists taken apart, and what every document must have.

use crate::diagnostic::{Diagnostic, Location};
use crate::documents::metadata::{API_VERSION, GROUP};
use crate::documents::nearest::nearest;
use crate::documents::source::Span;
use crate::documents::yaml::Tree;
use crate::documents::yaml::legacy::Reading;
use crate::documents::yaml::scalar::{Scalar, resolve};
use crate::documents::yaml::tree::{Content, Entry, Node};
use crate::documents::{OwnKind, codes, metadata};
use crate::engine::id::Kind;
use crate::engine::value::Value;
use crate::resources::kubernetes;
use std::sync::Arc;

/// What makes two documents the same one: group, kind, namespace and name. The version is not part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    /// Group of the `apiVersion`; empty for the core group.
    pub group: Arc<str>,
    /// Its kind.
    pub kind: Arc<str>,
    /// Its namespace, where one is written.
    pub namespace: Option<Arc<str>>,
    /// Its name.
    pub name: Arc<str>,
}

/// One document of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Which document it is.
    pub key: DocumentKey,
    /// One of our kinds, or none for a plain manifest.
    pub own: Option<OwnKind>,
    /// The connection that it chooses, where it does.
    pub connection: Option<Arc<str>>,
    /// What it says.
    pub node: Node,
    /// Where its name is written.
    pub at: Span,
}

/// Takes the documents out of one tree and tells what they lack.
pub(super) fn identify(tree: Tree, locate: &dyn Fn(Span) -> Location) -> (Vec<Written>, Vec<Diagnostic>) {
    let Tree { root, traps, sound: _ } = tree;
    let mut reader = Identify { locate, documents: Vec::new(), findings: Vec::new() };
    let plain = root.text_at(&["apiVersion"]).is_none_or(|version| group_of(version) != GROUP);
    reader.document(root);
    if plain {
        reader.findings.extend(traps.iter().map(|trap| tell(trap, locate)));
    }
    (reader.documents, reader.findings)
}

fn tell((span, text, reading): &(Span, Arc<str>, Reading), locate: &dyn Fn(Span) -> Location) -> Diagnostic {
    let otherwise = match (reading, resolve(text)) {
        (Reading::Bool(value), _) => format!(", {value} for the truth value"),
        (Reading::Integer(number), _) => format!(", {number} for the number"),
        (Reading::Text, Scalar::Number(number)) => format!(", {number} for the number"),
        (Reading::SomeNumber | Reading::Text, _) => String::new(),
    };
    Diagnostic::error(codes::AMBIGUOUS_SCALAR, locate(*span), format!("`{text}` means different things"))
        .label(format!("kubectl and other readers of YAML 1.1 take {reading}"))
        .hint(format!("write \"{text}\" for the text{otherwise}"))
}

struct Identify<'a> {
    locate: &'a dyn Fn(Span) -> Location,
    documents: Vec<Written>,
    findings: Vec<Diagnostic>,
}

impl Identify<'_> {
    fn error(
        &mut self,
        code: crate::diagnostic::Code,
        at: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.findings.push(Diagnostic::error(code, (self.locate)(at), message));
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    fn document(&mut self, node: Node) {
        if node.entries().is_none() {
            let found = node.describe();
            self.error(codes::NOT_A_DOCUMENT, node.span, format!("a document is a map, and this is {found}"));
            return;
        }
        let (version, kind) = (self.required(&node, "apiVersion"), self.required(&node, "kind"));
        let (Some(version), Some(kind)) = (version, kind) else { return };
        if is_list(&node, &kind) {
            return self.list(node);
        }
        let group = group_of(&version);
        let own = (group == GROUP).then(|| self.own_kind(&node, &version, &kind));
        if own == Some(None) {
            return;
        }
        let own = own.flatten();
        self.annotations(&node);
        let Some((name, at)) = self.name(&node) else { return };
        if own.is_none() && !self.is_addressable(&node, &Kind::kubernetes(group, &kind)) {
            return;
        }
        let namespace = node.text_at(&["metadata", "namespace"]).cloned();
        let key = DocumentKey { group: Arc::from(group), kind, namespace, name };
        let connection = node.text_at(&["metadata", "annotations", metadata::CONNECTION]).cloned();
        self.documents.push(Written { key, own, connection, node, at });
    }

    fn list(&mut self, node: Node) {
        let Content::Map(entries) = node.content else { return };
        for Entry { key, key_span: _, value } in entries {
            if &*key == "items"
                && let Content::List(items) = value.content
            {
                for item in items {
                    self.document(item);
                }
            }
        }
    }

    fn required(&mut self, node: &Node, field: &str) -> Option<Arc<str>> {
        match node.entry(field) {
            Some(Entry { value, .. }) if value.text().is_some_and(|text| !text.is_empty()) => {
                value.text().cloned()
            }
            Some(Entry { value, .. }) if value.text().is_some() => {
                self.error(codes::MISSING_FIELD, value.span, format!("`{field}` is empty"));
                None
            }
            Some(Entry { value, .. }) => {
                let found = value.describe();
                let quoted = match value.to_value() {
                    Value::Bool(value) => Some(format!("write \"{value}\"")),
                    Value::Number(number) => Some(format!("write \"{number}\"")),
                    _ => None,
                };
                self.error(
                    codes::WRONG_TYPE,
                    value.span,
                    format!("`{field}` is text, and this is {found}"),
                )
                .hint = quoted;
                None
            }
            None => {
                let candidates = node.entries().unwrap_or_default().iter().map(|entry| &*entry.key);
                let near = nearest(field, candidates).map(str::to_owned);
                let finding =
                    self.error(codes::MISSING_FIELD, first_line(node), format!("`{field}` is missing"));
                finding.hint = near.map(|near| format!("`{near}` is there; `{field}` is what it is called"));
                None
            }
        }
    }

    /// Returns the kind, or nothing after telling why there is none.
    fn own_kind(&mut self, node: &Node, version: &str, kind: &str) -> Option<OwnKind> {
        if version != API_VERSION {
            let at = node.get("apiVersion").map_or(node.span, |node| node.span);
            let finding = self.error(codes::UNKNOWN_VERSION, at, format!("there is no `{version}`"));
            finding.hint = Some(format!("write {API_VERSION}"));
            return None;
        }
        if let Some(own) = OwnKind::named(kind) {
            return Some(own);
        }
        let at = node.get("kind").map_or(node.span, |node| node.span);
        let names = OwnKind::ALL.map(OwnKind::as_str);
        let finding = self.error(codes::UNKNOWN_KIND, at, format!("Evenkeel has no kind `{kind}`"));
        finding.label = Some(match nearest(kind, names) {
            Some(near) => format!("there is `{near}`"),
            None => format!("there are {}", names.map(|name| format!("`{name}`")).join(", ")),
        });
        None
    }

    fn name(&mut self, node: &Node) -> Option<(Arc<str>, Span)> {
        let metadata = node.get("metadata").filter(|metadata| metadata.entries().is_some());
        let Some(metadata) = metadata else {
            let at = node.entry("metadata").map_or_else(|| first_line(node), |entry| entry.key_span);
            self.error(codes::MISSING_FIELD, at, "`metadata` is missing").hint =
                Some("write `metadata: {name: NAME}`".to_owned());
            return None;
        };
        if let Some(entry) = metadata.entry("generateName") {
            self.error(
                codes::GENERATE_NAME,
                entry.key_span,
                "`generateName` names another object at every apply",
            )
            .hint = Some("write `name`".to_owned());
            return None;
        }
        let name = self.required(metadata, "name")?;
        let at = metadata.get("name").map_or(metadata.span, |name| name.span);
        Some((name, at))
    }

    /// Tells what of a manifest cannot be part of an address.
    fn is_addressable(&mut self, node: &Node, kind: &Kind) -> bool {
        type Trouble<'t> = &'t dyn Fn(&str) -> Option<&'static str>;
        let parts: [(&[&str], Trouble<'_>); 4] = [
            (&["apiVersion"], &kubernetes::version_trouble),
            (&["kind"], &kubernetes::kind_trouble),
            (&["metadata", "namespace"], &kubernetes::namespace_trouble),
            (&["metadata", "name"], &|name| kubernetes::name_trouble(kind, name)),
        ];
        let mut sound = true;
        for (path, trouble) in parts {
            let Some((part, text)) = node.at(path).and_then(|part| Some((part, part.text()?))) else {
                continue;
            };
            let Some(made_of) = trouble(text) else { continue };
            sound = false;
            let field = path.last().copied().unwrap_or_default();
            let message = match &**text {
                "" => format!("`{field}` is empty"),
                text => format!("`{text}` is no {field}"),
            };
            self.error(codes::NAME, part.span, message).hint = Some(made_of.to_owned());
        }
        sound
    }

    fn annotations(&mut self, node: &Node) {
        for field in ["labels", "annotations"] {
            for entry in node.at(&["metadata", field]).and_then(Node::entries).unwrap_or_default() {
                self.annotation(field, entry);
            }
        }
    }

    fn annotation(&mut self, field: &str, entry: &Entry) {
        let key = &*entry.key;
        if !matches!(entry.value.content, Content::Text(_) | Content::Null) {
            let found = entry.value.describe();
            let finding = self.error(
                codes::ANNOTATION,
                entry.value.span,
                format!("{field} are text, and this is {found}"),
            );
            finding.hint = Some("put the value in quotes".to_owned());
        }
        if field == "annotations" && key.starts_with("evenkeel.dev/") && !metadata::ANNOTATIONS.contains(&key)
        {
            let near = match key {
                metadata::BACKED_UP_AT => {
                    Some("whoever makes the backup writes it on what is live".to_owned())
                }
                _ => nearest(key, metadata::ANNOTATIONS.iter().copied())
                    .map(|near| format!("there is `{near}`")),
            };
            self.error(codes::ANNOTATION, entry.key_span, format!("Evenkeel has no annotation `{key}`"))
                .label = near;
        }
    }
}

fn is_list(node: &Node, kind: &str) -> bool {
    kind.ends_with("List")
        && node.get("items").is_some_and(|items| items.items().is_some())
        && node.at(&["metadata", "name"]).is_none()
}

fn group_of(version: &str) -> &str {
    version.split_once('/').map_or("", |(group, _)| group)
}

/// A document that lacks something is pointed at where it begins.
fn first_line(node: &Node) -> Span {
    node.entries().and_then(<[Entry]>::first).map_or(node.span, |entry| entry.key_span)
}
