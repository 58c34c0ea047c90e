//! What is said of a connector that leaves, and may be the one of its name that is wanted on other workers.

use super::plain;
use crate::engine::id::ResourceId;

/// Says why it is not deleted.
pub(super) fn doubt(wanted: &ResourceId) -> String {
    format!(
        "{wanted} is in Git, and may be this one: the workers behind both keep everything on one Kafka cluster"
    )
}

/// Says what settles it.
pub(super) fn way_out(address: &ResourceId) -> String {
    let forget = plain::command(&format!("evenkeel forget {address}"));
    format!("If they are two, lift with an Approval `delete`; if they are one: {forget}")
}
