//! A state store in memory, and a simulation of appliers on it that is as unkind as the real world may be.
//!
//! [`StateStore`] is linearisable, as design-apply.md assumes. [`Simulation`] runs one to three machines of core
//! against it and a simple target: requests and answers get lost, writes land late, processes die, freeze and come
//! back, clocks differ, locks are broken, people edit. [`Witness`] knows the truth and says which law was broken.

mod client;
mod faults;
mod memory;
mod moving;
mod network;
mod scenario;
mod simulation;
mod target;
mod wires;
mod witness;

pub use memory::{Checks, StateStore};
pub use moving::Moves;
pub use network::{Network, Trouble};
pub use scenario::{Scenario, Sort, Spec};
pub use simulation::{Outcome, Simulation};
pub use target::Target;
pub use witness::{Violation, Witness};
