//! Topics: what may not change on one, and when one does its work.

use crate::engine::id::Kind;
use crate::engine::path::Path;
use crate::engine::question::{Body, Seen};
use crate::engine::step::Readiness;
use crate::engine::value::Value;
use crate::engine::verdict::FieldChange;
use crate::resources::Immutable;

/// Returns what Kafka does not do to a topic that is there.
///
/// Partitions only ever grow, and the replication factor is changed by a reassignment, which moves data between
/// brokers at a pace that somebody has to choose.
#[must_use]
pub fn immutable(kind: &Kind, fields: &[FieldChange]) -> Vec<Immutable> {
    if kind.as_str() != super::TOPIC {
        return Vec::new();
    }
    let refused = |field: &FieldChange| {
        let migration = if field.path == Path::of(&["partitions"]) && !grows(field) {
            "make a topic of another name with fewer partitions, and move producers and consumers to it"
        } else if field.path == Path::of(&["replicationFactor"]) {
            "reassign its partitions by kafka-reassign-partitions with a throttle, then write the new factor in Git"
        } else {
            return None;
        };
        Some(Immutable { path: field.path.clone(), migration })
    };
    fields.iter().filter_map(refused).collect()
}

fn grows(field: &FieldChange) -> bool {
    let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_integer);
    number(&field.wanted) > number(&field.live)
}

/// Tells whether a topic does its work: every partition has a leader. Other kinds do as soon as they are there.
#[must_use]
pub fn readiness(seen: &Seen) -> Readiness {
    let Body::Whole(live) = &seen.body else {
        return Readiness::Waiting("its partitions were not read".to_owned());
    };
    match live.at(&["status", "leaderless"]).and_then(Value::as_integer) {
        Some(0) | None => Readiness::Ready,
        Some(1) => Readiness::Waiting("1 partition has no leader".to_owned()),
        Some(leaderless) => Readiness::Waiting(format!("{leaderless} partitions have no leader")),
    }
}
