//! What an import asks: which kinds are served, everything in its namespaces, and the schemas of custom resources.

use crate::engine::id::{ConnectionName, EnvironmentName, Kind, ResourceId, System};
use crate::engine::live::Live;
use crate::engine::question::{
    Answer, ApiVersion, Body, Fact, FactId, Question, Reach, Scope, Seen, ServedKind, Why,
};
use crate::engine::value::Value;
use crate::resources::kubernetes::{Shape, builtin};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is to be imported.
#[derive(Clone, Debug)]
pub struct Order {
    /// For which environment.
    pub environment: EnvironmentName,
    /// Through which connection.
    pub connection: ConnectionName,
    /// From which namespaces.
    pub namespaces: Vec<Arc<str>>,
    /// Which kinds, as people write them (`Deployment`, `deployments`); all if empty.
    pub kinds: Vec<String>,
    /// Whether objects at the top of the cluster are taken.
    pub cluster_scoped: ClusterScoped,
    /// What Git has already.
    pub wanted: BTreeSet<ResourceId>,
}

/// Whether objects that live in no namespace are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterScoped {
    /// They are.
    Taken,
    /// They are not.
    Left,
}

/// Kinds that say what goes on and never what should be.
const NEVER: &[&str] = &[
    "CSINode",
    "CSIStorageCapacity",
    "CertificateSigningRequest",
    "ComponentStatus",
    "ControllerRevision",
    "Endpoints",
    "Event",
    "IPAddress",
    "Lease",
    "LeaseCandidate",
    "Node",
    "ResourceSlice",
    "VolumeAttachment",
];

/// Kinds that say of others whose they are: they are looked at also where they are not taken.
const CONTEXT: &[&str] = &["HorizontalPodAutoscaler", "StatefulSet"];

/// Everything that was seen.
pub(super) struct Sights<'a> {
    pub(super) kinds: BTreeMap<Kind, &'a ServedKind>,
    pub(super) seen: BTreeMap<&'a ResourceId, &'a Seen>,
    pub(super) unreadable: BTreeMap<Scope, Why>,
}

/// Returns what was answered, or what must be asked first.
pub(super) fn look<'a>(order: &Order, known: &'a Live) -> Result<Sights<'a>, Vec<Question>> {
    let question = Question::Fact(FactId::ServedKinds(order.connection.clone()));
    let served = match known.get(&question) {
        None => return Err(vec![question]),
        Some(Answer::Fact(Fact::ServedKinds(served))) => served,
        Some(answer) => return Ok(nobody_answers(order, answer)),
    };
    let stale = served.stale.iter().map(|(group, why)| (whole(order, &format!("*.{group}")), why.clone()));
    let unreadable = stale.collect();
    let mut sights = Sights { kinds: first_of_each(&served.kinds), seen: BTreeMap::new(), unreadable };
    let mut missing = Vec::new();
    for scope in sights.scopes(order) {
        let question = Question::Everything(scope.clone());
        match known.get(&question) {
            None => missing.push(question),
            Some(Answer::Inventory { rows, complete }) => {
                sights.seen.extend(rows.iter().map(|seen| (&seen.id, seen)));
                if let Err(why) = complete {
                    sights.unreadable.insert(scope, why.clone());
                }
            }
            Some(answer) => drop(sights.unreadable.insert(scope, unusable(answer))),
        }
    }
    if missing.is_empty() { Ok(sights) } else { Err(missing) }
}

fn nobody_answers<'a>(order: &Order, answer: &Answer) -> Sights<'a> {
    let unreadable = BTreeMap::from([(whole(order, "*"), unusable(answer))]);
    Sights { kinds: BTreeMap::new(), seen: BTreeMap::new(), unreadable }
}

/// The scope that stands for all kinds of a sort.
fn whole(order: &Order, kind: &str) -> Scope {
    let (system, connection) = (System::Kubernetes, order.connection.clone());
    Scope { system, connection, kind: Kind::new(kind), namespace: None }
}

fn unusable(answer: &Answer) -> Why {
    match answer {
        Answer::Unreadable(why) => why.clone(),
        Answer::Seen(_)
        | Answer::NotFound
        | Answer::Inventory { .. }
        | Answer::Fact(_)
        | Answer::Rejected(_) => {
            let message = "something else was answered than was asked for".to_owned();
            Why { trouble: crate::engine::question::Trouble::Garbled, message }
        }
    }
}

