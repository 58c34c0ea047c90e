//! Brings a manifest into the form that is compared and sent (design-diff.md, rule 0).

use super::canonical::{canonical, encode, is_unreadable};
use super::fields::{identity, same_item};
use super::ignored::take_out;
use super::normal::{Normal, Refusal, RefusalReason};
use super::schema::{Flavour, Format, Identity, ListNode, MapNode, Node, NodeId, ROOT, Schema};
use super::shape::Shape;
use super::trail::{Crumb, Trail};
use crate::engine::fingerprint::Fingerprint;
use crate::engine::id::EnvironmentName;
use crate::engine::path::Path;
use crate::engine::question::{HasStatus, Reach};
use crate::engine::value::{Map, Value};
use crate::engine::wanted::Wanted;
use std::sync::{Arc, OnceLock};

/// The label that marks an object as an environment's.
pub const MARKER: &str = "evenkeel.dev/environment";

/// What client-side apply remembers; a copy of a live object brings it along.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

const SERVER_SET: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Normalises a wanted object, or says everything that is wrong with it.
pub fn normalise(
    wanted: &Wanted,
    environment: &EnvironmentName,
    shape: &Shape,
) -> Result<Normal, Vec<Refusal>> {
    let Value::Map(mut root) = Value::clone(&wanted.config) else {
        return Err(vec![Refusal { path: Path::default(), why: RefusalReason::NoMap }]);
    };
    let mut left_out = Vec::new();
    root.insert("apiVersion".to_owned(), Value::from(wanted.api_version.as_str()));
    root.entry("kind".to_owned()).or_insert_with(|| Value::from(wanted.id.kind.short()));
    if shape.status == HasStatus::Subresource && root.remove("status").is_some() {
        left_out.push(Path::of(&["status"]));
    }
    let ignored = without_ignored(&mut root, wanted, shape)?;
    metadata(&mut root, wanted, environment, shape.reach);
    if is_secret(wanted) {
        move_string_data(&mut root);
    }
    let value = spell(&Value::Map(root), shape)?;
    let fingerprint = Fingerprint::of(&value);
    Ok(Normal {
        id: wanted.id.clone(),
        api_version: wanted.api_version.clone(),
        value: Arc::new(value),
        left_out,
        ignored,
        fingerprint,
        set: OnceLock::new(),
    })
}

/// Leaves places to others; the name and our label are put back afterwards.
fn without_ignored(root: &mut Map, wanted: &Wanted, shape: &Shape) -> Result<Vec<Path>, Vec<Refusal>> {
    let mut value = Value::Map(std::mem::take(root));
    let ignored = take_out(&mut value, &wanted.ignored, &shape.schema);
    if let Value::Map(rest) = value {
        *root = rest;
    }
    ignored
}

fn is_secret(wanted: &Wanted) -> bool {
    wanted.id.kind.as_str() == "Secret"
}

fn metadata(root: &mut Map, wanted: &Wanted, environment: &EnvironmentName, reach: Reach) {
    let metadata = child_map(root, "metadata");
    for name in SERVER_SET {
        metadata.remove(name);
    }
    metadata.insert("name".to_owned(), Value::from(&*wanted.id.name));
    match (&wanted.id.namespace, reach) {
        (Some(namespace), Reach::Namespaced) => {
            metadata.insert("namespace".to_owned(), Value::from(&**namespace));
        }
        (None, _) | (Some(_), Reach::Cluster) => {
            metadata.remove("namespace");
        }
    }
    if let Some(Value::Map(annotations)) = metadata.get_mut("annotations") {
        annotations.remove(LAST_APPLIED);
    }
    child_map(metadata, "labels").insert(MARKER.to_owned(), Value::from(environment.as_str()));
}

fn child_map<'a>(parent: &'a mut Map, name: &str) -> &'a mut Map {
    let child = parent.entry(name.to_owned()).or_default();
    if child.as_map().is_none() {
        *child = Value::Map(Map::new());
    }
    child.as_map_mut().expect("made a map above")
}

