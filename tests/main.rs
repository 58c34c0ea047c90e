//! All integration tests in one binary, so that it links once.

#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside: they start servers, and look at clocks and at the environment"
)]

mod git;
mod init;
mod policies;
mod real;
mod sandbox;
mod state;
mod support;
mod workers;
