//! What can be wrong with YAML before anybody knows what the document means.

use super::limits::{MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES, MAX_SHARED_BYTES};
use super::scalar::Lacking;
use crate::diagnostic::{Diagnostic, Location};
use crate::documents::codes;
use crate::documents::source::Span;
use std::sync::Arc;

/// One trouble and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the fields are where it is and what the message names")]
pub enum Trouble {
    /// The file is bigger than any spec.
    TooBig { at: Span, bytes: usize },
    /// The file is UTF-16.
    Utf16 { at: Span },
    /// The file is not text.
    NotUtf8 { at: Span, line: usize, byte: u8 },
    /// It is not YAML.
    Syntax { at: Span, what: String, hint: Option<&'static str> },
    /// A line is indented with a tab.
    Tab { at: Span },
    /// `%YAML` or `%TAG`.
    Directive { at: Span },
    /// Maps and lists nest too deep.
    TooDeep { at: Span },
    /// The file holds too many values.
    TooManyNodes { at: Span },
    /// Aliases stand for too much.
    AliasBudget { at: Span },
    /// An alias to what was never anchored.
    UnknownAlias { at: Span, name: String },
    /// An alias inside what it stands for.
    RecursiveAlias { at: Span },
    /// `<<`.
    MergeKey { at: Span },
    /// A key that is not text.
    Key { at: Span, found: &'static str },
    /// A key that was there already.
    DuplicateKey { at: Span, key: Arc<str>, first: Span },
    /// A tag that changes what a value means.
    Tag { at: Span, tag: String },
    /// A number that cannot be held.
    Number { at: Span, text: String, lacking: Lacking },
}

impl Trouble {
    /// Puts the trouble into words.
    pub(super) fn tell(&self, locate: impl Fn(Span) -> Location) -> Diagnostic {
        let error = |code, at: &Span, message: String| Diagnostic::error(code, locate(*at), message);
        match self {
            Self::TooBig { at, bytes } => {
                error(codes::FILE_TOO_BIG, at, format!("the file has {} MiB", bytes >> 20))
                    .note(format!("files over {} MiB are not read", MAX_FILE_BYTES >> 20))
                    .hint("split it, or move what is no spec out of this directory")
            }
            Self::Utf16 { at } => error(codes::NOT_UTF8, at, "the file is UTF-16, not UTF-8".to_owned())
                .hint("convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW"),
            Self::NotUtf8 { at, line, byte } => {
                error(codes::NOT_UTF8, at, format!("line {line} is not UTF-8: it has the byte 0x{byte:02x}"))
                    .hint("save the file as UTF-8")
            }
            Self::Syntax { at, what, hint } => {
                let told = error(codes::SYNTAX, at, what.clone());
                if let Some(hint) = hint { told.hint(*hint) } else { told }
            }
            Self::Tab { at } => {
                error(codes::TAB, at, "a tab cannot indent".to_owned()).hint("indent with spaces")
            }
            Self::Directive { at } => error(codes::DIRECTIVE, at, "directives are not read".to_owned())
                .hint("remove the line: every document is YAML 1.2"),
            Self::TooDeep { at } => {
                error(codes::TOO_DEEP, at, format!("maps and lists nest deeper than {MAX_DEPTH} levels"))
            }
            Self::TooManyNodes { at } => {
                error(codes::TOO_MANY_VALUES, at, format!("the file holds more than {MAX_NODES} values"))
                    .hint("split it")
            }
            Self::AliasBudget { at } => {
                let limit = MAX_SHARED_BYTES >> 20;
                error(codes::ALIAS, at, format!("the aliases of this file stand for more than {limit} MiB"))
                    .hint("write the values out, or share them through `extends`")
            }
            Self::UnknownAlias { at, name } => {
                error(codes::ALIAS, at, format!("nothing is anchored as `&{name}`"))
                    .hint(format!("put text that begins with `*` in quotes: \"*{name}\""))
            }
            Self::RecursiveAlias { at } => {
                error(codes::ALIAS, at, "this alias stands inside the value it stands for".to_owned())
            }
            Self::MergeKey { at } => error(codes::MERGE_KEY, at, "merge keys are not read".to_owned())
                .note("`<<` is YAML 1.1; readers disagree on what it does")
                .hint("write the entries out; for a key that is called `<<`, write \"<<\""),
            Self::Key { at, found } => error(codes::KEY, at, format!("a key is text, and this is {found}"))
                .hint("put the key in quotes"),
            Self::DuplicateKey { at, key, first } => {
                error(codes::DUPLICATE_KEY, at, format!("`{key}` is there twice"))
                    .note(format!("first at {}", locate(*first)))
            }
            Self::Tag { at, tag } => error(codes::TAG, at, format!("the tag `{tag}` is not read"))
                .hint("remove the tag, or put the value in quotes"),
            Self::Number { at, text, lacking } => {
                let why = lacking.as_str();
                error(codes::NUMBER, at, format!("`{text}` cannot be held exactly: {why}"))
                    .hint(format!("write \"{text}\" for the text"))
            }
        }
    }
}
