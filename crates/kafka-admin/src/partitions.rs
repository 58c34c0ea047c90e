//! Lists of partitions with an offset each, as requests for offsets take and give them.

use crate::Error;
use crate::error::Failed;
use crate::native::{Owned, c_text, numbers, text};
use rdkafka_sys::bindings as sys;
use sys::{rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_t};

/// A partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionId {
    /// The topic's name.
    pub topic: String,
    /// The partition's number.
    pub number: i32,
}

/// Makes a list for librdkafka.
pub(crate) fn list<'a>(
    partitions: impl Iterator<Item = (&'a PartitionId, i64)>,
) -> Result<Owned<rd_kafka_topic_partition_list_t>, Error> {
    // SAFETY: the list is ours, freed by `Owned`.
    let list = unsafe {
        let list = sys::rd_kafka_topic_partition_list_new(0);
        Owned::new(list, || "no list of partitions".to_owned())?
    };
    for (partition, offset) in partitions {
        let topic = c_text(&partition.topic)?;
        // SAFETY: the list is live, the name is copied; the entry lives as long as the list and no other one is added while
        // it is written to.
        unsafe {
            let entry =
                sys::rd_kafka_topic_partition_list_add(list.as_ptr(), topic.as_ptr(), partition.number);
            (&raw mut (*entry).offset).write(offset);
        }
    }
    Ok(list)
}

/// A partition of an answer: its offset, or why there is none.
pub(crate) type Entry = (PartitionId, Result<i64, Error>);

/// Copies a list of librdkafka's.
///
/// # Safety
///
/// `list` is null or a live list.
pub(crate) unsafe fn entries(list: *const rd_kafka_topic_partition_list_t) -> Vec<Entry> {
    if list.is_null() {
        return Vec::new();
    }
    // SAFETY: the list is live, and has as many entries as it says.
    unsafe {
        let count = usize::try_from((*list).cnt).unwrap_or_default();
        (0..count).map(|index| entry((*list).elems.add(index))).collect()
    }
}

/// Copies one entry. Its fields are read one by one: the error code is an enumeration that brokers extend.
///
/// # Safety
///
/// `entry` is live.
pub(crate) unsafe fn entry(entry: *const rd_kafka_topic_partition_t) -> Entry {
    // SAFETY: the caller vouches for the entry.
    unsafe {
        let topic = text((&raw const (*entry).topic).read());
        let number = (&raw const (*entry).partition).read();
        let offset = (&raw const (*entry).offset).read();
        let code = (&raw const (*entry).err).cast::<i32>().read();
        let outcome = match code {
            0 => Ok(offset),
            code => Err(Failed { code, message: text(numbers::rd_kafka_err2str(code)) }.into()),
        };
        (PartitionId { topic, number }, outcome)
    }
}
