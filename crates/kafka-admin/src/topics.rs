//! Topics as they are: names, ids, partitions, and what we may do. Asking never creates one.

use crate::acls::Operation;
use crate::cluster::{id_of, operations};
use crate::error::Failed;
use crate::native::{self, Intent, Owned, c_text, failure_of, milliseconds, numbers, numbers_of, text};
use crate::{Client, Each, Error, Rights};
use rdkafka_sys::bindings as sys;
use std::collections::{BTreeMap, BTreeSet};
use sys::{rd_kafka_TopicDescription_t, rd_kafka_TopicPartitionInfo_t, rd_kafka_metadata};

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its id, in the form in which Kafka's tools print it; brokers before 2.8 have none. A topic that was deleted and made
    /// again has another one.
    pub id: Option<String>,
    /// Kafka's own, such as `__consumer_offsets`.
    pub internal: bool,
    /// Its partitions, by number.
    pub partitions: Vec<Partition>,
    /// What we may do with it, if asked for.
    pub rights: Option<BTreeSet<Operation>>,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its number.
    pub number: i32,
    /// The broker that leads it, if one does.
    pub leader: Option<i32>,
    /// The brokers that shall have it, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Those of them that are up to date.
    pub in_sync: Vec<i32>,
}

impl Client {
    /// Lists the names of all topics that we may see, with their numbers of partitions. One that is not there may be hidden
    /// from us: [`Client::describe_topics`] tells the two apart.
    pub fn list_topics(&self) -> Result<BTreeMap<String, usize>, Error> {
        // The list comes by librdkafka's one call that blocks to its end: whether anybody is there is seen sooner so.
        self.describe_cluster(Rights::Skip)?;
        let mut metadata = std::ptr::null();
        // SAFETY: the client is live, no single topic is asked for, and `metadata` is written on success only.
        let code = unsafe {
            let (none, patience) = (std::ptr::null_mut(), milliseconds(self.patience()));
            numbers::rd_kafka_metadata(self.native(), 1, none, &raw mut metadata, patience)
        };
        if code != 0 {
            // SAFETY: any number is allowed; the text is copied.
            let message = unsafe { text(numbers::rd_kafka_err2str(code)) };
            return Err(self.explain(Failed { code, message }));
        }
        self.health().answered();
        // SAFETY: on success `metadata` is ours, freed by `Owned`.
        let metadata = unsafe { Owned::new(metadata.cast_mut(), || "no list of topics".to_owned())? };
        Ok(names(&metadata))
    }

    /// Describes topics. One that is not there is [`crate::Code::UNKNOWN_TOPIC_OR_PARTITION`], one that we may not see
    /// [`Error::Unauthorized`]; neither is created, also where the broker creates topics on demand.
    pub fn describe_topics(&self, names: &[&str], rights: Rights) -> Result<Each<Topic>, Error> {
        if names.is_empty() {
            return Ok(Each::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        let request = self.request(operation, Intent::Read)?.rights(rights)?;
        let names = names.iter().map(|name| c_text(name)).collect::<Result<Vec<_>, _>>()?;
        let mut lent: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
        // SAFETY: the array has as many names as is said; they are copied.
        let topics = unsafe {
            let topics = sys::rd_kafka_TopicCollection_of_topic_names(lent.as_mut_ptr(), lent.len());
            Owned::new(topics, || "no list of topics".to_owned())?
        };
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: all of them are live until `ask` returns.
            unsafe { sys::rd_kafka_DescribeTopics(client, topics.as_ptr(), options, queue) }
        })?;
        // SAFETY: the accessors of this request; what they lend is borrowed from the answer, and copied.
        unsafe {
            let described = answer.items(
                sys::rd_kafka_event_DescribeTopics_result,
                sys::rd_kafka_DescribeTopics_result_topics,
            )?;
            Ok(described.into_iter().map(|topic| named(topic, rights)).collect())
        }
    }
}

fn names(metadata: &Owned<rd_kafka_metadata>) -> BTreeMap<String, usize> {
    let metadata: *const rd_kafka_metadata = metadata.as_ptr();
    let mut found = BTreeMap::new();
    // SAFETY: the metadata is live and has as many topics as it says. Fields are read one by one through the pointer: the
    // error code of a topic is an enumeration, which a reference to the whole would vouch for.
    unsafe {
        let count = usize::try_from((*metadata).topic_cnt).unwrap_or_default();
        for index in 0..count {
            let topic = (*metadata).topics.add(index);
            let partitions = usize::try_from((&raw const (*topic).partition_cnt).read()).unwrap_or_default();
            found.insert(text((&raw const (*topic).topic).read()), partitions);
        }
    }
    found
}

fn named(topic: &rd_kafka_TopicDescription_t, rights: Rights) -> (String, Result<Topic, Error>) {
    // SAFETY: the description is live; its texts are copied.
    unsafe {
        let name = text(sys::rd_kafka_TopicDescription_name(topic));
        let failed = failure_of(sys::rd_kafka_TopicDescription_error(topic));
        (name, failed.map_err(Error::from).map(|()| described(topic, rights)))
    }
}

fn described(topic: &rd_kafka_TopicDescription_t, rights: Rights) -> Topic {
    // SAFETY: the description is live, and says how many there are of what it lends.
    unsafe {
        let id = sys::rd_kafka_TopicDescription_topic_id(topic);
        let mut count = 0;
        let allowed = sys::rd_kafka_TopicDescription_authorized_operations(topic, &raw mut count);
        let partitions = native::lent(topic, sys::rd_kafka_TopicDescription_partitions);
        let mut partitions: Vec<_> = partitions.into_iter().map(partition).collect();
        partitions.sort_by_key(|partition| partition.number);
        Topic {
            id: (!id.is_null())
                .then(|| text(sys::rd_kafka_Uuid_base64str(id)))
                .and_then(|id| as_kafka_prints(&id)),
            internal: sys::rd_kafka_TopicDescription_is_internal(topic) != 0,
            partitions,
            rights: (rights == Rights::Ask).then(|| operations(&numbers_of(allowed, count))),
        }
    }
}

fn partition(partition: &rd_kafka_TopicPartitionInfo_t) -> Partition {
    // SAFETY: the partition is live, and so is what it lends.
    unsafe {
        let leader = sys::rd_kafka_TopicPartitionInfo_leader(partition).as_ref().map(id_of);
        let replicas = native::lent(partition, sys::rd_kafka_TopicPartitionInfo_replicas);
        let in_sync = native::lent(partition, sys::rd_kafka_TopicPartitionInfo_isr);
        Partition {
            number: sys::rd_kafka_TopicPartitionInfo_partition(partition),
            leader: leader.filter(|id| *id >= 0),
            replicas: replicas.into_iter().map(id_of).collect(),
            in_sync: in_sync.into_iter().map(id_of).collect(),
        }
    }
}

/// librdkafka writes ids in base64, Kafka in the form of it that may stand in addresses. All zeros is no id.
fn as_kafka_prints(id: &str) -> Option<String> {
    let none = id.bytes().all(|byte| byte == b'A');
    (!none).then(|| id.replace('+', "-").replace('/', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_kafkas_tools_write_them() {
        assert_eq!(as_kafka_prints("a+/b").as_deref(), Some("a-_b"));
        assert_eq!(as_kafka_prints("AAAAAAAAAAAAAAAAAAAAAA"), None);
    }
}
