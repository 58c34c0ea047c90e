//! The engine, in the order of the pipeline; it knows no document kind, and systems only by their closed enum.
//!
//! `value`, `path`, `id`, `fingerprint` and `sketch` are the nouns. `question` and `live` are what may be asked
//! and what was answered. `verdict` is what a comparison says. `step` and `plan` are what will be done and why,
//! `windows` is when, `policy` is what may not, `rights` is what the system must allow,
//! and `preflight` what is known before a plan; `snapshot` is `live` in a file.
//! `journal`, `ledger` and `apply` carry it out.

pub mod apply;
pub mod fingerprint;
pub mod id;
pub mod journal;
pub mod ledger;
pub mod live;
mod operation;
pub mod path;
pub mod place;
pub mod plan;
pub mod policy;
pub mod preflight;
pub mod question;
pub mod rights;
pub mod sketch;
pub mod snapshot;
pub mod stated;
pub mod step;
pub mod value;
pub mod verdict;
pub mod wanted;
pub mod windows;
