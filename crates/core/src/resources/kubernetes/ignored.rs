//! Places that are left to others (`evenkeel.dev/ignore`): neither sent, nor compared, nor removed.
//!
//! An apply prunes what our entry owns alone and the manifest lacks. So what our entry still has of such a place is
//! given up first, by a write of `managedFields` alone: the value stays, and is nobody's until somebody writes it.

use super::defaults::is_granular;
use super::fields::{FieldSet, identity};
use super::normal::{Normal, Refusal, RefusalReason};
use super::owners::Entries;
use super::ownership::lacking;
use super::schema::{Node, NodeId, ROOT, Schema};
use super::shape::Shape;
use crate::engine::path::{Path, Segment};
use crate::engine::question::{Body, Seen};
use crate::engine::value::Value;

/// Takes places out of a manifest; returns how the server names them, or which are only parts of a whole.
pub(super) fn take_out(
    manifest: &mut Value,
    places: &[Path],
    schema: &Schema,
) -> Result<Vec<Path>, Vec<Refusal>> {
    let (mut named, mut refusals) = (Vec::new(), Vec::new());
    for place in places {
        let mut path = Path::default();
        match (Taker { schema, path: &mut path }).take(manifest, ROOT, &place.0) {
            Ok(()) => named.push(path),
            Err(PartOfWhole) => {
                refusals.push(Refusal { path: place.clone(), why: RefusalReason::PartOfWhole });
            }
        }
    }
    if refusals.is_empty() { Ok(named) } else { Err(refusals) }
}

/// The place lies inside a value that has one owner as a whole.
struct PartOfWhole;

struct Taker<'a> {
    schema: &'a Schema,
    path: &'a mut Path,
}

impl Taker<'_> {
    fn take(&mut self, value: &mut Value, id: NodeId, rest: &[Segment]) -> Result<(), PartOfWhole> {
        let Some((first, rest)) = rest.split_first() else { return Ok(()) };
        let node = self.schema.node(id);
        if *value != Value::Null && !is_granular(node, value) {
            return Err(PartOfWhole);
        }
        match (node, value) {
            (Node::List(list), Value::List(items)) => {
                let found = items.iter().position(|item| is_meant(item, first));
                let found = if let Segment::Index(index) = first { Some(*index) } else { found };
                let Some(item) = found.and_then(|at| items.get_mut(at)) else {
                    self.absent(first, rest);
                    return Ok(());
                };
                self.path.0.push(identity(item, &list.identity).unwrap_or_else(|| first.clone()));
                if rest.is_empty() {
                    found.map(|at| items.remove(at));
                    return Ok(());
                }
                self.take(item, list.item, rest)
            }
            (node, Value::Map(entries)) => {
                let entry = if let Segment::Field(name) = first { entries.get_mut(&**name) } else { None };
                let (Segment::Field(name), Some(entry)) = (first, entry) else {
                    self.absent(first, rest);
                    return Ok(());
                };
                self.path.0.push(first.clone());
                if rest.is_empty() {
                    entries.remove(&**name);
                    return Ok(());
                }
                let id = if let Node::Map(map) = node { map.entry(name) } else { NodeId::UNKNOWN };
                self.take(entry, id, rest)
            }
            _ => {
                self.absent(first, rest);
                Ok(())
            }
        }
    }

    /// The manifest has nothing there; the place keeps the name that it was given.
    fn absent(&mut self, first: &Segment, rest: &[Segment]) {
        self.path.0.push(first.clone());
        self.path.0.extend_from_slice(rest);
    }
}

fn is_meant(item: &Value, segment: &Segment) -> bool {
    match segment {
        Segment::Keyed(keys) => keys.iter().all(|(key, value)| item.get(key) == Some(value)),
        Segment::Member(member) => item == member,
        Segment::Field(_) | Segment::Index(_) => false,
    }
}

/// Returns what our entry has of the places that are left to others: it must give them up before the next apply.
#[must_use]
pub fn left_to_others(wanted: &Normal, seen: &Seen, shape: &Shape) -> Vec<Path> {
    match &seen.body {
        Body::Whole(live) if !wanted.ignored.is_empty() => {
            let entries = Entries::of(live);
            entries.ours.as_ref().map_or_else(Vec::new, |ours| held(ours.set(), wanted, shape))
        }
        Body::Whole(_) | Body::Remembered => Vec::new(),
    }
}

pub(super) fn held(ours: &FieldSet, wanted: &Normal, shape: &Shape) -> Vec<Path> {
    let is_left = |path: &Path| wanted.ignored.iter().any(|left| left.contains(path));
    lacking(ours, wanted.set(shape)).into_iter().filter(is_left).collect()
}

impl FieldSet {
    /// Adds one place.
    pub(super) fn insert(&mut self, path: &[Segment]) {
        match path.split_first() {
            None => self.member = true,
            Some((first, rest)) => self.children.entry(first.clone()).or_default().insert(rest),
        }
    }

    /// Removes one place, and what is empty without it.
    pub(super) fn remove(&mut self, path: &[Segment]) {
        match path.split_first() {
            None => self.member = false,
            Some((first, rest)) => {
                if let Some(child) = self.children.get_mut(first) {
                    child.remove(rest);
                }
                self.children.retain(|_, child| !child.is_empty());
            }
        }
    }
}
