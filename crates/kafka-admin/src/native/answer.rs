//! One answer: the error of the whole request, and the lists of what it brought.

use super::{ErrorIs, Owned, numbers, optional_text, text};
use crate::Error;
use crate::error::Failed;
use rdkafka_sys::bindings as sys;
use std::ffi::c_int;
use sys::{rd_kafka_error_t, rd_kafka_event_t};

/// Errors up to this number are librdkafka's own, those above it the broker's.
pub(crate) const NEWEST_OF_LIBRDKAFKA: c_int = -100;

/// The answer to a request. What it lends is borrowed from it.
pub(crate) struct Answer(Owned<rd_kafka_event_t>);

impl Answer {
    pub(crate) fn new(event: Owned<rd_kafka_event_t>) -> Self {
        Self(event)
    }

    /// Splits the answer into what it brought and the error of the request as a whole.
    pub(crate) fn checked(self, error_is: ErrorIs) -> Result<Self, Failed> {
        // SAFETY: the event is live. Its text is copied where it is its own; librdkafka's own errors are in any case.
        unsafe {
            let code = numbers::rd_kafka_event_error(self.0.as_ptr());
            if code == 0 {
                return Ok(self);
            }
            if error_is == ErrorIs::Dangling && code > NEWEST_OF_LIBRDKAFKA {
                std::mem::forget(self);
                return Err(Failed { code, message: text(numbers::rd_kafka_err2str(code)) });
            }
            Err(Failed { code, message: text(sys::rd_kafka_event_error_string(self.0.as_ptr())) })
        }
    }

    /// Returns the result of a request.
    ///
    /// # Safety
    ///
    /// `result` is librdkafka's accessor of an event's result; it answers null for events of other requests.
    pub(crate) unsafe fn result<R>(
        &self,
        result: unsafe extern "C" fn(*mut rd_kafka_event_t) -> *const R,
    ) -> Result<&R, Error> {
        // SAFETY: the event is live as long as `self`, from which the result is borrowed; the type is librdkafka's own
        // and opaque, so the reference reads nothing.
        unsafe { result(self.0.as_ptr()).as_ref() }
            .ok_or_else(|| Error::Invalid { message: "the answer is to another request".to_owned() })
    }

    /// Lists what the result of a request has.
    ///
    /// # Safety
    ///
    /// `result` is as in [`Answer::result`], and `items` lists what such a result has.
    pub(crate) unsafe fn items<R: 'static, T>(
        &self,
        result: unsafe extern "C" fn(*mut rd_kafka_event_t) -> *const R,
        items: unsafe extern "C" fn(*const R, *mut usize) -> *mut *const T,
    ) -> Result<Vec<&T>, Error> {
        // SAFETY: the caller vouches for both functions.
        unsafe { Ok(lent(self.result(result)?, items)) }
    }
}

/// Lists what `owner` has.
///
/// # Safety
///
/// `items` is librdkafka's accessor for such an owner: it writes how many there are, and lends an array of as many pointers
/// that live as long as the owner.
pub(crate) unsafe fn lent<R, T>(
    owner: &R,
    items: unsafe extern "C" fn(*const R, *mut usize) -> *mut *const T,
) -> Vec<&T> {
    let mut count = 0;
    // SAFETY: the owner is live; the array has `count` entries, as the caller vouches. One without entries may be null.
    unsafe {
        let array = items(owner, &raw mut count);
        if array.is_null() {
            return Vec::new();
        }
        std::slice::from_raw_parts(array, count).iter().filter_map(|item| item.as_ref()).collect()
    }
}

/// Copies the numbers of an array of an enumeration.
///
/// # Safety
///
/// `array` is null or has `count` entries of an enumeration of C, which are `int`s.
pub(crate) unsafe fn numbers_of<T>(array: *const T, count: usize) -> Vec<c_int> {
    if array.is_null() {
        return Vec::new();
    }
    // SAFETY: the caller vouches for the array; as numbers, any entry is valid.
    unsafe { std::slice::from_raw_parts(array.cast::<c_int>(), count) }.to_vec()
}

/// Returns what an error that belongs to one item of an answer says.
///
/// # Safety
///
/// `error` is null or a live error.
pub(crate) unsafe fn failure_of(error: *const rd_kafka_error_t) -> Result<(), Failed> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: not null, and the caller vouches for it; the text is copied.
    unsafe { failure(numbers::rd_kafka_error_code(error), sys::rd_kafka_error_string(error)) }
}

/// Returns what a code and its text say.
///
/// # Safety
///
/// `message` is null or a live text.
pub(crate) unsafe fn failure(code: c_int, message: *const std::ffi::c_char) -> Result<(), Failed> {
    if code == 0 {
        return Ok(());
    }
    // SAFETY: the caller vouches for the text; librdkafka's own texts are never freed.
    let message = unsafe { optional_text(message).unwrap_or_else(|| text(numbers::rd_kafka_err2str(code))) };
    Err(Failed { code, message })
}
