//! The difference between what is live and what the system says it would make of it.

use super::fields::identity;
use super::schema::{Identity, Node, NodeId, ROOT};
use super::shape::Shape;
use super::walk::Change;
use crate::engine::path::{Path, Segment};
use crate::engine::question::HasStatus;
use crate::engine::value::{Map, Value};
use std::collections::BTreeSet;

const BOOKKEEPING: [&str; 3] = ["generation", "managedFields", "resourceVersion"];

/// Returns every place where the two differ, the server's bookkeeping aside.
///
/// Nor does a status count that an apply cannot write: its controller may have written it between the two readings.
pub(crate) fn differences(live: &Value, projected: &Value, shape: &Shape) -> Vec<Change> {
    let mut walk = Projection { shape, path: Vec::new(), changes: Vec::new() };
    walk.value(Some(live), Some(projected), ROOT);
    walk.changes
}

struct Projection<'a> {
    shape: &'a Shape,
    path: Vec<Segment>,
    changes: Vec<Change>,
}

impl Projection<'_> {
    fn value(&mut self, live: Option<&Value>, projected: Option<&Value>, id: NodeId) {
        match (self.shape.schema.node(id), live, projected) {
            (_, live, projected) if live == projected => {}
            (Node::List(list), Some(Value::List(live)), Some(Value::List(projected)))
                if same_items(live, projected, &list.identity) =>
            {
                for (live, projected) in live.iter().zip(projected) {
                    let segment =
                        identity(live, &list.identity).unwrap_or_else(|| Segment::Member(live.clone()));
                    self.below(segment, Some(live), Some(projected), list.item);
                }
            }
            (node, Some(Value::Map(live)), Some(Value::Map(projected))) => self.maps(live, projected, node),
            _ => {
                let path = Path(self.path.clone());
                self.changes.push(Change { path, live: live.cloned(), wanted: projected.cloned() });
            }
        }
    }

    fn maps(&mut self, live: &Map, projected: &Map, node: &Node) {
        let in_metadata = matches!(self.path.as_slice(), [Segment::Field(name)] if &**name == "metadata");
        let names: BTreeSet<&String> = live.keys().chain(projected.keys()).collect();
        for name in names {
            let is_status = self.path.is_empty() && name == "status";
            if in_metadata && BOOKKEEPING.contains(&name.as_str())
                || is_status && self.shape.status == HasStatus::Subresource
            {
                continue;
            }
            let id = if let Node::Map(map) = node { map.entry(name) } else { NodeId::UNKNOWN };
            self.below(Segment::Field(name.as_str().into()), live.get(name), projected.get(name), id);
        }
    }

    fn below(&mut self, segment: Segment, live: Option<&Value>, projected: Option<&Value>, id: NodeId) {
        self.path.push(segment);
        self.value(live, projected, id);
        self.path.pop();
    }
}

fn same_items(live: &[Value], projected: &[Value], by: &Identity) -> bool {
    *by != Identity::Atomic
        && live.len() == projected.len()
        && live.iter().zip(projected).all(|(live, projected)| identity(live, by) == identity(projected, by))
}
