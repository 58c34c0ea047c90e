//! When the data of an object was backed up last, as whoever makes the backup wrote on it.

use crate::documents::metadata::BACKED_UP_AT;
use crate::engine::question::{Body, Seen};
use crate::engine::value::Value;
use jiff::Timestamp;

/// Returns when an object was backed up last; nothing if it does not say, or not in a way that can be read.
#[must_use]
pub fn backed_up_at(seen: &Seen) -> Option<Timestamp> {
    let Body::Whole(body) = &seen.body else { return None };
    body.at(&["metadata", "annotations", BACKED_UP_AT]).and_then(Value::as_text)?.parse().ok()
}
