//! Sketches for a step's expectation and for settling it after a crash: the manifest's values, here and there.
//!
//! They go down into atomic values as well, and leave out empty ones: what the server fills in or drops must not
//! make a finished write look as if it had never been.

use super::fields::identity;
use super::normal::Normal;
use super::schema::{Identity, Node, NodeId, ROOT, Schema};
use super::shape::Shape;
use crate::engine::fingerprint::LeafHash;
use crate::engine::path::{Path, Segment};
use crate::engine::question::{Body, Seen};
use crate::engine::sketch::Sketch;
use crate::engine::value::Value;

/// Returns how the object will look where it is compared, once the manifest is applied.
#[must_use]
pub fn sketch_wanted(wanted: &Normal, shape: &Shape) -> Sketch {
    let mut places = Vec::new();
    Places { schema: &shape.schema, path: Path::default(), found: &mut places }.add(&wanted.value, ROOT);
    Sketch { uid: None, places }
}

/// Returns how the object looks now at the manifest's places; a body that was not kept is as the manifest was
/// applied, and gives the uid alone.
#[must_use]
pub fn sketch_seen(wanted: &Normal, seen: &Seen, shape: &Shape) -> Sketch {
    let uid = Some(seen.uid.clone());
    match &seen.body {
        Body::Whole(live) => {
            let places = sketch_wanted(wanted, shape).places.into_iter().map(|(path, _)| path);
            Sketch::of(uid, live, places)
        }
        Body::Remembered => Sketch { uid, places: Vec::new() },
    }
}

struct Places<'a> {
    schema: &'a Schema,
    path: Path,
    found: &'a mut Vec<(Path, Option<LeafHash>)>,
}

impl Places<'_> {
    fn add(&mut self, value: &Value, id: NodeId) {
        match value {
            Value::Map(map) => {
                for (name, value) in map {
                    let id = if let Node::Map(map) = self.schema.node(id) {
                        map.entry(name)
                    } else {
                        NodeId::UNKNOWN
                    };
                    self.below(Segment::Field(name.as_str().into()), value, id);
                }
            }
            Value::List(items) => {
                let (item, by) = match self.schema.node(id) {
                    Node::List(list) => (list.item, &list.identity),
                    Node::Map(_) | Node::Scalar(_) | Node::Untyped => (NodeId::UNKNOWN, &Identity::Atomic),
                };
                for (index, value) in items.iter().enumerate() {
                    self.below(identity(value, by).unwrap_or(Segment::Index(index)), value, item);
                }
            }
            Value::Secret(secret) => {
                if let Some(digest) = &secret.digest {
                    self.found.push((self.path.clone(), Some(LeafHash::of(&Value::Opaque(digest.clone())))));
                }
            }
            Value::Null | Value::Output(_) => {}
            Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Opaque(_) => {
                if !super::defaults::is_empty(value) {
                    self.found.push((self.path.clone(), Some(LeafHash::of(value))));
                }
            }
        }
    }

    fn below(&mut self, segment: Segment, value: &Value, id: NodeId) {
        self.path.0.push(segment);
        self.add(value, id);
        self.path.0.pop();
    }
}
