//! Plans for Neo4j clusters, from the document to the servers: what is planned, in which order it is done, and that no
//! database loses a majority that it had.

mod choreography;
mod laws;
