//! Evenkeel's pure half: specs and answers go in, a plan and its reasons come out.
//!
//! ```text
//!  YAML files ──▶ documents ──▶ wanted ─┐
//!                                       ├─▶ engine::plan ──▶ Plan ──▶ engine::apply ──▶ journal
//!  live systems ─▶ answers ──▶ Live ────┘        │                        ▲
//!                                                └─▶ Next::Ask            └─ outcomes
//! ```
//!
//! Nothing in this crate reads a clock, a file, a socket or the environment, and nothing here is async: it
//! decides, the shell acts. `Cargo.toml` and `tests/architecture.rs` hold that rule; ADR 0001 says why.

pub mod diagnostic;
pub mod documents;
pub mod engine;
pub mod nearest;
pub mod report;
pub mod resources;
