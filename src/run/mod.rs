//! The shell of the verbs: opens an environment, asks, plans, applies. It owns clocks, tasks and secrets.

pub mod ahead;
pub mod apply;
mod before_sends;
mod calls;
pub mod clearing;
mod closed;
mod connections;
pub mod driver;
pub mod hands;
pub mod import;
mod in_git;
pub mod interrupts;
pub mod look;
pub mod planning;
mod platform;
pub mod preflight;
mod protected;
pub mod rehearsal;
pub mod retiring;
pub mod sandbox;
pub mod secrets;
pub mod session;
pub mod snapshot;
pub mod specs;
pub mod surroundings;
pub mod systems;
pub mod writable;
