//! The cluster: who it is, who its brokers are, what they offer, what we may do.

use crate::acls::Operation;
use crate::health::Versions;
use crate::native::{self, Intent, numbers_of, optional_text, text};
use crate::{Client, Error, Rights};
use rdkafka_sys::bindings as sys;
use std::collections::BTreeSet;
use sys::rd_kafka_Node_t;

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its id, given when it was made.
    pub id: String,
    /// The broker that takes administrative requests. With `KRaft` brokers name any of them: they pass requests on.
    pub controller: Option<i32>,
    /// Its brokers, by id.
    pub brokers: Vec<Broker>,
    /// What we may do with the cluster, if asked for.
    pub rights: Option<BTreeSet<Operation>>,
}

/// A broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Its id.
    pub id: i32,
    /// Where clients reach it.
    pub host: String,
    /// Where clients reach it.
    pub port: u16,
    /// Where it stands, if it says so.
    pub rack: Option<String>,
}

impl Client {
    /// Describes the cluster.
    pub fn describe_cluster(&self, rights: Rights) -> Result<Cluster, Error> {
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER;
        let request = self.request(operation, Intent::Read)?.rights(rights)?;
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: all three are live until `ask` returns.
            unsafe { sys::rd_kafka_DescribeCluster(client, options, queue) }
        })?;
        // SAFETY: the accessors of this request; what they lend is borrowed from the answer, and copied.
        unsafe {
            let result = answer.result(sys::rd_kafka_event_DescribeCluster_result)?;
            let brokers = native::lent(result, sys::rd_kafka_DescribeCluster_result_nodes);
            let controller = sys::rd_kafka_DescribeCluster_result_controller(result).as_ref();
            let mut count = 0;
            let allowed = sys::rd_kafka_DescribeCluster_result_authorized_operations(result, &raw mut count);
            Ok(Cluster {
                id: text(sys::rd_kafka_DescribeCluster_result_cluster_id(result)),
                controller: controller.map(id_of),
                brokers: sorted(brokers.into_iter().map(broker).collect()),
                rights: (rights == Rights::Ask).then(|| operations(&numbers_of(allowed, count))),
            })
        }
    }
}

fn sorted(mut brokers: Vec<Broker>) -> Vec<Broker> {
    brokers.sort_by_key(|broker| broker.id);
    brokers
}

fn broker(node: &rd_kafka_Node_t) -> Broker {
    // SAFETY: the node is live; its texts are copied.
    unsafe {
        Broker {
            id: id_of(node),
            host: text(sys::rd_kafka_Node_host(node)),
            port: sys::rd_kafka_Node_port(node),
            rack: optional_text(sys::rd_kafka_Node_rack(node)),
        }
    }
}

/// Returns a broker's id.
pub(crate) fn id_of(node: &rd_kafka_Node_t) -> i32 {
    // SAFETY: the node is live.
    unsafe { sys::rd_kafka_Node_id(node) }
}

/// Reads the operations that an answer lists.
pub(crate) fn operations(numbers: &[i32]) -> BTreeSet<Operation> {
    numbers.iter().copied().map(Operation::from_number).collect()
}

/// Which requests of Kafka's protocol brokers take, by number (`19` is `CreateTopics`), with their oldest and newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities(Versions);

impl Capabilities {
    /// `IncrementalAlterConfigs`.
    pub const INCREMENTAL_ALTER_CONFIGS: i16 = 44;
    /// `DescribeUserScramCredentials`.
    pub const DESCRIBE_SCRAM_USERS: i16 = 50;
    /// `AlterUserScramCredentials`.
    pub const ALTER_SCRAM_USERS: i16 = 51;
    /// `CreatePartitions`.
    pub const CREATE_PARTITIONS: i16 = 37;
    /// `DescribeAcls`.
    pub const DESCRIBE_ACLS: i16 = 29;

    pub(crate) fn new(versions: Versions) -> Self {
        Self(versions)
    }

    /// Tells whether brokers take a request in any version.
    #[must_use]
    pub fn has(&self, request: i16) -> bool {
        self.0.contains_key(&request)
    }

    /// Returns the oldest and the newest version of a request.
    #[must_use]
    pub fn versions(&self, request: i16) -> Option<(i16, i16)> {
        self.0.get(&request).copied()
    }

    /// Lists all of them.
    pub fn iter(&self) -> impl Iterator<Item = (i16, (i16, i16))> {
        self.0.iter().map(|(request, versions)| (*request, *versions))
    }
}
