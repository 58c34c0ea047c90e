//! Fields that may not change on what is there, and the way to the wanted state without losing anything.

use crate::engine::id::{Kind, ResourceId};
use crate::engine::path::{Path, Segment};
use crate::engine::question::{Body, Seen};
use crate::engine::value::Value;
use crate::engine::verdict::FieldChange;
use crate::resources::Immutable;

/// Which fields of a kind may change.
enum Rule {
    /// None below this place but those.
    AllBut(&'static [&'static str], &'static [&'static str]),
    /// Not this one.
    Fixed(&'static [&'static str]),
    /// Not this one, once it has a value.
    FixedOnceSet(&'static [&'static str]),
}

struct Row {
    kind: &'static str,
    rules: &'static [Rule],
    migration: &'static str,
}

const TABLE: &[Row] = &[
    Row {
        kind: "StatefulSet",
        rules: &[Rule::AllBut(
            &["spec"],
            &[
                "replicas",
                "ordinals",
                "template",
                "updateStrategy",
                "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy",
                "minReadySeconds",
            ],
        )],
        migration: "delete it with `--cascade=orphan`, which keeps pods and volumes, and apply again",
    },
    Row {
        kind: "Deployment",
        rules: &[Rule::Fixed(&["spec", "selector"])],
        migration: "give the Deployment with the new selector another name, and remove the old one once the new one is ready",
    },
    Row {
        kind: "DaemonSet",
        rules: &[Rule::Fixed(&["spec", "selector"])],
        migration: "delete it with `--cascade=orphan` and apply again",
    },
    Row {
        kind: "ReplicaSet",
        rules: &[Rule::Fixed(&["spec", "selector"])],
        migration: "give the ReplicaSet with the new selector another name, and remove the old one once the new one is ready",
    },
    Row {
        kind: "Job",
        rules: &[
            Rule::Fixed(&["spec", "selector"]),
            Rule::Fixed(&["spec", "template"]),
            Rule::Fixed(&["spec", "completionMode"]),
            Rule::Fixed(&["spec", "completions"]),
            Rule::Fixed(&["spec", "podFailurePolicy"]),
            Rule::Fixed(&["spec", "backoffLimitPerIndex"]),
        ],
        migration: "a Job runs once: give it another name",
    },
    Row {
        kind: "Pod",
        rules: &[Rule::AllBut(
            &["spec"],
            &["activeDeadlineSeconds", "tolerations", "containers", "initContainers"],
        )],
        migration: "delete the pod and apply again",
    },
    Row {
        kind: "PersistentVolumeClaim",
        rules: &[Rule::AllBut(&["spec"], &["resources", "volumeAttributesClassName", "volumeName"])],
        migration: "make a claim of another name, copy the data, then point the workload to it",
    },
    Row {
        kind: "PersistentVolume",
        rules: &[
            Rule::FixedOnceSet(&["spec", "csi"]),
            Rule::FixedOnceSet(&["spec", "nfs"]),
            Rule::FixedOnceSet(&["spec", "local"]),
            Rule::FixedOnceSet(&["spec", "hostPath"]),
            Rule::Fixed(&["spec", "volumeMode"]),
        ],
        migration: "set its reclaim policy to Retain, delete the volume object and create it anew over the same disk",
    },
    Row {
        kind: "Service",
        rules: &[Rule::FixedOnceSet(&["spec", "clusterIP"]), Rule::FixedOnceSet(&["spec", "clusterIPs"])],
        migration: "drop the address from Git, or make a Service of another name",
    },
    Row {
        kind: "RoleBinding",
        rules: &[Rule::Fixed(&["roleRef"])],
        migration: "make a binding of another name, then remove this one",
    },
    Row {
        kind: "ClusterRoleBinding",
        rules: &[Rule::Fixed(&["roleRef"])],
        migration: "make a binding of another name, then remove this one",
    },
    Row {
        kind: "StorageClass",
        rules: &[
            Rule::Fixed(&["provisioner"]),
            Rule::Fixed(&["parameters"]),
            Rule::Fixed(&["reclaimPolicy"]),
            Rule::Fixed(&["volumeBindingMode"]),
        ],
        migration: "make a class of another name; claims keep the class they were made with",
    },
    Row {
        kind: "PriorityClass",
        rules: &[Rule::Fixed(&["value"]), Rule::Fixed(&["preemptionPolicy"])],
        migration: "make a class of another name and point workloads to it",
    },
    Row {
        kind: "IngressClass",
        rules: &[Rule::Fixed(&["spec", "controller"])],
        migration: "make a class of another name and point Ingresses to it",
    },
    Row {
        kind: "RuntimeClass",
        rules: &[Rule::Fixed(&["handler"])],
        migration: "make a class of another name and point workloads to it",
    },
    Row {
        kind: "Secret",
        rules: &[Rule::FixedOnceSet(&["type"])],
        migration: "make a Secret of another name and point its readers to it",
    },
    Row {
        kind: "EndpointSlice",
        rules: &[Rule::Fixed(&["addressType"])],
        migration: "make a slice of another name",
    },
    Row {
        kind: "CustomResourceDefinition",
        rules: &[
            Rule::Fixed(&["spec", "scope"]),
            Rule::Fixed(&["spec", "group"]),
            Rule::Fixed(&["spec", "names", "plural"]),
            Rule::Fixed(&["spec", "names", "kind"]),
        ],
        migration: "make a definition of another name and move the resources; deleting this one deletes them all",
    },
];

