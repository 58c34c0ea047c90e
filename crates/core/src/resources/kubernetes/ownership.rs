//! Which paths our entry lacks or has too many (design-diff.md, rule 4), and which fields a write takes from whom.

use super::defaults::is_granular;
use super::fields::FieldSet;
use super::owners::{BEFORE_FIRST_APPLY, Entries};
use super::removal::find;
use super::schema::{Identity, MapNode, Node, NodeId, ROOT, Schema};
use crate::engine::path::{Path, Segment};
use crate::engine::value::{Map, Value};
use crate::engine::verdict::TakeOver;
use std::sync::Arc;

/// Returns the members of `wanted` that `ours` lacks.
pub(crate) fn lacking(wanted: &FieldSet, ours: &FieldSet) -> Vec<Path> {
    let mut found = Vec::new();
    collect(wanted, Some(ours), &mut Vec::new(), &mut found);
    found
}

fn collect(set: &FieldSet, without: Option<&FieldSet>, path: &mut Vec<Segment>, found: &mut Vec<Path>) {
    if set.member && !without.is_some_and(|without| without.member) {
        found.push(Path(path.clone()));
    }
    for (segment, child) in &set.children {
        path.push(segment.clone());
        collect(child, without.and_then(|without| without.child(segment)), path, found);
        path.pop();
    }
}

/// Tells whether every member of `inner` is one of `outer`.
pub(crate) fn is_within(inner: &FieldSet, outer: Option<&FieldSet>) -> bool {
    (!inner.member || outer.is_some_and(|outer| outer.member))
        && inner
            .children
            .iter()
            .all(|(segment, child)| is_within(child, outer.and_then(|outer| outer.child(segment))))
}

/// Returns the members of `ours` that the manifest lacks, others keep, and live still has.
pub(crate) fn kept_by_others(
    ours: &FieldSet,
    wanted: &FieldSet,
    entries: &Entries<'_>,
    live: &Value,
    schema: &Schema,
) -> Vec<Path> {
    let extra = lacking(ours, wanted);
    let kept = |path: &Path| {
        entries.others.iter().any(|entry| entry.owns(path)) && find_live(path, live, schema).is_some()
    };
    extra.into_iter().filter(kept).collect()
}

fn find_live<'a>(path: &Path, live: &'a Value, schema: &Schema) -> Option<&'a Value> {
    let mut at = (live, schema.node(ROOT));
    for segment in &path.0 {
        at = (find(at.0, segment, at.1)?, child(at.1, segment, schema));
    }
    Some(at.0)
}

fn child<'a>(node: &Node, segment: &Segment, schema: &'a Schema) -> &'a Node {
    schema.node(match (node, segment) {
        (Node::Map(map), Segment::Field(name)) => MapNode::entry(map, name),
        (Node::List(list), _) => list.item,
        (Node::Map(_) | Node::Scalar(_) | Node::Untyped, _) => NodeId::UNKNOWN,
    })
}

/// Returns every path of the manifest that another entry owns and whose text differs from live: what an unforced
/// apply would conflict on. Conflicts are found before defaulting, so also where the walk says equal.
pub(crate) fn takes_over(
    wanted: &Value,
    live: &Value,
    set: &FieldSet,
    entries: &Entries<'_>,
    schema: &Schema,
) -> Vec<TakeOver> {
    let mut found = Vec::new();
    let mut seek = |theirs: &FieldSet, manager: &Arc<str>, orders: Orders| {
        let mut seeker = Seeker { schema, path: Vec::new(), found: Vec::new(), orders };
        let place = Place { wanted: Some(wanted), live: Some(live), moved: false };
        seeker.seek(set, theirs, place, schema.node(ROOT));
        found.extend(seeker.found.into_iter().map(|path| TakeOver { path, manager: Arc::clone(manager) }));
    };
    for entry in &entries.others {
        seek(entry.set(), &entry.manager.name, Orders::Count);
    }
    if entries.is_unrecorded() {
        seek(&FieldSet::of(live, schema), &Arc::from(BEFORE_FIRST_APPLY), Orders::AreFree);
    }
    found.sort();
    found.dedup();
    found
}

