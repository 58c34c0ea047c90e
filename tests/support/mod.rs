//! What stories need: a repository of specs in a temporary directory, and the real binary run on it.

#[expect(dead_code, reason = "the tests of crates/kafka-admin use the rest of it")]
pub(crate) mod broker;
pub(crate) mod chance;
pub(crate) mod golden;
pub(crate) mod graph;
pub(crate) mod listener;
pub(crate) mod modelled;
pub(crate) mod page;
pub(crate) mod plane;
pub(crate) mod printed;
pub(crate) mod proxy;
pub(crate) mod repository;
pub(crate) mod tls;
pub(crate) mod web;
