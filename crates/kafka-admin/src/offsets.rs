//! Offsets of partitions: where they begin, where they end, where a time is.

use crate::native::Intent;
use crate::partitions::{self, PartitionId};
use crate::{Client, Code, Each, Error, Rights, Topic};
use rdkafka_sys::bindings as sys;
use std::collections::{BTreeMap, BTreeSet};

/// A place in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The oldest record.
    Earliest,
    /// After the newest record.
    Latest,
    /// The first record from this time on, in milliseconds since 1970.
    At(i64),
}

impl Position {
    fn number(self) -> i64 {
        match self {
            Self::Earliest => -2,
            Self::Latest => -1,
            Self::At(time) => time.max(0),
        }
    }
}

/// The offset of each partition; none where no record is from that time on.
pub type Offsets = BTreeMap<PartitionId, Result<Option<i64>, Error>>;

impl Client {
    /// Finds the offsets of places in partitions. A topic that is not there is not created.
    ///
    /// Topics are described first: of one that is not there, or that we may not see, librdkafka says only that it has found
    /// no leader, and of all others nothing.
    pub fn list_offsets(&self, places: &BTreeMap<PartitionId, Position>) -> Result<Offsets, Error> {
        let names: BTreeSet<&str> = places.keys().map(|partition| partition.topic.as_str()).collect();
        let topics = self.describe_topics(&names.into_iter().collect::<Vec<_>>(), Rights::Skip)?;
        let (mut found, mut led) = (Offsets::new(), Vec::new());
        for (partition, place) in places {
            match leader(&topics, partition) {
                Ok(()) => led.push((partition, place.number())),
                Err(error) => drop(found.insert(partition.clone(), Err(error))),
            }
        }
        found.extend(self.list_offsets_of_led(&led)?);
        Ok(found)
    }

    fn list_offsets_of_led(&self, places: &[(&PartitionId, i64)]) -> Result<Offsets, Error> {
        if places.is_empty() {
            return Ok(Offsets::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTOFFSETS;
        let request = self.request(operation, Intent::Read)?;
        let list = partitions::list(places.iter().copied())?;
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: all of them are live until `ask` returns; the list is copied.
            unsafe { sys::rd_kafka_ListOffsets(client, list.as_ptr(), options, queue) }
        })?;
        // SAFETY: the accessors of this request; what they lend is borrowed from the answer, and copied.
        unsafe {
            let infos = answer
                .items(sys::rd_kafka_event_ListOffsets_result, sys::rd_kafka_ListOffsets_result_infos)?;
            let entries = infos.into_iter().map(|info| {
                let (partition, offset) =
                    partitions::entry(sys::rd_kafka_ListOffsetsResultInfo_topic_partition(info));
                (partition, offset.map(|offset| (offset >= 0).then_some(offset)))
            });
            Ok(entries.collect())
        }
    }
}

/// Tells whether a partition has a leader, who alone knows its offsets.
fn leader(topics: &Each<Topic>, partition: &PartitionId) -> Result<(), Error> {
    let refused = |code: Code, message: &str| Error::Refused { code, message: message.to_owned() };
    let unknown =
        || refused(Code::UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition.");
    let topic = topics.get(&partition.topic).ok_or_else(unknown)?.as_ref().map_err(Clone::clone)?;
    let one = topic.partitions.iter().find(|one| one.number == partition.number).ok_or_else(unknown)?;
    let no_leader = || refused(Code::LEADER_NOT_AVAILABLE, "This partition has no leader now.");
    one.leader.map(|_| ()).ok_or_else(no_leader)
}
