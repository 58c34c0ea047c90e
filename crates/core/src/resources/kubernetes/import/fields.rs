//! Which fields are written: what somebody set, without what the server fills in, allocates or derives again.
//!
//! `managedFields` tells what somebody set. An entry of an update has the server's defaults in it, too, as the server
//! compares after defaulting; one of an apply has exactly what was applied, so its defaults were meant.

use super::look::Sights;
use super::usual::is_usual;
use crate::documents::metadata::BACKED_UP_AT;
use crate::engine::id::ResourceId;
use crate::engine::path::{Path, Segment};
use crate::engine::value::{Map, Value};
use crate::engine::verdict::Operation;
use crate::resources::kubernetes::Shape;
use crate::resources::kubernetes::defaults::{Filled, filled, is_granular};
use crate::resources::kubernetes::fields::{FieldSet, identity};
use crate::resources::kubernetes::normalise::{LAST_APPLIED, MARKER};
use crate::resources::kubernetes::owners::{BEFORE_FIRST_APPLY, Entries, Entry};
use crate::resources::kubernetes::schema::{
    Default, Field, Flavour, Identity, Merge, Node, NodeId, ROOT, Schema,
};

/// Controllers of Kubernetes itself, which write back into objects of others.
const CONTROLLERS: &[&str] = &[
    "cloud-controller-manager",
    "cluster-autoscaler",
    "csi-provisioner",
    "external-provisioner",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "vpa-recommender",
    "vpa-updater",
];

/// Annotations and labels in which tools keep their own books; each is a name, or the beginning of one.
const BOOKKEEPING: &[&str] = &[
    LAST_APPLIED,
    MARKER,
    BACKED_UP_AT,
    "argocd.argoproj.io/tracking-id",
    "control-plane.alpha.kubernetes.io/leader",
    "deployment.kubernetes.io/",
    "deprecated.daemonset.template.generation",
    "kubectl.kubernetes.io/restartedAt",
    "kubernetes.io/metadata.name",
    "meta.helm.sh/",
    "pv.kubernetes.io/",
    "volume.beta.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/",
];

/// Returns the document of an object, and what a reader should know of what was left out on purpose.
pub(super) fn written(
    id: &ResourceId,
    live: &Value,
    shape: &Shape,
    sights: &Sights<'_>,
) -> (Value, Vec<String>) {
    let claims = Claims::of(live);
    let projection = Projection { schema: &shape.schema, claims: &claims };
    let mut document = projection.root(live);
    let mut notes = Vec::new();
    if let Some(scaler) = autoscaler(id, sights)
        && take(&mut document, &["spec", "replicas"])
    {
        notes.push(format!("spec.replicas is left out: HorizontalPodAutoscaler {scaler} writes it"));
    }
    (document, notes)
}

/// Returns the autoscaler that writes the replicas of a workload.
fn autoscaler(id: &ResourceId, sights: &Sights<'_>) -> Option<String> {
    let scalers = sights.of_kind("HorizontalPodAutoscaler");
    let mut meant = scalers.filter(|(scaler, live)| {
        let target = |field| live.at(&["spec", "scaleTargetRef", field]).and_then(Value::as_text);
        scaler.namespace == id.namespace
            && target("kind") == Some(id.kind.short())
            && target("name") == Some(&*id.name)
    });
    meant.next().map(|(scaler, _)| scaler.name.to_string())
}

fn take(document: &mut Value, path: &[&str]) -> bool {
    let there = document.at(path).is_some();
    super::place::put(document, &Path::of(path).0, None);
    there
}

/// Who said what of an object.
struct Claims {
    /// What people and their tools set; absent where nobody kept a record that fits, so that all of it counts.
    set: Option<FieldSet>,
    /// What was applied as it stands, defaults included.
    explicit: FieldSet,
    /// What only controllers wrote.
    controllers: FieldSet,
}

