//! `kind: KafkaTopic`: a topic, with the settings that Git has a say in.

use super::default_cluster;
use crate::documents::metadata::Envelope;
use crate::documents::setting::Setting;
use crate::engine::value::{Map, Value};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A topic as it is written.
pub type KafkaTopic = Envelope<KafkaTopicKind, KafkaTopicSpec>;

/// The word in `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum KafkaTopicKind {
    /// A topic.
    KafkaTopic,
}

/// What a topic is to be. What is not written is the brokers' affair.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KafkaTopicSpec {
    /// On which `KafkaCluster`. Default: `main`.
    #[serde(default = "default_cluster")]
    pub cluster: String,
    /// The topic's name, if it is not that of the document.
    pub name: Option<String>,
    /// How many partitions; they grow and never shrink.
    #[schemars(range(min = 1))]
    pub partitions: Option<u32>,
    /// How many copies of each partition.
    #[schemars(range(min = 1, max = 32767))]
    pub replication_factor: Option<u32>,
    /// Settings of the topic, by Kafka's names.
    #[serde(default)]
    pub config: BTreeMap<String, Setting>,
}

impl KafkaTopicSpec {
    /// Returns the topic as it is compared and sent.
    #[must_use]
    pub fn value(&self) -> Value {
        let number = |name: &str, number: Option<u32>| {
            number.map(|number| (name.to_owned(), Value::from(i64::from(number))))
        };
        let config: Map =
            self.config.iter().map(|(key, setting)| (key.clone(), Value::from(setting.text()))).collect();
        let numbers =
            [number("partitions", self.partitions), number("replicationFactor", self.replication_factor)];
        let config = Some(("config".to_owned(), Value::Map(config)));
        Value::Map(numbers.into_iter().flatten().chain(config).collect())
    }
}
