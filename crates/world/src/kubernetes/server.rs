//! The API server: its objects, the kinds it serves, and how they are read.

use super::error::ApiError;
use super::kinds::{KindInfo, built_in};
use super::managers::{Managers, Who};
use super::object::{ObjectKey, Stored, meta_text};
use super::ownership::Write;
use super::request::Selector;
use super::rows;
use crate::random::Random;
use evenkeel_core::engine::id::Kind;
use evenkeel_core::engine::path::Path;
use evenkeel_core::engine::question::ApiVersion;
use evenkeel_core::engine::value::Value;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One API server with everything it stores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiServer {
    #[serde(with = "rows")]
    pub(crate) objects: BTreeMap<ObjectKey, Stored>,
    /// Who names whom as owner, by uid: the garbage collector would read everything without it.
    pub(crate) dependents: BTreeMap<String, BTreeSet<ObjectKey>>,
    #[serde(with = "rows")]
    pub(crate) customs: BTreeMap<Kind, Vec<KindInfo>>,
    /// The uids of what went since the garbage collector looked last.
    pub(crate) orphaned: BTreeSet<String>,
    pub(crate) revision: u64,
    /// The revision at which the controllers looked last and found nothing to do.
    #[serde(default)]
    pub(crate) quiet_at: u64,
    pub(crate) random: Random,
    pub(crate) now: Timestamp,
    /// What is measured of pods, by namespace and name.
    #[serde(default)]
    pub(crate) measured: BTreeMap<String, String>,
}

impl ApiServer {
    /// Starts a server with the namespaces that every cluster has.
    #[must_use]
    pub(crate) fn new(random: Random, now: Timestamp) -> Self {
        let mut server = Self {
            objects: BTreeMap::new(),
            dependents: BTreeMap::new(),
            customs: BTreeMap::new(),
            orphaned: BTreeSet::new(),
            revision: 1,
            quiet_at: 0,
            random,
            now,
            measured: BTreeMap::new(),
        };
        for name in ["kube-system", "default", "kube-public", "kube-node-lease"] {
            server.boot_namespace(name);
        }
        server
    }

    /// Returns one object.
    pub fn get(&self, key: &ObjectKey) -> Result<Value, ApiError> {
        if let Some(measured) = self.metrics(key) {
            return Ok(measured);
        }
        let kind = self.kind_of(&key.kind)?;
        self.objects.get(key).map(Stored::to_value).ok_or_else(|| ApiError::not_found(key, &kind.plural()))
    }

    /// Returns the objects of a kind, in one namespace or in all.
    pub fn list(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selector: &Selector,
    ) -> Result<Vec<Value>, ApiError> {
        self.kind_of(kind)?;
        let rows = self.scope(kind, namespace).filter(|(_, stored)| selector.matches(&stored.body));
        Ok(rows.map(|(_, stored)| stored.to_value()).collect())
    }

    /// Returns what discovery tells.
    pub fn kinds(&self) -> impl Iterator<Item = &KindInfo> {
        built_in().iter().chain(self.customs.values().flatten())
    }

    /// Returns the `openAPIV3Schema` of a custom resource, as its CRD has it; null where it has none.
    #[must_use]
    pub fn custom_schema(&self, kind: &Kind, version: &ApiVersion) -> Option<Value> {
        let versions = self.customs.get(kind)?;
        versions.iter().find(|info| info.served.api_version == *version).map(|info| info.schema.clone())
    }

    /// Returns `managedFields` with the entries of these managers handed to the applier `to`, which gives up `left`.
    pub fn migrated(
        &self,
        key: &ObjectKey,
        (from, left): (&[Arc<str>], &[Path]),
        to: &str,
    ) -> Result<Value, ApiError> {
        let kind = self.kind_of(&key.kind)?;
        let found = self.objects.get(key).ok_or_else(|| ApiError::not_found(key, &kind.plural()))?;
        Ok(found.managers.handed_over((from, left), to, &kind.served.api_version).to_value())
    }

