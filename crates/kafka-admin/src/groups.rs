//! Groups of consumers: which there are, who is in them.

use crate::native::{Answer, Intent, Owned, c_text, failure_of, numbers, optional_text, pointers, text};
use crate::partitions::{self, PartitionId};
use crate::{Client, Each, Error};
use rdkafka_sys::bindings as sys;
use std::collections::{BTreeMap, BTreeSet};
use sys::{rd_kafka_ConsumerGroupDescription_t, rd_kafka_MemberDescription_t, rd_kafka_group_result_t};

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it is doing. One that is not there is [`GroupState::Dead`].
    pub state: GroupState,
    /// How it shares out partitions.
    pub assignor: String,
    /// Who is in it.
    pub members: Vec<GroupMember>,
}

/// A consumer in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// What the client calls itself.
    pub client: String,
    /// Its name that stays the same when it starts again, if it has one.
    pub instance: Option<String>,
    /// Where it is.
    pub host: String,
    /// What it reads.
    pub partitions: BTreeSet<PartitionId>,
}

/// What a group is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupState {
    /// Members come or go.
    PreparingRebalance,
    /// Partitions are shared out.
    CompletingRebalance,
    /// Everybody reads.
    Stable,
    /// Nobody is in it; only then its offsets may be changed.
    Empty,
    /// It is gone, or never was.
    Dead,
    /// A state that is newer than this list.
    Other,
}

impl Client {
    /// Lists groups of consumers. Groups of Connect workers are of another kind and not among them.
    pub fn list_groups(&self) -> Result<BTreeMap<String, GroupState>, Error> {
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS;
        let request = self.request(operation, Intent::Read)?;
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: all three are live until `ask` returns.
            unsafe { sys::rd_kafka_ListConsumerGroups(client, options, queue) }
        })?;
        // SAFETY: the accessors of this request; what they lend is borrowed from the answer, and copied.
        unsafe {
            let result = sys::rd_kafka_event_ListConsumerGroups_result;
            // Each broker is asked: a list without one broker's groups would be a wrong answer.
            for error in answer.items(result, sys::rd_kafka_ListConsumerGroups_result_errors)? {
                failure_of(error)?;
            }
            let groups = answer.items(result, sys::rd_kafka_ListConsumerGroups_result_valid)?;
            let named = |group: &sys::rd_kafka_ConsumerGroupListing_t| {
                let name = text(sys::rd_kafka_ConsumerGroupListing_group_id(group));
                (name, state(numbers::rd_kafka_ConsumerGroupListing_state(group)))
            };
            Ok(groups.into_iter().map(named).collect())
        }
    }

    /// Describes groups of consumers.
    pub fn describe_groups(&self, names: &[&str]) -> Result<Each<Group>, Error> {
        if names.is_empty() {
            return Ok(Each::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS;
        let request = self.request(operation, Intent::Read)?;
        let names = names.iter().map(|name| c_text(name)).collect::<Result<Vec<_>, _>>()?;
        let mut lent: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: all of them are live until `ask` returns; names are copied.
            unsafe {
                sys::rd_kafka_DescribeConsumerGroups(client, lent.as_mut_ptr(), lent.len(), options, queue);
            }
        })?;
        // SAFETY: as above.
        let groups = unsafe {
            let result = sys::rd_kafka_event_DescribeConsumerGroups_result;
            answer.items(result, sys::rd_kafka_DescribeConsumerGroups_result_groups)?
        };
        Ok(groups.into_iter().map(described).collect())
    }

    /// Deletes groups, and their offsets with them. One that has members is [`crate::Code::NON_EMPTY_GROUP`].
    pub fn delete_groups(&self, names: &[&str]) -> Result<Each<()>, Error> {
        if names.is_empty() {
            return Ok(Each::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DELETEGROUPS;
        let request = self.request(operation, Intent::Write)?;
        let groups = names.iter().map(|name| {
            let name = c_text(name)?;
            // SAFETY: the name is copied; the rest is ours, freed by `Owned`.
            unsafe { Owned::new(sys::rd_kafka_DeleteGroup_new(name.as_ptr()), || "no group".to_owned()) }
        });
        let groups = groups.collect::<Result<Vec<_>, Error>>()?;
        let mut lent = pointers(&groups);
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: as above.
            unsafe { sys::rd_kafka_DeleteGroups(client, lent.as_mut_ptr(), lent.len(), options, queue) }
        })?;
        // SAFETY: as above.
        unsafe {
            let result = sys::rd_kafka_event_DeleteGroups_result;
            let groups = answer.items(result, sys::rd_kafka_DeleteGroups_result_groups)?;
            Ok(groups.into_iter().map(|group| (name_of(group), failed(group))).collect())
        }
    }
}

