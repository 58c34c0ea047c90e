//! Simulated Neo4j servers behind their HTTP Query API: what the database `system` keeps, and servers that come to it.
//!
//! ```text
//!  pods ──▶ processes ──▶ members of `system` ── as time passes ──▶ allocations, elections, copies ──▶ answer
//! ```
//!
//! A server is a process on a disk: a pod that is gone is a server that is gone, and a disk that is gone is a store that
//! is gone. What Community does was recorded from 5.26 and 2026.08. Enterprise could not be run here; each of its habits
//! is from its manual (`clustering/servers`, `clustering/databases`, `clustering/monitoring/*`,
//! `database-administration/*`) or from sources that are published, and each file names the page where that matters.

mod access;
mod allocate;
mod answer;
mod cluster;
mod constraints;
mod converge;
mod cypher;
mod databases;
mod formation;
mod pods;
mod procedures;
mod raft;
mod refusal;
mod servers;
mod settings;
mod show;
mod show_databases;
mod state;
mod truth;
mod version;
mod wire;
mod workloads;

pub use cluster::Cluster;
pub use pods::{Edition, FirstPassword, Pod};
pub use refusal::Refusal;
pub use truth::{Loss, Lost, Store};
pub use version::Version;
pub(crate) use wire::{Asked, Unanswered};
pub use wire::{Reply, Request, Silence};
pub(crate) use workloads::{report, volumes, workloads};
