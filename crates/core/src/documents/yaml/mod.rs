//! One YAML semantics for everything that Evenkeel reads: YAML 1.2 core schema, no directives, no merge keys.
//!
//! ```text
//!  bytes ─ file ─▶ text ─ load ─▶ spanned tree ─┬─ check ─▶ all findings
//!                                               ├─ de ────▶ typed documents
//!                                               └─ to_value ▶ configuration
//! ```
//!
//! Any bytes are read in bounded time and memory (`limits`) and give trees, findings, or both; never a panic. A
//! UTF-8 byte order mark is skipped, as kubectl does; UTF-16 is refused with the way to convert it. Documents that
//! are empty are skipped, as kubectl does. `legacy` knows what readers of YAML 1.1 take otherwise.

pub mod de;
mod file;
mod keys;
pub mod legacy;
pub mod limits;
mod load;
pub mod scalar;
mod syntax;
#[cfg(test)]
pub(crate) mod testing;
pub mod tree;
mod trouble;
pub mod write;

pub use file::{File, read};
pub use trouble::Trouble;

use crate::documents::source::{FileIndex, Span};
use legacy::Reading;
use std::sync::Arc;
use tree::{Content, Node};

/// One document of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// Its outermost value.
    pub root: Node,
    /// Plain scalars that readers of YAML 1.1 take otherwise; errors in plain manifests.
    pub traps: Vec<(Span, Arc<str>, Reading)>,
    /// Whether nothing was dropped while reading.
    pub sound: bool,
}

impl Tree {
    fn empty(file: FileIndex) -> Self {
        let root = Node { span: Span::start_of(file), content: Content::Null };
        Self { root, traps: Vec::new(), sound: true }
    }
}
