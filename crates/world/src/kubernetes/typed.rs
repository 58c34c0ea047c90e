//! The four operations that server-side apply is made of: the field set of an object, merging, comparing, removing.
//!
//! How each treats null, empty maps and lists, atomic values and duplicates was seen on 1.36.

use super::fields::FieldSet;
use super::shape::{Key, Shape};
use evenkeel_core::engine::path::Segment;
use evenkeel_core::engine::value::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

const NULL: Value = Value::Null;

/// Returns the places that an object sets.
///
/// Items of lists, keys of the user's choice, null and `{}` are members themselves; an empty atomic list is, an
/// empty keyed list is not.
pub(crate) fn field_set(value: &Value, shape: &Shape) -> FieldSet {
    if is_leaf(value, shape) {
        return FieldSet::leaf();
    }
    match value {
        Value::Map(map) => map.iter().fold(FieldSet::default(), |set, (key, child)| {
            let inner = shape.field(key).unwrap_or(&Shape::Untyped);
            let mut below = field_set(child, inner);
            below.member |= is_nothing(child) || !shape.declares(key);
            set.with(Segment::Field(Arc::from(key.as_str())), &below)
        }),
        Value::List(items) => items.iter().fold(FieldSet::default(), |set, item| {
            let mut below = shape.item().map_or_else(FieldSet::leaf, |inner| field_set(item, inner));
            below.member = true;
            set.with(segment_of(item, shape), &below)
        }),
        _ => FieldSet::default(),
    }
}

fn is_leaf(value: &Value, shape: &Shape) -> bool {
    match value {
        Value::Map(_) => matches!(shape, Shape::AtomicMap(_)),
        Value::List(_) => matches!(shape, Shape::AtomicList(_) | Shape::Untyped),
        Value::Null => shape.is_atomic(),
        _ => true,
    }
}

fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Null) || value.as_map().is_some_and(Map::is_empty)
}

/// Returns what tells an item of a list from the others.
pub(crate) fn segment_of(item: &Value, shape: &Shape) -> Segment {
    match shape {
        Shape::Keyed(keys, _) => Segment::Keyed(keys.iter().filter_map(|key| key_of(item, key)).collect()),
        _ => Segment::Member(item.clone()),
    }
}

fn key_of(item: &Value, key: &Key) -> Option<(String, Value)> {
    let value = item.get(&key.name).or(key.default.as_ref())?.clone();
    Some((key.name.to_string(), value))
}

/// Returns `live` with what `applied` sets; what `applied` leaves out stays.
pub(crate) fn merge(live: &Value, applied: &Value, shape: &Shape) -> Value {
    match (live, applied) {
        _ if shape.is_atomic() || (is_empty(live) && is_empty(applied)) => applied.clone(),
        (Value::List(_), Value::List(_)) if *shape == Shape::Untyped => applied.clone(),
        (Value::Map(live), Value::Map(applied)) => merge_maps(live, applied, shape),
        (Value::Null, Value::Map(applied)) => merge_maps(&Map::new(), applied, shape),
        (Value::List(live), Value::List(applied)) => merge_lists(live, applied, shape),
        // Null for a map or list that has something applies nothing at all: seen on 1.36.
        (Value::Map(_) | Value::List(_), Value::Null) => live.clone(),
        _ => applied.clone(),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Map(map) => map.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => false,
    }
}

fn merge_maps(live: &Map, applied: &Map, shape: &Shape) -> Value {
    let mut merged = live.clone();
    for (key, value) in applied {
        let inner = shape.field(key).unwrap_or(&Shape::Untyped);
        let value = live.get(key).map_or_else(|| value.clone(), |live| merge(live, value, inner));
        merged.insert(key.clone(), value);
    }
    Value::Map(merged)
}

/// Merges keyed lists and sets: applied items stand in the applied order, foreign ones where they stood between them.
fn merge_lists(live: &[Value], applied: &[Value], shape: &Shape) -> Value {
    let live_segments: Vec<Segment> = live.iter().map(|item| segment_of(item, shape)).collect();
    let applied_segments: Vec<Segment> = applied.iter().map(|item| segment_of(item, shape)).collect();
    let is_live: BTreeSet<&Segment> = live_segments.iter().collect();
    let is_applied: BTreeSet<&Segment> = applied_segments.iter().collect();
    let inner = shape.item().unwrap_or(&Shape::Untyped);
    let merged = |index: usize| {
        let position = live_segments.iter().position(|segment| *segment == applied_segments[index]);
        position.map_or_else(|| applied[index].clone(), |at| merge(&live[at], &applied[index], inner))
    };
    let mut out = Vec::with_capacity(live.len().max(applied.len()));
    let mut next = 0;
    for (segment, item) in live_segments.iter().zip(live) {
        if !is_applied.contains(segment) {
            out.push(item.clone());
            continue;
        }
        let shared = (next..applied.len()).find(|index| is_live.contains(&applied_segments[*index]));
        if let Some(shared) = shared.filter(|index| applied_segments[*index] == *segment) {
            out.extend((next..=shared).map(merged));
            next = shared + 1;
        }
    }
    out.extend((next..applied.len()).map(merged));
    Value::List(out)
}

