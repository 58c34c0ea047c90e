//! Things that librdkafka made for us, and that are freed exactly once.

use crate::Error;
use rdkafka_sys::bindings as sys;
use std::ptr::NonNull;

/// A type of librdkafka's that has a function to free it.
pub(crate) trait Destroy {
    /// Frees it.
    ///
    /// # Safety
    ///
    /// `pointer` came from librdkafka's constructor of this type and has not been freed.
    unsafe fn destroy(pointer: *mut Self);
}

macro_rules! destroyed_by {
    ($($type:ident => $destroy:ident,)*) => {
        $(impl Destroy for sys::$type {
            unsafe fn destroy(pointer: *mut Self) {
                // SAFETY: this is the function that librdkafka documents for freeing this type; the caller vouches for
                // the pointer.
                unsafe { sys::$destroy(pointer) }
            }
        })*
    };
}

destroyed_by! {
    rd_kafka_AclBinding_t => rd_kafka_AclBinding_destroy,
    rd_kafka_AdminOptions_t => rd_kafka_AdminOptions_destroy,
    rd_kafka_AlterConsumerGroupOffsets_t => rd_kafka_AlterConsumerGroupOffsets_destroy,
    rd_kafka_ConfigResource_t => rd_kafka_ConfigResource_destroy,
    rd_kafka_DeleteConsumerGroupOffsets_t => rd_kafka_DeleteConsumerGroupOffsets_destroy,
    rd_kafka_DeleteGroup_t => rd_kafka_DeleteGroup_destroy,
    rd_kafka_DeleteTopic_t => rd_kafka_DeleteTopic_destroy,
    rd_kafka_ListConsumerGroupOffsets_t => rd_kafka_ListConsumerGroupOffsets_destroy,
    rd_kafka_NewPartitions_t => rd_kafka_NewPartitions_destroy,
    rd_kafka_NewTopic_t => rd_kafka_NewTopic_destroy,
    rd_kafka_TopicCollection_t => rd_kafka_TopicCollection_destroy,
    rd_kafka_UserScramCredentialAlteration_t => rd_kafka_UserScramCredentialAlteration_destroy,
    rd_kafka_error_t => rd_kafka_error_destroy,
    rd_kafka_event_t => rd_kafka_event_destroy,
    rd_kafka_queue_t => rd_kafka_queue_destroy,
    rd_kafka_topic_partition_list_t => rd_kafka_topic_partition_list_destroy,
}

impl Destroy for sys::rd_kafka_metadata {
    unsafe fn destroy(pointer: *mut Self) {
        // SAFETY: as above; this one function wants the pointer `const`.
        unsafe { sys::rd_kafka_metadata_destroy(pointer) }
    }
}

/// One thing of librdkafka's, freed on drop.
pub(crate) struct Owned<T: Destroy>(NonNull<T>);

impl<T: Destroy> Owned<T> {
    /// Takes a thing over, or says with `why` that there is none.
    ///
    /// # Safety
    ///
    /// `pointer` is null, or came from librdkafka's constructor of this type, and nobody else frees it.
    pub(crate) unsafe fn new(pointer: *mut T, why: impl FnOnce() -> String) -> Result<Self, Error> {
        NonNull::new(pointer).map(Self).ok_or_else(|| Error::Invalid { message: why() })
    }

    /// Takes over what may be absent.
    ///
    /// # Safety
    ///
    /// As for [`Owned::new`].
    pub(crate) unsafe fn optional(pointer: *mut T) -> Option<Self> {
        NonNull::new(pointer).map(Self)
    }

    /// Lends the pointer; it is good as long as `self`.
    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T: Destroy> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: whoever made this value vouched that the pointer is librdkafka's and ours alone; it is freed here only.
        unsafe { T::destroy(self.0.as_ptr()) }
    }
}

/// Lists the pointers of several things, as requests want them; they are good as long as `things`.
pub(crate) fn pointers<T: Destroy>(things: &[Owned<T>]) -> Vec<*mut T> {
    things.iter().map(Owned::as_ptr).collect()
}
