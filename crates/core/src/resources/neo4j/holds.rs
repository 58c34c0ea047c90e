//! Which of the things in a cluster hold data that would go with them.

use super::{DATABASE, SERVER};
use crate::engine::id::Kind;

/// Tells whether deleting one loses data: a database is data, and a server has the copies that are on it.
#[must_use]
pub fn holds_data(kind: &Kind) -> bool {
    matches!(kind.as_str(), DATABASE | SERVER)
}
