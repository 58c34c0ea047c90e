//! What a `Neo4jCluster` becomes: Kubernetes objects in the official chart's shape, one server each, so that what Helm
//! has installed can be adopted, and what Cypher tells of it.
//!
//! Facts of the shape (names, labels, order of settings and mounts) are those of the chart `neo4j/neo4j`; differences
//! are on purpose: no checksums on pods, as nobody restarts a server because a file has changed
//! ([ADR 0015](../../../../../../docs/adr/0015-a-cluster-is-rows-that-a-choreography-claims.md)), and one bound on
//! disruptions for all servers.

mod accounts;
mod check_community;
mod check_config;
mod check_contents;
mod check_pools;
mod checks;
mod configuration;
mod known;
mod layout;
mod memory;
mod object;
mod placement;
mod rows;
mod services;
mod shared;
mod volumes;
mod workload;

use super::annotations::Annotations;
use super::manifest::Context;
use super::platform_checks::place;
use super::{Draft, Says};
use crate::documents::codes;
use crate::documents::credential::Namespaces;
use crate::documents::metadata::API_VERSION;
use crate::documents::neo4j::servers::Storage;
use crate::documents::neo4j::{Neo4jCluster, Neo4jConnection};
use crate::documents::repository::overlay::Merged;
use crate::documents::source::Span;
use crate::engine::id::{ConnectionName, Kind, ResourceId, System};
use crate::engine::question::ApiVersion;
use crate::engine::value::Value;
use crate::resources::neo4j::{Cluster, Version};
use layout::{Layout, Server};
use object::Object;
use rows::Row;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a cluster becomes.
pub(super) struct Made {
    /// The connection that has the document's name.
    pub name: ConnectionName,
    /// Its resources.
    pub drafts: Vec<Draft>,
    /// What a choreography has to know.
    pub cluster: Cluster,
    /// How it is talked to, where somebody can log in.
    pub connection: Option<Neo4jConnection>,
}

impl Context<'_> {
    /// Returns everything that a cluster is made of.
    pub(super) fn neo4j_cluster(&mut self, cluster: &Neo4jCluster, merged: &Arc<Merged>) -> Option<Made> {
        let layout = self.layout(cluster, merged)?;
        self.check_neo4j(&layout, merged);
        let annotations = self.annotations(&merged.document.node);
        let drafting = Drafting { layout: &layout, annotations: &annotations, merged };
        let mut drafts = Vec::new();
        let mut seen = BTreeSet::new();
        // Of two with the same name, which is told, one is enough.
        for server in layout.servers.iter().filter(|server| seen.insert(&server.name)) {
            let mut needed: Vec<(&'static str, String)> = accounts::rights(&layout, server);
            let objects = configuration::config_maps(&layout, server).into_iter();
            for object in objects.chain(services::services(&layout, server)) {
                needed.push((object.kind, object.name.clone()));
                drafts.push(drafting.object(object, &[]));
            }
            needed.extend(secrets(&layout));
            needed.extend(claimed(&layout, server).map(|claim| ("PersistentVolumeClaim", claim)));
            drafts.push(drafting.object(workload::workload(&layout, server), &needed));
        }
        let password = accounts::first_password(&layout, self.namespaces);
        let once = accounts::accounts(&layout).into_iter().chain(password);
        let once = once.chain(services::shared(&layout)).chain(shared::shared(&layout));
        drafts.extend(once.map(|object| drafting.object(object, &[])));
        let asked = checks::is_asked(&layout);
        if asked {
            drafts.extend(drafting.rows(self.namespaces));
        }
        let address = |kind: &str, name: &str| drafting.kubernetes("", kind, name);
        Some(Made {
            name: ConnectionName::new(layout.name),
            drafts,
            cluster: known::cluster(&layout, &address),
            connection: asked.then(|| rows::connection(&layout)),
        })
    }

    /// Reads what everything else is made from, or tells why there is nothing to make.
    fn layout<'a>(&mut self, cluster: &'a Neo4jCluster, merged: &Merged) -> Option<Layout<'a>> {
        let spec = &cluster.spec;
        let version = self.neo4j_version(&spec.version, merged);
        let at = place(merged, &["spec", "connection"]);
        let connection =
            spec.connection.as_deref().map_or_else(ConnectionName::default, ConnectionName::from);
        let connection = self.known(connection, Some(at));
        let written = spec.namespace.as_deref().map(Arc::from);
        let namespace = written.or_else(|| self.namespaces.get(&connection).cloned());
        if namespace.is_none() {
            let hint =
                format!("write `namespace` here, or in spec.kubernetes.{connection} of the environment");
            let message = "the cluster has no namespace".to_owned();
            self.error(codes::NO_NAMESPACE, merged.document.at, message).hint = Some(hint);
        }
        let (version, namespace) = (version?, namespace?);
        let name = cluster.metadata.name.as_str();
        let servers = layout::servers(name, spec);
        Some(Layout { name, spec, version, connection, namespace, servers, shape: layout::shape(spec) })
    }

    fn neo4j_version(&mut self, text: &str, merged: &Merged) -> Option<Version> {
        let read = text.parse::<Version>();
        if let Err(why) = &read {
            let message = format!("`{text}` is no version that can be run");
            self.error(codes::UNKNOWN_VALUE, place(merged, &["spec", "version"]), message).hint =
                Some(why.to_string());
        }
        read.ok()
    }
}

