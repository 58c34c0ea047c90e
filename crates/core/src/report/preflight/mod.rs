//! What `preflight` tells: each connection, each right, state and quotas; and whether all of it suffices.

mod brokers;
mod json;
mod lacking;
mod rights;
mod text;
mod verdict;

pub use json::json;
pub use text::{markdown, text};
pub use verdict::{Lack, exit, lacks, missing_namespaces};
