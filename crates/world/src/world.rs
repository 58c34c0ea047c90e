//! Everything that is simulated, as one value: it is saved, copied and compared like any other.

use crate::connect::{self, Workers};
use crate::kafka::{self, Brokers};
use crate::kubernetes::ApiServer;
use crate::neo4j;
use crate::random::Random;
use evenkeel_core::engine::id::{ConnectionName, System};
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::question::{Answer, Fact, FactId, Question};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// A simulated platform. The same seed and the same requests give the same world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    now: Timestamp,
    kubernetes: ApiServer,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    kafka: BTreeMap<ConnectionName, Brokers>,
    #[serde(default)]
    connect: BTreeMap<ConnectionName, Workers>,
    #[serde(default)]
    neo4j: BTreeMap<ConnectionName, neo4j::Cluster>,
}

impl World {
    /// Begins a world with an empty cluster.
    #[must_use]
    pub fn new(seed: u64, start: Timestamp) -> Self {
        let kubernetes = ApiServer::new(Random::new(seed), start);
        let (kafka, connect, neo4j) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { now: start, kubernetes, seed, kafka, connect, neo4j }
    }

    /// Begins a world as a snapshot shows it: what was not read is not there.
    ///
    /// Secrets are their digests; the bodies of resources that were not kept are missing, too.
    #[must_use]
    pub fn from_live(live: &Live, seed: u64, start: Timestamp) -> Self {
        let mut world = Self::new(seed, start);
        world.kubernetes.restore(live);
        for (question, answered) in live.iter() {
            world.restore(question, &answered.answer);
        }
        world
    }

    /// Takes over what was seen of brokers and workers.
    fn restore(&mut self, question: &Question, answer: &Answer) {
        match (question, answer) {
            (Question::Object(id), Answer::Seen(seen)) => match id.system {
                System::Kafka => self.brokers(&id.connection).restore(seen),
                System::Connect => self.workers(&id.connection).restore(seen),
                System::Kubernetes | System::Neo4j => {}
            },
            (Question::Fact(FactId::Identity(of)), Answer::Fact(Fact::Identity(identity))) => match of.system
            {
                System::Kafka => self.brokers(&of.name).restore_identity(identity),
                System::Connect => self.workers(&of.name).restore_identity(identity),
                System::Kubernetes | System::Neo4j => {}
            },
            (_, _) => {}
        }
    }

    /// Returns what time it is there.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets time pass; controllers work while it does, second by second.
    pub fn advance(&mut self, by: Duration) {
        const TICK: Duration = Duration::from_secs(1);
        let mut left = by;
        while !left.is_zero() {
            let tick = left.min(TICK);
            left -= tick;
            let length = SignedDuration::try_from(tick).unwrap_or(SignedDuration::ZERO);
            self.now = self.now.checked_add(length).unwrap_or(Timestamp::MAX);
            self.kubernetes.tick(self.now);
            self.kafka.values_mut().for_each(|brokers| brokers.tick(self.now));
            self.connect.values_mut().for_each(|workers| workers.tick(self.now));
            self.start_and_stop_servers();
            self.neo4j.values_mut().for_each(|cluster| cluster.tick(self.now));
            self.report_servers();
        }
    }

    /// A pod that is gone is a server that is gone, a claim that is gone is a disk that is gone.
    fn start_and_stop_servers(&mut self) {
        let known = |cluster: &str, uid: &str| {
            self.neo4j.get(&ConnectionName::new(cluster)).is_some_and(|cluster| cluster.knows(uid))
        };
        let workloads = neo4j::workloads(&self.kubernetes, known);
        for name in workloads.keys() {
            self.neo4j(&ConnectionName::new(name.as_str()));
        }
        if self.neo4j.is_empty() {
            return;
        }
        let volumes = neo4j::volumes(&self.kubernetes);
        for (name, cluster) in &mut self.neo4j {
            cluster.pods(workloads.get(name.as_str()).map_or(&[], Vec::as_slice));
            cluster.volumes(&volumes);
        }
    }

    /// A pod is ready when its server can be talked to.
    fn report_servers(&mut self) {
        let Self { kubernetes, neo4j, .. } = self;
        if neo4j.is_empty() {
            return;
        }
        neo4j::report(kubernetes, |cluster, uid| {
            neo4j.get(&ConnectionName::new(cluster)).is_some_and(|cluster| cluster.listens(uid))
        });
    }

    /// Returns the API server.
    #[must_use]
    pub fn cluster(&self) -> &ApiServer {
        &self.kubernetes
    }

    /// Returns the API server, for requests that change something.
    pub fn kubernetes(&mut self) -> &mut ApiServer {
        &mut self.kubernetes
    }

    /// Returns the brokers behind a connection: fresh ones of 4.x, if nobody asked for them yet.
    pub fn brokers(&mut self, connection: &ConnectionName) -> &mut Brokers {
        let (seed, now) = (self.seed_of(connection), self.now);
        let brokers = self.kafka.entry(connection.clone());
        brokers.or_insert_with(|| Brokers::new(kafka::Release::Kafka4, seed, now))
    }

    /// Puts brokers of this release behind a connection.
    pub fn start_brokers(&mut self, connection: &ConnectionName, release: kafka::Release) -> &mut Brokers {
        let brokers = Brokers::new(release, self.seed_of(connection), self.now);
        self.kafka.insert(connection.clone(), brokers);
        self.brokers(connection)
    }

    /// Returns the workers behind a connection: fresh ones on the brokers of the same name, if nobody asked for them yet.
    pub fn workers(&mut self, connection: &ConnectionName) -> &mut Workers {
        let (kafka, now) = (self.brokers(connection).id().to_owned(), self.now);
        let workers = self.connect.entry(connection.clone());
        workers.or_insert_with(|| Workers::new(connect::Release::Apache, kafka, now))
    }

    /// Puts workers of this release behind a connection.
    pub fn start_workers(&mut self, connection: &ConnectionName, release: connect::Release) -> &mut Workers {
        let workers = Workers::new(release, self.brokers(connection).id().to_owned(), self.now);
        self.connect.insert(connection.clone(), workers);
        self.workers(connection)
    }

    /// Returns the Neo4j cluster behind a connection, which is called like the chart's `neo4j.name`.
    pub fn neo4j(&mut self, connection: &ConnectionName) -> &mut neo4j::Cluster {
        let (seed, now) = (self.seed_of(connection), self.now);
        let cluster = self.neo4j.entry(connection.clone());
        cluster.or_insert_with(|| neo4j::Cluster::new(seed, now))
    }

    /// Each cluster has an id of its own.
    fn seed_of(&self, connection: &ConnectionName) -> u64 {
        connection
            .as_str()
            .bytes()
            .fold(self.seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)))
    }
}
