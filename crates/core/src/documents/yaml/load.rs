//! Parser events to spanned trees: aliases expanded, keys checked, every finding kept, everything bounded.

mod scalars;

use super::keys::Keys;
use super::limits::{MAX_DEPTH, MAX_NODES, MAX_SHARED_BYTES, Size};
use super::tree::{Content, Entry, Node};
use super::{Tree, Trouble, syntax};
use crate::documents::source::{FileIndex, Span};
use granit_parser::{Event, Parser, ScalarStyle, Span as Stretch, Tag};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads all documents of one file. A document that is broken is left out, with its troubles told.
pub(super) fn load(file: FileIndex, text: &str) -> (Vec<Tree>, Vec<Trouble>) {
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut loader = Loader::new(file, text);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, stretch)) => loader.take(&event, &stretch),
            Err(error) => {
                loader.abandon(syntax::explain(&error, file, text));
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
        if loader.exhausted {
            break;
        }
    }
    (loader.trees, loader.troubles)
}

struct Loader<'text> {
    file: FileIndex,
    text: &'text str,
    trees: Vec<Tree>,
    troubles: Vec<Trouble>,
    document: Tree,
    open: Vec<Frame>,
    anchors: BTreeMap<usize, (Node, Size)>,
    nodes: usize,
    shared: usize,
    exhausted: bool,
}

struct Frame {
    anchor: usize,
    span: Span,
    body: Body,
}

enum Body {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, keys: Keys, key: Pending },
}

/// What a mapping waits for.
enum Pending {
    /// A key.
    Key,
    /// The value of a key.
    Value(Arc<str>, Span),
    /// The value of a key that was refused: it is read and dropped.
    Dropped,
}

impl<'text> Loader<'text> {
    fn new(file: FileIndex, text: &'text str) -> Self {
        Self {
            file,
            text,
            trees: Vec::new(),
            troubles: Vec::new(),
            document: Tree::empty(file),
            open: Vec::new(),
            anchors: BTreeMap::new(),
            nodes: 0,
            shared: 0,
            exhausted: false,
        }
    }

    fn span(&self, stretch: &Stretch) -> Span {
        let range = stretch.byte_range().unwrap_or_default();
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { file: self.file, start: clamp(range.start), end: clamp(range.end) }
    }

