//! The bounds that keep reading any bytes cheap, each with its argument.

use super::tree::{Content, Node};

/// How big a file may be. Ten thousand documents of 1 KB are 10 MB; what is bigger is no spec, and reading it
/// would cost a hundred times its size in memory.
pub const MAX_FILE_BYTES: usize = 32 << 20;

/// How deep maps and lists may nest. The deepest CRDs in use nest about 60 levels; `serde_json` reads 128, and a
/// configuration stands some levels deep in a plan file.
pub const MAX_DEPTH: usize = 100;

/// How many values one file may hold: three times what ten thousand usual documents hold.
pub const MAX_NODES: usize = 2_000_000;

/// How much memory anchors and aliases of one file may stand for. An alias bomb of 1 KB wants 4 GB.
pub const MAX_SHARED_BYTES: usize = 32 << 20;

/// What a subtree costs when it is copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Memory, text included.
    pub bytes: usize,
    /// Levels of maps and lists.
    pub height: usize,
}

impl Size {
    /// About what an entry of a map takes.
    const NODE: usize = 64;

    pub(super) fn of(node: &Node) -> Self {
        let own = Self { bytes: Self::NODE, height: 0 };
        match &node.content {
            Content::Null | Content::Bool(_) | Content::Number(_) => own,
            Content::Text(text) => Self { bytes: Self::NODE + text.len(), height: 0 },
            Content::List(items) => {
                items.iter().fold(Self { height: 1, ..own }, |sum, item| sum.around(Self::of(item)))
            }
            Content::Map(entries) => entries.iter().fold(Self { height: 1, ..own }, |sum, entry| {
                let inner = Self::of(&entry.value);
                sum.around(Self { bytes: inner.bytes + entry.key.len(), ..inner })
            }),
        }
    }

    fn around(self, inner: Self) -> Self {
        Self { bytes: self.bytes + inner.bytes, height: self.height.max(inner.height + 1) }
    }
}
