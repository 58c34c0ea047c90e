//! Generated environments: the eight kinds, needs among them, and edits of Git.

use evenkeel_core::diagnostic::Location;
use evenkeel_core::engine::fingerprint::Digest;
use evenkeel_core::engine::id::{EnvironmentName, Kind, ResourceId, TreeHash};
use evenkeel_core::engine::policy::cel::Expression;
use evenkeel_core::engine::policy::{ChangeAction, Match, Message, Over, Policies, Policy, Severity, names};
use evenkeel_core::engine::question::ApiVersion;
use evenkeel_core::engine::value::Value;
use evenkeel_core::engine::wanted::{Desired, Limits, Wanted};
use evenkeel_core::engine::windows::Windows;
use evenkeel_world::Random;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) const NAMESPACE: &str = "team";

/// Draws an environment of up to `most` resources beside its namespace.
pub(crate) fn draw(random: &mut Random, most: u64) -> Vec<Json> {
    let mut objects = vec![json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})];
    let count = random.below(most) + 1;
    let with_custom = random.happens(40);
    if with_custom {
        objects.push(definition());
    }
    for number in 0..count {
        let kind = random.below(if with_custom { 7 } else { 6 });
        objects.push(object(random, kind, &format!("r{number}")));
    }
    objects
}

fn object(random: &mut Random, kind: u64, name: &str) -> Json {
    let metadata = json!({"name": name, "namespace": NAMESPACE, "labels": {"tier": word(random)}});
    match kind {
        0 => json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
                    "data": {"a": word(random), "b": word(random)}}),
        1 => json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque",
                    "data": {"password": "Z2VoZWlt"}}),
        2 => json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
                    "spec": {"selector": {"app": word(random)}, "ports": [{"name": "web", "port": 80 + random.below(3)}]}}),
        3 => workload(random, "Deployment", name, &metadata),
        4 => workload(random, "StatefulSet", name, &metadata),
        5 => json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata,
                    "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "standard",
                             "resources": {"requests": {"storage": "1Gi"}}}}),
        _ => json!({"apiVersion": "example.org/v1", "kind": "Graph", "metadata": metadata,
                    "spec": {"size": random.below(3) + 1, "mode": word(random)}}),
    }
}

fn workload(random: &mut Random, kind: &str, name: &str, metadata: &Json) -> Json {
    let mut spec = json!({
        "replicas": random.below(3) + 1,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}},
                     "spec": {"containers": [{"name": "main", "image": format!("registry.example/app:{}", random.below(3))}]}},
    });
    if kind == "StatefulSet" {
        spec["serviceName"] = json!(name);
    }
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec})
}

fn definition() -> Json {
    let properties = json!({"spec": {"type": "object", "properties": {
        "size": {"type": "integer", "minimum": 1}, "mode": {"type": "string"}}}});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
           "metadata": {"name": "graphs.example.org"},
           "spec": {"group": "example.org", "scope": "Namespaced",
                    "names": {"kind": "Graph", "plural": "graphs", "singular": "graph", "listKind": "GraphList"},
                    "versions": [{"name": "v1", "served": true, "storage": true,
                                  "schema": {"openAPIV3Schema": {"type": "object", "properties": properties}}}]}})
}

fn word(random: &mut Random) -> &'static str {
    ["one", "two", "three"][usize::try_from(random.below(3)).expect("small")]
}

/// For which incarnation a permission is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    ForThisOne,
    ForAnother,
}

/// Draws whether a permission was given, and for what.
pub(crate) fn permission(random: &mut Random) -> Option<Permission> {
    match random.below(3) {
        0 => None,
        1 => Some(Permission::ForThisOne),
        _ => Some(Permission::ForAnother),
    }
}

/// One sort of change that a policy denies, or only speaks of.
pub(crate) struct Denied {
    kind: &'static str,
    does: ChangeAction,
    severity: Severity,
}

impl Denied {
    /// Tells whether this may not be done.
    pub(crate) fn forbids(&self, address: &ResourceId, does: ChangeAction) -> bool {
        self.severity == Severity::Deny && address.kind.as_str() == self.kind && does == self.does
    }

    /// Returns the policy, as it would stand in the repository.
    pub(crate) fn policies(&self) -> Policies {
        let known = names(Over::Changes);
        let deny = format!("change.action == '{}'", self.does.as_str());
        let rule = Policy {
            name: Arc::from("drawn"),
            over: Over::Changes,
            matching: Match { kinds: vec![Arc::from(self.kind)], ..Match::default() },
            deny: Expression::compile(&deny, known).expect("an expression"),
            message: Message::compile("{change.address} stays as it is", known).expect("a message"),
            severity: self.severity,
            at: Location::start_of("policies/drawn.yaml"),
        };
        Policies::of(vec![rule])
    }
}

