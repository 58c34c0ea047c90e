//! What a change to a topic may cost: records that go sooner than before are lost.

use crate::engine::path::{Path, Segment};
use crate::engine::question::{Body, Seen};
use crate::engine::step::Risk;
use crate::engine::value::Value;
use crate::engine::verdict::FieldChange;

/// Settings that bound what is kept: lowering one deletes what was kept so far. -1 is no bound.
const RETENTION: &[&str] = &[
    "retention.ms",
    "retention.bytes",
    "local.retention.ms",
    "local.retention.bytes",
    "delete.retention.ms",
];

/// Settings whose every change may delete records that were kept so far, or let some get lost later.
const POLICY: &[&str] = &["cleanup.policy", "remote.storage.enable", "remote.log.delete.on.disable"];

/// The setting by which a broker that lacks records may lead, so that they are lost; turning it off loses nothing.
const UNCLEAN: &str = "unclean.leader.election.enable";

/// Returns what a change of these fields costs.
#[must_use]
pub fn risk(seen: &Seen, fields: &[FieldChange]) -> Risk {
    if seen.id.kind.as_str() == super::TOPIC && fields.iter().any(|field| loses(seen, field)) {
        Risk::DataLoss
    } else {
        Risk::None
    }
}

fn loses(seen: &Seen, field: &FieldChange) -> bool {
    let [Segment::Field(place), Segment::Field(key)] = field.path.0.as_slice() else { return false };
    if &**place != "config" {
        return false;
    }
    if POLICY.contains(&&**key) {
        return true;
    }
    let wanted = field.wanted.as_ref().or_else(|| fallback(seen, &field.path));
    if &**key == UNCLEAN {
        return !is_off(wanted);
    }
    RETENTION.contains(&&**key) && is_lower(wanted, field.live.as_ref())
}

/// What holds once nobody sets it any more.
fn fallback<'a>(seen: &'a Seen, path: &Path) -> Option<&'a Value> {
    let Body::Whole(live) = &seen.body else { return None };
    path.find(live.get(crate::resources::settings::DEFAULTS)?)
}

/// What cannot be read is taken to be on.
fn is_off(wanted: Option<&Value>) -> bool {
    match wanted {
        Some(Value::Bool(on)) => !on,
        Some(Value::Text(text)) => text.trim().eq_ignore_ascii_case("false"),
        _ => false,
    }
}

/// A bound that cannot be read is taken to be lower: asking once too often loses nothing.
fn is_lower(wanted: Option<&Value>, live: Option<&Value>) -> bool {
    let bound = |value: Option<&Value>| match value? {
        Value::Number(number) => number.as_integer(),
        Value::Text(text) => text.trim().parse::<i64>().ok(),
        _ => None,
    };
    match (bound(wanted), bound(live)) {
        (Some(wanted), _) if wanted < 0 => false,
        (Some(_), Some(live)) if live < 0 => true,
        (Some(wanted), Some(live)) => wanted < live,
        (None, _) | (_, None) => true,
    }
}
