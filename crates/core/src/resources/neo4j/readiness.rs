//! When what lives in a cluster does its work, and what a change of it costs.

use super::{DATABASE, SERVER};
use crate::engine::id::Kind;
use crate::engine::path::Path;
use crate::engine::question::{Body, Seen};
use crate::engine::step::{Readiness, Risk};
use crate::engine::value::Value;
use crate::engine::verdict::FieldChange;

/// Where an answer says what a thing waits for, if it does; the back end puts it into words.
const WAITS: [&str; 2] = ["status", "waits"];

/// Where an answer says what has failed and will not come by itself.
const FAILED: [&str; 2] = ["status", "failed"];

/// Tells whether an apply waits until such a thing does its work.
#[must_use]
pub fn becomes_ready(kind: &Kind) -> bool {
    matches!(kind.as_str(), SERVER | DATABASE)
}

/// Tells whether it does its work: a server is enabled and available, a database is everywhere what was asked for.
#[must_use]
pub fn readiness(seen: &Seen) -> Readiness {
    let Body::Whole(live) = &seen.body else {
        return Readiness::Waiting("its state was not read".to_owned());
    };
    let words = |place: &[&str]| live.at(place).and_then(Value::as_text).map(str::to_owned);
    match (words(&FAILED), words(&WAITS)) {
        (Some(failed), _) => Readiness::Failed(failed),
        (None, Some(waits)) => Readiness::Waiting(waits),
        (None, None) => Readiness::Ready,
    }
}

/// Returns why a thing does not do its work.
#[must_use]
pub fn unwell(seen: &Seen) -> Option<String> {
    match readiness(seen) {
        Readiness::Waiting(why) | Readiness::Failed(why) => Some(why),
        Readiness::Ready => None,
    }
}

/// Returns what a change of these fields costs: a server takes its configuration and its version when it starts.
#[must_use]
pub fn risk(kind: &Kind, fields: &[FieldChange]) -> Risk {
    let at_start = [Path::of(&["config"]), Path::of(&["version"])];
    let restarts = |field: &FieldChange| at_start.iter().any(|place| place.contains(&field.path));
    if kind.as_str() == SERVER && fields.iter().any(restarts) { Risk::Restart } else { Risk::None }
}
