//! Topics: made, grown, set and deleted as brokers do it.

use super::Refusal;
use super::brokers::{Brokers, Release};
use super::settings::{self, Change, Setting, Source};
use evenkeel_core::resources::kafka::topic_name_trouble;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many topics a namespace of Event Hubs may have in the Standard tier.
const MOST_HUBS: usize = 10;

/// A topic to be made. What is absent is the brokers' affair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// How many partitions.
    pub partitions: Option<i64>,
    /// How many copies of each.
    pub replication_factor: Option<i64>,
    /// What is set on it.
    pub settings: BTreeMap<String, String>,
}

/// A topic as it is described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its id: another one after it was deleted and made again.
    pub id: String,
    /// How many partitions.
    pub partitions: i64,
    /// How many copies of each.
    pub replication_factor: i64,
}

/// A topic as brokers keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) id: String,
    pub(super) partitions: i64,
    pub(super) copies: i64,
    pub(super) set: BTreeMap<String, String>,
}

impl Brokers {
    /// Describes a topic, as brokers show it now.
    pub fn describe_topic(&self, name: &str) -> Result<Topic, Refusal> {
        self.sees(name)?;
        let kept = self.shown.topics.get(name).ok_or(Refusal::UnknownTopic)?;
        Ok(Topic { id: kept.id.clone(), partitions: kept.partitions, replication_factor: kept.copies })
    }

    /// Returns every topic that the client may see.
    #[must_use]
    pub fn topics(&self) -> BTreeSet<String> {
        self.shown.topics.keys().filter(|name| !self.unseen.contains(*name)).cloned().collect()
    }

    /// Returns every effective setting of a topic, and who says so.
    pub fn describe_configs(&self, name: &str) -> Result<BTreeMap<String, Setting>, Refusal> {
        self.has("DescribeConfigs")?;
        self.sees(name)?;
        let kept = self.shown.topics.get(name).ok_or(Refusal::UnknownTopic)?;
        let mut settings: BTreeMap<String, Setting> = settings::defaults(self.release).collect();
        settings.extend(kept.set.iter().map(|(key, value)| {
            let value = settings::told(key, value);
            (key.clone(), Setting { value, source: Source::DynamicTopic })
        }));
        Ok(settings)
    }

    /// Makes a topic.
    pub fn create_topic(&mut self, name: &str, new: &NewTopic) -> Result<(), Refusal> {
        self.sees(name)?;
        self.check_name(name)?;
        if self.kept.topics.contains_key(name) {
            return Err(Refusal::TopicExists(name.to_owned()));
        }
        let NewTopic { partitions, replication_factor, settings } = new;
        let copies = self.copies(*replication_factor)?;
        if partitions.is_some_and(|partitions| partitions < 1) {
            let message = "Number of partitions must be larger than 0.".to_owned();
            return Err(Refusal::InvalidPartitions(message));
        }
        for (key, value) in settings {
            settings::check(self.release, key, value)?;
        }
        let id = self.random.uid();
        let kept = Kept { id, partitions: partitions.unwrap_or(1), copies, set: settings.clone() };
        self.kept.topics.insert(name.to_owned(), kept);
        self.written();
        Ok(())
    }

    fn check_name(&self, name: &str) -> Result<(), Refusal> {
        if topic_name_trouble(name).is_some() {
            return Err(Refusal::InvalidTopic(format!("Topic name is invalid: '{name}'")));
        }
        let folded = |name: &str| name.replace('.', "_");
        let is_like = |other: &&String| other.as_str() != name && folded(other) == folded(name);
        match self.kept.topics.keys().find(is_like) {
            // Names of metrics have no dots.
            Some(other) => {
                let message = format!("Topic '{name}' collides with existing topic: {other}");
                Err(Refusal::InvalidTopic(message))
            }
            None if self.release == Release::EventHubs && self.kept.topics.len() >= MOST_HUBS => {
                let message = format!("The namespace has {MOST_HUBS} event hubs, which is its quota");
                Err(Refusal::PolicyViolation(message))
            }
            None => Ok(()),
        }
    }

    fn copies(&self, wanted: Option<i64>) -> Result<i64, Refusal> {
        match (self.release, wanted) {
            (Release::EventHubs, _) => Ok(1),
            (Release::Kafka3 | Release::Kafka4, Some(wanted)) if wanted > self.most_copies => {
                Err(Refusal::InvalidReplicationFactor { wanted, brokers: self.most_copies })
            }
            (Release::Kafka3 | Release::Kafka4, wanted) => Ok(wanted.unwrap_or(1)),
        }
    }

    /// Grows a topic to so many partitions. Neither fewer nor as many is an increase.
    pub fn create_partitions(&mut self, name: &str, total: i64) -> Result<(), Refusal> {
        self.sees(name)?;
        self.has("CreatePartitions")?;
        let kept = self.kept.topics.get_mut(name).ok_or(Refusal::UnknownTopic)?;
        let is = kept.partitions;
        if total == is {
            return Err(Refusal::InvalidPartitions(format!("Topic already has {is} partition(s).")));
        }
        if total < is {
            let message = format!(
                "The topic {name} currently has {is} partition(s); {total} would not be an increase."
            );
            return Err(Refusal::InvalidPartitions(message));
        }
        kept.partitions = total;
        self.written();
        Ok(())
    }

    /// Changes settings, all of them or none; those that are not named stay.
    pub fn incremental_alter_configs(
        &mut self,
        name: &str,
        changes: &BTreeMap<String, Change>,
    ) -> Result<(), Refusal> {
        self.has("IncrementalAlterConfigs")?;
        self.sees(name)?;
        for (key, change) in changes {
            match change {
                Change::Set(value) => settings::check(self.release, key, value)?,
                Change::Delete => {}
            }
        }
        let kept = self.kept.topics.get_mut(name).ok_or(Refusal::UnknownTopic)?;
        for (key, change) in changes {
            match change {
                Change::Set(value) => drop(kept.set.insert(key.clone(), value.clone())),
                Change::Delete => drop(kept.set.remove(key)),
            }
        }
        self.written();
        Ok(())
    }

    /// Deletes a topic. The name is free at once; brokers show what was for a moment.
    pub fn delete_topic(&mut self, name: &str) -> Result<(), Refusal> {
        self.sees(name)?;
        self.kept.topics.remove(name).ok_or(Refusal::UnknownTopic)?;
        self.written_late();
        Ok(())
    }
}