/// Discovery names the preferred version of a group first.
fn first_of_each(kinds: &[ServedKind]) -> BTreeMap<Kind, &ServedKind> {
    let mut first = BTreeMap::new();
    for served in kinds {
        first.entry(Kind::kubernetes(served.api_version.group(), &served.kind)).or_insert(served);
    }
    first
}

impl Order {
    /// Tells whether objects of a kind are taken.
    pub(super) fn wants(&self, kind: &Kind, sights: &Sights<'_>) -> bool {
        let Some(served) = sights.kinds.get(kind) else { return false };
        self.kinds.is_empty() || self.kinds.iter().any(|named| is_called(kind, served, named))
    }
}

fn is_called(kind: &Kind, served: &ServedKind, named: &str) -> bool {
    [kind.as_str(), kind.short(), &served.plural].iter().any(|name| name.eq_ignore_ascii_case(named))
}

impl<'a> Sights<'a> {
    fn scopes(&self, order: &Order) -> Vec<Scope> {
        let mut scopes = Vec::new();
        for (kind, served) in &self.kinds {
            let context = CONTEXT.contains(&kind.as_str());
            if NEVER.contains(&kind.as_str()) || !(context || order.wants(kind, self)) {
                continue;
            }
            let scope = |namespace| Scope {
                system: System::Kubernetes,
                connection: order.connection.clone(),
                kind: kind.clone(),
                namespace,
            };
            match (served.reach, order.cluster_scoped) {
                (Reach::Namespaced, _) => {
                    scopes.extend(order.namespaces.iter().map(|name| scope(Some(Arc::clone(name)))));
                }
                (Reach::Cluster, ClusterScoped::Taken) => scopes.push(scope(None)),
                (Reach::Cluster, ClusterScoped::Left) => {}
            }
        }
        scopes
    }

    /// Returns what was asked for by kind and is served by nobody.
    pub(super) fn unknown_kinds(&self, order: &Order) -> Vec<String> {
        let is_known = |named: &str| self.kinds.iter().any(|(kind, served)| is_called(kind, served, named));
        order.kinds.iter().filter(|named| !is_known(named)).cloned().collect()
    }

    /// Returns every object of a kind, with its body.
    pub(super) fn of_kind<'s>(
        &'s self,
        kind: &'s str,
    ) -> impl Iterator<Item = (&'a ResourceId, &'a Value)> + 's {
        let of_kind = self.seen.iter().filter(move |(id, _)| id.kind.as_str() == kind);
        of_kind.filter_map(|(id, seen)| match &seen.body {
            Body::Whole(live) => Some((*id, live.as_ref())),
            Body::Remembered => None,
        })
    }

    /// Returns how the objects that are taken are compared, or asks for the schemas of custom resources.
    pub(super) fn shapes(
        &self,
        order: &Order,
        known: &Live,
        taken: &[&Seen],
    ) -> Result<BTreeMap<Kind, Shape>, Vec<Question>> {
        let (mut shapes, mut missing) = (BTreeMap::new(), BTreeSet::new());
        for seen in taken {
            let kind = &seen.id.kind;
            let Some(served) = self.kinds.get(kind).filter(|_| !shapes.contains_key(kind)) else { continue };
            let version = version_of(seen).unwrap_or_else(|| served.api_version.clone());
            if let Some(table) = builtin(&version, kind.short()) {
                shapes.insert(kind.clone(), Shape::of_builtin(table));
                continue;
            }
            let fact = FactId::CustomResourceSchema(order.connection.clone(), kind.clone(), version);
            let question = Question::Fact(fact);
            let shape = match known.get(&question) {
                None => {
                    missing.insert(question);
                    continue;
                }
                Some(Answer::Fact(Fact::Schema(schema))) => Shape::of_custom_resource(schema, served),
                // As the planner does: an unknown structure is granular maps and atomic lists.
                Some(_) => Shape::of_custom_resource(&Value::Null, served),
            };
            shapes.insert(kind.clone(), shape);
        }
        if missing.is_empty() { Ok(shapes) } else { Err(missing.into_iter().collect()) }
    }
}

fn version_of(seen: &Seen) -> Option<ApiVersion> {
    match &seen.body {
        Body::Whole(live) => live.get("apiVersion").and_then(Value::as_text).map(ApiVersion::new),
        Body::Remembered => None,
    }
}
