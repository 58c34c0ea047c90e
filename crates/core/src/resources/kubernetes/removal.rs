//! What goes because Git no longer has it (design-diff.md, rule 3): the fields of our entry that neither the
//! manifest nor anybody else's entry has, as the server prunes them.

use super::defaults::{Filled, entry_filled, filled};
use super::fields::{FieldSet, identity};
use super::schema::{Default, Field, Identity, ListNode, MapNode, Merge, Node, NodeId, ROOT, Schema};
use super::walk::{Change, Findings};
use crate::engine::path::{Path, Segment};
use crate::engine::value::Value;
use crate::engine::verdict::{Doubt, DoubtClass};

/// Finds what an apply would prune: `ours` less `kept` (the manifest's fields and those of all others).
pub(crate) fn removals(ours: &FieldSet, kept: &FieldSet, live: &Value, schema: &Schema) -> Findings {
    let mut pruning = Pruning { schema, path: Vec::new(), found: Findings::default() };
    pruning.below(Sets { ours, kept: Some(kept) }, live, schema.node(ROOT), None);
    pruning.found
}

/// Our entry's fields, and those that somebody keeps, below one place.
#[derive(Clone, Copy)]
struct Sets<'a> {
    ours: &'a FieldSet,
    kept: Option<&'a FieldSet>,
}

struct Pruning<'a> {
    schema: &'a Schema,
    path: Vec<Segment>,
    found: Findings,
}

impl Pruning<'_> {
    fn below(&mut self, sets: Sets<'_>, live: &Value, node: &Node, field: Option<&Field>) {
        let gone = gone_items(sets.ours, sets.kept, live, node);
        let all_go = gone.is_some() && gone == live.as_list().map(<[_]>::len);
        let empties_default_list = all_go && field.is_some_and(|field| field.default == Default::List);
        for (segment, ours) in &sets.ours.children {
            let declared = is_declared(node, segment);
            let is_member = |set: &FieldSet| set.member || (declared && !set.is_empty());
            let kept = sets.kept.and_then(|kept| kept.child(segment));
            let Some(seen) = find(live, segment, node) else { continue };
            self.path.push(segment.clone());
            if !is_member(ours) || kept.is_some_and(is_member) {
                let (child, field) = child(node, segment);
                self.below(Sets { ours, kept }, seen, self.schema.node(child), field);
            } else {
                self.removed(seen, node, segment, empties_default_list);
            }
            self.path.pop();
        }
    }

    fn removed(&mut self, live: &Value, node: &Node, segment: &Segment, empties_default_list: bool) {
        let how = match (node, segment) {
            (Node::Map(map), Segment::Field(name)) => match map.field(name) {
                Some(field) => filled(self.schema, field, live),
                None => entry_filled(Some(map)),
            },
            _ if empties_default_list => Filled::Unclear(DoubtClass::DefaultList),
            _ => Filled::Other,
        };
        let path = Path(self.path.clone());
        match how {
            Filled::Equal => {}
            Filled::Unclear(class) => self.found.doubts.push(Doubt { path, class }),
            Filled::Other => self.found.changes.push(Change { path, live: Some(live.clone()), wanted: None }),
        }
    }
}

/// Counts the live items of a list that would go.
fn gone_items(ours: &FieldSet, kept: Option<&FieldSet>, live: &Value, node: &Node) -> Option<usize> {
    let Node::List(_) = node else { return None };
    let goes = |segment: &&Segment| {
        let kept = kept.and_then(|kept| kept.child(segment)).is_some_and(|kept| kept.member);
        !kept && find(live, segment, node).is_some()
    };
    Some(ours.children.keys().filter(goes).count())
}

fn is_declared(node: &Node, segment: &Segment) -> bool {
    matches!((node, segment), (Node::Map(map), Segment::Field(name)) if map.field(name).is_some())
}

fn child<'a>(node: &'a Node, segment: &Segment) -> (NodeId, Option<&'a Field>) {
    match (node, segment) {
        (Node::Map(map), Segment::Field(name)) => (entry(map, name), map.field(name)),
        (Node::List(ListNode { item, identity: _ }), _) => (*item, None),
        (Node::Map(_) | Node::Scalar(_) | Node::Untyped, _) => (NodeId::UNKNOWN, None),
    }
}

fn entry(map: &MapNode, name: &str) -> NodeId {
    map.entry(name)
}

/// Finds the part of a live value that a segment of `managedFields` means.
pub(crate) fn find<'a>(live: &'a Value, segment: &Segment, node: &Node) -> Option<&'a Value> {
    match (segment, node) {
        (Segment::Field(name), Node::Map(map)) if map.merge == Merge::Granular => live.get(name),
        (Segment::Field(name), Node::Untyped) => live.get(name),
        (Segment::Keyed(_) | Segment::Member(_), Node::List(list)) if list.identity != Identity::Atomic => {
            let is_meant = |item: &&Value| identity(item, &list.identity).as_ref() == Some(segment);
            live.as_list()?.iter().find(is_meant)
        }
        (Segment::Index(index), Node::List(_)) => live.as_list()?.get(*index),
        _ => None,
    }
}