/// The Secrets that a server mounts.
fn secrets(layout: &Layout<'_>) -> Vec<(&'static str, String)> {
    let password = layout.spec.auth.enabled.then(|| layout.auth_secret());
    let certificates = layout.spec.tls.scopes().flat_map(|(_, policy)| {
        [&policy.secret].into_iter().chain(&policy.trusted).chain(&policy.revoked).cloned()
    });
    password.into_iter().chain(certificates).map(|name| ("Secret", name)).collect()
}

/// The claim that somebody else made for a server, if it uses one.
fn claimed(layout: &Layout<'_>, server: &Server<'_>) -> Option<String> {
    match server.storage(layout.spec) {
        Storage::Claim(claim) => Some(claim.replace("{server}", &server.name)),
        Storage::Dynamic(_) | Storage::Selector(_) => None,
    }
}

/// What all resources of a document have in common.
struct Drafting<'a> {
    layout: &'a Layout<'a>,
    annotations: &'a Annotations,
    merged: &'a Arc<Merged>,
}

impl Drafting<'_> {
    fn object(&self, object: Object, needed: &[(&'static str, String)]) -> Draft {
        let Object { api_version, kind, name, mut says } = object;
        if let Some(metadata) = says.get_mut("metadata").and_then(Value::as_map_mut) {
            metadata.insert("namespace".to_owned(), Value::from(&*self.layout.namespace));
        }
        let mentions =
            needed.iter().map(|(kind, name)| (self.kubernetes("", kind, name), self.at())).collect();
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let id = self.kubernetes(group, kind, &name);
        self.draft(id, ApiVersion::new(api_version), Value::Map(says), mentions)
    }

    /// The rows of the servers, each after its workload, and then of what is in the cluster.
    fn rows(&self, namespaces: &Namespaces) -> Vec<Draft> {
        let mut seen = BTreeSet::new();
        let servers = self.layout.servers.iter().filter(|server| seen.insert(&server.name)).map(|server| {
            let workload = self.kubernetes("", "StatefulSet", &server.name);
            self.row(rows::server(self.layout, server), vec![workload])
        });
        let contents = rows::contents(self.layout, namespaces).into_iter();
        let founders = layout::founders(self.layout);
        let founders =
            founders.map(|server| self.kubernetes("", "StatefulSet", &server.name)).collect::<Vec<_>>();
        servers.chain(contents.map(|row| self.row(row, founders.clone()))).collect()
    }

    fn row(&self, row: Row, mut after: Vec<ResourceId>) -> Draft {
        let Row { kind, name, says, after: rows } = row;
        after.extend(rows.iter().map(|(kind, name)| self.cypher(kind, name)));
        let mentions = after.into_iter().map(|id| (id, self.at())).collect();
        self.draft(self.cypher(kind, &name), ApiVersion::new(API_VERSION), says, mentions)
    }

    fn cypher(&self, kind: &str, name: &str) -> ResourceId {
        ResourceId::of(System::Neo4j, kind, self.layout.name, name)
    }

    fn kubernetes(&self, group: &str, kind: &str, name: &str) -> ResourceId {
        ResourceId {
            system: System::Kubernetes,
            connection: self.layout.connection.clone(),
            kind: Kind::kubernetes(group, kind),
            namespace: Some(Arc::clone(&self.layout.namespace)),
            name: Arc::from(name),
        }
    }

    fn draft(
        &self,
        id: ResourceId,
        api_version: ApiVersion,
        config: Value,
        mentions: Vec<(ResourceId, Span)>,
    ) -> Draft {
        let document = Arc::from(format!("Neo4jCluster/{}", self.layout.name));
        Draft {
            id,
            says: Says::Made { document, api_version, config },
            ignored: Vec::new(),
            moved_from: Vec::new(),
            needs: BTreeSet::new(),
            depends_on: self.annotations.depends_on.clone(),
            mentions,
            merged: Arc::clone(self.merged),
        }
    }

    fn at(&self) -> Span {
        self.merged.document.at
    }
}