    fn take(&mut self, event: &Event<'_>, stretch: &Stretch) {
        let span = self.span(stretch);
        match event {
            Event::DocumentStart(..) => self.begin(),
            Event::DocumentEnd => self.finish(),
            Event::Scalar(text, style, anchor, tag) => {
                let tagged = stretch.tag_span().map_or(span, |tag| self.span(&tag));
                let node = self.scalar(text, *style, tag.as_deref().map(|tag| (tag, tagged)), span);
                self.keep(*anchor, &node);
                self.push(node, is_plain(*style, tag.as_deref()));
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", span, stretch);
                self.open(*anchor, span, Body::List(Vec::new()));
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", span, stretch);
                let body = Body::Map { entries: Vec::new(), keys: Keys::default(), key: Pending::Key };
                self.open(*anchor, span, body);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(*anchor, span),
            Event::UnresolvedAlias(name) => {
                self.trouble(Trouble::UnknownAlias { at: span, name: name.to_string() });
                self.push(Node { span, content: Content::Null }, false);
            }
            _ => {}
        }
    }

    fn begin(&mut self) {
        self.document = Tree::empty(self.file);
        self.open.clear();
        self.anchors.clear();
    }

    fn finish(&mut self) {
        let document = std::mem::replace(&mut self.document, Tree::empty(self.file));
        self.anchors.clear();
        if document.root.content != Content::Null {
            self.trees.push(document);
        }
    }

    fn abandon(&mut self, trouble: Trouble) {
        self.troubles.push(trouble);
        self.begin();
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.document.sound = false;
        self.troubles.push(trouble);
    }

    fn exhaust(&mut self, trouble: Trouble) {
        self.abandon(trouble);
        self.exhausted = true;
    }

    fn count(&mut self, span: Span) {
        self.nodes += 1;
        if self.nodes > MAX_NODES && !self.exhausted {
            self.exhaust(Trouble::TooManyNodes { at: span });
        }
    }

    fn open(&mut self, anchor: usize, span: Span, body: Body) {
        if self.open.len() >= MAX_DEPTH {
            self.exhaust(Trouble::TooDeep { at: span });
            return;
        }
        self.open.push(Frame { anchor, span, body });
    }

    fn close(&mut self, end: Span) {
        let Some(Frame { anchor, span, body }) = self.open.pop() else { return };
        let span = Span { end: trimmed_end(self.text, span.start, end.start), ..span };
        let content = match body {
            Body::List(items) => Content::List(items),
            Body::Map { entries, keys: _, key: _ } => Content::Map(entries),
        };
        let node = Node { span, content };
        self.keep(anchor, &node);
        self.push(node, false);
    }

    /// Remembers an anchored node. Copies are charged like aliases, or nested anchors would cost their square.
    fn keep(&mut self, anchor: usize, node: &Node) {
        if anchor != 0 {
            let size = Size::of(node);
            if self.charge(size, node.span) {
                self.anchors.insert(anchor, (node.clone(), size));
            }
        }
    }

    fn alias(&mut self, anchor: usize, at: Span) {
        let Some((_, size)) = self.anchors.get(&anchor) else {
            self.trouble(Trouble::RecursiveAlias { at });
            return self.push(Node { span: at, content: Content::Null }, false);
        };
        let size = *size;
        if self.open.len() + size.height > MAX_DEPTH {
            return self.exhaust(Trouble::TooDeep { at });
        }
        if self.charge(size, at)
            && let Some(node) = self.anchors.get(&anchor).map(|(node, _)| node.clone())
        {
            self.push(node, false);
        }
    }

    fn charge(&mut self, size: Size, at: Span) -> bool {
        self.shared += size.bytes;
        let affordable = self.shared <= MAX_SHARED_BYTES;
        if !affordable && !self.exhausted {
            self.exhaust(Trouble::AliasBudget { at });
        }
        affordable
    }

    fn push(&mut self, node: Node, plain: bool) {
        let Some(frame) = self.open.last_mut() else {
            self.document.root = node;
            return;
        };
        match &mut frame.body {
            Body::List(items) => items.push(node),
            Body::Map { entries, keys, key } => match std::mem::replace(key, Pending::Key) {
                Pending::Value(name, key_span) => {
                    entries.push(Entry { key: name, key_span, value: node });
                    keys.added(entries);
                }
                Pending::Dropped => {}
                Pending::Key => match accept_key(node, plain, |name| keys.find(entries, name)) {
                    Ok((name, span)) => *key = Pending::Value(name, span),
                    Err(trouble) => {
                        *key = Pending::Dropped;
                        self.trouble(trouble);
                    }
                },
            },
        }
    }
}

/// A key is text, or a plain whole number in its usual spelling, which every reader turns into the same text.
fn accept_key(
    node: Node,
    plain: bool,
    first: impl Fn(&str) -> Option<Span>,
) -> Result<(Arc<str>, Span), Trouble> {
    let at = node.span;
    let name = match node.content {
        Content::Text(text) if plain && &*text == "<<" => return Err(Trouble::MergeKey { at }),
        Content::Text(text) => text,
        Content::Number(number) if number.as_integer().is_some() => Arc::from(number.to_string()),
        _ => return Err(Trouble::Key { at, found: node.describe() }),
    };
    match first(&name) {
        Some(first) => Err(Trouble::DuplicateKey { at, key: name, first }),
        None => Ok((name, at)),
    }
}

fn is_plain(style: ScalarStyle, tag: Option<&Tag>) -> bool {
    style == ScalarStyle::Plain && tag.is_none()
}

/// A block collection ends where the next thing begins; people mean its last character.
fn trimmed_end(text: &str, start: u32, end: u32) -> u32 {
    let within = text.get(start as usize..end as usize).unwrap_or_default();
    start + u32::try_from(within.trim_end().len()).unwrap_or_default()
}
