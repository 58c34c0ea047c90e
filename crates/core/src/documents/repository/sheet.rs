//! One file of a repository, read by itself: its text, its documents, what is wrong with each alone.

use super::Written;
use super::identify::identify;
use crate::diagnostic::Diagnostic;
use crate::documents::discreet;
use crate::documents::source::{FileIndex, SourceFile, Text};
use crate::documents::yaml;
use crate::documents::yaml::limits::MAX_FILE_BYTES;
use crate::engine::fingerprint::Digest;
use std::sync::Arc;

/// One file that is to be read, or was.
pub struct Sheet<'a> {
    source: &'a SourceFile,
    index: FileIndex,
    read: Option<Read>,
}

/// One file, read and taken apart.
pub(super) struct Read {
    pub text: Text,
    pub digest: Digest,
    pub documents: Vec<Written>,
    pub findings: Vec<Diagnostic>,
}

impl<'a> Sheet<'a> {
    pub(super) fn of(source: &'a SourceFile, index: FileIndex) -> Self {
        Self { source, index, read: None }
    }

    /// Reads the file.
    pub fn read(&mut self) {
        self.read.get_or_insert_with(|| read(self.source, self.index));
    }

    pub(super) fn path(&self) -> &Arc<str> {
        &self.source.path
    }

    pub(super) fn finish(self) -> Read {
        self.read.unwrap_or_else(|| read(self.source, self.index))
    }
}

fn read(source: &SourceFile, index: FileIndex) -> Read {
    let yaml::File { mut text, trees, mut findings } = yaml::read(source, index);
    text.conceal(discreet::stretches(&text, index, &trees, &findings));
    let mut documents = Vec::new();
    for tree in trees {
        let (found, more) = identify(tree, &|span| text.locate(span));
        documents.extend(found);
        findings.extend(more);
    }
    Read { digest: digest(source), text, documents, findings }
}

/// A file that is too big to be read is not worth digesting either: its environment has no specs.
fn digest(source: &SourceFile) -> Digest {
    let read = source.bytes.get(..MAX_FILE_BYTES + 1).map_or(&*source.bytes, |_| &[]);
    Digest::of([read])
}
