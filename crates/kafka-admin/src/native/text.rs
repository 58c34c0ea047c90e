//! Texts in and out of C.

use crate::Error;
use std::ffi::{CStr, CString, c_char};

/// Makes a text that C can read; one with a zero byte in it is refused, as C would cut it short.
pub(crate) fn c_text(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::Invalid { message: "a zero byte in a text for Kafka".to_owned() })
}

/// Copies a text of librdkafka's; none is empty.
///
/// # Safety
///
/// `text` is null, or points to a text that ends with a zero byte and is not changed meanwhile.
pub(crate) unsafe fn text(text: *const c_char) -> String {
    // SAFETY: the caller vouches for the pointer.
    unsafe { optional_text(text) }.unwrap_or_default()
}

/// Copies a text of librdkafka's that may be absent. What is no UTF-8 is replaced: Kafka's texts are UTF-8.
///
/// # Safety
///
/// As for [`text`].
pub(crate) unsafe fn optional_text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller vouches for the rest.
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// Room for librdkafka to write into what it refuses.
pub(crate) struct ErrorText([u8; 512]);

impl ErrorText {
    pub(crate) fn new() -> Self {
        Self([0; 512])
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut c_char {
        self.0.as_mut_ptr().cast()
    }

    pub(crate) const fn capacity(&self) -> usize {
        self.0.len()
    }

    /// What was written. librdkafka ends it with a zero byte; without one it is empty, never read beyond.
    pub(crate) fn read(&self) -> String {
        CStr::from_bytes_until_nul(&self.0)
            .map(|text| text.to_string_lossy().into_owned())
            .unwrap_or_default()
    }
}
