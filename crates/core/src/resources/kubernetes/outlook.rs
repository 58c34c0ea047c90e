//! What a change to an object brings with it: what it costs, whether anything is waited for, and whether the object
//! is on its way out already.

use super::normalise::MARKER;
use super::readiness::terminating;
use super::schema::{KindTable, builtin_kinds};
use crate::engine::id::Kind;
use crate::engine::path::Segment;
use crate::engine::question::{ApiVersion, Body, Reach, Seen, ServedKind};
use crate::engine::step::{Readiness, Risk};
use crate::engine::verdict::FieldChange;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The built-in kinds by name, whatever their version; the newest version stands for a kind.
static BY_KIND: LazyLock<BTreeMap<Kind, Vec<&'static KindTable>>> = LazyLock::new(|| {
    let mut kinds: BTreeMap<Kind, Vec<&'static KindTable>> = BTreeMap::new();
    for table in builtin_kinds() {
        let kind = Kind::kubernetes(table.served.api_version.group(), &table.served.kind);
        kinds.entry(kind).or_default().insert(0, table);
    }
    kinds
});

/// Returns what discovery says of a built-in kind, in this version or in the newest.
#[must_use]
pub fn builtin_kind(kind: &Kind, version: Option<&ApiVersion>) -> Option<&'static ServedKind> {
    let mut tables = BY_KIND.get(kind)?.iter();
    let table = tables.find(|table| version.is_none_or(|version| table.served.api_version == *version))?;
    Some(&table.served)
}

/// Returns where the objects of a built-in kind live.
#[must_use]
pub fn reach(kind: &Kind) -> Option<Reach> {
    Some(builtin_kind(kind, None)?.reach)
}

/// Tells whether an apply waits until objects of this kind do their work.
///
/// Those that something else can only use once a controller has done its part; a ConfigMap is there at once.
#[must_use]
pub fn becomes_ready(kind: &Kind) -> bool {
    const WAITED_FOR: &[&str] = &[
        "APIService",
        "CustomResourceDefinition",
        "DaemonSet",
        "Deployment",
        "Namespace",
        "ReplicaSet",
        "StatefulSet",
    ];
    kind.group().is_some() || WAITED_FOR.contains(&kind.as_str())
}

/// Returns what a change of these fields costs: a new pod template restarts pods, anything else nothing.
#[must_use]
pub fn risk(kind: &Kind, fields: &[FieldChange]) -> Risk {
    const RUNS_PODS: &[&str] = &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"];
    let in_template = |field: &FieldChange| match field.path.0.as_slice() {
        [Segment::Field(spec), Segment::Field(template), ..] => {
            &**spec == "spec" && &**template == "template"
        }
        _ => false,
    };
    if RUNS_PODS.contains(&kind.as_str()) && fields.iter().any(in_template) {
        Risk::Restart
    } else {
        Risk::None
    }
}

/// Returns what deleting an object that holds no data costs: what it ran or let in is gone.
#[must_use]
pub fn risk_of_deletion(kind: &Kind) -> Risk {
    const SERVES: &[&str] = &["DaemonSet", "Deployment", "Ingress", "Job", "Pod", "ReplicaSet", "Service"];
    if SERVES.contains(&kind.as_str()) { Risk::Downtime } else { Risk::None }
}

/// Returns why an object is still there although it is being deleted, if it is.
#[must_use]
pub fn being_deleted(seen: &Seen) -> Option<String> {
    let Body::Whole(live) = &seen.body else { return None };
    match terminating(live)? {
        Readiness::Waiting(words) | Readiness::Failed(words) => Some(words),
        Readiness::Ready => None,
    }
}

/// Returns the other environment whose marker an object carries, if it carries one.
///
/// Both environments write under the same field manager, so the server never tells of the conflict: the marker is all
/// there is, and it is believed.
#[must_use]
pub fn claimed_by_another<'a>(seen: &'a Seen, environment: &str) -> Option<&'a str> {
    let Body::Whole(live) = &seen.body else { return None };
    let marker = live.at(&["metadata", "labels", MARKER])?.as_text()?;
    (marker != environment).then_some(marker)
}

/// Tells whether an object carries the marker of an environment and our record of owning its fields.
#[must_use]
pub fn is_marked(seen: &Seen, environment: &str) -> bool {
    let Body::Whole(live) = &seen.body else { return true };
    let marker = live.at(&["metadata", "labels", MARKER]);
    marker.and_then(crate::engine::value::Value::as_text) == Some(environment)
        && super::owners::Entries::of(live).ours.is_some()
}
