//! The simulated platform: one synchronous, seeded value, as strict as the real systems in what it models.
//!
//! ```text
//!  Question ──▶ Sandbox ──▶ World ─┬▶ kubernetes::ApiServer ◀── controllers, as time passes
//!  Answer   ◀──    │ faults        ├▶ kafka::Brokers     ◀── what is kept is shown, as time passes
//!                                  ├▶ connect::Workers   ◀── what was taken on is done, as time passes
//!                                  └▶ neo4j::Cluster     ◀── servers come and go with the pods of kubernetes
//! ```
//!
//! It serves the demo, `rehearse`, stories, laws and crash simulation. Nothing here reads a clock or a file: time is
//! [`World::advance`], chance is the seed.

mod base64;
pub mod connect;
mod faults;
pub mod kafka;
pub mod kubernetes;
pub mod neo4j;
mod random;
mod sandbox;
pub mod store;
mod world;

pub use faults::{Fault, Faults, Hits, Rule, Verbs};
pub use random::Random;
pub use sandbox::{Sandbox, Send};
pub use world::World;
