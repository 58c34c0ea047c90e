//! From merged documents to what the environment wants: addresses, configurations and needs.

mod annotations;
mod between;
mod connector_checks;
mod event_hubs;
mod graph;
mod index;
mod left_to_others;
mod manifest;
mod moved;
mod neo4j;
mod platform;
mod platform_checks;
mod provenance;
mod references;
mod system_checks;
mod topic_checks;

pub use provenance::Provenance;

use super::Document;
use super::connect::cluster::ConnectClusterSpec;
use super::environment::Environment;
use super::kafka::cluster::KafkaClusterSpec;
use super::neo4j::Neo4jConnection;
use super::repository::overlay::Merged;
use super::source::{Sources, Span};
use crate::diagnostic::Diagnostic;
use crate::engine::fingerprint::Digest;
use crate::engine::id::{ConnectionId, ConnectionName, EnvironmentName, ResourceId, System, TreeHash};
use crate::engine::path::Path;
use crate::engine::question::ApiVersion;
use crate::engine::stated::Stated;
use crate::engine::value::Value;
use crate::engine::wanted::{Approval, Desired, Wanted};
use crate::engine::windows::Windows;
use crate::resources::neo4j::Cluster;
use index::Index;
use manifest::Context;
use platform::{Platform, is_system};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An environment, read: whom it talks to, what it wants, and where each value is written.
#[derive(Clone, Debug)]
pub struct Specs {
    /// The environment's own document.
    pub environment: Environment,
    /// What it wants. Namespaces are as written; see `default_namespaces`.
    pub desired: Desired,
    /// Legal, but probably not what was meant.
    pub warnings: Vec<Diagnostic>,
    /// Where each value is written.
    pub provenance: Provenance,
    /// The namespace of namespaced resources that name none, by connection. A connection that names none either has
    /// no entry here; the planner takes `default` for it.
    ///
    /// Only discovery knows which kinds of custom resources are namespaced, so addresses are completed while planning.
    pub default_namespaces: BTreeMap<ConnectionName, Arc<str>>,
    /// The systems that have documents of their own.
    pub systems: Systems,
}

/// The systems that have documents of their own, by the names of those.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Systems {
    /// Kafka clusters.
    pub kafka: BTreeMap<ConnectionName, KafkaClusterSpec>,
    /// Kafka Connect workers.
    pub connect: BTreeMap<ConnectionName, ConnectClusterSpec>,
    /// Neo4j clusters, and single servers.
    pub neo4j: BTreeMap<ConnectionName, Neo4jConnection>,
}

impl Specs {
    /// Returns the digest of whom the environment talks to and where its state is, as whomever it does so.
    #[must_use]
    pub fn targets(&self) -> Digest {
        Digest::of_written(&(self.environment.spec.targets(), self.systems.addresses()))
    }
}

impl Systems {
    /// Returns where each of them is, and which one it must be.
    fn addresses(&self) -> impl Serialize + use<> {
        let kafka = |(name, spec): (&ConnectionName, &KafkaClusterSpec)| {
            (System::Kafka, name.clone(), spec.bootstrap.clone(), spec.cluster_id.clone())
        };
        let connect = |(name, spec): (&ConnectionName, &ConnectClusterSpec)| {
            (System::Connect, name.clone(), vec![spec.url.clone()], None)
        };
        let neo4j = |(name, connection): (&ConnectionName, &Neo4jConnection)| {
            (System::Neo4j, name.clone(), connection.servers.values().cloned().collect(), None)
        };
        let (kafka, connect) = (self.kafka.iter().map(kafka), self.connect.iter().map(connect));
        kafka.chain(connect).chain(self.neo4j.iter().map(neo4j)).collect::<Vec<_>>()
    }

