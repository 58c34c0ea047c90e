//! Simulated Kafka brokers: one controller that keeps what is so, and brokers that show it a moment later.
//!
//! ```text
//!  request ──▶ Brokers ──▶ kept (the controller)  ── as time passes ──▶  shown (the brokers) ──▶ answer
//! ```
//!
//! Each habit is one that was seen on real brokers, 3.9.2 and 4.3.1; those of Event Hubs are from its documents and
//! issues, as nobody here has run one.

mod access;
mod brokers;
mod refusal;
mod restore;
mod settings;
mod topics;

pub use access::{Binding, Credential};
pub use brokers::{Brokers, Release};
pub use refusal::Refusal;
pub use settings::{Change, Setting, Source};
pub use topics::{NewTopic, Topic};
