//! `evenkeel rehearse`: the plan, carried out in a simulated world.

use super::Context;
use super::args::Rehearse;
use super::error::Failure;
use evenkeel_core::report::Exit;

/// Runs the verb.
pub(super) async fn run(_options: &Rehearse, _context: &Context) -> Result<Exit, Failure> {
    Err(Failure::usage("not there yet"))
}
