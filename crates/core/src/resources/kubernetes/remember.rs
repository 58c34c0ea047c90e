//! What is remembered of an apply (B in design-diff.md), and the fast path that rests on it (rule 1).

use super::defaults::{is_empty, is_granular};
use super::fields::same_item;
use super::normal::Normal;
use super::owners::{Entries, Entry};
use super::schema::{Identity, Node, NodeId, ROOT, Schema};
use super::shape::Shape;
use super::trail::{Crumb, Trail};
use super::walk::live_hash;
use crate::engine::fingerprint::{Fingerprint, LeafHash};
use crate::engine::ledger::{Remembered, RememberedLeaf};
use crate::engine::path::Path;
use crate::engine::question::{Body, Seen};
use crate::engine::value::Value;
use std::hash::{Hash, Hasher};

/// Returns what to remember after a write, or after a dry run that confirmed that nothing would change.
///
/// A seen object whose body was not kept is what the ledger remembers already; the caller keeps that.
#[must_use]
pub fn remember(wanted: &Normal, seen: &Seen, shape: &Shape) -> Remembered {
    let Body::Whole(live) = &seen.body else { return Remembered::default() };
    let mut leaves = Vec::new();
    each_leaf(&wanted.value, live, &shape.schema, &mut |path, wanted, live| {
        let (path, wanted) = (LeafHash::of(&path), LeafHash::of(wanted));
        leaves.push(RememberedLeaf {
            path,
            wanted,
            live: Some(live_hash(live)).filter(|live| *live != wanted),
        });
    });
    leaves.sort_by_key(|leaf| leaf.path);
    leaves.dedup_by_key(|leaf| leaf.path);
    Remembered {
        wanted: Some(wanted.fingerprint()),
        live: Some(live_fingerprint(&wanted.value, live, &shape.schema)),
        entry: Entries::of(live).ours.as_ref().map(entry_fingerprint),
        schema: Some(shape.fingerprint()),
        leaves,
    }
}

/// Tells whether everything is as it was remembered.
pub(crate) fn is_as_remembered(
    wanted: &Normal,
    live: &Value,
    entry: Option<&Entry<'_>>,
    remembered: &Remembered,
    shape: &Shape,
) -> bool {
    remembered.wanted == Some(wanted.fingerprint())
        && remembered.schema == Some(shape.fingerprint())
        && remembered.entry.is_some()
        && remembered.entry == entry.map(entry_fingerprint)
        && remembered.live == Some(live_fingerprint(&wanted.value, live, &shape.schema))
}

pub(crate) fn entry_fingerprint(entry: &Entry<'_>) -> Fingerprint {
    Fingerprint::of(&(entry.api_version, entry.fields))
}

/// Calls `each` for every leaf of the manifest with its path and what is live there.
pub(crate) fn each_leaf<'a>(
    wanted: &'a Value,
    live: &'a Value,
    schema: &'a Schema,
    each: &mut impl FnMut(Path, &Value, Option<&Value>),
) {
    let mut walk = Leaves { schema, trail: Trail::default() };
    walk.value(wanted, Some(live), ROOT, each);
}

struct Leaves<'a> {
    schema: &'a Schema,
    trail: Trail<'a>,
}

impl<'a> Leaves<'a> {
    fn value(
        &mut self,
        wanted: &'a Value,
        live: Option<&'a Value>,
        id: NodeId,
        each: &mut impl FnMut(Path, &Value, Option<&Value>),
    ) {
        let node = self.schema.node(id);
        match (node, wanted) {
            _ if is_empty(wanted) || !is_granular(node, wanted) => each(self.trail.path(), wanted, live),
            (_, Value::Map(entries)) => {
                for (name, wanted) in entries {
                    let id = if let Node::Map(map) = node { map.entry(name) } else { NodeId::UNKNOWN };
                    self.trail.push(Crumb::Field(name));
                    self.value(wanted, live.and_then(|live| live.get(name)), id, each);
                    self.trail.pop();
                }
            }
            (Node::List(list), Value::List(items)) => {
                for item in items {
                    let same = |live: &&Value| same_item(item, live, &list.identity);
                    let live = live.and_then(Value::as_list).and_then(|live| live.iter().find(same));
                    self.trail.push(Crumb::Item(item, &list.identity));
                    self.value(item, live, list.item, each);
                    self.trail.pop();
                }
            }
            _ => each(self.trail.path(), wanted, live),
        }
    }
}

/// Returns the hash of what is live at the manifest's leaves, with the order of shared items.
pub(crate) fn live_fingerprint(wanted: &Value, live: &Value, schema: &Schema) -> Fingerprint {
    Fingerprint::of(&AtLeaves { wanted, live: Some(live), id: ROOT, schema })
}

/// Hashes what is live where the manifest has leaves.
#[derive(Clone, Copy)]
struct AtLeaves<'a> {
    wanted: &'a Value,
    live: Option<&'a Value>,
    id: NodeId,
    schema: &'a Schema,
}

impl Hash for AtLeaves<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { wanted, live, id, schema } = *self;
        let node = schema.node(id);
        match (node, wanted, live) {
            _ if is_empty(wanted) || !is_granular(node, wanted) => live.hash(state),
            (_, Value::Map(wanted), Some(Value::Map(live))) => {
                for (name, wanted) in wanted {
                    let id = if let Node::Map(map) = node { map.entry(name) } else { NodeId::UNKNOWN };
                    AtLeaves { wanted, live: live.get(name), id, schema }.hash(state);
                }
            }
            (Node::List(list), Value::List(wanted), Some(Value::List(live))) => {
                for wanted in wanted {
                    hash_item(wanted, live, &list.identity, AtLeaves { id: list.item, ..*self }, state);
                }
            }
            _ => live.hash(state),
        }
    }
}

/// Hashes every live item of the same identity, with its rank among those that the manifest has.
fn hash_item<'a, H: Hasher>(
    wanted: &'a Value,
    live: &'a [Value],
    identity: &Identity,
    at: AtLeaves<'a>,
    state: &mut H,
) {
    let mut found = 0_usize;
    for (position, live) in live.iter().enumerate().filter(|(_, live)| same_item(wanted, live, identity)) {
        found += 1;
        position.hash(state);
        AtLeaves { wanted, live: Some(live), ..at }.hash(state);
    }
    found.hash(state);
}
