//! The tree of an expression; macros are nodes of their own, so that nothing else can loop.

use super::functions::Function;
use super::item::Item;
use super::operators::Operator;
use regex::Regex;
use std::ops::Range;
use std::sync::Arc;

/// One part of an expression, and the bytes that it stands at.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Range<usize>,
    pub(super) what: What,
}

/// What a part is.
#[derive(Clone, Debug)]
pub(super) enum What {
    Literal(Literal),
    Name(Arc<str>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Select { of: Box<Node>, field: Arc<str>, sort: Access },
    Index { of: Box<Node>, key: Box<Node>, sort: Access },
    Has { of: Box<Node>, field: Arc<str> },
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    All(Box<Node>, Box<Node>),
    Any(Box<Node>, Box<Node>),
    Choose { condition: Box<Node>, then: Box<Node>, otherwise: Box<Node> },
    Call { function: Function, arguments: Vec<Node> },
    Matches { text: Box<Node>, pattern: Pattern },
    Loop { sort: Loop, over: Box<Node>, variable: Arc<str>, filter: Option<Box<Node>>, body: Box<Node> },
}

/// A value that is written out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
}

/// Whether what is missing is a failure or an empty option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Sure,
    Optional,
}

/// The macros that loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loop {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}

/// A regular expression that was compiled with the policy.
#[derive(Clone, Debug)]
pub(super) struct Pattern(pub(super) Arc<Regex>);

impl Node {
    /// Returns this part and everything in it.
    pub(super) fn all(&self) -> Vec<&Self> {
        let (mut all, mut next) = (vec![self], 0);
        while let Some(node) = all.get(next) {
            all.extend(node.parts());
            next += 1;
        }
        all
    }

    /// Returns the parts of this part.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match &self.what {
            What::Literal(_) | What::Name(_) => Vec::new(),
            What::List(items) | What::Call { function: _, arguments: items } => items.iter().collect(),
            What::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            What::Select { of, field: _, sort: _ } | What::Has { of, field: _ } => vec![of],
            What::Matches { text: part, pattern: _ } | What::Not(part) | What::Negate(part) => vec![part],
            What::Index { of: one, key: two, sort: _ }
            | What::Binary(_, one, two)
            | What::All(one, two)
            | What::Any(one, two) => vec![one, two],
            What::Choose { condition, then, otherwise } => vec![condition, then, otherwise],
            What::Loop { sort: _, over, variable: _, filter, body } => {
                [Some(over), filter.as_ref(), Some(body)].into_iter().flatten().map(AsRef::as_ref).collect()
            }
        }
    }
}

impl Literal {
    pub(super) fn item(&self) -> Item<'_> {
        match self {
            Self::Null => Item::Null,
            Self::Bool(value) => Item::Bool(*value),
            Self::Int(value) => Item::Int(*value),
            Self::Float(value) => Item::Float(*value),
            Self::Text(text) => Item::Text(text.as_ref().into()),
        }
    }
}
