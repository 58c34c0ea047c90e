//! The files that specs are read from, and where in them something stands.
//!
//! The tree keeps twelve bytes per node; a [`Location`] with line and column is worked out when somebody asks.

use super::discreet::has_secret_comment;
use crate::diagnostic::Location;
use std::sync::Arc;

/// One file as the shell found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path relative to the repository's root, with `/`.
    pub path: Arc<str>,
    /// Its bytes, whatever they are.
    pub bytes: Vec<u8>,
}

/// The place of a file in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileIndex(pub u32);

/// A stretch of bytes of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Which file.
    pub file: FileIndex,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Returns the first byte of a file, for what is wrong with the file as a whole.
    #[must_use]
    pub fn start_of(file: FileIndex) -> Self {
        Self { file, start: 0, end: 0 }
    }
}

/// The text of one file, without its byte order mark, and where its lines begin.
#[derive(Clone, Debug)]
pub struct Text {
    path: Arc<str>,
    content: String,
    lines: Vec<u32>,
    /// How many characters stand before each block, so that a place in a line of 10 MB costs no walk through it.
    blocks: Vec<u32>,
    /// What may hold a secret.
    private: Vec<Span>,
}

impl Text {
    /// Indexes the lines of `text`, which must be shorter than 4 GiB; the reader refuses files far below that.
    #[must_use]
    pub fn new(path: Arc<str>, text: String) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(after_breaks.map(clamp)).collect();
        let blocks = text.as_bytes().chunks(BLOCK).scan(0, |before, block| {
            let characters = *before;
            *before += characters_in(block);
            Some(characters)
        });
        let blocks = blocks.collect();
        Self { path, content: text, lines, blocks, private: Vec::new() }
    }

    /// Returns the path as users type it.
    #[must_use]
    pub fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.content
    }

    /// Keeps in mind which stretches may hold a secret: lines that touch one are not shown.
    pub(super) fn conceal(&mut self, private: Vec<Span>) {
        self.private = private;
    }

    /// Returns the stretches that may hold a secret.
    pub(super) fn private(&self) -> &[Span] {
        &self.private
    }

    /// Tells whether a secret may stand in a 1-based line.
    pub(super) fn is_private(&self, number: u32) -> bool {
        let Some((start, end)) = self.bounds(number) else { return false };
        self.private
            .iter()
            .any(|span| (span.start as usize) < end && start < span.end.max(span.start + 1) as usize)
    }

    /// Returns the 1-based line without its line break, unless a secret may stand in it.
    #[must_use]
    pub fn line(&self, number: u32) -> Option<&str> {
        let (start, end) = self.bounds(number).filter(|_| !self.is_private(number))?;
        let line = self.content.get(start..end)?.trim_end_matches(['\n', '\r']);
        (!has_secret_comment(line)).then_some(line)
    }

    fn bounds(&self, number: u32) -> Option<(usize, usize)> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let start = *self.lines.get(index)? as usize;
        Some((start, self.lines.get(index + 1).map_or(self.content.len(), |next| *next as usize)))
    }

    fn characters_between(&self, start: u32, end: u32) -> u32 {
        match self.content.as_bytes().get(start as usize..end as usize) {
            Some(few) if few.len() <= BLOCK => characters_in(few),
            _ => self.characters_before(end).saturating_sub(self.characters_before(start)),
        }
    }

    fn characters_before(&self, offset: u32) -> u32 {
        let offset = (offset as usize).min(self.content.len());
        let block = offset / BLOCK;
        let within = &self.content.as_bytes()[block * BLOCK..offset];
        self.blocks
            .get(block)
            .copied()
            .unwrap_or_else(|| characters_in(&self.content.as_bytes()[..block * BLOCK]))
            + characters_in(within)
    }

    /// Returns where a stretch of bytes stands; only its first line is underlined.
    #[must_use]
    pub fn locate(&self, span: Span) -> Location {
        let line = self.lines.partition_point(|start| *start <= span.start).max(1);
        let column = self.characters_between(self.lines[line - 1], span.start);
        let within = self.content.get(span.start as usize..span.end as usize).unwrap_or_default();
        let length = within.lines().next().unwrap_or_default().trim_end().chars().count();
        Location {
            file: Arc::clone(&self.path),
            line: clamp(line),
            column: column + 1,
            length: clamp(length.max(1)),
        }
    }
}

/// How many bytes are counted in one go.
const BLOCK: usize = 4096;

/// Counts the bytes that begin a character.
fn characters_in(bytes: &[u8]) -> u32 {
    clamp(bytes.iter().map(|byte| usize::from(*byte & 0xc0 != 0x80)).sum())
}

fn clamp(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// All files that were read, in the order of their paths.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Text>);

impl Sources {
    /// Adds a file and returns its place.
    pub fn add(&mut self, text: Text) -> FileIndex {
        self.0.push(text);
        FileIndex(clamp(self.0.len() - 1))
    }

    /// Returns the place that the next file gets.
    #[must_use]
    pub fn next(&self) -> FileIndex {
        FileIndex(clamp(self.0.len()))
    }

    /// Returns how many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns where a stretch of bytes stands.
    #[must_use]
    pub fn locate(&self, span: Span) -> Location {
        self.get(span.file).map_or_else(|| Location::start_of(""), |text| text.locate(span))
    }

    /// Returns a file by its place.
    #[must_use]
    pub fn get(&self, file: FileIndex) -> Option<&Text> {
        self.0.get(file.0 as usize)
    }

    /// Returns a file by its path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Text> {
        let index = self.0.binary_search_by(|text| (**text.path()).cmp(path)).ok()?;
        self.0.get(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_not_bytes() {
        let text = Text::new("a.yaml".into(), "straße: 1\nö: zwölf # x\n".to_owned());
        let start = text.text().find("zwölf").map(clamp).unwrap();
        let at = text.locate(Span { file: FileIndex(0), start, end: start + 6 });
        assert_eq!((at.line, at.column, at.length), (2, 4, 5));
        assert_eq!(text.line(2), Some("ö: zwölf # x"));
    }

    #[test]
    fn a_place_far_out_in_a_long_line_is_counted_right() {
        let line = "ü".repeat(10_000);
        let text = Text::new("a.yaml".into(), format!("a: 1\n{line}x"));
        let start = clamp(text.text().len() - 1);
        let at = text.locate(Span { file: FileIndex(0), start, end: start + 1 });
        assert_eq!((at.line, at.column, at.length), (2, 10_001, 1));
    }

    #[test]
    fn the_end_of_a_file_is_a_place_too() {
        let text = Text::new("a.yaml".into(), "a: 1\n".to_owned());
        let at = text.locate(Span { file: FileIndex(0), start: 5, end: 5 });
        assert_eq!((at.line, at.column, at.length), (2, 1, 1));
    }
}
