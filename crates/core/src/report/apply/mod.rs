//! The report on an apply: a line for each step as it ends, what runs and what it waits for, and what came of it all.
//!
//! Lines carry no cursor movements: a terminal redraws the running ones, a log prints each ended one once.

mod lines;
mod summary;
mod told;

pub use lines::Lines;
pub use summary::{Tally, json, markdown, text};
pub use told::reason;

use crate::engine::apply::End;
use crate::engine::plan::Plan;

/// Everything that is told about an apply that is over.
#[derive(Clone, Debug)]
pub struct ApplyReport<'a> {
    /// The plan that was carried out.
    pub plan: &'a Plan,
    /// How that ended.
    pub end: &'a End,
    /// What to type next, if anything is left.
    pub next: Option<String>,
}
