//! The spanned tree: what a YAML document says, and where it says it.
//!
//! Overlays are merged on trees, so every value of the merged document still knows the file it comes from.

use crate::documents::source::Span;
use crate::engine::value::{Map, Number, Value};
use std::sync::Arc;

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where.
    pub span: Span,
    /// What.
    pub content: Content,
}

/// What a node holds, scalars resolved by the YAML 1.2 core schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A finite number.
    Number(Number),
    /// Text, however it was quoted.
    Text(Arc<str>),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order it was written, without duplicate keys.
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Arc<str>,
    /// Where the key is written.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Returns the entries, if this is a mapping.
    #[must_use]
    pub fn entries(&self) -> Option<&[Entry]> {
        if let Content::Map(entries) = &self.content { Some(entries) } else { None }
    }

    /// Returns the items, if this is a sequence.
    #[must_use]
    pub fn items(&self) -> Option<&[Self]> {
        if let Content::List(items) = &self.content { Some(items) } else { None }
    }

    /// Returns the text, if this is text.
    #[must_use]
    pub fn text(&self) -> Option<&Arc<str>> {
        if let Content::Text(text) = &self.content { Some(text) } else { None }
    }

    /// Returns the entry with this key, if this is a mapping that has it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| &*entry.key == key)
    }

    /// Returns what stands under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Returns what stands at the end of a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns the text at the end of a path of keys.
    #[must_use]
    pub fn text_at(&self, path: &[&str]) -> Option<&Arc<str>> {
        self.at(path)?.text()
    }

    /// Says in a word what this is, for messages.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match &self.content {
            Content::Null => "nothing",
            Content::Bool(_) => "a truth value",
            Content::Number(_) => "a number",
            Content::Text(_) => "text",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }

    /// Returns the configuration without its places.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Number(number) => Value::Number(*number),
            Content::Text(text) => Value::Text(text.to_string()),
            Content::List(items) => Value::List(items.iter().map(Self::to_value).collect()),
            Content::Map(entries) => Value::Map(to_map(entries)),
        }
    }
}

fn to_map(entries: &[Entry]) -> Map {
    entries.iter().map(|entry| (entry.key.to_string(), entry.value.to_value())).collect()
}
