//! The way down from the root while two values are walked: borrowed, and made a path only where something differs.

use super::fields;
use super::schema::Identity;
use crate::engine::path::{Path, Segment};
use crate::engine::value::Value;
use std::sync::Arc;

/// One step down, borrowed from what is walked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Crumb<'a> {
    /// The entry of a map.
    Field(&'a str),
    /// The item of a set or keyed list.
    Item(&'a Value, &'a Identity),
    /// The item of an ordered list.
    Index(usize),
}

/// The steps from the root, outermost first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail<'a>(Vec<Crumb<'a>>);

impl<'a> Trail<'a> {
    pub(crate) fn push(&mut self, crumb: Crumb<'a>) {
        self.0.push(crumb);
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    /// Returns the place as a path of its own.
    pub(crate) fn path(&self) -> Path {
        Path(self.0.iter().map(|crumb| segment(*crumb)).collect())
    }
}

fn segment(crumb: Crumb<'_>) -> Segment {
    match crumb {
        Crumb::Field(name) => Segment::Field(Arc::from(name)),
        Crumb::Index(index) => Segment::Index(index),
        Crumb::Item(item, identity) => {
            fields::identity(item, identity).unwrap_or_else(|| Segment::Member(item.clone()))
        }
    }
}
