//! What expressions may name: the change, the object, its pods, the other objects, the environment.

use super::cel::{Item, Name, Names};
use super::{ChangeAction, Over};
use crate::engine::id::{EnvironmentName, ResourceId};
use crate::engine::step::{Reason, Risk};
use crate::engine::value::Value;
use crate::engine::verdict::FieldChange;
use crate::engine::wanted::Limits;
use std::collections::BTreeMap;

/// What policies may know of an environment beside its name and limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Whether it is simulated.
    pub sandbox: bool,
}

/// A change as policies see it.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// To what.
    pub address: &'a ResourceId,
    /// What is done.
    pub action: ChangeAction,
    /// Why.
    pub reason: &'a Reason,
    /// What it may cost.
    pub risk: Risk,
    /// Whether what is changed holds data.
    pub holds_data: bool,
    /// How many whole hours ago its data was backed up; nothing if nobody says.
    pub hours_since_backup: Option<i64>,
    /// What is there, as far as it is known; nothing for what is created.
    pub before: Option<&'a Value>,
    /// What will be there; nothing for what is deleted.
    pub after: Option<&'a Value>,
    /// The fields that change.
    pub fields: &'a [FieldChange],
}

const CHANGE: Name = Name {
    name: "change",
    fields: Some(&[
        "action",
        "address",
        "after",
        "before",
        "connection",
        "fields",
        "holdsData",
        "hoursSinceBackup",
        "kind",
        "name",
        "namespace",
        "reason",
        "risk",
        "system",
    ]),
};
const ENVIRONMENT: Name =
    Name { name: "environment", fields: Some(&["annotations", "labels", "limits", "name", "sandbox"]) };
const OBJECT: Name = Name { name: "object", fields: None };
const OBJECTS: Name = Name { name: "objects", fields: None };
const DOCUMENT: Name = Name { name: "document", fields: None };
const DOCUMENTS: Name = Name { name: "documents", fields: None };
const HOURS_LEFT: Name = Name { name: "hoursLeft", fields: None };
const POD: Name = Name { name: "pod", fields: None };
const CONTAINERS: Name = Name { name: "containers", fields: None };

/// Returns the names that a policy over these may use.
#[must_use]
pub fn names(over: Over) -> &'static [Name] {
    match over {
        Over::Changes => &[CHANGE, OBJECT, POD, CONTAINERS, OBJECTS, DOCUMENTS, ENVIRONMENT],
        Over::Objects => &[OBJECT, POD, CONTAINERS, OBJECTS, DOCUMENTS, ENVIRONMENT],
        Over::Documents => &[DOCUMENT, HOURS_LEFT, OBJECTS, DOCUMENTS, ENVIRONMENT],
        Over::Environment => &[OBJECTS, DOCUMENTS, ENVIRONMENT],
    }
}

pub(super) fn environment<'v>(
    name: &'v EnvironmentName,
    limits: &Limits,
    surroundings: &'v Surroundings,
) -> Item<'v> {
    let Limits { max_deletes, parallelism, request_timeout, lease } = limits;
    let seconds = |duration: &std::time::Duration| Item::Float(duration.as_secs_f64());
    let limits = [
        ("maxDeletes", Item::Int(i64::from(*max_deletes))),
        ("parallelism", Item::Int(i64::from(*parallelism))),
        ("requestTimeout", seconds(request_timeout)),
        ("lease", seconds(lease)),
    ];
    let Surroundings { labels, annotations, sandbox } = surroundings;
    Item::map([
        ("name", Item::text(name.as_str())),
        ("labels", texts(labels)),
        ("annotations", texts(annotations)),
        ("sandbox", Item::Bool(*sandbox)),
        ("limits", Item::map(limits)),
    ])
}

fn texts(map: &BTreeMap<String, String>) -> Item<'_> {
    Item::map(map.iter().map(|(key, value)| (key.as_str(), Item::text(value))))
}

/// Adds an object and what is found in it. What is deleted is no longer wanted, so it is null there.
pub(super) fn add_object<'v>(names: &mut Names<'v>, object: Option<&'v Value>) {
    let pod = object.and_then(pod_of);
    names.insert("object", Item::or_null(object));
    names.insert("pod", Item::or_null(pod));
    names.insert("containers", Item::list(pod.into_iter().flat_map(containers_of).map(Item::of)));
}

/// Returns what a pod of this object is made from, if it makes pods.
fn pod_of(object: &Value) -> Option<&Value> {
    match object.get("kind").and_then(Value::as_text)? {
        "Pod" => object.get("spec"),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            object.at(&["spec", "template", "spec"])
        }
        "CronJob" => object.at(&["spec", "jobTemplate", "spec", "template", "spec"]),
        _ => None,
    }
}

fn containers_of(pod: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["initContainers", "containers"].into_iter().filter_map(|list| pod.get(list)?.as_list());
    lists.flatten()
}

pub(super) fn change<'v>(change: &Change<'v>) -> Item<'v> {
    let Change { address, action, reason, risk, holds_data, hours_since_backup, before, after, fields } =
        *change;
    let ResourceId { system, connection, kind, namespace, name } = address;
    Item::map([
        ("address", Item::Text(address.to_string().into())),
        ("system", Item::Text(system.to_string().into())),
        ("connection", Item::text(connection.as_str())),
        ("kind", Item::text(kind.as_str())),
        ("namespace", namespace.as_deref().map_or(Item::Null, Item::text)),
        ("name", Item::text(name)),
        ("action", Item::text(action.as_str())),
        ("reason", Item::text(reason_name(reason))),
        ("risk", Item::text(risk_name(risk))),
        ("holdsData", Item::Bool(holds_data)),
        ("hoursSinceBackup", hours_since_backup.map_or(Item::Null, Item::Int)),
        ("before", Item::or_null(before)),
        ("after", Item::or_null(after)),
        ("fields", Item::list(fields.iter().map(field))),
    ])
}

fn field(field: &FieldChange) -> Item<'_> {
    let FieldChange { path, live, wanted, cause: _ } = field;
    Item::map([
        ("path", Item::Text(path.to_string().into())),
        ("live", Item::or_null(live.as_ref())),
        ("wanted", Item::or_null(wanted.as_ref())),
    ])
}

fn reason_name(reason: &Reason) -> &'static str {
    match reason {
        Reason::NotYetThere => "notYetThere",
        Reason::SpecEdited => "specEdited",
        Reason::Drifted(_) => "drifted",
        Reason::Adopted => "adopted",
        Reason::Recreated { was: _ } => "recreated",
        Reason::OwnershipIncomplete => "ownershipIncomplete",
        Reason::Doubtful => "doubtful",
        Reason::MustReplace(_) => "mustReplace",
        Reason::NoLongerWanted => "noLongerWanted",
        Reason::Regained => "regained",
        Reason::Identified => "identified",
        Reason::Degraded(_) => "degraded",
        Reason::MovedFrom(_) | Reason::MovedTo(_) => "moved",
        Reason::TakenDown => "takenDown",
        Reason::Forgotten => "forgotten",
    }
}

fn risk_name(risk: Risk) -> &'static str {
    match risk {
        Risk::None => "none",
        Risk::Restart => "restart",
        Risk::Downtime => "downtime",
        Risk::DataLoss => "dataLoss",
    }
}
