//! `evenkeel demo`: the plan, carried out in a simulated world.

use super::Context;
use super::args::Demo;
use super::error::Failure;
use evenkeel_core::report::Exit;

/// Runs the verb.
pub(super) async fn run(_options: &Demo, _context: &Context) -> Result<Exit, Failure> {
    Err(Failure::usage("not there yet"))
}