struct Seeker<'a> {
    schema: &'a Schema,
    path: Vec<Segment>,
    found: Vec<Path>,
    orders: Orders,
}

/// Whether another order is a conflict; the manager that the server invents does not mind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Orders {
    Count,
    AreFree,
}

/// One place in the manifest and in live.
#[derive(Clone, Copy)]
struct Place<'a> {
    wanted: Option<&'a Value>,
    live: Option<&'a Value>,
    moved: bool,
}

impl Seeker<'_> {
    fn seek(&mut self, set: &FieldSet, theirs: &FieldSet, place: Place<'_>, node: &Node) {
        let invented = self.orders == Orders::AreFree && place.live == Some(&Value::Null);
        if theirs.member && (makes_map_of_null(place) || !invented && conflicts(set, place, node)) {
            self.found.push(Path(self.path.clone()));
        }
        let moved = [displaced(place, node), doubled(place, node)].concat();
        for (segment, set) in &set.children {
            let Some(theirs) = theirs.child(segment) else { continue };
            let inner = Place {
                wanted: place.wanted.and_then(|value| find(value, segment, node)),
                live: place.live.and_then(|value| find(value, segment, node)),
                moved: self.orders == Orders::Count && moved.contains(segment),
            };
            self.path.push(segment.clone());
            self.seek(set, theirs, inner, child(node, segment, self.schema));
            self.path.pop();
        }
    }
}

/// A leaf, and what is replaced as a whole, conflicts where its text differs; a place with parts only where live
/// lacks it, or where its order changes.
fn conflicts(set: &FieldSet, place: Place<'_>, node: &Node) -> bool {
    let is_there = place.live.is_some_and(|live| *live != Value::Null || set.children.is_empty());
    let differs = match place.wanted {
        Some(wanted) if set.children.is_empty() && !is_granular(node, wanted) => {
            !is_same_text(wanted, place.live)
        }
        Some(_) | None => !is_there,
    };
    differs || (set.member && place.moved)
}

/// Tells whether an empty map goes where null is stored: the one change of a granular value that has no parts.
fn makes_map_of_null(place: Place<'_>) -> bool {
    let is_empty_map = |value: &Value| value.as_map().is_some_and(Map::is_empty);
    place.live == Some(&Value::Null) && place.wanted.is_some_and(is_empty_map)
}

fn is_same_text(wanted: &Value, live: Option<&Value>) -> bool {
    match (wanted, live) {
        (Value::Secret(secret), Some(Value::Opaque(seen))) => {
            secret.digest.as_ref().is_none_or(|digest| digest == seen)
        }
        (wanted, live) => Some(wanted) == live,
    }
}

/// Returns the items that live has more than once; an apply makes one of them.
fn doubled(place: Place<'_>, node: &Node) -> Vec<Segment> {
    let (Node::List(list), Some(live)) = (node, place.live.and_then(Value::as_list)) else {
        return Vec::new();
    };
    let mut names: Vec<Segment> =
        live.iter().filter_map(|item| super::fields::identity(item, &list.identity)).collect();
    names.sort();
    names.chunk_by(|one, two| one == two).filter(|same| same.len() > 1).map(|same| same[0].clone()).collect()
}

/// Returns the items of a keyed list or set that stand in another order among those that both have.
fn displaced(place: Place<'_>, node: &Node) -> Vec<Segment> {
    let (Node::List(list), Some(wanted), Some(live)) =
        (node, place.wanted.and_then(Value::as_list), place.live.and_then(Value::as_list))
    else {
        return Vec::new();
    };
    if list.identity == Identity::Atomic {
        return Vec::new();
    }
    let names = |items: &[Value]| -> Vec<Segment> {
        items.iter().filter_map(|item| super::fields::identity(item, &list.identity)).collect()
    };
    let (wanted, live) = (names(wanted), names(live));
    let shared = |one: &[Segment], other: &[Segment]| -> Vec<Segment> {
        one.iter().filter(|name| other.contains(name)).cloned().collect()
    };
    let (ours, theirs) = (shared(&wanted, &live), shared(&live, &wanted));
    ours.into_iter().zip(theirs).filter(|(ours, theirs)| ours != theirs).map(|(ours, _)| ours).collect()
}
