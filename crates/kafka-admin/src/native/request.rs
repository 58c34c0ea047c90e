//! One request: its options, and how long it may take.

use super::{Answer, ErrorText, Owned};
use crate::{Error, Mode, Rights};
use rdkafka_sys::bindings as sys;
use std::ffi::c_int;
use std::time::Duration;
use sys::{rd_kafka_AdminOptions_t, rd_kafka_admin_op_t, rd_kafka_queue_t, rd_kafka_t};

/// Whether a request changes anything: what is done when no answer comes depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    Read,
    Write,
}

/// Whose the text of an answer's error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorIs {
    /// The answer's own.
    Owned,
    /// Nobody's, where the error is the broker's. librdkafka (2.12.1) keeps a pointer to its own stack for
    /// `DescribeUserScramCredentials`, and frees it with the answer: neither may be done. Such an answer is leaked, and
    /// waited for to its end, as librdkafka would free one that nobody takes.
    Dangling,
}

/// A request that has not been sent.
pub(crate) struct Request {
    pub(crate) intent: Intent,
    pub(crate) error_is: ErrorIs,
    options: Owned<rd_kafka_AdminOptions_t>,
}

impl Request {
    /// # Safety
    ///
    /// `client` is a live client.
    pub(crate) unsafe fn new(
        client: *mut rd_kafka_t,
        operation: rd_kafka_admin_op_t,
        intent: Intent,
        patience: Duration,
    ) -> Result<Self, Error> {
        // SAFETY: the caller vouches for the client; the options are ours, and freed by `Owned`.
        let options = unsafe {
            let options = sys::rd_kafka_AdminOptions_new(client, operation);
            Owned::new(options, || "librdkafka makes no options for this request".to_owned())?
        };
        let request = Self { intent, error_is: ErrorIs::Owned, options };
        request.set_patience(patience)?;
        Ok(request)
    }

    fn set_patience(&self, patience: Duration) -> Result<(), Error> {
        let mut why = ErrorText::new();
        // SAFETY: the options live in `self`; the text has the room that is said.
        let refused = unsafe {
            sys::rd_kafka_AdminOptions_set_request_timeout(
                self.options.as_ptr(),
                milliseconds(patience),
                why.as_mut_ptr(),
                why.capacity(),
            )
        };
        accepted(refused, &why)
    }

    /// Lets the broker work on it for as long as we wait; for topics and partitions only.
    pub(crate) fn wait_for_effect(self, patience: Duration) -> Result<Self, Error> {
        let mut why = ErrorText::new();
        // SAFETY: as above.
        let refused = unsafe {
            sys::rd_kafka_AdminOptions_set_operation_timeout(
                self.options.as_ptr(),
                milliseconds(patience),
                why.as_mut_ptr(),
                why.capacity(),
            )
        };
        accepted(refused, &why).map(|()| self)
    }

    /// Says that the text of a broker's error must not be touched.
    pub(crate) fn with_dangling_error(self) -> Self {
        Self { error_is: ErrorIs::Dangling, ..self }
    }

    /// Says whether it is carried out or only checked.
    pub(crate) fn mode(self, mode: Mode) -> Result<Self, Error> {
        let mut why = ErrorText::new();
        let validate_only = c_int::from(mode == Mode::ValidateOnly);
        // SAFETY: as above.
        let refused = unsafe {
            sys::rd_kafka_AdminOptions_set_validate_only(
                self.options.as_ptr(),
                validate_only,
                why.as_mut_ptr(),
                why.capacity(),
            )
        };
        accepted(refused, &why).map(|()| self)
    }

    /// Says whether the answer shall list what we may do.
    pub(crate) fn rights(self, rights: Rights) -> Result<Self, Error> {
        let asked = c_int::from(rights == Rights::Ask);
        // SAFETY: the options live in `self`; the error, if any, is ours to free.
        let refused = unsafe {
            let error =
                sys::rd_kafka_AdminOptions_set_include_authorized_operations(self.options.as_ptr(), asked);
            Owned::optional(error)
        };
        match refused {
            None => Ok(self),
            Some(_) => Err(Error::Invalid { message: "this request cannot ask for rights".to_owned() }),
        }
    }

    pub(crate) fn options(&self) -> *const rd_kafka_AdminOptions_t {
        self.options.as_ptr()
    }
}

fn accepted(code: sys::rd_kafka_resp_err_t, why: &ErrorText) -> Result<(), Error> {
    if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    Err(Error::Invalid { message: why.read() })
}

/// librdkafka counts in milliseconds and takes no more than an hour.
pub(crate) fn milliseconds(duration: Duration) -> c_int {
    let longest = Duration::from_secs(3600);
    c_int::try_from(duration.min(longest).as_millis()).expect("an hour fits")
}

/// Waits for the next answer on a queue.
pub(crate) fn next(queue: &Owned<rd_kafka_queue_t>, patience: Duration) -> Option<Answer> {
    // SAFETY: the queue is live; what comes out of it is ours to free, which `Owned` does.
    unsafe { Owned::optional(sys::rd_kafka_queue_poll(queue.as_ptr(), milliseconds(patience))) }
        .map(Answer::new)
}
