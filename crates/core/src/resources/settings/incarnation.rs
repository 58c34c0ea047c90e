//! Whose something is of which a name is all that tells it from the next: rights, users and connectors have no id, so
//! whoever deletes one and makes another leaves what looks like ours to every question for its id.

use super::spelling::is_masked;
use super::{DEFAULTS, each_leaf, leaf, live_hash};
use crate::engine::fingerprint::LeafHash;
use crate::engine::id::{ResourceId, System, Uid};
use crate::engine::ledger::Row;
use crate::engine::path::{Path, Segment};
use crate::engine::question::{Body, Seen, Trouble, Why};
use crate::engine::sketch::Sketch;
use crate::engine::value::Value;
use crate::engine::verdict::{Cause, FieldChange, Writer};
use crate::resources::kafka;

/// What an answer has beside settings, and what people turn before they take something away.
const NO_SETTINGS: [&str; 3] = [DEFAULTS, "status", "state"];

/// Returns how something has to look when it is deleted; an id of its own says it all.
#[must_use]
pub fn sketch_deleted(seen: &Seen) -> Sketch {
    let uid = Some(seen.uid.clone());
    let mut places = Vec::new();
    if is_a_name(&seen.uid, &seen.id) {
        each_setting(seen, &mut |path, value| places.push((path.clone(), Some(LeafHash::of(value)))));
    }
    Sketch { uid, places }
}

/// Returns what stands there that we did not leave so, and that would go with a deletion.
///
/// A connector has more settings than Git names; rights and users have nothing that is not compared.
#[must_use]
pub fn not_as_left(seen: &Seen, row: &Row) -> Vec<FieldChange> {
    let mut found = Vec::new();
    if row.remembered.leaves.is_empty() || seen.id.kind.as_str() == kafka::TOPIC {
        return found;
    }
    let may_be_others = seen.id.system == System::Connect;
    each_setting(seen, &mut |path, value| {
        let is_strange = match leaf(row, path) {
            Some(leaf) => !is_masked(value) && live_hash(Some(value)) != leaf.live.unwrap_or(leaf.wanted),
            None => !may_be_others,
        };
        if is_strange {
            let cause = Cause::Drifted(Writer::Unrecorded);
            found.push(FieldChange { path: path.clone(), live: Some(value.clone()), wanted: None, cause });
        }
    });
    found
}

/// Tells whether what was seen is what the ledger has.
#[must_use]
pub fn is_incarnation(seen: &Seen, row: &Row) -> bool {
    is_known_by((&seen.id, &seen.uid), row) && !is_of_another_class(seen, row)
}

/// Tells whether an id is that of what the ledger has; a topic has one only since its brokers give them.
#[must_use]
pub fn is_known_by((address, uid): (&ResourceId, &Uid), row: &Row) -> bool {
    row.uid == *uid || (is_topic(address) && is_a_name(&row.uid, address))
}

/// Says why nobody can tell whether a topic is the one that the ledger has: it had an id, and none is told now.
#[must_use]
pub fn untold(seen: &Seen, row: &Row) -> Option<Why> {
    let is_untold = is_topic(&seen.id) && is_a_name(&seen.uid, &seen.id) && !is_a_name(&row.uid, &seen.id);
    is_untold.then(|| {
        let message = format!(
            "the brokers tell no id of it, and it was {} so far: those of Kafka 2.7 and older know none",
            row.uid
        );
        Why { trouble: Trouble::Unsupported, message }
    })
}

fn is_topic(address: &ResourceId) -> bool {
    address.system == System::Kafka && address.kind.as_str() == kafka::TOPIC
}

/// Brokers that give topics no id have theirs read as their name.
fn is_a_name(uid: &Uid, address: &ResourceId) -> bool {
    uid.as_str() == &*address.name
}

/// Tells whether somebody deleted what was ours and made another one of its name: a connector of another class, as no
/// connector changes its class. One whose settings were all edited is still ours, and that is drift.
fn is_of_another_class(seen: &Seen, row: &Row) -> bool {
    if seen.id.system != System::Connect {
        return false;
    }
    let class = Path::of(&["config", "connector.class"]);
    let Body::Whole(live) = &seen.body else { return false };
    match (leaf(row, &class), class.find(live)) {
        (Some(ours), Some(theirs)) => live_hash(Some(theirs)) != ours.live.unwrap_or(ours.wanted),
        (_, _) => false,
    }
}

fn each_setting(seen: &Seen, each: &mut impl FnMut(&Path, &Value)) {
    let Body::Whole(live) = &seen.body else { return };
    each_leaf(live, &mut Path::default(), &mut |path, value| {
        if !matches!(path.0.first(), Some(Segment::Field(first)) if NO_SETTINGS.contains(&&**first)) {
            each(path, value);
        }
    });
}