impl Claims {
    fn of(live: &Value) -> Self {
        let entries = Entries::of(live);
        let version = live.get("apiVersion").and_then(Value::as_text).unwrap_or_default();
        let mut claims = Self { set: None, explicit: FieldSet::default(), controllers: FieldSet::default() };
        let (mut set, mut exact) = (FieldSet::default(), !entries.is_unrecorded());
        for entry in entries.ours.iter().chain(&entries.others) {
            if is_controllers(entry) {
                claims.controllers.merge(entry.set());
            } else if entry.manager.subresource.as_deref().is_none_or(|name| name == "scale") {
                exact &= entry.api_version == version || entry.manager.subresource.is_some();
                exact &= &*entry.manager.name != BEFORE_FIRST_APPLY;
                set.merge(entry.set());
                if entry.manager.operation == Operation::Apply {
                    claims.explicit.merge(entry.set());
                }
            }
        }
        claims.set = exact.then_some(set);
        claims
    }
}

pub(super) fn is_controllers(entry: &Entry<'_>) -> bool {
    CONTROLLERS.contains(&&*entry.manager.name)
}

struct Projection<'a> {
    schema: &'a Schema,
    claims: &'a Claims,
}

/// The claims on one place; `set` is absent where everything counts.
#[derive(Clone, Copy)]
struct On<'s> {
    set: Option<&'s FieldSet>,
    explicit: Option<&'s FieldSet>,
    controllers: Option<&'s FieldSet>,
    within: Within,
}

/// What sort of value surrounds a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Parts have owners of their own.
    Parts,
    /// It is replaced as a whole.
    Whole,
}

impl<'s> On<'s> {
    fn below(self, segment: &Segment) -> Option<Self> {
        let below = |set: Option<&'s FieldSet>| set.and_then(|set| set.child(segment));
        if self.within == Within::Whole {
            return Some(self);
        }
        let set = match self.set {
            None => None,
            Some(set) => Some(set.child(segment).filter(|child| !child.is_empty())?),
        };
        let controllers = below(self.controllers);
        // Without a record of people's fields, what a controller owns is a controller's.
        let only_controllers =
            set.is_none() && controllers.is_some_and(|set| set.member && set.children.is_empty());
        let below = Self { set, explicit: below(self.explicit), controllers, within: Within::Parts };
        (!only_controllers).then_some(below)
    }

    fn is_explicit(self) -> bool {
        self.within == Within::Parts && self.explicit.is_some_and(|set| set.member && set.children.is_empty())
    }
}

