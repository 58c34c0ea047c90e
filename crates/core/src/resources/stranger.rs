//! Whose something is that neither Git nor the ledger has, as far as it says so itself.

use super::kubernetes::{MARKER, managers};
use crate::engine::id::{System, Uid};
use crate::engine::question::{Answer, Body, Seen, Why};
use crate::engine::value::Value;
use crate::engine::verdict::Manager;

/// What was seen at such an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Glimpse {
    /// Nothing is there.
    Absent,
    /// Nobody knows.
    Unreadable(Why),
    /// Something is.
    There(Box<Stranger>),
}

/// What something says of whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Which incarnation it is.
    pub uid: Uid,
    /// The environment whose marker it carries.
    pub environment: Option<String>,
    /// What made it, and deletes it with itself: kind and name.
    pub controller: Option<String>,
    /// The tool that says it is its own, and what it calls it.
    pub tool: Option<String>,
    /// Who wrote which fields, the latest first; none where a system keeps no author.
    pub managers: Vec<Manager>,
}

/// The marks that tools leave on what they made: under which key, and how the tool is called.
const MARKS: [(&str, &str, &str); 5] = [
    ("annotations", "meta.helm.sh/release-name", "Helm release"),
    ("annotations", "argocd.argoproj.io/tracking-id", "Argo CD"),
    ("labels", "kustomize.toolkit.fluxcd.io/name", "Flux Kustomization"),
    ("labels", "helm.toolkit.fluxcd.io/name", "Flux HelmRelease"),
    ("labels", "app.kubernetes.io/managed-by", "managed by"),
];

impl Glimpse {
    /// Returns what an answer shows.
    #[must_use]
    pub fn of(answer: &Answer) -> Option<Self> {
        match answer {
            Answer::Seen(seen) => Some(Self::There(Box::new(Stranger::of(seen)))),
            Answer::NotFound => Some(Self::Absent),
            Answer::Unreadable(why) => Some(Self::Unreadable(why.clone())),
            Answer::Inventory { .. } | Answer::Fact(_) | Answer::Rejected(_) => None,
        }
    }
}

impl Stranger {
    fn of(seen: &Seen) -> Self {
        let nobody = Self {
            uid: seen.uid.clone(),
            environment: None,
            controller: None,
            tool: None,
            managers: writers(seen),
        };
        match (seen.id.system, &seen.body) {
            (System::Kubernetes, Body::Whole(live)) => {
                let (environment, controller) = (text(live, "labels", MARKER), controller(live));
                Self { environment, controller, tool: tool(live), ..nobody }
            }
            (System::Kubernetes | System::Kafka | System::Connect | System::Neo4j, _) => nobody,
        }
    }
}

/// Returns who has written fields of something, the latest first; nobody where its system keeps no author.
#[must_use]
pub fn writers(seen: &Seen) -> Vec<Manager> {
    match (seen.id.system, &seen.body) {
        (System::Kubernetes, Body::Whole(live)) => managers(live),
        (System::Kubernetes | System::Kafka | System::Connect | System::Neo4j, _) => Vec::new(),
    }
}

fn text(live: &Value, place: &str, key: &str) -> Option<String> {
    live.at(&["metadata", place, key])?.as_text().map(str::to_owned)
}

fn controller(live: &Value) -> Option<String> {
    let owners = live.at(&["metadata", "ownerReferences"])?.as_list()?;
    let owner = owners.iter().find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))?;
    Some(format!("{}/{}", owner.get("kind")?.as_text()?, owner.get("name")?.as_text()?))
}

fn tool(live: &Value) -> Option<String> {
    MARKS.iter().find_map(|(place, key, tool)| Some(format!("{tool} {}", text(live, place, key)?)))
}
