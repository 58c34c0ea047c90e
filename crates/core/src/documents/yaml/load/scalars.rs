//! Scalars as they are loaded: plain ones by the one resolver, tagged ones only where the tag changes nothing.

use super::Loader;
use crate::documents::source::Span;
use crate::documents::yaml::scalar::{Scalar, resolve};
use crate::documents::yaml::tree::{Content, Node};
use crate::documents::yaml::{Trouble, legacy};
use granit_parser::{ScalarStyle, Span as Stretch, Tag};
use std::sync::Arc;

impl Loader<'_> {
    pub(super) fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<(&Tag, Span)>,
        span: Span,
    ) -> Node {
        self.count(span);
        let text = as_ended(text, style, span, self.text);
        match tag {
            None if style == ScalarStyle::Plain => self.plain(text, span),
            None => Node { span, content: Content::Text(Arc::from(text)) },
            Some((tag, tagged)) => self.tagged(text, tag, tagged, span),
        }
    }

    /// A tag may say what a value is anyway, or that it is text; anything else would change what it means.
    fn tagged(&mut self, text: &str, tag: &Tag, tagged: Span, span: Span) -> Node {
        let as_text = Node { span, content: Content::Text(Arc::from(text)) };
        let resolved = match tag.core_suffix() {
            Some("str") => return as_text,
            Some("null" | "bool" | "int" | "float") => self.plain(text, span),
            _ if tag.original() == "!" => return as_text,
            _ => as_text,
        };
        let agrees = match (tag.core_suffix(), &resolved.content) {
            (Some("null"), Content::Null)
            | (Some("bool"), Content::Bool(_))
            | (Some("float"), Content::Number(_)) => true,
            (Some("int"), Content::Number(number)) => number.as_integer().is_some(),
            _ => false,
        };
        if !agrees {
            self.trouble(Trouble::Tag { at: tagged, tag: tag.original() });
        }
        resolved
    }

    fn plain(&mut self, text: &str, span: Span) -> Node {
        if let Some(reading) = legacy::trap(text) {
            self.document.traps.push((span, Arc::from(text), reading));
        }
        let content = match resolve(text) {
            Scalar::Null => Content::Null,
            Scalar::Bool(value) => Content::Bool(value),
            Scalar::Number(number) => Content::Number(number),
            Scalar::Text => Content::Text(Arc::from(text)),
            Scalar::Unrepresentable(lacking) => {
                self.trouble(Trouble::Number { at: span, text: text.to_owned(), lacking });
                Content::Null
            }
        };
        Node { span, content }
    }

    pub(super) fn check_tag(&mut self, tag: Option<&Tag>, expected: &str, at: Span, stretch: &Stretch) {
        self.count(at);
        if let Some(tag) = tag
            && tag.core_suffix() != Some(expected)
        {
            let at = stretch.tag_span().map_or(at, |tag| self.span(&tag));
            self.trouble(Trouble::Tag { at, tag: tag.original() });
        }
    }
}

/// A block whose last line ends with the file has no line break there. The parser adds one, kubectl's reader does not.
fn as_ended<'a>(text: &'a str, style: ScalarStyle, span: Span, file: &str) -> &'a str {
    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    let last = file.rsplit('\n').next().unwrap_or_default();
    if block && span.end as usize >= file.len() && !last.trim().is_empty() {
        return text.strip_suffix('\n').unwrap_or(text);
    }
    text
}
