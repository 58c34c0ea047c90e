//! When what lives in a cluster does its work, and what a change of it costs.

use super::{DATABASE, SERVER};
use crate::engine::id::{Kind, ResourceId, System};
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

/// Tells whether a field of a server is what it took when it started: no write changes it, and what is read back after one
/// is not what became of it.
#[must_use]
pub fn waits_for_a_restart(id: &ResourceId, path: &Path) -> bool {
    let at_start = [Path::of(&["config"]), Path::of(&["version"])];
    let is_server = id.system == System::Neo4j && id.kind.as_str() == SERVER;
    is_server && at_start.iter().any(|place| place.contains(path))
}

/// Returns what a change of these fields costs: a server takes its configuration and its version when it starts, and
/// another database becomes the default one only while the old one stands still.
#[must_use]
pub fn risk(id: &ResourceId, fields: &[FieldChange]) -> Risk {
    let takes_over = |field: &FieldChange| field.path == Path::of(&["default"]);
    let off = Value::from("OFF");
    let forgets =
        |field: &FieldChange| field.path == Path::of(&["cdc"]) && field.wanted.as_ref() == Some(&off);
    if fields.iter().any(|field| waits_for_a_restart(id, &field.path)) {
        Risk::Restart
    } else if id.kind.as_str() == DATABASE && fields.iter().any(forgets) {
        // Whoever reads changes has lost the thread, also once it is on again.
        Risk::DataLoss
    } else if id.kind.as_str() == DATABASE && fields.iter().any(takes_over) {
        Risk::Downtime
    } else {
        Risk::None
    }
}
