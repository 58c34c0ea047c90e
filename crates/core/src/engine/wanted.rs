//! What the specs want, after bases are merged and documents expanded: resources and what each of them needs.

use super::fingerprint::Fingerprint;
use super::id::{ConnectionId, ConnectionName, EnvironmentName, ResourceId, TreeHash};
use super::question::ApiVersion;
use super::stated::Stated;
use super::value::{SecretSource, Value};
use super::windows::Windows;
use crate::diagnostic::Location;
use crate::resources::neo4j::Cluster;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Everything an environment wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// Whose.
    pub environment: EnvironmentName,
    /// Which specs it was made from.
    pub tree: TreeHash,
    /// The resources by address.
    pub resources: BTreeMap<ResourceId, Wanted>,
    /// The permissions that Git gives.
    pub approvals: Vec<Approval>,
    /// The bounds on what one apply may do.
    pub limits: Limits,
    /// When changes may start.
    pub windows: Windows,
    /// The systems on which others manage things as well, and which keep no record of whose something is.
    pub shared: BTreeSet<ConnectionId>,
    /// What a protected revision does not have like this: no system is shown it before it is applied, as some act on what
    /// they are shown.
    pub unshown: BTreeSet<ResourceId>,
    /// What it says of itself and of whom it talks to, for policies.
    pub documents: Vec<Stated>,
    /// The Neo4j clusters, by the connection that has their document's name.
    pub clusters: BTreeMap<ConnectionName, Cluster>,
}

/// One wanted resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its address. The namespace is the connection's default where the manifest names none.
    pub id: ResourceId,
    /// In which version of its kind it is written.
    pub api_version: ApiVersion,
    /// What it should be, secrets by reference, as written: not yet normalised for its system.
    pub config: Arc<Value>,
    /// Which resources must be there, and ready, before it.
    pub needs: BTreeSet<ResourceId>,
    /// Places that are left to others (`evenkeel.dev/ignore`), as dotted or slashed paths.
    pub ignored: Vec<super::path::Path>,
    /// Under which addresses it was known before (`evenkeel.dev/moved-from`); environments that share a base may be at
    /// different ones.
    pub moved_from: Vec<ResourceId>,
    /// Where it takes secrets from and planning does not look: the protected revision does not say so, or it lies in
    /// the hands of who wrote the planned one.
    pub unread: BTreeSet<SecretSource>,
    /// The document it comes from, as users name it (`ManagedSecret/orders-auth`); absent for plain manifests.
    pub document: Option<Arc<str>>,
    /// Where it is written.
    pub at: Location,
}

impl Wanted {
    /// Returns where it takes secrets from, but for those that are made once and kept where they are needed.
    #[must_use]
    pub fn sources(&self) -> BTreeSet<SecretSource> {
        let mut found = BTreeSet::new();
        collect_sources(&self.config, &mut found);
        found
    }
}

fn collect_sources(value: &Value, found: &mut BTreeSet<SecretSource>) {
    match value {
        Value::Secret(secret) => match &secret.source {
            SecretSource::Generate { length: _ } => {}
            source @ (SecretSource::FromEnv(_)
            | SecretSource::FromFile(_)
            | SecretSource::FromSecret { .. }) => drop(found.insert(source.clone())),
        },
        Value::List(items) => items.iter().for_each(|item| collect_sources(item, found)),
        Value::Map(map) => map.values().for_each(|item| collect_sources(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        Value::Output(_) | Value::Opaque(_) => {}
    }
}

/// A reviewed permission that lifts one held resource, once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// For which resource.
    pub address: ResourceId,
    /// For what.
    pub action: ApprovedAction,
    /// Exempt from which policy; for `exempt` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Arc<str>>,
    /// For which incarnation; absent where the document may leave it out.
    pub uid: Option<super::id::Uid>,
    /// Until when.
    pub until: jiff::Timestamp,
    /// Why, in people's words.
    pub reason: String,
    /// Where it is written.
    pub at: Location,
}

impl Approval {
    /// Returns what it is remembered by once it was used: everything but where it is written.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let Self { address, action, policy, uid, until, reason, at: _ } = self;
        Fingerprint::of(&(address, action, policy, uid, until.as_millisecond(), reason))
    }
}

/// What an approval is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ApprovedAction {
    /// Deleting what holds data, or what others added to.
    Delete,
    /// Making ours what is there and different.
    Adopt,
    /// Deleting and creating anew, for a field that may not change.
    Replace,
    /// A change that may lose data.
    LoseData,
    /// A change that a policy denies.
    Exempt,
    /// Replacing where something stands by where something else stands.
    ResetOffsets,
}

/// The bounds of `spec.limits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many deletions go without `--expect-deletes`.
    pub max_deletes: u32,
    /// How many steps run at once against one back end.
    pub parallelism: u32,
    /// The deadline of one request (D in design-apply.md).
    pub request_timeout: Duration,
    /// How long a lease lasts without renewal (L in design-apply.md).
    pub lease: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_deletes: 3,
            parallelism: 8,
            request_timeout: Duration::from_secs(30),
            lease: Duration::from_secs(15),
        }
    }
}
