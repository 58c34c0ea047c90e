//! The live systems that have documents of their own: Kafka clusters, Kafka Connect workers and Neo4j servers.

use crate::backend::connect::{self, Connect};
use crate::backend::kafka::{self, Kafka};
use crate::backend::kubernetes::Reading;
use crate::backend::neo4j::{self, Neo4j};
use crate::backend::{Read, Write};
use crate::secret::Sources;
use evenkeel_core::documents::Specs;
use evenkeel_core::engine::id::{ConnectionId, ConnectionName, System};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long after its deadline an admin request may still take effect: brokers carry out what they have taken on, and
/// the controller's own timeout for what it waits for is that of the request.
pub(super) const LATE_KAFKA: Duration = Duration::from_secs(5);

/// How long after its deadline a REST call may still take effect: a worker gives up what it hands to the leader after
/// 90 s, and by then nobody waits for it any more.
pub(super) const LATE_CONNECT: Duration = Duration::from_secs(90);

/// How long after its deadline a statement may still take effect: the default of
/// `db.transaction.timeout` is no limit, and what `system` is told waits for its replication.
pub(super) const LATE_NEO4J: Duration = Duration::from_secs(60);

/// Clusters and workers to talk to. Nothing is connected before the first question.
#[derive(Clone, Default)]
pub(super) struct Platform {
    kafka: BTreeMap<ConnectionName, kafka::Connection>,
    connect: BTreeMap<ConnectionName, connect::Connection>,
    neo4j: BTreeMap<ConnectionName, neo4j::Connection>,
}

impl Platform {
    /// Returns those that the specs name.
    pub(super) fn of(specs: &Specs) -> Self {
        let deadline = specs.desired.limits.request_timeout;
        let namespaces = || specs.default_namespaces.clone();
        let kafka =
            specs.systems.kafka.iter().map(|(name, spec)| {
                (name.clone(), kafka::Connection::new(spec.clone(), namespaces(), deadline))
            });
        let connect = specs.systems.connect.iter().map(|(name, spec)| {
            (name.clone(), connect::Connection::new(spec.clone(), namespaces(), deadline))
        });
        let neo4j =
            specs.systems.neo4j.iter().map(|(name, spec)| {
                (name.clone(), neo4j::Connection::new(spec.clone(), namespaces(), deadline))
            });
        Self { kafka: kafka.collect(), connect: connect.collect(), neo4j: neo4j.collect() }
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.kafka.len() + self.connect.len() + self.neo4j.len()
    }

    /// Returns the clusters.
    pub(super) fn clusters(&self) -> impl Iterator<Item = (&ConnectionName, &kafka::Connection)> {
        self.kafka.iter()
    }

    /// Returns the workers.
    pub(super) fn workers(&self) -> impl Iterator<Item = (&ConnectionName, &connect::Connection)> {
        self.connect.iter()
    }

    /// Returns hands that can only read.
    pub(super) fn readers(
        &self,
        reading: &Arc<Reading>,
        sources: &Sources,
    ) -> impl Iterator<Item = (ConnectionId, Arc<dyn Read>)> {
        let kafka = self.kafkas(reading, sources).map(|(id, hands)| (id, Arc::new(hands) as Arc<dyn Read>));
        let connect =
            self.connects(reading, sources).map(|(id, hands)| (id, Arc::new(hands) as Arc<dyn Read>));
        let neo4j = self.neo4js(reading, sources).map(|(id, hands)| (id, Arc::new(hands) as Arc<dyn Read>));
        kafka.chain(connect).chain(neo4j)
    }

    /// Returns hands that can write.
    pub(super) fn writers(
        &self,
        reading: &Arc<Reading>,
        sources: &Sources,
    ) -> impl Iterator<Item = (ConnectionId, Arc<dyn Write>)> {
        let kafka = self.kafkas(reading, sources).map(|(id, hands)| (id, Arc::new(hands) as Arc<dyn Write>));
        let connect =
            self.connects(reading, sources).map(|(id, hands)| (id, Arc::new(hands) as Arc<dyn Write>));
        let neo4j = self.neo4js(reading, sources).map(|(id, hands)| (id, Arc::new(hands) as Arc<dyn Write>));
        kafka.chain(connect).chain(neo4j)
    }

    fn kafkas(
        &self,
        reading: &Arc<Reading>,
        sources: &Sources,
    ) -> impl Iterator<Item = (ConnectionId, Kafka)> {
        self.kafka.iter().map(|(name, connection)| {
            let hands = Kafka::new(connection.clone(), Arc::clone(reading), sources.clone());
            (ConnectionId { system: System::Kafka, name: name.clone() }, hands)
        })
    }

    fn connects(
        &self,
        reading: &Arc<Reading>,
        sources: &Sources,
    ) -> impl Iterator<Item = (ConnectionId, Connect)> {
        self.connect.iter().map(|(name, connection)| {
            let hands = Connect::new(connection.clone(), Arc::clone(reading), sources.clone());
            (ConnectionId { system: System::Connect, name: name.clone() }, hands)
        })
    }

    fn neo4js(
        &self,
        reading: &Arc<Reading>,
        sources: &Sources,
    ) -> impl Iterator<Item = (ConnectionId, Neo4j)> {
        self.neo4j.iter().map(|(name, connection)| {
            let hands = Neo4j::new(connection.clone(), Arc::clone(reading), sources.clone());
            (ConnectionId { system: System::Neo4j, name: name.clone() }, hands)
        })
    }
}
