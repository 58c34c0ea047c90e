//! Brings a manifest into the form that is compared and sent (design-diff.md, rule 0).

use super::canonical::{canonical, encode, is_unreadable};
use super::fields::{identity, same_item};
use super::ignored::take_out;
use super::normal::{Normal, Refusal, RefusalReason};
use super::schema::{Flavour, Identity, ListNode, Node, NodeId, ROOT, Schema};
use super::shape::Shape;
use super::trail::{Crumb, Trail};
use crate::engine::fingerprint::Fingerprint;
use crate::engine::id::EnvironmentName;
use crate::engine::path::Path;
use crate::engine::question::{HasStatus, Reach};
use crate::engine::value::{Map, Value};
use crate::engine::wanted::Wanted;
use std::borrow::Cow;
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
    let mut value = Value::Map(root);
    spell(&mut value, &shape.schema)?;
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

/// Spells every value as the server would, or says everything that it would refuse.
fn spell(value: &mut Value, schema: &Schema) -> Result<(), Vec<Refusal>> {
    let mut checker = Checker { schema, trail: Trail::default(), refusals: Vec::new() };
    checker.value(value, ROOT);
    if !checker.refusals.is_empty() {
        return Err(checker.refusals);
    }
    respell(value, ROOT, schema);
    Ok(())
}

/// Collects duplicates, items that cannot be found again, and what the server cannot read.
struct Checker<'a> {
    schema: &'a Schema,
    trail: Trail<'a>,
    refusals: Vec<Refusal>,
}

impl<'a> Checker<'a> {
    fn value(&mut self, value: &'a Value, id: NodeId) {
        match (self.schema.node(id), value) {
            (Node::Map(map), Value::Map(entries)) => {
                for (name, value) in entries {
                    self.trail.push(Crumb::Field(name));
                    self.value(value, map.entry(name));
                    self.trail.pop();
                }
            }
            (Node::List(list), Value::List(items)) => self.items(items, list),
            (Node::Scalar(format), _)
                if self.schema.flavour == Flavour::BuiltIn && is_unreadable(value, *format) =>
            {
                self.refuse(RefusalReason::Unreadable);
            }
            (Node::Map(_) | Node::List(_) | Node::Scalar(_) | Node::Untyped, _) => {}
        }
    }

    fn items(&mut self, items: &'a [Value], list: &'a ListNode) {
        for (index, item) in items.iter().enumerate() {
            let duplicate = items[..index].iter().any(|earlier| same_item(earlier, item, &list.identity));
            self.trail.push(if list.identity == Identity::Atomic {
                Crumb::Index(index)
            } else {
                Crumb::Item(item, &list.identity)
            });
            self.item(item, &list.identity, duplicate);
            self.value(item, list.item);
            self.trail.pop();
        }
    }

    fn item(&mut self, item: &Value, by: &Identity, duplicate: bool) {
        match (by, duplicate) {
            (Identity::Keys(_), true) => self.refuse(RefusalReason::DuplicateKey),
            (Identity::Set, true) => self.refuse(RefusalReason::DuplicateMember),
            (Identity::Keys(_), false) if identity(item, by).is_none() => self.refuse(RefusalReason::NoKey),
            (Identity::Keys(_) | Identity::Set | Identity::Atomic, _) => {}
        }
    }

    fn refuse(&mut self, why: RefusalReason) {
        self.refusals.push(Refusal { path: self.trail.path(), why });
    }
}

/// Spells single values canonically, in place, and fills in the defaults of list keys.
fn respell(value: &mut Value, id: NodeId, schema: &Schema) {
    match (schema.node(id), value) {
        (Node::Map(map), Value::Map(entries)) => {
            for (name, value) in entries {
                respell(value, map.entry(name), schema);
            }
        }
        (Node::List(list), Value::List(items)) => {
            for item in items {
                respell(item, list.item, schema);
                fill_keys(item, &list.identity);
            }
        }
        (Node::Scalar(format), value) if schema.flavour == Flavour::BuiltIn => {
            if let Cow::Owned(respelt) = canonical(value, *format) {
                *value = respelt;
            }
        }
        (Node::Map(_) | Node::List(_) | Node::Scalar(_) | Node::Untyped, _) => {}
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
