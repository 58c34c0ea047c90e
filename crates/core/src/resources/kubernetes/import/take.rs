//! Which objects are taken: those that people, or their tools, made and keep; each other one has a reason.

use super::look::{Order, Sights};
use crate::engine::id::{Kind, ResourceId, is_builtin_group};
use crate::engine::question::{Body, Seen};
use crate::engine::value::Value;
use crate::resources::import::LeftOut;
use crate::resources::kubernetes::{being_deleted, claimed_by_another, reach};

/// Marks the objects in which our own state is kept.
const STATE_OF: &str = "evenkeel.dev/state-of";

/// Returns why an object is not taken, if so.
pub(super) fn left_out(seen: &Seen, order: &Order, sights: &Sights<'_>) -> Option<LeftOut> {
    let Body::Whole(live) = &seen.body else { return Some(LeftOut::State) };
    let id = &seen.id;
    if live.at(&["metadata", "labels", STATE_OF]).is_some() {
        return Some(LeftOut::State);
    }
    if let Some(other) = claimed_by_another(seen, order.environment.as_str()) {
        return Some(LeftOut::OtherEnvironment(other.to_owned()));
    }
    if order.has(id) {
        return Some(LeftOut::InGit);
    }
    let controlled = controller(live).map(|kind| LeftOut::Controlled(kind.to_owned()));
    controlled
        .or_else(|| claim_of(id, sights).map(LeftOut::Claim))
        .or_else(|| of_the_cluster(id, live, order).then_some(LeftOut::OfTheCluster))
        .or_else(|| record(id, live))
        .or_else(|| being_deleted(seen).map(|_| LeftOut::BeingDeleted))
        .or_else(|| is_unknown(&id.kind, sights).then_some(LeftOut::UnknownKind))
}

impl Order {
    /// Tells whether Git has an object, with or without its namespace.
    fn has(&self, id: &ResourceId) -> bool {
        self.wanted.contains(id)
    }
}

/// Returns the kind of the controller that keeps an object.
fn controller(live: &Value) -> Option<&str> {
    let owners = live.at(&["metadata", "ownerReferences"])?.as_list()?;
    let owner = owners.iter().find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))?;
    owner.get("kind")?.as_text()
}

/// Returns the StatefulSet that a claim is made by: `TEMPLATE-SET-ORDINAL`.
fn claim_of(id: &ResourceId, sights: &Sights<'_>) -> Option<String> {
    if id.kind.as_str() != "PersistentVolumeClaim" {
        return None;
    }
    let (stem, ordinal) = id.name.rsplit_once('-')?;
    ordinal.parse::<u32>().ok()?;
    let sets = sights.of_kind("StatefulSet").filter(|(set, _)| set.namespace == id.namespace);
    let makes = |(set, live): &(&ResourceId, &Value)| {
        let templates = live.at(&["spec", "volumeClaimTemplates"]).and_then(Value::as_list);
        let names =
            templates.unwrap_or_default().iter().filter_map(|template| template.at(&["metadata", "name"]));
        names.filter_map(Value::as_text).any(|name| stem == format!("{name}-{}", set.name))
    };
    sets.into_iter().find(makes).map(|(set, _)| set.name.to_string())
}

/// Tells whether the cluster makes an object by itself, in every namespace or at its top.
fn of_the_cluster(id: &ResourceId, live: &Value, order: &Order) -> bool {
    let label = |name| live.at(&["metadata", "labels", name]).is_some();
    let annotation = |name| live.at(&["metadata", "annotations", name]).is_some();
    match id.kind.as_str() {
        "ServiceAccount" => &*id.name == "default",
        "ConfigMap" => matches!(&*id.name, "kube-root-ca.crt" | "openshift-service-ca.crt"),
        "Service" => id.namespace.as_deref() == Some("default") && &*id.name == "kubernetes",
        "EndpointSlice" => id.namespace.as_deref() == Some("default") && &*id.name == "kubernetes",
        "Namespace" => !order.namespaces.contains(&id.name),
        "ClusterRole" | "ClusterRoleBinding" => {
            label("kubernetes.io/bootstrapping") || id.name.starts_with("system:")
        }
        "PriorityClass" => id.name.starts_with("system-"),
        "APIService" => label("kube-aggregator.kubernetes.io/automanaged"),
        "FlowSchema" | "PriorityLevelConfiguration" => annotation("apf.kubernetes.io/autoupdate-spec"),
        "PersistentVolume" => annotation("pv.kubernetes.io/provisioned-by"),
        "ServiceCIDR" => &*id.name == "kubernetes",
        _ => false,
    }
}

/// Secrets that are a record of another program and no wish of anybody's.
fn record(id: &ResourceId, live: &Value) -> Option<LeftOut> {
    let of_type = live.get("type").and_then(Value::as_text).unwrap_or_default();
    match id.kind.as_str() {
        "Secret" => match of_type {
            "kubernetes.io/service-account-token" | "bootstrap.kubernetes.io/token" => Some(LeftOut::Token),
            "helm.sh/release.v1" => Some(LeftOut::HelmRecord),
            _ => None,
        },
        "ConfigMap" => {
            let owner = live.at(&["metadata", "labels", "OWNER"]).and_then(Value::as_text);
            (owner == Some("TILLER")).then_some(LeftOut::HelmRecord)
        }
        _ => None,
    }
}

/// Kinds of Kubernetes itself that are newer than the table of structures.
fn is_unknown(kind: &Kind, sights: &Sights<'_>) -> bool {
    let group = sights.kinds.get(kind).map(|served| served.api_version.group());
    group.is_some_and(is_builtin_group) && reach(kind).is_none()
}
