//! Reports: one data type per verb and several renderings of it, so that text, Markdown and JSON cannot disagree.
//!
//! Everything here returns text or JSON and prints nothing. Colour and width are arguments ([`style::Style`]), the
//! time is an argument, and text that others control goes through [`plain`] or [`markdown`] before it is shown.
//! `words` says what the engine's enums mean; no other file here puts them into sentences.

pub mod acls;
pub mod apply;
pub mod beside;
pub mod code;
pub mod coverage;
pub mod diagnostics;
pub mod drift;
pub mod exit;
pub mod explain;
pub mod fields;
pub mod graph;
pub mod humane;
pub mod import;
pub mod ledger;
pub mod lock;
pub mod markdown;
mod namesakes;
pub mod plain;
pub mod plan;
pub mod policy;
pub mod preflight;
pub mod recovery;
pub mod rehearsal;
pub mod roles;
pub mod snapshot;
mod stranger;
pub mod style;
pub mod suspension;
pub mod terraform;
pub mod value;
pub mod words;

pub use apply::ApplyReport;
pub use drift::DriftReport;
pub use exit::Exit;
pub use explain::ExplainReport;
pub use plan::PlanReport;
pub use rehearsal::RehearsalReport;
pub use style::{Palette, Style};
