//! All integration tests in one binary, so that it links once.

mod git;
mod init;
mod policies;
mod real;
mod sandbox;
mod state;
mod support;
