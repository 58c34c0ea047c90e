//! Trees for tests.

use super::tree::Node;
use crate::documents::source::{FileIndex, SourceFile};

/// Returns the tree of a text that is one sound document.
pub(crate) fn tree(text: &str) -> Node {
    let source = SourceFile { path: "test.yaml".into(), bytes: text.as_bytes().to_vec() };
    let mut file = super::read(&source, FileIndex(0));
    assert_eq!(file.findings, Vec::new(), "{text}");
    file.trees.pop().expect("one document").root
}
