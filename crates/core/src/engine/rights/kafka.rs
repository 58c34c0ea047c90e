//! What an environment must be allowed to do on Kafka's brokers: with each topic that it uses, and with the cluster where it
//! has rights or users.
//!
//! Brokers tell it of what is there and may be seen. Nothing of an environment asks for groups, and connectors move data
//! with the rights of their workers: neither is needed here.

use super::{Granted, Need, Needs, Purpose, Sort};
use crate::engine::id::{ConnectionName, ResourceId, System};
use crate::engine::plan::{Part, Uses};
use crate::engine::preflight::Presence;
use crate::engine::question::{Trouble, Why};
use crate::resources::kafka::{ACL, TOPIC, USER};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is done with something of Kafka's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// See it.
    Describe,
    /// See its settings.
    DescribeConfigs,
    /// Make it.
    Create,
    /// Change it: partitions of a topic, rights and users of a cluster.
    Alter,
    /// Change its settings.
    AlterConfigs,
    /// Delete it.
    Delete,
}

impl Operation {
    /// Returns Kafka's name of it, as `kafka-acls` takes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Describe => "Describe",
            Self::DescribeConfigs => "DescribeConfigs",
            Self::Create => "Create",
            Self::Alter => "Alter",
            Self::AlterConfigs => "AlterConfigs",
            Self::Delete => "Delete",
        }
    }

    /// Returns those that brokers take to be granted where this one is.
    fn implied(self) -> Option<Self> {
        match self {
            Self::Alter | Self::Delete => Some(Self::Describe),
            Self::AlterConfigs => Some(Self::DescribeConfigs),
            Self::Describe | Self::DescribeConfigs | Self::Create => None,
        }
    }

    /// Returns the fewest operations that grant all of these.
    #[must_use]
    pub fn fewest(all: &BTreeSet<Self>) -> BTreeSet<Self> {
        let implied: BTreeSet<Self> = all.iter().filter_map(|operation| operation.implied()).collect();
        all.difference(&implied).copied().collect()
    }
}

/// What it is done with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The cluster as a whole: rights and users.
    Cluster,
    /// A topic.
    Topic(Arc<str>),
}

/// One thing that must be allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KafkaRight {
    /// On which `KafkaCluster`.
    pub cluster: ConnectionName,
    /// With what.
    pub target: Target,
    /// What.
    pub operation: Operation,
}

/// What brokers say of some operations: allowed, refused, or nobody knows.
pub type Allowed = BTreeMap<Operation, Result<bool, Why>>;

/// What brokers say of a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicTold {
    /// Whether it is there, if we may know.
    pub presence: Option<Presence>,
    /// What we may do with it.
    pub allowed: Allowed,
}

/// What the brokers of a cluster say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokersTold {
    /// What we may do with the cluster.
    pub cluster: Allowed,
    /// Of each topic that was asked about.
    pub topics: BTreeMap<Arc<str>, TopicTold>,
}

/// What the brokers of each cluster say, or why they say nothing.
pub type Told = BTreeMap<ConnectionName, Result<BrokersTold, Why>>;

impl Needs<KafkaRight> {
    /// Returns what an environment needs, where topics are there or not as brokers say.
    #[must_use]
    pub fn of_kafka(uses: &Uses, told: &Told) -> Self {
        let mut needs = Self::default();
        for (id, part) in uses.platform.iter().filter(|(id, _)| id.system == System::Kafka) {
            match id.kind.as_str() {
                TOPIC => needs.add_topic(id, *part, presence(told, id)),
                ACL | USER => needs.add_cluster(&id.connection),
                _ => {}
            }
        }
        needs
    }

    /// What is made takes other rights than what is there; those of the day after are granted and not needed yet.
    fn add_topic(&mut self, id: &ResourceId, part: Part, presence: Option<Presence>) {
        use Operation::{Alter, AlterConfigs, Create, Delete, Describe, DescribeConfigs};
        let (needed, wanted) =
            (Need::needed(Sort::Kind, Purpose::Apply), Need::wanted(Sort::Kind, Purpose::Apply));
        let (missing, there) = match presence {
            Some(Presence::There) => (wanted, needed),
            Some(Presence::Missing) => (needed, wanted),
            None => (needed, needed),
        };
        let mut add = |operation, need| {
            let target = Target::Topic(Arc::clone(&id.name));
            self.need(KafkaRight { cluster: id.connection.clone(), target, operation }, need);
        };
        add(Describe, Need::needed(Sort::Kind, Purpose::Plan));
        // What is not there has no settings to be seen until it is made.
        let seen = if presence == Some(Presence::Missing) { Purpose::Apply } else { Purpose::Plan };
        add(DescribeConfigs, Need { needed_by: Some(seen), ..Need::needed(Sort::Kind, Purpose::Plan) });
        match part {
            Part::Wanted => {
                add(Create, missing);
                add(Alter, there);
                add(AlterConfigs, there);
            }
            Part::Leaving => add(Delete, there),
        }
    }

    /// Rights and users are kept with the cluster.
    fn add_cluster(&mut self, cluster: &ConnectionName) {
        for (operation, purpose) in [(Operation::Describe, Purpose::Plan), (Operation::Alter, Purpose::Apply)]
        {
            let right = KafkaRight { cluster: cluster.clone(), target: Target::Cluster, operation };
            self.need(right, Need::needed(Sort::Kind, purpose));
        }
    }

    fn need(&mut self, right: KafkaRight, need: Need) {
        let known = self.0.entry(right).or_insert(need);
        *known = known.and(need);
    }

    /// Returns what brokers say of each right.
    #[must_use]
    pub fn granted(&self, told: &Told) -> Granted<KafkaRight> {
        self.0.keys().map(|right| (right.clone(), answer(told, right))).collect()
    }
}

fn presence(told: &Told, id: &ResourceId) -> Option<Presence> {
    told.get(&id.connection)?.as_ref().ok()?.topics.get(&id.name)?.presence
}

fn answer(told: &Told, right: &KafkaRight) -> Result<bool, Why> {
    let KafkaRight { cluster, target, operation } = right;
    let told = match told.get(cluster) {
        Some(Ok(told)) => told,
        Some(Err(why)) => return Err(why.clone()),
        None => return Err(untold("nobody was asked")),
    };
    let allowed = match target {
        Target::Cluster => Some(&told.cluster),
        Target::Topic(name) => told.topics.get(name).map(|topic| &topic.allowed),
    };
    let answer = allowed.and_then(|allowed| allowed.get(operation));
    answer.cloned().unwrap_or_else(|| Err(untold("brokers tell it of topics that are there and may be seen")))
}

fn untold(message: &str) -> Why {
    Why { trouble: Trouble::Forbidden, message: message.to_owned() }
}
