//! Bytes to text and trees: what is wrong with a file as a whole is told here.

use super::limits::MAX_FILE_BYTES;
use super::{Tree, Trouble, load};
use crate::diagnostic::Diagnostic;
use crate::documents::source::{FileIndex, SourceFile, Span, Text};
use std::sync::Arc;

/// One file, read.
#[derive(Clone, Debug)]
pub struct File {
    /// Its text, empty where it has none.
    pub text: Text,
    /// Its documents.
    pub trees: Vec<Tree>,
    /// What is wrong with it.
    pub findings: Vec<Diagnostic>,
}

/// Reads one file, whatever its bytes are.
#[must_use]
pub fn read(source: &SourceFile, index: FileIndex) -> File {
    let (text, refusal) = decode(source, index);
    let (trees, mut troubles) = load::load(index, text.text());
    troubles.extend(refusal);
    troubles.sort();
    let findings = troubles.iter().map(|trouble| trouble.tell(|span| text.locate(span))).collect();
    File { text, trees, findings }
}

/// Returns the text, or as much of it as the refusal has to show.
fn decode(source: &SourceFile, index: FileIndex) -> (Text, Option<Trouble>) {
    let empty = || Text::new(Arc::clone(&source.path), String::new());
    let at = Span::start_of(index);
    let bytes = source.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&source.bytes);
    if source.bytes.len() > MAX_FILE_BYTES {
        return (empty(), Some(Trouble::TooBig { at, bytes: source.bytes.len() }));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return (empty(), Some(Trouble::Utf16 { at }));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (Text::new(Arc::clone(&source.path), text.to_owned()), None),
        Err(error) => {
            let line = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).split('\n').count();
            let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
            (empty(), Some(Trouble::NotUtf8 { at, line, byte }))
        }
    }
}