/// Draws what a policy denies.
pub(crate) fn denied(random: &mut Random) -> Denied {
    let kinds = ["ConfigMap", "Service", "Secret", "Deployment", "StatefulSet"];
    let does = [ChangeAction::Create, ChangeAction::Update, ChangeAction::Delete];
    Denied {
        kind: kinds[usize::try_from(random.below(5)).expect("small")],
        does: does[usize::try_from(random.below(3)).expect("small")],
        severity: if random.happens(80) { Severity::Deny } else { Severity::Warn },
    }
}

/// Changes something in Git: a label and what may change of the kind; now and then a resource leaves.
pub(crate) fn edit(random: &mut Random, objects: &[Json]) -> Vec<Json> {
    let mut edited = Vec::new();
    for object in objects {
        let mut object = object.clone();
        let fixed = matches!(object["kind"].as_str(), Some("Namespace" | "CustomResourceDefinition"));
        let plain = matches!(object["kind"].as_str(), Some("ConfigMap" | "Service"));
        if plain && random.happens(15) {
            continue;
        }
        if !fixed && random.happens(50) {
            object["metadata"]["labels"]["tier"] = json!(word(random));
            match object["kind"].as_str() {
                Some("ConfigMap") => object["data"] = json!({"a": word(random), "c": word(random)}),
                Some("Deployment" | "StatefulSet") => object["spec"]["replicas"] = json!(random.below(3) + 1),
                _ => {}
            }
        }
        edited.push(object);
    }
    edited
}

/// Returns what an environment of these manifests wants; each needs its namespace, and a custom resource its CRD.
pub(crate) fn desired(objects: &[Json]) -> Desired {
    let wanted = objects.iter().map(|object| {
        let wanted = wanted(object);
        (wanted.id.clone(), wanted)
    });
    let mut resources: BTreeMap<ResourceId, Wanted> = wanted.collect();
    let ids: BTreeSet<ResourceId> = resources.keys().cloned().collect();
    for wanted in resources.values_mut() {
        wanted.needs = needs(&wanted.id, &ids);
    }
    Desired {
        environment: EnvironmentName::new("prod"),
        tree: TreeHash::new(Digest::of([b"tree".as_slice()]).as_str().to_owned()),
        resources,
        approvals: Vec::new(),
        limits: Limits { max_deletes: 100, ..Limits::default() },
        windows: Windows::default(),
        shared: BTreeSet::new(),
        unshown: BTreeSet::new(),
        documents: Vec::new(),
        clusters: BTreeMap::new(),
    }
}

/// Git calls some of its objects otherwise, and says so; returns what it wants, and the new address of each old one.
pub(crate) fn renamed(random: &mut Random, objects: &[Json]) -> (Desired, BTreeMap<ResourceId, ResourceId>) {
    let (mut called, mut moves) = (Vec::new(), BTreeMap::new());
    for object in objects {
        let mut object = object.clone();
        let fixed = matches!(object["kind"].as_str(), Some("Namespace" | "CustomResourceDefinition"));
        if !fixed && random.happens(50) {
            let from = wanted(&object).id;
            object["metadata"]["name"] = json!(format!("m{}", from.name));
            moves.insert(from, wanted(&object).id);
        }
        called.push(object);
    }
    let mut desired = desired(&called);
    for (from, to) in &moves {
        desired.resources.get_mut(to).expect("it is wanted").moved_from.push(from.clone());
    }
    (desired, moves)
}

fn needs(id: &ResourceId, ids: &BTreeSet<ResourceId>) -> BTreeSet<ResourceId> {
    let namespace = id.namespace.as_ref().map(|_| ResourceId::kubernetes("Namespace", None, NAMESPACE));
    let definition = id
        .kind
        .group()
        .map(|_| ResourceId::kubernetes("CustomResourceDefinition", None, "graphs.example.org"));
    // Two of three need the one before them, of whatever kind: there are chains, and needs against Kubernetes' order.
    let number: Option<u64> = id.name.strip_prefix('r').and_then(|number| number.parse().ok());
    let before = number.filter(|number| number % 3 != 0).map(|number| format!("r{}", number - 1));
    let before = before.and_then(|name| ids.iter().find(|other| *other.name == *name).cloned());
    let needs = [namespace, definition, before].into_iter().flatten();
    needs.filter(|need| ids.contains(need) && need != id).collect()
}

fn wanted(object: &Json) -> Wanted {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let api_version = ApiVersion::new(text(&object["apiVersion"]));
    let kind = Kind::kubernetes(api_version.group(), &text(&object["kind"]));
    let namespace = object["metadata"]["namespace"].as_str();
    let config: Value = serde_json::from_value(object.clone()).expect("a value");
    Wanted {
        id: ResourceId::kubernetes(kind.as_str(), namespace, &text(&object["metadata"]["name"])),
        api_version,
        config: Arc::new(config),
        needs: BTreeSet::new(),
        ignored: Vec::new(),
        moved_from: Vec::new(),
        unread: BTreeSet::new(),
        document: None,
        at: Location { file: Arc::from("environments/prod/all.yaml"), line: 1, column: 1, length: 1 },
    }
}
