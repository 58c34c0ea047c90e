//! Connectors that stand still: only then can be said where they stand, and only then can that be changed.

use crate::engine::fingerprint::LeafHash;
use crate::engine::path::Path;
use crate::engine::question::{Body, Seen};
use crate::engine::sketch::Sketch;
use crate::engine::value::Value;
use std::time::Duration;

/// Where a connector says whether it is to run.
const STATE: &str = "state";

/// The state in which a connector has no tasks.
const STOPPED: &str = "STOPPED";

/// How long a connector that stands still may go on telling where it stands: its tasks are told to end and have five seconds
/// for it (`task.shutdown.graceful.timeout.ms`), and what they commit last shows a moment later.
pub const LAST_WORDS: Duration = Duration::from_secs(6);

/// Tells whether a connector is stopped.
#[must_use]
pub fn is_stopped(seen: &Seen) -> bool {
    let Body::Whole(live) = &seen.body else { return false };
    live.get(STATE).and_then(Value::as_text) == Some(STOPPED)
}

/// Tells whether a place says whether a connector is to run: no worker has a spelling of its own for that.
#[must_use]
pub(super) fn is_state(path: &Path) -> bool {
    *path == Path::of(&[STATE])
}

/// Returns how a connector looks that stands still.
#[must_use]
pub fn stopped() -> Sketch {
    Sketch { uid: None, places: vec![(Path::of(&[STATE]), Some(LeafHash::of(&Value::from(STOPPED))))] }
}

/// Has a connector made so that it stands still. Returns whether it is to run afterwards.
pub fn stand_still(config: &mut Value, wanted: &mut Sketch) -> bool {
    let runs = config.get(STATE).and_then(Value::as_text) != Some(STOPPED);
    if let Value::Map(map) = config {
        map.insert(STATE.to_owned(), Value::from(STOPPED));
    }
    wanted.places.retain(|(path, _)| !is_state(path));
    wanted.places.extend(stopped().places);
    runs
}