    /// Returns the stored objects of a kind, in one namespace or in all.
    pub(crate) fn scope<'a>(
        &'a self,
        kind: &Kind,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = (&'a ObjectKey, &'a Stored)> + use<'a> {
        let kind = kind.clone();
        let namespace: Option<Arc<str>> = namespace.map(Arc::from);
        let first = ObjectKey { kind: kind.clone(), namespace: namespace.clone(), name: Arc::from("") };
        self.objects.range(first..).take_while(move |(key, _)| {
            key.kind == kind && (namespace.is_none() || key.namespace == namespace)
        })
    }

    /// Returns the kind by which addresses call it, in the first version served.
    pub(crate) fn kind_of(&self, kind: &Kind) -> Result<KindInfo, ApiError> {
        let custom = self.customs.get(kind).and_then(|versions| versions.first());
        let found = custom.or_else(|| built_in().iter().find(|info| info.kind() == *kind));
        found.cloned().ok_or_else(not_served)
    }

    /// Returns the kind that an object says it is.
    pub(crate) fn kind_in(&self, object: &Value) -> Result<KindInfo, ApiError> {
        let text = |field: &str| object.get(field).and_then(Value::as_text).unwrap_or_default();
        let version = ApiVersion::new(text("apiVersion"));
        let wanted =
            |info: &&KindInfo| info.served.api_version == version && &*info.served.kind == text("kind");
        self.kinds().find(wanted).cloned().ok_or_else(not_served)
    }

    /// Stores an object under the next resource version; the index of owners follows.
    pub(crate) fn store(&mut self, key: &ObjectKey, mut body: Value, managers: Managers) -> &Stored {
        self.revision += 1;
        super::object::set_meta(&mut body, "resourceVersion", Value::from(self.revision.to_string()));
        self.unlink(key);
        for owner in owners(&body) {
            self.dependents.entry(owner).or_default().insert(key.clone());
        }
        self.objects.insert(key.clone(), Stored { body, managers });
        &self.objects[key]
    }

    /// Changes an object as the cluster's own controllers do, and lets go what only waited for that.
    pub(crate) fn edit(&mut self, key: &ObjectKey, who: &Who, change: impl FnOnce(&mut Value)) {
        let (Some(before), Ok(kind)) = (self.objects.get(key), self.kind_of(&key.kind)) else { return };
        let mut body = before.body.clone();
        change(&mut body);
        if body == before.body {
            return;
        }
        let version = &kind.served.api_version;
        let write = Write { who, version, shape: &kind.shape, now: self.now, out_of_reach: &[] };
        let managers = write.update(&before.body, &before.managers, &body);
        let stored = self.store(key, body, managers);
        if stored.is_deleting() && stored.finalizers().is_empty() && super::strategy::may_go(stored) {
            self.finish_deletion(key);
        }
    }

    /// Takes an object away for good.
    pub(crate) fn purge(&mut self, key: &ObjectKey) -> Option<Stored> {
        self.unlink(key);
        self.revision += 1;
        self.objects.remove(key)
    }

    fn unlink(&mut self, key: &ObjectKey) {
        let Some(before) = self.objects.get(key) else { return };
        for owner in owners(&before.body) {
            if let Some(keys) = self.dependents.get_mut(&owner) {
                keys.remove(key);
            }
        }
    }
}

fn owners(body: &Value) -> Vec<String> {
    let references = body.at(&["metadata", "ownerReferences"]).and_then(Value::as_list).unwrap_or_default();
    references.iter().filter_map(|owner| owner.get("uid")?.as_text()).map(str::to_owned).collect()
}

fn not_served() -> ApiError {
    ApiError::new(404, "NotFound", "the server could not find the requested resource")
}

impl Selector {
    /// Returns a selector of objects with this label.
    #[must_use]
    pub fn label(name: &str, value: &str) -> Self {
        Self { labels: vec![(Arc::from(name), Arc::from(value))] }
    }

    fn matches(&self, object: &Value) -> bool {
        let labels = object.at(&["metadata", "labels"]);
        self.labels.iter().all(|(name, value)| {
            labels.and_then(|labels| labels.get(name)).and_then(Value::as_text) == Some(&**value)
        })
    }
}

/// Returns the namespace that a request for this kind goes to.
pub(crate) fn namespace_of(object: &Value, kind: &KindInfo) -> Option<Arc<str>> {
    kind.is_namespaced().then(|| Arc::from(meta_text(object, "namespace").unwrap_or("default")))
}