/// Moves `stringData` into `data`, which it wins over: as keys of its own it could never be removed again.
fn move_string_data(root: &mut Map) {
    let Some(Value::Map(texts)) = root.remove("stringData") else { return };
    let data = child_map(root, "data");
    for (key, value) in texts {
        let value = match value {
            Value::Text(text) => Value::Text(encode(text.as_bytes())),
            other => other,
        };
        data.insert(key, value);
    }
}

fn spell(value: &Value, shape: &Shape) -> Result<Value, Vec<Refusal>> {
    let mut speller = Speller { schema: &shape.schema, trail: Trail::default(), refusals: Vec::new() };
    let value = speller.value(value, ROOT);
    if speller.refusals.is_empty() { Ok(value) } else { Err(speller.refusals) }
}

/// Spells single values canonically, fills in the defaults of list keys, and collects duplicates.
struct Speller<'a> {
    schema: &'a Schema,
    trail: Trail<'a>,
    refusals: Vec<Refusal>,
}

impl<'a> Speller<'a> {
    fn value(&mut self, value: &'a Value, id: NodeId) -> Value {
        match (self.schema.node(id), value) {
            (Node::Map(map), Value::Map(entries)) => self.entries(entries, map),
            (Node::List(list), Value::List(items)) => self.items(items, list),
            (Node::Scalar(format), _) if self.schema.flavour == Flavour::BuiltIn => {
                self.scalar(value, *format)
            }
            (Node::Map(_) | Node::List(_) | Node::Scalar(_) | Node::Untyped, _) => value.clone(),
        }
    }

    fn scalar(&mut self, value: &Value, format: Format) -> Value {
        if is_unreadable(value, format) {
            self.refusals.push(Refusal { path: self.trail.path(), why: RefusalReason::Unreadable });
        }
        canonical(value, format).into_owned()
    }

    fn entries(&mut self, entries: &'a Map, map: &'a MapNode) -> Value {
        let entries = entries.iter().map(|(name, value)| {
            self.trail.push(Crumb::Field(name));
            let value = self.value(value, map.entry(name));
            self.trail.pop();
            (name.clone(), value)
        });
        Value::Map(entries.collect())
    }

    fn items(&mut self, items: &'a [Value], list: &'a ListNode) -> Value {
        let mut spelt = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let duplicate = items[..index].iter().any(|earlier| same_item(earlier, item, &list.identity));
            self.trail.push(if list.identity == Identity::Atomic {
                Crumb::Index(index)
            } else {
                Crumb::Item(item, &list.identity)
            });
            self.check(item, &list.identity, duplicate);
            let mut value = self.value(item, list.item);
            fill_keys(&mut value, &list.identity);
            spelt.push(value);
            self.trail.pop();
        }
        Value::List(spelt)
    }

    fn check(&mut self, item: &Value, by: &Identity, duplicate: bool) {
        let why = match (by, duplicate) {
            (Identity::Keys(_), true) => RefusalReason::DuplicateKey,
            (Identity::Set, true) => RefusalReason::DuplicateMember,
            (Identity::Keys(_), false) if identity(item, by).is_none() => RefusalReason::NoKey,
            (Identity::Keys(_) | Identity::Set | Identity::Atomic, _) => return,
        };
        self.refusals.push(Refusal { path: self.trail.path(), why });
    }
}

/// Writes the defaults of key fields out, so that a path finds the item in our copy and in the server's alike.
fn fill_keys(item: &mut Value, identity: &Identity) {
    let (Identity::Keys(keys), Some(map)) = (identity, item.as_map_mut()) else { return };
    for key in keys {
        if let Some(default) = &key.default {
            map.entry(key.name.to_string()).or_insert_with(|| default.clone());
        }
    }
}
