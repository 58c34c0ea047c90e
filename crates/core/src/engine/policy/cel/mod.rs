//! The Common Expression Language, as far as policies need it: read, checked and costed before use, evaluated in steps that are counted.
//!
//! ```text
//!  text ─ token ─▶ tokens ─ parse ─▶ tree ─ check ─▶ Expression ─ evaluate(items, meter) ─▶ Item or Failure
//! ```
//!
//! Our own (ADR 0007), because an expression from a repository must not be able to stop the process: no input makes it
//! panic, recurse deeply or run long, and every fault says at which characters. `tests/policies/expressions.txt`
//! holds it against another implementation.

mod check;
mod evaluate;
mod functions;
mod item;
mod operators;
mod parse;
mod text;
mod token;
mod tree;

pub use check::{MOST_COST, Name};
pub use evaluate::{Meter, Names};
pub use item::{Item, Items, Keys};

use std::ops::Range;
use std::sync::Arc;
use tree::{Literal, Node, What};

/// The longest expression, in bytes. The longest that ships has 400.
pub const MOST_BYTES: usize = 4096;

/// How many values, names and operators an expression may have.
pub const MOST_NODES: usize = 400;

/// How deeply they may be nested, chains of operators included; bounds the recursion of everything that walks a tree.
pub const MOST_DEPTH: u16 = 64;

/// What is wrong with an expression, and at which bytes of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Where.
    pub at: Range<usize>,
    /// What, in one line.
    pub message: String,
    /// What to write instead, where that can be told.
    pub label: Option<String>,
}

impl Fault {
    fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), label: None }
    }

    fn label(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }
}

/// Why an expression has no value for these items.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Failure {
    /// At which bytes of the expression.
    pub at: Range<usize>,
    /// Why, in one line; never the text of a secret, which no item holds.
    pub why: String,
}

/// An expression that was read, checked and costed.
#[derive(Clone, Debug)]
pub struct Expression {
    text: Arc<str>,
    root: Arc<Node>,
}

impl Expression {
    /// Reads an expression that may use these names.
    pub fn compile(text: &str, names: &[Name]) -> Result<Self, Fault> {
        let root = parse::parse(text)?;
        check::check(&root, names)?;
        Ok(Self { text: Arc::from(text), root: Arc::new(root) })
    }

    /// Returns the text that it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tells whether it asks for this field of what has this name.
    #[must_use]
    pub fn asks_for(&self, name: &str, field: &str) -> bool {
        let is_it = |node: &&Node| {
            if let What::Select { of, field: asked, sort: _ } | What::Has { of, field: asked } = &node.what {
                **asked == *field && matches!(&of.what, What::Name(of) if **of == *name)
            } else {
                false
            }
        };
        self.root.all().iter().any(is_it)
    }

    /// Tells whether this text is written out in it.
    #[must_use]
    pub fn has_text(&self, text: &str) -> bool {
        let is_it =
            |node: &&Node| matches!(&node.what, What::Literal(Literal::Text(written)) if **written == *text);
        self.root.all().iter().any(is_it)
    }

    /// Evaluates it. The meter is charged for each step and ends what takes too many.
    pub fn evaluate<'v>(&'v self, names: &'v Names<'v>, meter: &Meter) -> Result<Item<'v>, Failure> {
        evaluate::evaluate(&self.root, names, meter)
    }
}
