//! A Kubernetes API server and its controllers, as one value.
//!
//! `request` and `error` are its face: the verbs of the HTTP API. `server` keeps the objects; `apply`, `write` and
//! `delete` carry verbs out. `typed`, `ownership` and `managers` are server-side apply; `shape` and `kinds` say how
//! each kind merges.

mod controllers;
mod custom;
mod defaults;
mod delete;
mod draft;
mod error;
mod evict;
mod fields;
mod fit;
mod kinds;
mod managers;
mod metrics;
mod object;
mod ownership;
mod quantity;
mod readable;
mod request;
mod restore;
mod rows;
mod server;
mod shape;
mod spelling;
mod strategy;
mod table;
mod typed;
mod write;

pub use delete::Deleted;
pub use error::{ApiError, Cause};
pub use fields::FieldSet;
pub use kinds::KindInfo;
pub use managers::{Managers, Who};
pub use object::{ObjectKey, Stored};
pub use ownership::Force;
pub use request::{
    Apply, Delete, DryRun, Effect, Evict, MergePatch, Propagation, Scale, Selector, Through, Whole, Written,
};
pub use server::ApiServer;