impl Projection<'_> {
    fn root(&self, live: &Value) -> Value {
        let Claims { set, explicit, controllers } = self.claims;
        let on = On {
            set: set.as_ref(),
            explicit: Some(explicit),
            controllers: Some(controllers),
            within: Within::Parts,
        };
        let mut root = Map::new();
        for (name, value) in live.as_map().into_iter().flatten() {
            match name.as_str() {
                "apiVersion" | "kind" => drop(root.insert(name.clone(), value.clone())),
                "status" => {}
                "metadata" => drop(root.insert(name.clone(), Self::metadata(value, on))),
                name => {
                    let kept = self.entry(name, value, (live, self.schema.node(ROOT)), on);
                    root.extend(kept.map(|kept| (name.to_owned(), kept)));
                }
            }
        }
        Value::Map(root)
    }

    fn metadata(live: &Value, on: On<'_>) -> Value {
        let mut metadata = Map::new();
        let below = on.below(&Segment::Field("metadata".into()));
        for (name, value) in live.as_map().into_iter().flatten() {
            let kept = match name.as_str() {
                "name" | "namespace" => Some(value.clone()),
                "labels" | "annotations" => below.and_then(|on| {
                    let on = on.below(&Segment::Field(name.as_str().into()))?;
                    texts(value, on)
                }),
                // Finalizers and owners are what controllers agree on; the rest is the server's.
                _ => None,
            };
            metadata.extend(kept.map(|kept| (name.clone(), kept)));
        }
        Value::Map(metadata)
    }

    fn entry(&self, name: &str, value: &Value, (parent, node): (&Value, &Node), on: On<'_>) -> Option<Value> {
        let on = on.below(&Segment::Field(name.into()))?;
        let (field, id) = match node {
            Node::Map(map) => (map.field(name), map.entry(name)),
            Node::List(_) | Node::Scalar(_) | Node::Untyped => (None, NodeId::UNKNOWN),
        };
        let siblings = parent.as_map()?;
        if !on.is_explicit()
            && let Some(field) = field
            && self.is_left_to_the_server(name, field, (value, siblings), on)
        {
            return None;
        }
        self.value(value, id, on)
    }

    fn is_left_to_the_server(
        &self,
        name: &str,
        field: &Field,
        (value, siblings): (&Value, &Map),
        on: On<'_>,
    ) -> bool {
        match filled(self.schema, field, value) {
            Filled::Equal => true,
            Filled::Other => false,
            Filled::Unclear(_) if self.schema.flavour == Flavour::Custom => false,
            Filled::Unclear(_) => {
                let unrecorded = on.set.is_none() && on.within == Within::Parts;
                let allocated = field.default == Default::ServerSet && unrecorded && !is_choice(name, value);
                allocated || is_usual(name, value, siblings)
            }
        }
    }

    fn value(&self, value: &Value, id: NodeId, on: On<'_>) -> Option<Value> {
        let node = self.schema.node(id);
        let on = if is_granular(node, value) { on } else { On { within: Within::Whole, ..on } };
        match (node, value) {
            (Node::Map(map), Value::Map(entries)) if map.merge == Merge::Granular || !entries.is_empty() => {
                self.entries(entries, value, node, on)
            }
            (Node::Untyped, Value::Map(entries)) if on.within == Within::Parts => {
                self.entries(entries, value, node, on)
            }
            (Node::List(list), Value::List(items)) => {
                let kept = items.iter().filter_map(|item| {
                    let on = match identity(item, &list.identity) {
                        Some(segment) if list.identity != Identity::Atomic => on.below(&segment)?,
                        Some(_) | None => on,
                    };
                    let kept = self.value(item, list.item, on).unwrap_or_else(|| empty_like(item));
                    Some(with_keys(kept, item, &list.identity))
                });
                let kept: Vec<Value> = kept.collect();
                (!kept.is_empty() || items.is_empty()).then_some(Value::List(kept))
            }
            _ => Some(value.clone()),
        }
    }

    /// A map of which nothing is left was not written, unless it was empty to begin with or is replaced as a whole.
    fn entries(&self, entries: &Map, whole: &Value, node: &Node, on: On<'_>) -> Option<Value> {
        let kept: Map = entries
            .iter()
            .filter(|(name, _)| !is_bookkeeping(name))
            .filter_map(|(name, value)| Some((name.clone(), self.entry(name, value, (whole, node), on)?)))
            .collect();
        let stays = entries.is_empty() || on.is_explicit() || on.within == Within::Whole;
        (!kept.is_empty() || stays).then_some(Value::Map(kept))
    }
}

/// Labels and annotations, without what tools keep there for themselves.
fn texts(value: &Value, on: On<'_>) -> Option<Value> {
    let entries = value.as_map()?;
    let kept = entries.iter().filter(|(name, value)| {
        let bookkeeping = is_bookkeeping(name)
            || name.as_str() == "app.kubernetes.io/managed-by" && value.as_text() == Some("Helm");
        !bookkeeping && on.below(&Segment::Field(name.as_str().into())).is_some()
    });
    let kept: Map = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    (!kept.is_empty()).then_some(Value::Map(kept))
}

fn is_bookkeeping(name: &str) -> bool {
    BOOKKEEPING.iter().any(|known| name == *known || known.ends_with('/') && name.starts_with(known))
}

/// Among what the server allocates, this is what only people choose.
fn is_choice(name: &str, value: &Value) -> bool {
    match name {
        "clusterIP" => value.as_text() == Some("None"),
        "storageClassName" | "ingressClassName" | "loadBalancerClass" | "hostname" | "imagePullSecrets"
        | "serviceAccountName" | "selector" | "matchLabels" | "labels" | "metadata" | "spec"
        | "targetPort" | "tolerations" | "overhead" | "nodeAffinity" | "listKind" | "singular"
        | "dataSource" | "dataSourceRef" => true,
        _ => false,
    }
}

fn empty_like(item: &Value) -> Value {
    match item {
        Value::Map(_) => Value::Map(Map::new()),
        other => other.clone(),
    }
}

/// An item keeps the fields that it is found by.
fn with_keys(mut kept: Value, item: &Value, identity: &Identity) -> Value {
    let Identity::Keys(keys) = identity else { return kept };
    let Some(map) = kept.as_map_mut() else { return kept };
    for key in keys.iter().filter(|key| key.default.is_none()) {
        if let Some(value) = item.get(&key.name) {
            map.entry(key.name.to_string()).or_insert_with(|| value.clone());
        }
    }
    kept
}
