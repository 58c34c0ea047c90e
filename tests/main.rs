//! All integration tests in one binary, so that it links once.

mod git;
mod real;
mod state;
mod support;
