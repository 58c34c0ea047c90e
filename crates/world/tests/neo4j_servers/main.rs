//! Habits of Neo4j that the simulated servers have; where each was read stands in `src/neo4j`.

mod access;
mod chaos;
mod clusters;
mod desk;
mod recorded;
mod sandbox;
mod workloads;
