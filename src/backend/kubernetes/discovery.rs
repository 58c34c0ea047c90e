//! Which kinds an API server serves: aggregated discovery, two requests whatever the number of groups.

use super::Kubernetes;
use super::reply::{why, why_silent};
use crate::backend::http::Call;
use evenkeel_core::engine::question::{ApiVersion, HasStatus, Reach, Served, ServedKind, Trouble, Why};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

#[derive(Deserialize)]
struct Groups {
    items: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    metadata: Named,
    versions: Vec<Version>,
}

#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "version")]
    name: String,
    #[serde(default)]
    resources: Vec<Resource>,
    #[serde(default)]
    freshness: Freshness,
}

/// Whether the server that serves a version has answered lately; what it served before may still be listed.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
enum Freshness {
    #[default]
    Current,
    /// Anything that is not called current is not believed to be complete.
    #[serde(other)]
    Stale,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    #[serde(rename = "resource")]
    plural: Arc<str>,
    #[serde(default)]
    response_kind: Option<ResponseKind>,
    scope: String,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    subresources: Vec<Subresource>,
}

#[derive(Deserialize)]
struct ResponseKind {
    kind: Arc<str>,
}

#[derive(Deserialize)]
struct Subresource {
    subresource: String,
}

impl Kubernetes {
    /// Reads what is served, the server's preferred version of each group first.
    pub(super) async fn discover(&self) -> Result<Served, Why> {
        let mut groups = self.discover_at("/api").await?;
        groups.extend(self.discover_at("/apis").await?);
        let stale: BTreeMap<_, _> = groups.iter().filter_map(stale).collect();
        Ok(Served { kinds: groups.into_iter().flat_map(kinds_of).collect(), stale })
    }

    async fn discover_at(&self, path: &str) -> Result<Vec<Group>, Why> {
        let what = format!("GET {path}");
        let call = Call { accept: AGGREGATED, ..Call::get(path) };
        let reply = self.http.exchange(call).await.map_err(|silence| why_silent(&what, &silence))?;
        if reply.code != 200 {
            return Err(why(&what, &reply));
        }
        let groups: Groups = serde_json::from_slice(&reply.body).map_err(|error| Why {
            trouble: Trouble::Garbled,
            message: format!("{what}: no aggregated discovery (Kubernetes 1.30 or newer is needed): {error}"),
        })?;
        Ok(groups.items)
    }
}

fn stale(group: &Group) -> Option<(Arc<str>, Why)> {
    let name = &group.metadata.name;
    let version = group.versions.iter().find(|version| version.freshness == Freshness::Stale)?;
    let message = format!("GET /apis: the server behind {name}/{} does not answer", version.name);
    Some((Arc::from(name.as_str()), Why { trouble: Trouble::Unavailable, message }))
}

fn kinds_of(group: Group) -> Vec<ServedKind> {
    let name = group.metadata.name;
    let versions = group.versions.into_iter().flat_map(|version| {
        let api_version = match name.as_str() {
            "" => version.name,
            group => format!("{group}/{}", version.name),
        };
        let api_version = ApiVersion::new(api_version);
        version.resources.into_iter().filter_map(move |resource| served(&api_version, resource))
    });
    versions.collect()
}

/// What cannot be listed and created (reviews, metrics) is no resource to be kept.
fn served(api_version: &ApiVersion, resource: Resource) -> Option<ServedKind> {
    let can = |verb: &str| resource.verbs.iter().any(|known| known == verb);
    if !can("list") || !can("create") {
        return None;
    }
    let has_status = resource.subresources.iter().any(|sub| sub.subresource == "status");
    Some(ServedKind {
        api_version: api_version.clone(),
        kind: resource.response_kind?.kind,
        plural: resource.plural,
        reach: if resource.scope == "Namespaced" { Reach::Namespaced } else { Reach::Cluster },
        status: if has_status { HasStatus::Subresource } else { HasStatus::No },
    })
}
