//! Compares what would be written with what is live, and writes what is live wherever they would differ.
//!
//! This is what the promise of an empty plan rests on: it is checked at each import and for each object, by the very
//! comparison that the plan makes.

use super::look::Order;
use super::place::put;
use crate::diagnostic::Location;
use crate::engine::path::Path;
use crate::engine::question::{ApiVersion, Body, Seen};
use crate::engine::value::Value;
use crate::engine::verdict::{Doubt, DoubtClass, FieldChange, Verdict};
use crate::engine::wanted::Wanted;
use crate::resources::kubernetes::{MARKER, Normal, Shape, compare, normalise};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A repaired place may show another inside or beside it; more often than this it goes in circles.
const ROUNDS: usize = 4;

/// Returns the document that differs nowhere, or as nearly so as it can be: the plan tells of the rest.
pub(super) fn settled(document: Value, seen: &Seen, shape: &Shape, order: &Order) -> Value {
    let mut document = document;
    for _ in 0..ROUNDS {
        let Some(normal) = normal(&document, seen, shape, order) else { break };
        let repairs = repairs(&compare(&normal, seen, None, shape), seen);
        if repairs.is_empty() {
            break;
        }
        // Places are named as in the canonical form, so that is what is repaired.
        document = without_marker(&normal.value);
        for (path, live) in repairs {
            put(&mut document, &path.0, live);
        }
    }
    document
}

fn normal(document: &Value, seen: &Seen, shape: &Shape, order: &Order) -> Option<Normal> {
    let version = document.get("apiVersion").and_then(Value::as_text).unwrap_or_default();
    let wanted = Wanted {
        id: seen.id.clone(),
        api_version: ApiVersion::new(version),
        config: Arc::new(document.clone()),
        needs: BTreeSet::new(),
        moved_from: Vec::new(),
        ignored: Vec::new(),
        unread: BTreeSet::new(),
        document: None,
        at: Location::start_of(""),
    };
    normalise(&wanted, &order.environment, shape).ok()
}

/// Returns the places to repair, with what is live there.
fn repairs(verdict: &Verdict, seen: &Seen) -> Vec<(Path, Option<Value>)> {
    let Body::Whole(live) = &seen.body else { return Vec::new() };
    let of_doubt = |doubt: &Doubt| {
        let stays = doubt.class != DoubtClass::NullInCustomResource;
        (doubt.path.clone(), doubt.path.find(live).filter(|_| stays).cloned())
    };
    match verdict {
        Verdict::Same | Verdict::Own(_) => Vec::new(),
        Verdict::Undecided(doubts) => doubts.iter().map(of_doubt).collect(),
        Verdict::Differs(difference) => {
            let of_field = |field: &FieldChange| (field.path.clone(), field.path.find(live).cloned());
            difference.fields.iter().map(of_field).chain(difference.doubts.iter().map(of_doubt)).collect()
        }
    }
}

/// The label that marks an object as ours is put on by planning; nobody writes it down.
fn without_marker(normal: &Value) -> Value {
    let mut document = normal.clone();
    put(&mut document, &Path::of(&["metadata", "labels", MARKER]).0, None);
    let labels = document.at(&["metadata", "labels"]).and_then(Value::as_map);
    if labels.is_some_and(std::collections::BTreeMap::is_empty) {
        put(&mut document, &Path::of(&["metadata", "labels"]).0, None);
    }
    document
}
