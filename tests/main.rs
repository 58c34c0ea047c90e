//! All integration tests in one binary, so that it links once.

#[path = "real/differential/mod.rs"]
mod differential;
mod git;
mod state;
mod support;
