//! The shell around `evenkeel-core`: it reads specs, asks live systems, keeps state and carries plans out.
//!
//! ```text
//! cli ──▶ run ──▶ { source, backend, state } ──▶ core
//! ```
//!
//! The arrows point down only. Nothing here decides: every choice is a pure function of `evenkeel-core`.

pub mod backend;
pub mod cli;
pub mod clock;
mod parallel;
pub mod random;
pub mod run;
pub mod secret;
pub mod source;
pub mod state;