    /// Returns those on which others manage things as well.
    pub(super) fn shared(&self) -> BTreeSet<ConnectionId> {
        let of = |system, name: &ConnectionName| ConnectionId { system, name: name.clone() };
        let kafka = self.kafka.iter().filter(|(_, spec)| spec.shared);
        let connect = self.connect.iter().filter(|(_, spec)| spec.shared);
        let kafka = kafka.map(|(name, _)| of(System::Kafka, name));
        let neo4j = self.neo4j.iter().filter(|(_, connection)| connection.shared);
        let neo4j = neo4j.map(|(name, _)| of(System::Neo4j, name));
        kafka.chain(connect.map(|(name, _)| of(System::Connect, name))).chain(neo4j).collect()
    }
}

/// What is to be expanded.
pub(super) struct Order<'a> {
    pub sources: &'a Arc<Sources>,
    pub documents: Vec<Merged>,
    pub stated: Vec<Stated>,
    pub tree: TreeHash,
}

/// A resource on its way: which one it is, and the document that it is made from.
pub(super) struct Draft {
    pub id: ResourceId,
    pub says: Says,
    pub ignored: Vec<Path>,
    pub moved_from: Vec<(ResourceId, Span)>,
    pub needs: BTreeSet<ResourceId>,
    pub depends_on: Vec<(ResourceId, Span)>,
    /// What it names beside that; somebody else may have it.
    pub mentions: Vec<(ResourceId, Span)>,
    pub merged: Arc<Merged>,
}

/// Where the configuration of a resource comes from.
pub(super) enum Says {
    /// It is the document itself.
    Manifest,
    /// It was made from a document of ours, which users call so.
    Made { document: Arc<str>, api_version: ApiVersion, config: Value },
}

/// An environment whose documents were all looked at; configurations are made only where somebody wants them.
pub(super) struct Expanded {
    environment: Environment,
    tree: TreeHash,
    sources: Arc<Sources>,
    default_namespaces: BTreeMap<ConnectionName, Arc<str>>,
    approvals: Vec<Approval>,
    systems: Systems,
    stated: Vec<Stated>,
    clusters: BTreeMap<ConnectionName, Cluster>,
    drafts: Vec<Draft>,
}

/// What documents were found to say, as far as they were looked at.
#[derive(Default)]
struct Found {
    drafts: BTreeMap<ResourceId, Draft>,
    approvals: Vec<Approval>,
    clusters: BTreeMap<ConnectionName, Cluster>,
    neo4j: BTreeMap<ConnectionName, Neo4jConnection>,
}

/// Expands everything; findings do not stop it, so that all of them come at once.
pub(super) fn expand(environment: Environment, order: Order<'_>) -> (Expanded, Vec<Diagnostic>) {
    let Order { sources, documents, stated, tree } = order;
    let default_namespaces = default_namespaces(&environment);
    let mut findings = Vec::new();
    let mut found = Found::default();
    let mut context = Context {
        environment: &environment,
        namespaces: &default_namespaces,
        sources,
        findings: &mut findings,
    };
    let (systems, documents): (Vec<Merged>, Vec<Merged>) = documents.into_iter().partition(is_system);
    let platform = Platform::read(systems, &mut context);
    for merged in documents.into_iter().map(Arc::new) {
        if let Some(document) = context.read(&merged) {
            context.take(&mut found, &platform, document, merged);
        }
    }
    let Found { drafts, mut approvals, clusters, neo4j } = found;
    context.check_between(&drafts, &platform);
    let mut drafts: Vec<Draft> = drafts.into_values().collect();
    let index = Index::of(&drafts, &default_namespaces);
    findings.extend(graph::connect(&mut drafts, &index, sources));
    findings.extend(index.twice(&drafts, sources));
    findings.extend(moved::check(&drafts, &index, sources));
    approvals.sort();
    let sources = Arc::clone(sources);
    let systems = Systems { neo4j, ..platform.systems() };
    let expanded = Expanded {
        environment,
        tree,
        sources,
        default_namespaces,
        approvals,
        systems,
        stated,
        clusters,
        drafts,
    };
    (expanded, findings)
}

