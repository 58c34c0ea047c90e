//! Who answers behind a connection, as far as it says so.

use crate::engine::id::System;

/// Tells whether whoever answers says who it is. Connect workers say on which Kafka cluster they keep everything, and other
/// groups of workers may keep theirs on it as well.
#[must_use]
pub fn says_who_it_is(system: System) -> bool {
    match system {
        System::Kubernetes | System::Kafka | System::Neo4j => true,
        System::Connect => false,
    }
}
