//! How far a group has read: looked up, set, forgotten.

use crate::groups::single;
use crate::native::{Intent, Owned, c_text};
use crate::partitions::{self, PartitionId};
use crate::{Client, Error};
use rdkafka_sys::bindings as sys;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What became of each partition.
pub type EachPartition<T> = BTreeMap<PartitionId, Result<T, Error>>;

impl Client {
    /// Returns how far a group has read, in all partitions of which it has an offset. A group that is not there has none.
    ///
    /// The first question after any group lets a cluster make `__consumer_offsets`, its own topic; it is waited for.
    pub fn group_offsets(&self, group: &str) -> Result<EachPartition<i64>, Error> {
        const PAUSE: Duration = Duration::from_millis(200);
        let since = Instant::now();
        loop {
            match self.of_group(group)?.group_offsets_at_once(group) {
                Err(error)
                    if error.is_passing() && error.code().is_some() && since.elapsed() < self.patience() =>
                {
                    std::thread::sleep(PAUSE);
                }
                outcome => return outcome,
            }
        }
    }

    fn group_offsets_at_once(&self, group: &str) -> Result<EachPartition<i64>, Error> {
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS;
        let request = self.request(operation, Intent::Read)?;
        let group = c_text(group)?;
        // SAFETY: the name is copied, no list stands for all partitions, and the rest is ours, freed by `Owned`.
        let wanted = unsafe {
            let wanted = sys::rd_kafka_ListConsumerGroupOffsets_new(group.as_ptr(), std::ptr::null());
            Owned::new(wanted, || "no group".to_owned())?
        };
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: all of them are live until `ask` returns.
            unsafe {
                sys::rd_kafka_ListConsumerGroupOffsets(client, &mut wanted.as_ptr(), 1, options, queue);
            }
        })?;
        // SAFETY: the accessors of this request.
        let entries = unsafe {
            let result = sys::rd_kafka_event_ListConsumerGroupOffsets_result;
            single(&answer, result, sys::rd_kafka_ListConsumerGroupOffsets_result_groups)?
        };
        let has_one = |(_, offset): &partitions::Entry| offset.as_ref().map_or(true, |offset| *offset >= 0);
        Ok(entries.into_iter().filter(has_one).collect())
    }

    /// Sets how far a group has read. It must have no members.
    pub fn alter_group_offsets(
        &self,
        group: &str,
        offsets: &BTreeMap<PartitionId, i64>,
    ) -> Result<EachPartition<()>, Error> {
        if offsets.is_empty() {
            return Ok(EachPartition::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS;
        let request = self.request(operation, Intent::Write)?;
        let group = c_text(group)?;
        let list = partitions::list(offsets.iter().map(|(partition, offset)| (partition, *offset)))?;
        // SAFETY: name and list are copied; the rest is ours, freed by `Owned`.
        let wanted = unsafe {
            let wanted = sys::rd_kafka_AlterConsumerGroupOffsets_new(group.as_ptr(), list.as_ptr());
            Owned::new(wanted, || "no group".to_owned())?
        };
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: as above.
            unsafe {
                sys::rd_kafka_AlterConsumerGroupOffsets(client, &mut wanted.as_ptr(), 1, options, queue);
            }
        })?;
        // SAFETY: the accessors of this request.
        let entries = unsafe {
            let result = sys::rd_kafka_event_AlterConsumerGroupOffsets_result;
            single(&answer, result, sys::rd_kafka_AlterConsumerGroupOffsets_result_groups)?
        };
        Ok(without_offsets(entries))
    }

    /// Forgets how far a group has read in some partitions. No member may read their topics.
    pub fn delete_group_offsets(
        &self,
        group: &str,
        of: &BTreeSet<PartitionId>,
    ) -> Result<EachPartition<()>, Error> {
        if of.is_empty() {
            return Ok(EachPartition::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS;
        let request = self.request(operation, Intent::Write)?;
        let group = c_text(group)?;
        let list = partitions::list(of.iter().map(|partition| (partition, 0)))?;
        // SAFETY: name and list are copied; the rest is ours, freed by `Owned`.
        let wanted = unsafe {
            let wanted = sys::rd_kafka_DeleteConsumerGroupOffsets_new(group.as_ptr(), list.as_ptr());
            Owned::new(wanted, || "no group".to_owned())?
        };
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: as above.
            unsafe {
                sys::rd_kafka_DeleteConsumerGroupOffsets(client, &mut wanted.as_ptr(), 1, options, queue);
            }
        })?;
        // SAFETY: the accessors of this request.
        let entries = unsafe {
            let result = sys::rd_kafka_event_DeleteConsumerGroupOffsets_result;
            single(&answer, result, sys::rd_kafka_DeleteConsumerGroupOffsets_result_groups)?
        };
        Ok(without_offsets(entries))
    }
}

fn without_offsets(entries: Vec<partitions::Entry>) -> EachPartition<()> {
    entries.into_iter().map(|(partition, outcome)| (partition, outcome.map(drop))).collect()
}
