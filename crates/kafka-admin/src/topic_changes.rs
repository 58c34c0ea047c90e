//! Topics as they shall be: made, given more partitions, deleted.

use crate::native::{Answer, ErrorText, Intent, Owned, c_text, failure, numbers, pointers, text};
use crate::{Client, Each, Error, Mode};
use rdkafka_sys::bindings as sys;
use std::collections::BTreeMap;
use std::ffi::c_int;
use sys::{rd_kafka_NewPartitions_t, rd_kafka_NewTopic_t, rd_kafka_event_t, rd_kafka_topic_result_t};

/// A topic that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// How many partitions; none is the broker's default.
    pub partitions: Option<i32>,
    /// How many brokers have each partition; none is the broker's default.
    pub replication_factor: Option<i16>,
    /// Settings of its own.
    pub settings: BTreeMap<String, String>,
}

impl Client {
    /// Makes topics. One that is there already is [`crate::Code::TOPIC_ALREADY_EXISTS`]. A topic may be seen by brokers a
    /// little after the answer.
    pub fn create_topics(&self, topics: &[NewTopic], mode: Mode) -> Result<Each<()>, Error> {
        if topics.is_empty() {
            return Ok(Each::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_CREATETOPICS;
        let request = self.request(operation, Intent::Write)?.wait_for_effect(self.patience())?.mode(mode)?;
        let topics = topics.iter().map(new_topic).collect::<Result<Vec<_>, _>>()?;
        let mut lent = pointers(&topics);
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: all of them are live until `ask` returns; topics are copied.
            unsafe { sys::rd_kafka_CreateTopics(client, lent.as_mut_ptr(), lent.len(), options, queue) }
        })?;
        // SAFETY: the accessors of this request.
        unsafe {
            results(
                &answer,
                sys::rd_kafka_event_CreateTopics_result,
                sys::rd_kafka_CreateTopics_result_topics,
            )
        }
    }

    /// Gives topics more partitions: `total` is what they shall have. The same number, or fewer, is
    /// [`crate::Code::INVALID_PARTITIONS`].
    pub fn create_partitions(&self, totals: &BTreeMap<String, usize>, mode: Mode) -> Result<Each<()>, Error> {
        if totals.is_empty() {
            return Ok(Each::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_CREATEPARTITIONS;
        let request = self.request(operation, Intent::Write)?.wait_for_effect(self.patience())?.mode(mode)?;
        let totals = totals.iter().map(|(topic, total)| new_partitions(topic, *total));
        let totals = totals.collect::<Result<Vec<_>, _>>()?;
        let mut lent = pointers(&totals);
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: as above.
            unsafe { sys::rd_kafka_CreatePartitions(client, lent.as_mut_ptr(), lent.len(), options, queue) }
        })?;
        // SAFETY: the accessors of this request.
        unsafe {
            results(
                &answer,
                sys::rd_kafka_event_CreatePartitions_result,
                sys::rd_kafka_CreatePartitions_result_topics,
            )
        }
    }

    /// Deletes topics, and all that is in them, by name: librdkafka cannot delete by id. Whoever pins an id describes the
    /// topic right before; between the two somebody else may still delete it and make another one.
    pub fn delete_topics(&self, names: &[&str]) -> Result<Each<()>, Error> {
        if names.is_empty() {
            return Ok(Each::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DELETETOPICS;
        let request = self.request(operation, Intent::Write)?.wait_for_effect(self.patience())?;
        let topics = names.iter().map(|name| {
            let name = c_text(name)?;
            // SAFETY: the name is copied; the rest is ours, freed by `Owned`.
            unsafe { Owned::new(sys::rd_kafka_DeleteTopic_new(name.as_ptr()), || "no topic".to_owned()) }
        });
        let topics = topics.collect::<Result<Vec<_>, Error>>()?;
        let mut lent = pointers(&topics);
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: as above.
            unsafe { sys::rd_kafka_DeleteTopics(client, lent.as_mut_ptr(), lent.len(), options, queue) }
        })?;
        // SAFETY: the accessors of this request.
        unsafe {
            results(
                &answer,
                sys::rd_kafka_event_DeleteTopics_result,
                sys::rd_kafka_DeleteTopics_result_topics,
            )
        }
    }
}

fn new_topic(topic: &NewTopic) -> Result<Owned<rd_kafka_NewTopic_t>, Error> {
    const BROKERS_DEFAULT: c_int = -1;
    let NewTopic { name, partitions, replication_factor, settings } = topic;
    let name = c_text(name)?;
    let mut why = ErrorText::new();
    // SAFETY: the name is copied, the text has the room that is said, and the topic is ours, freed by `Owned`.
    let native = unsafe {
        let native = sys::rd_kafka_NewTopic_new(
            name.as_ptr(),
            partitions.unwrap_or(BROKERS_DEFAULT),
            replication_factor.map_or(BROKERS_DEFAULT, c_int::from),
            why.as_mut_ptr(),
            why.capacity(),
        );
        Owned::new(native, || why.read())?
    };
    for (key, value) in settings {
        let (key, value) = (c_text(key)?, c_text(value)?);
        // SAFETY: the topic is live; both texts are copied.
        let code =
            unsafe { sys::rd_kafka_NewTopic_set_config(native.as_ptr(), key.as_ptr(), value.as_ptr()) };
        if code != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(Error::Invalid { message: format!("`{}` cannot be set", key.to_string_lossy()) });
        }
    }
    Ok(native)
}

fn new_partitions(topic: &str, total: usize) -> Result<Owned<rd_kafka_NewPartitions_t>, Error> {
    let topic = c_text(topic)?;
    let mut why = ErrorText::new();
    // SAFETY: the name is copied, the text has the room that is said, and the rest is ours, freed by `Owned`.
    unsafe {
        let native = sys::rd_kafka_NewPartitions_new(topic.as_ptr(), total, why.as_mut_ptr(), why.capacity());
        Owned::new(native, || why.read())
    }
}

/// Reads what became of each topic.
///
/// # Safety
///
/// Both functions are librdkafka's accessors for the request of this answer.
unsafe fn results<R: 'static>(
    answer: &Answer,
    result: unsafe extern "C" fn(*mut rd_kafka_event_t) -> *const R,
    topics: unsafe extern "C" fn(*const R, *mut usize) -> *mut *const rd_kafka_topic_result_t,
) -> Result<Each<()>, Error> {
    // SAFETY: the caller vouches for them.
    let topics = unsafe { answer.items(result, topics)? };
    let named = |topic: &rd_kafka_topic_result_t| {
        // SAFETY: the topic is live; its texts are copied.
        unsafe {
            let code = numbers::rd_kafka_topic_result_error(topic);
            let failed = failure(code, sys::rd_kafka_topic_result_error_string(topic));
            (text(sys::rd_kafka_topic_result_name(topic)), failed.map_err(Error::from))
        }
    };
    Ok(topics.into_iter().map(named).collect())
}
