//! `kind: Neo4jCluster`: a cluster, or a single server, with everything that belongs to it in one document.

pub mod access;
pub mod cluster;
pub mod connection;
pub mod content;
pub mod operation;
pub mod servers;

pub use cluster::{Neo4jCluster, Neo4jClusterSpec};
pub use connection::Neo4jConnection;
