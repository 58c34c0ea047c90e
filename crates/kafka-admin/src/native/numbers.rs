//! librdkafka's functions that answer with an enumeration, declared to answer with its number.
//!
//! The bindings declare Rust enums. But librdkafka hands on what brokers sent (error codes, sources, operations), and
//! brokers are newer than any binding: an enum holding a number that it does not list would be undefined behaviour. In C
//! these enumerations are `int`s, so a declaration with `c_int` is the same function.

use rdkafka_sys::bindings as sys;
use std::ffi::{c_char, c_int};

unsafe extern "C" {
    pub(crate) fn rd_kafka_err2name(code: c_int) -> *const c_char;
    pub(crate) fn rd_kafka_err2str(code: c_int) -> *const c_char;
    pub(crate) fn rd_kafka_event_error(event: *mut sys::rd_kafka_event_t) -> c_int;
    pub(crate) fn rd_kafka_error_code(error: *const sys::rd_kafka_error_t) -> c_int;
    pub(crate) fn rd_kafka_topic_result_error(result: *const sys::rd_kafka_topic_result_t) -> c_int;
    pub(crate) fn rd_kafka_ConfigResource_error(resource: *const sys::rd_kafka_ConfigResource_t) -> c_int;
    pub(crate) fn rd_kafka_ConfigResource_type(resource: *const sys::rd_kafka_ConfigResource_t) -> c_int;
    pub(crate) fn rd_kafka_ConfigEntry_source(entry: *const sys::rd_kafka_ConfigEntry_t) -> c_int;
    pub(crate) fn rd_kafka_AclBinding_restype(acl: *const sys::rd_kafka_AclBinding_t) -> c_int;
    pub(crate) fn rd_kafka_AclBinding_operation(acl: *const sys::rd_kafka_AclBinding_t) -> c_int;
    pub(crate) fn rd_kafka_AclBinding_permission_type(acl: *const sys::rd_kafka_AclBinding_t) -> c_int;
    pub(crate) fn rd_kafka_AclBinding_resource_pattern_type(acl: *const sys::rd_kafka_AclBinding_t) -> c_int;
    pub(crate) fn rd_kafka_ScramCredentialInfo_mechanism(
        info: *const sys::rd_kafka_ScramCredentialInfo_t,
    ) -> c_int;
    pub(crate) fn rd_kafka_ConsumerGroupListing_state(
        group: *const sys::rd_kafka_ConsumerGroupListing_t,
    ) -> c_int;
    pub(crate) fn rd_kafka_ConsumerGroupDescription_state(
        group: *const sys::rd_kafka_ConsumerGroupDescription_t,
    ) -> c_int;
    pub(crate) fn rd_kafka_metadata(
        client: *mut sys::rd_kafka_t,
        all_topics: c_int,
        only_topic: *mut sys::rd_kafka_topic_t,
        metadata: *mut *const sys::rd_kafka_metadata,
        timeout_ms: c_int,
    ) -> c_int;
}
