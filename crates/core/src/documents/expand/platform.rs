//! Wanted resources from the documents of Kafka and Kafka Connect: which system each is on, and what it mentions.

use super::annotations::Annotations;
use super::manifest::Context;
use super::{BTreeMap, Draft, Says, Systems};
use crate::documents::connect::cluster::ConnectClusterSpec;
use crate::documents::kafka::cluster::KafkaClusterSpec;
use crate::documents::metadata::API_VERSION;
use crate::documents::nearest::nearest;
use crate::documents::repository::overlay::Merged;
use crate::documents::source::Span;
use crate::documents::{Connector, Document, KafkaAcl, KafkaTopic, KafkaUser, OwnKind, codes};
use crate::engine::id::{ConnectionName, ResourceId, System};
use crate::engine::question::ApiVersion;
use crate::engine::value::Value;
use crate::resources::{connect, kafka};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A system's own document, read.
type Read<Spec> = BTreeMap<ConnectionName, (Spec, Arc<Merged>)>;

/// The systems that have documents of their own.
pub(super) struct Platform {
    kafka: Read<KafkaClusterSpec>,
    connect: Read<ConnectClusterSpec>,
}

/// Tells whether a document is about a system, and not about what is on one.
pub(super) fn is_system(merged: &Merged) -> bool {
    matches!(merged.document.own, Some(OwnKind::KafkaCluster | OwnKind::ConnectCluster))
}

impl Platform {
    /// Reads the documents of systems.
    pub(super) fn read(systems: Vec<Merged>, context: &mut Context<'_>) -> Self {
        let mut platform = Self { kafka: BTreeMap::new(), connect: BTreeMap::new() };
        for merged in systems.into_iter().map(Arc::new) {
            match context.read(&merged) {
                Some(Document::KafkaCluster(cluster)) => {
                    context.check_kafka_cluster(&cluster.spec, &merged);
                    let name = ConnectionName::new(cluster.metadata.name);
                    platform.kafka.insert(name, (cluster.spec, merged));
                }
                Some(Document::ConnectCluster(cluster)) => {
                    context.check_connect_cluster(&cluster.spec, &merged);
                    let name = ConnectionName::new(cluster.metadata.name);
                    platform.connect.insert(name, (cluster.spec, merged));
                }
                Some(_) | None => {}
            }
        }
        platform
    }

    /// Returns how to reach them.
    pub(super) fn systems(self) -> Systems {
        let kafka = self.kafka.into_iter().map(|(name, (spec, _))| (name, spec));
        let connect = self.connect.into_iter().map(|(name, (spec, _))| (name, spec));
        let (kafka, connect) = (kafka.collect(), connect.collect());
        Systems { kafka, connect, neo4j: BTreeMap::new() }
    }

    /// The document of a system: what that needs, everything on it needs.
    fn document(&self, system: System, name: &ConnectionName) -> Option<&Arc<Merged>> {
        match system {
            // A Neo4jCluster is read on its own: it is both what is talked to and what is on it.
            System::Kubernetes | System::Neo4j => None,
            System::Kafka => self.kafka.get(name).map(|(_, merged)| merged),
            System::Connect => self.connect.get(name).map(|(_, merged)| merged),
        }
    }

    /// Returns whose topic this is, if it is not for anybody to change.
    pub(super) fn owner_of_topic(&self, cluster: &str, name: &str) -> Option<Owner<'_>> {
        let keeps = |spec: &ConnectClusterSpec| {
            spec.kafka_cluster == cluster && spec.storage_topics.iter().any(|topic| topic == name)
        };
        let keeper = || self.connect.iter().find(|(_, (spec, _))| keeps(spec));
        let by_name = kafka::owner_of_topic(name).map(Owner::ByName);
        by_name.or_else(|| keeper().map(|(workers, _)| Owner::Workers(workers)))
    }

    /// Returns how many brokers of a cluster Git names.
    pub(super) fn brokers(&self, cluster: &str) -> usize {
        let spec = self.kafka.get(&ConnectionName::new(cluster)).map(|(spec, _)| spec);
        spec.map_or(0, |spec| spec.bootstrap.iter().collect::<BTreeSet<_>>().len())
    }

    /// Returns the clusters.
    pub(super) fn clusters(&self) -> impl Iterator<Item = (&ConnectionName, &KafkaClusterSpec, &Merged)> {
        self.kafka.iter().map(|(name, (spec, merged))| (name, spec, &**merged))
    }

    /// Returns the groups of workers.
    pub(super) fn groups(&self) -> impl Iterator<Item = (&ConnectionName, &ConnectClusterSpec, &Merged)> {
        self.connect.iter().map(|(name, (spec, merged))| (name, spec, &**merged))
    }

    pub(super) fn workers(&self, name: &str) -> Option<&ConnectClusterSpec> {
        self.connect.get(&ConnectionName::new(name)).map(|(spec, _)| spec)
    }

    fn names(&self, system: System) -> Vec<&str> {
        match system {
            System::Kubernetes | System::Neo4j => Vec::new(),
            System::Kafka => self.kafka.keys().map(ConnectionName::as_str).collect(),
            System::Connect => self.connect.keys().map(ConnectionName::as_str).collect(),
        }
    }
}

/// Whose a topic is that is not for anybody to change.
#[derive(Clone, Copy)]
pub(super) enum Owner<'a> {
    /// Of whoever makes topics of such names, in words.
    ByName(&'static str),
    /// Connect workers', of this document.
    Workers(&'a ConnectionName),
}

impl Owner<'_> {
    /// Says whose it is.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::ByName(words) => words,
            Self::Workers(_) => "the Connect workers' own",
        }
    }
}

