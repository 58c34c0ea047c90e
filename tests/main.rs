//! All integration tests in one binary, so that it links once.

mod git;
mod policies;
mod real;
mod sandbox;
mod state;
mod support;
