//! The report on a plan: what would be done and why, what is held, what was not compared, and what to type next.

mod counts;
mod file;
mod idle;
mod json;
mod load;
mod markdown;
mod offers;
mod outline;
mod pending;
mod text;

pub use counts::Counts;
pub use file::{FORMAT, PlanFileError, file, parse};
pub use json::json;
pub use markdown::{markdown, markdown_of};
pub(in crate::report) use offers::indented;
pub use offers::{Offer, offers};
pub use outline::{Doing, Entry, entries, held};
pub(in crate::report) use text::not_compared;
pub use text::text;

use crate::engine::plan::Plan;
use crate::engine::wanted::Desired;
use crate::report::snapshot::Offline;
use jiff::Timestamp;

/// Everything that is told about a plan.
#[derive(Clone, Debug)]
pub struct PlanReport<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The specs it was made from, for documents and lines; absent where only a plan file is at hand.
    pub desired: Option<&'a Desired>,
    /// When it is told.
    pub now: Timestamp,
    /// How many live systems were asked.
    pub systems: usize,
    /// The command that carries it out, if there is anything to carry out.
    pub next: Option<String>,
    /// The snapshot that it was made from, if no live system was asked.
    pub offline: Option<Offline>,
}