/// One resource of a document: on which system, called how, and what it is to be.
struct Made<'a> {
    system: System,
    kind: &'a str,
    cluster: &'a str,
    name: &'a str,
    document: String,
    config: Value,
    mentions: Vec<(ResourceId, Span)>,
}

impl Context<'_> {
    pub(super) fn topic(&mut self, platform: &Platform, topic: &KafkaTopic, merged: &Arc<Merged>) -> Draft {
        let name = topic.spec.name.as_deref().unwrap_or(&topic.metadata.name);
        self.check_topic(platform, &topic.spec, name, merged);
        let made = Made {
            system: System::Kafka,
            kind: kafka::TOPIC,
            cluster: &topic.spec.cluster,
            name,
            document: format!("KafkaTopic/{}", topic.metadata.name),
            config: topic.spec.value(),
            mentions: Vec::new(),
        };
        self.made(platform, made, merged)
    }

    pub(super) fn acls(&mut self, platform: &Platform, acl: &KafkaAcl, merged: &Arc<Merged>) -> Vec<Draft> {
        self.check_acl(&acl.spec, merged);
        let rules = acl.spec.rules.iter();
        let drafts = rules.map(|rule| {
            let made = Made {
                system: System::Kafka,
                kind: kafka::ACL,
                cluster: &acl.spec.cluster,
                name: &rule.name(&acl.spec.principal).to_string(),
                document: format!("KafkaAcl/{}", acl.metadata.name),
                config: rule.value(),
                mentions: Vec::new(),
            };
            self.made(platform, made, merged)
        });
        drafts.collect()
    }

    pub(super) fn user(&mut self, platform: &Platform, user: &KafkaUser, merged: &Arc<Merged>) -> Draft {
        let name = user.spec.name.as_deref().unwrap_or(&user.metadata.name);
        let made = Made {
            system: System::Kafka,
            kind: kafka::USER,
            cluster: &user.spec.cluster,
            name,
            document: format!("KafkaUser/{}", user.metadata.name),
            config: user.spec.value(self.namespaces),
            mentions: Vec::new(),
        };
        self.made(platform, made, merged)
    }

    pub(super) fn connector(
        &mut self,
        platform: &Platform,
        connector: &Connector,
        merged: &Arc<Merged>,
    ) -> Draft {
        let spec = &connector.spec;
        let name = spec.name.as_deref().unwrap_or(&connector.metadata.name);
        self.check_connector(spec, platform.workers(&spec.cluster), merged);
        let made = Made {
            system: System::Connect,
            kind: connect::CONNECTOR,
            cluster: &spec.cluster,
            name,
            document: format!("Connector/{}", connector.metadata.name),
            config: spec.value(self.namespaces),
            mentions: topics(platform, connector, merged),
        };
        self.made(platform, made, merged)
    }

    fn made(&mut self, platform: &Platform, made: Made<'_>, merged: &Arc<Merged>) -> Draft {
        let Made { system, kind, cluster, name, document, mut config, mentions } = made;
        let id = ResourceId::of(system, kind, cluster, name);
        let Annotations { connection_at: _, mut depends_on, ignored, moved_from } =
            self.annotations(&merged.document.node);
        let ignored = self.leave_to_others(&id, &mut config, &ignored, merged);
        match platform.document(system, &id.connection) {
            Some(system) => depends_on.extend(self.annotations(&system.document.node).depends_on),
            None => self.no_such_system(platform, &id, merged),
        }
        let says =
            Says::Made { document: Arc::from(document), api_version: ApiVersion::new(API_VERSION), config };
        let needs = BTreeSet::new();
        Draft { id, says, ignored, moved_from, needs, depends_on, mentions, merged: Arc::clone(merged) }
    }

    fn no_such_system(&mut self, platform: &Platform, id: &ResourceId, merged: &Merged) {
        let kind = if id.system == System::Kafka { "KafkaCluster" } else { "ConnectCluster" };
        let names = platform.names(id.system);
        let all = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let written = merged.document.node.at(&["spec", "cluster"]);
        let at = written.map_or(merged.document.at, |written| written.span);
        let message = format!("this environment has no {kind} `{}`", id.connection);
        let finding = self.error(codes::UNKNOWN_CONNECTION, at, message);
        match nearest(id.connection.as_str(), names.iter().copied()) {
            Some(near) => finding.label = Some(format!("there is `{near}`")),
            None if names.is_empty() => finding.hint = Some(format!("write a document of kind {kind}")),
            None => finding.label = Some(format!("there are {all}")),
        }
    }
}

/// The topics that a connector names: where they are in Git, they come first.
fn topics(platform: &Platform, connector: &Connector, merged: &Merged) -> Vec<(ResourceId, Span)> {
    let Some(workers) = platform.workers(&connector.spec.cluster) else { return Vec::new() };
    let id = |name: &str| ResourceId::of(System::Kafka, kafka::TOPIC, &workers.kafka_cluster, name);
    let named = connector.spec.config.iter().flat_map(|(key, setting)| {
        let at = merged.document.node.at(&["spec", "config", key]).map_or(merged.document.at, |at| at.span);
        let text = setting.text();
        let names = connect::topics_of(key, &text).into_iter().map(id).collect::<Vec<_>>();
        names.into_iter().map(move |id| (id, at))
    });
    let mut found: Vec<(ResourceId, Span)> = named.collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found.dedup_by(|one, other| one.0 == other.0);
    found
}
