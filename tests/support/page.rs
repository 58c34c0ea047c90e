//! Reads the fenced blocks of a page of Markdown.

use std::path::Path;

/// The blocks of a page, in order.
pub(crate) struct Page {
    pub(crate) blocks: Vec<Block>,
}

/// One fenced block.
pub(crate) struct Block {
    /// Where it begins.
    pub(crate) line: usize,
    /// What stands behind the fence: `sh exits=2`.
    pub(crate) info: String,
    /// What is in it.
    pub(crate) text: String,
}

impl Page {
    /// Reads a page.
    pub(crate) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("the page is there");
        let mut blocks: Vec<Block> = Vec::new();
        let mut open = false;
        for (index, line) in text.lines().enumerate() {
            match (line.strip_prefix("```"), open) {
                (Some(info), false) => {
                    blocks.push(Block { line: index + 1, info: info.to_owned(), text: String::new() });
                    open = true;
                }
                (Some(_), true) => open = false,
                (None, true) => {
                    let block = blocks.last_mut().expect("one is open");
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, false) => {}
            }
        }
        assert!(!open, "the last block ends");
        Self { blocks }
    }
}