impl Context<'_> {
    fn take(&mut self, found: &mut Found, platform: &Platform, document: Document, merged: Arc<Merged>) {
        let drafts = match document {
            Document::Environment(_) | Document::Policy(_) => Vec::new(),
            // They were read first.
            Document::KafkaCluster(_) | Document::ConnectCluster(_) => Vec::new(),
            Document::KafkaTopic(topic) => vec![self.topic(platform, &topic, &merged)],
            Document::KafkaAcl(acl) => self.acls(platform, &acl, &merged),
            Document::KafkaUser(user) => vec![self.user(platform, &user, &merged)],
            Document::Connector(connector) => vec![self.connector(platform, &connector, &merged)],
            Document::Approval(approval) => {
                let approval = approval.spec.settled(self.sources.locate(merged.document.at));
                self.approval(&approval, merged.document.at);
                found.approvals.push(approval);
                Vec::new()
            }
            Document::ManagedSecret(secret) => self.managed_secret(&secret, merged).into_iter().collect(),
            Document::Neo4jCluster(cluster) => match self.neo4j_cluster(&cluster, &merged) {
                Some(made) => {
                    found.neo4j.extend(made.connection.map(|connection| (made.name.clone(), connection)));
                    found.clusters.insert(made.name, made.cluster);
                    made.drafts
                }
                None => Vec::new(),
            },
            Document::Manifest => vec![self.manifest(merged)],
        };
        for draft in drafts {
            self.keep(&mut found.drafts, draft);
        }
    }
}

impl Expanded {
    /// Makes the configurations.
    pub(super) fn specs(self, warnings: Vec<Diagnostic>) -> Specs {
        let Self {
            environment,
            tree,
            sources,
            default_namespaces,
            approvals,
            systems,
            stated,
            clusters,
            drafts,
        } = self;
        let mut provenance = Provenance::new(Arc::clone(&sources));
        let mut resources = BTreeMap::new();
        for draft in drafts {
            let (wanted, merged) = draft.settled(&sources);
            provenance.add(wanted.id.clone(), merged);
            resources.insert(wanted.id.clone(), wanted);
        }
        let limits = environment.spec.limits.settled();
        let name = EnvironmentName::new(environment.metadata.name.as_str());
        // What cannot be a window was found before anything was expanded.
        let windows = environment.spec.windows.iter().filter_map(|window| window.settled().ok());
        let windows = Windows::of(windows.collect());
        let desired = Desired {
            environment: name,
            tree,
            limits,
            windows,
            approvals,
            resources,
            shared: systems.shared(),
            unshown: BTreeSet::new(),
            documents: stated,
            clusters,
        };
        Specs { environment, desired, warnings, provenance, default_namespaces, systems }
    }
}

impl Draft {
    fn settled(self, sources: &Sources) -> (Wanted, Arc<Merged>) {
        let Self { id, says, ignored, moved_from, needs, depends_on: _, mentions: _, merged } = self;
        let moved_from = moved_from.into_iter().map(|(address, _)| address).collect();
        let node = &merged.document.node;
        let (document, api_version, config) = match says {
            Says::Made { document, api_version, config } => (Some(document), api_version, config),
            Says::Manifest => {
                let version = node.text_at(&["apiVersion"]).cloned().unwrap_or_default();
                (None, ApiVersion::new(version), node.to_value())
            }
        };
        let (at, config) = (sources.locate(merged.document.at), Arc::new(config));
        let unread = BTreeSet::new();
        (Wanted { id, api_version, config, needs, ignored, moved_from, unread, document, at }, merged)
    }
}

/// Nobody asks a sandbox for its kubeconfig, so it has the namespace that every cluster has.
fn default_namespaces(environment: &Environment) -> BTreeMap<ConnectionName, Arc<str>> {
    if environment.spec.sandbox.is_some() {
        return BTreeMap::from([(ConnectionName::default(), Arc::from("default"))]);
    }
    let connections = environment.spec.kubernetes.iter();
    let named = connections.filter_map(|(name, connection)| Some((name, connection.namespace.as_deref()?)));
    named.map(|(name, namespace)| (ConnectionName::new(name.as_str()), Arc::from(namespace))).collect()
}