const FROZEN: &str = "it is marked immutable: make one of another name and point its readers to it";

/// Returns how to get to another value of such a field, in one line.
#[must_use]
pub fn migration(kind: &Kind, path: &Path) -> Option<&'static str> {
    if matches!(kind.as_str(), "Secret" | "ConfigMap") && is_payload(path) {
        return Some(FROZEN);
    }
    TABLE.iter().find(|row| row.kind == kind.as_str()).map(|row| row.migration)
}

/// Returns which of the changes the system refuses on what was seen.
#[must_use]
pub fn immutable(seen: &Seen, fields: &[FieldChange]) -> Vec<Immutable> {
    let Body::Whole(live) = &seen.body else { return Vec::new() };
    let frozen = is_frozen(&seen.id, live);
    let rules = TABLE.iter().find(|row| row.kind == seen.id.kind.as_str());
    let refused = |change: &FieldChange| {
        if frozen && is_payload(&change.path) {
            return Some(Immutable { path: change.path.clone(), migration: FROZEN });
        }
        let row = rules?;
        let fixed = row.rules.iter().any(|rule| rule.forbids(change, live));
        fixed.then(|| Immutable { path: change.path.clone(), migration: row.migration })
    };
    fields.iter().filter_map(refused).collect()
}

fn is_frozen(id: &ResourceId, live: &Value) -> bool {
    matches!(id.kind.as_str(), "Secret" | "ConfigMap") && live.get("immutable") == Some(&Value::Bool(true))
}

fn is_payload(path: &Path) -> bool {
    matches!(path.0.first(), Some(Segment::Field(name)) if matches!(&**name, "data" | "binaryData" | "immutable"))
}

impl Rule {
    fn forbids(&self, change: &FieldChange, live: &Value) -> bool {
        match self {
            Self::Fixed(place) => Path::of(place).contains(&change.path),
            Self::FixedOnceSet(place) => {
                let is_set = live.at(place).is_some_and(|value| value.as_text() != Some(""));
                is_set && Path::of(place).contains(&change.path)
            }
            Self::AllBut(place, free) => {
                let Some(Segment::Field(name)) = change.path.0.get(place.len()) else { return false };
                Path::of(place).contains(&change.path) && !free.contains(&&**name)
            }
        }
    }
}
