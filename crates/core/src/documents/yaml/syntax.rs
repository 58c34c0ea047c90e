//! The parser's complaints in the words of somebody who wants to fix the file.

use super::Trouble;
use crate::documents::source::{FileIndex, Span};
use granit_parser::{ErrorKind, ScanError};

/// Returns what is wrong and, for the usual slips, what to do.
pub(super) fn explain(error: &ScanError, file: FileIndex, text: &str) -> Trouble {
    let at = span(error, file, text);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => Trouble::TooDeep { at },
        ErrorKind::DirectiveDisallowed => Trouble::Directive { at },
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => Trouble::Tab { at },
        _ if indented_with_tab(text, at) => Trouble::Tab { at },
        kind => Trouble::Syntax { at, what: what(kind), hint: hint(kind) },
    }
}

fn span(error: &ScanError, file: FileIndex, text: &str) -> Span {
    let start = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let end = text[start..].chars().next().map_or(start, |character| start + character.len_utf8());
    let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { file, start: clamp(start), end: clamp(end) }
}

fn indented_with_tab(text: &str, at: Span) -> bool {
    let before = &text[..at.start as usize];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    text[line_start..]
        .chars()
        .take_while(|character| character.is_whitespace())
        .any(|character| character == '\t')
}

fn what(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            "this quote is never closed".to_owned()
        }
        ErrorKind::InvalidQuotedScalarIndent => {
            "a quote above this line is not closed, or this line of its text is not indented".to_owned()
        }
        ErrorKind::UnclosedFlowCollection { open } => format!("this `{open}` is never closed"),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            format!("`{open}` is closed by `{close}`")
        }
        ErrorKind::UnexpectedEofFlowSequence => "a `[` is never closed".to_owned(),
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            "a `{` is never closed".to_owned()
        }
        ErrorKind::MappingValueNotAllowed => "a `: ` cannot stand here".to_owned(),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            "a `:` is missing after this key".to_owned()
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            "this line is indented unlike the lines around it".to_owned()
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            "this line should begin with `- ` like the items above".to_owned()
        }
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            format!("the character `{}` cannot stand in YAML", character.escape_default())
        }
        ErrorKind::UnexpectedCharacter { character } => {
            format!("the character `{}` cannot begin a value", character.escape_default())
        }
        ErrorKind::UnknownQuotedScalarEscape => "this escape sequence is unknown".to_owned(),
        other => format!("not YAML: {other}"),
    }
}

fn hint(kind: &ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::MappingValueNotAllowed => {
            Some("put text that contains `: ` in quotes, or indent this line as its neighbours are")
        }
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            Some("remove it, or write it as an escape in double quotes")
        }
        ErrorKind::UnexpectedCharacter { .. } => Some("put the value in quotes"),
        ErrorKind::UnknownQuotedScalarEscape => {
            Some("use single quotes, in which a backslash is a backslash")
        }
        _ => None,
    }
}