/// How two objects differ, place by place.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    pub(crate) added: FieldSet,
    pub(crate) changed: FieldSet,
    pub(crate) removed: FieldSet,
}

impl Comparison {
    pub(crate) fn is_same(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    fn below(self, segment: Segment, inner: &Self) -> Self {
        Self {
            added: self.added.with(segment.clone(), &inner.added),
            changed: self.changed.with(segment.clone(), &inner.changed),
            removed: self.removed.with(segment, &inner.removed),
        }
    }
}

/// Compares two states of an object. A place that comes or goes counts itself, beside what is in it.
pub(crate) fn compare(before: Option<&Value>, after: Option<&Value>, shape: &Shape) -> Comparison {
    let mut found = Comparison::default();
    let same = before == after;
    if same {
        return found;
    }
    let leaf = |value: Option<&Value>| value.is_none_or(|value| is_leaf(value, shape) || is_empty(value));
    if !(leaf(before) && leaf(after)) {
        found = compare_inside(before.unwrap_or(&NULL), after.unwrap_or(&NULL), shape);
    }
    match (before, after) {
        (None, _) => found.added.member = true,
        (_, None) => found.removed.member = true,
        (Some(before), Some(after)) => {
            let other_sort = *before != NULL && *after != NULL && is_branch(before) != is_branch(after);
            found.changed.member |= other_sort || leaf(Some(before)) && leaf(Some(after));
        }
    }
    found
}

fn is_branch(value: &Value) -> bool {
    matches!(value, Value::Map(_) | Value::List(_))
}

fn compare_inside(before: &Value, after: &Value, shape: &Shape) -> Comparison {
    let (one, two) = (children(before, shape), children(after, shape));
    let segments: BTreeSet<&Segment> = one.iter().chain(&two).map(|(segment, _)| segment).collect();
    segments.into_iter().fold(Comparison::default(), |found, segment| {
        let inner = match segment {
            Segment::Field(name) => shape.field(name),
            Segment::Keyed(_) | Segment::Member(_) | Segment::Index(_) => shape.item(),
        };
        let (one, two) = (find(&one, segment), find(&two, segment));
        found.below(segment.clone(), &compare(one, two, inner.unwrap_or(&Shape::Untyped)))
    })
}

fn find<'a>(children: &[(Segment, &'a Value)], wanted: &Segment) -> Option<&'a Value> {
    children.binary_search_by(|(segment, _)| segment.cmp(wanted)).ok().map(|at| children[at].1)
}

fn children<'a>(value: &'a Value, shape: &Shape) -> Vec<(Segment, &'a Value)> {
    let mut found: Vec<(Segment, &Value)> = match value {
        Value::Map(map) => {
            map.iter().map(|(key, child)| (Segment::Field(Arc::from(key.as_str())), child)).collect()
        }
        Value::List(items) => items.iter().map(|item| (segment_of(item, shape), item)).collect(),
        _ => Vec::new(),
    };
    found.sort_by(|one, two| one.0.cmp(&two.0));
    found
}

/// Returns the value without the places in `gone`; nothing where nothing is left of it.
pub(crate) fn remove(value: &Value, gone: &FieldSet, shape: &Shape) -> Value {
    match value {
        Value::Map(map) if !map.is_empty() && !is_leaf(value, shape) => {
            let left: Map = map
                .iter()
                .filter_map(|(key, child)| {
                    let inner = shape.field(key).unwrap_or(&Shape::Untyped);
                    Some((
                        key.clone(),
                        left_of(child, gone.below.get(&Segment::Field(Arc::from(key.as_str()))), inner)?,
                    ))
                })
                .collect();
            if left.is_empty() { Value::Null } else { Value::Map(left) }
        }
        Value::List(items) if !items.is_empty() && !is_leaf(value, shape) => {
            let inner = shape.item().unwrap_or(&Shape::Untyped);
            let left: Vec<Value> = items
                .iter()
                .filter_map(|item| left_of(item, gone.below.get(&segment_of(item, shape)), inner))
                .collect();
            if left.is_empty() { Value::Null } else { Value::List(left) }
        }
        _ => value.clone(),
    }
}

fn left_of(child: &Value, gone: Option<&FieldSet>, shape: &Shape) -> Option<Value> {
    match gone {
        None => Some(child.clone()),
        Some(gone) if gone.member => None,
        Some(gone) => Some(remove(child, gone, shape)),
    }
}

/// Returns the set with every declared field on the way to one of its places as a place of its own.
///
/// Without this nobody would own `spec`, and it could never go.
pub(crate) fn with_declared(set: &FieldSet, shape: &Shape) -> FieldSet {
    let below = set.below.iter().map(|(segment, inner)| {
        let (child, declared) = match segment {
            Segment::Field(name) => (shape.field(name), shape.declares(name)),
            Segment::Keyed(_) | Segment::Member(_) | Segment::Index(_) => (shape.item(), false),
        };
        let mut inner = with_declared(inner, child.unwrap_or(&Shape::Untyped));
        inner.member |= declared && !inner.below.is_empty();
        (segment.clone(), inner)
    });
    FieldSet { member: set.member, below: below.collect() }
}
