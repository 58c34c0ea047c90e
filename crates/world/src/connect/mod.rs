//! Simulated Kafka Connect workers behind their REST interface, as one caller sees them.
//!
//! A worker takes a call on and carries it out a moment later; what it tells in between is what was. Each habit is one
//! that was seen on workers of 3.9.2 and 4.3.1, but for those of managed services, which are from issues of their
//! clients.

mod definitions;
mod life;
mod offsets;
mod plugins;
mod refusal;
mod restore;
mod workers;

pub use definitions::NEO4J_SETTINGS;
pub use life::{Part, State, Status};
pub use refusal::Refusal;
pub use workers::{Release, Target, Workers};