/// Returns the single group of an answer, with its partitions.
///
/// # Safety
///
/// Both functions are librdkafka's accessors for the request of this answer.
pub(crate) unsafe fn single<R: 'static>(
    answer: &Answer,
    result: unsafe extern "C" fn(*mut sys::rd_kafka_event_t) -> *const R,
    groups: unsafe extern "C" fn(*const R, *mut usize) -> *mut *const rd_kafka_group_result_t,
) -> Result<Vec<partitions::Entry>, Error> {
    // SAFETY: the caller vouches for them; the list is borrowed from the answer, and copied.
    unsafe {
        let groups = answer.items(result, groups)?;
        let group = groups
            .first()
            .ok_or_else(|| Error::Invalid { message: "an answer without a group".to_owned() })?;
        failed(group)?;
        Ok(partitions::entries(sys::rd_kafka_group_result_partitions(*group)))
    }
}

fn name_of(group: &rd_kafka_group_result_t) -> String {
    // SAFETY: the group is live; its name is copied.
    unsafe { text(sys::rd_kafka_group_result_name(group)) }
}

fn failed(group: &rd_kafka_group_result_t) -> Result<(), Error> {
    // SAFETY: the group is live, and so is its error.
    unsafe { Ok(failure_of(sys::rd_kafka_group_result_error(group))?) }
}

fn described(group: &rd_kafka_ConsumerGroupDescription_t) -> (String, Result<Group, Error>) {
    // SAFETY: the group is live; its texts are copied, and it lends as many members as it says.
    unsafe {
        let name = text(sys::rd_kafka_ConsumerGroupDescription_group_id(group));
        let failed = failure_of(sys::rd_kafka_ConsumerGroupDescription_error(group));
        let count = sys::rd_kafka_ConsumerGroupDescription_member_count(group);
        let members = (0..count)
            .filter_map(|index| sys::rd_kafka_ConsumerGroupDescription_member(group, index).as_ref())
            .map(member);
        let described = || Group {
            state: state(numbers::rd_kafka_ConsumerGroupDescription_state(group)),
            assignor: text(sys::rd_kafka_ConsumerGroupDescription_partition_assignor(group)),
            members: members.collect(),
        };
        (name, failed.map_err(Error::from).map(|()| described()))
    }
}

fn member(member: &rd_kafka_MemberDescription_t) -> GroupMember {
    // SAFETY: the member is live; its texts are copied, and so is what it reads.
    unsafe {
        let assignment = sys::rd_kafka_MemberDescription_assignment(member);
        let read = if assignment.is_null() {
            Vec::new()
        } else {
            partitions::entries(sys::rd_kafka_MemberAssignment_partitions(assignment))
        };
        GroupMember {
            client: text(sys::rd_kafka_MemberDescription_client_id(member)),
            instance: optional_text(sys::rd_kafka_MemberDescription_group_instance_id(member)),
            host: text(sys::rd_kafka_MemberDescription_host(member)),
            partitions: read.into_iter().map(|(partition, _)| partition).collect(),
        }
    }
}

fn state(number: i32) -> GroupState {
    match number {
        1 => GroupState::PreparingRebalance,
        2 => GroupState::CompletingRebalance,
        3 => GroupState::Stable,
        4 => GroupState::Dead,
        5 => GroupState::Empty,
        _ => GroupState::Other,
    }
}
