//! Tokens for SASL OAUTHBEARER: each is asked for before the one before it ends, and handed to librdkafka.
//!
//! rdkafka would do that when librdkafka wishes for one, but hands on no extensions. So the thread that reads what
//! librdkafka tells keeps the time by itself, and the wish goes unheard.

use crate::Error;
use crate::native::{ErrorText, c_text};
use crate::settings::{Token, TokenSource};
use rdkafka_sys::bindings as sys;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime};
use sys::{rd_kafka_resp_err_t, rd_kafka_t};

/// How long to wait before asking again where there was none: librdkafka's own pause.
const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// A token is asked for anew at least so often, also where it lasts for ever.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Where the tokens of one client come from, and when it takes the next one.
pub(crate) struct Tokens {
    source: TokenSource,
    due: Instant,
}

impl Tokens {
    pub(crate) fn from(source: TokenSource) -> Self {
        Self { source, due: Instant::now() }
    }

    /// Hands the next token over, if it is time.
    ///
    /// # Safety
    ///
    /// `client` is a live client.
    pub(crate) unsafe fn renew(&mut self, client: *mut rd_kafka_t) {
        if Instant::now() < self.due {
            return;
        }
        let token = catch_unwind(AssertUnwindSafe(|| (self.source)()))
            .unwrap_or_else(|_| Err("the source of tokens panicked".to_owned()));
        // SAFETY: the caller vouches for the client.
        let handed_over = token.and_then(|token| unsafe {
            hand_over(client, &token).map(|()| time_left(&token)).map_err(|error| error.to_string())
        });
        let pause = handed_over.map_or_else(
            |why| {
                // SAFETY: as above.
                unsafe { say_that_there_is_none(client, &why) };
                AFTER_FAILURE
            },
            // librdkafka wishes for the next one at four fifths, too.
            |lasts| lasts.min(LONGEST) * 4 / 5,
        );
        self.due = Instant::now() + pause;
    }
}

fn time_left(token: &Token) -> Duration {
    let ends_at = Duration::from_millis(u64::try_from(token.ends_at).unwrap_or_default());
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    ends_at.saturating_sub(now)
}

/// # Safety
///
/// `client` is a live client.
unsafe fn hand_over(client: *mut rd_kafka_t, token: &Token) -> Result<(), Error> {
    let (text, principal) = (c_text(token.text.reveal())?, c_text(&token.principal)?);
    let extensions = token.extensions.iter().flat_map(|(name, value)| [c_text(name), c_text(value)]);
    let extensions: Vec<CString> = extensions.collect::<Result<_, Error>>()?;
    let mut lent: Vec<*const c_char> = extensions.iter().map(|text| text.as_ptr()).collect();
    let mut why = ErrorText::new();
    // SAFETY: the caller vouches for the client. All texts live until the call returns, which copies them; the array has as
    // many as is said, names and values in turn; the text of an error has the room that is said.
    let code = unsafe {
        sys::rd_kafka_oauthbearer_set_token(
            client,
            text.as_ptr(),
            token.ends_at,
            principal.as_ptr(),
            lent.as_mut_ptr(),
            lent.len(),
            why.as_mut_ptr(),
            why.capacity(),
        )
    };
    match code {
        rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(()),
        _ => Err(Error::Invalid { message: why.read() }),
    }
}

/// Lets requests that wait for a token know that there is none, and why.
///
/// # Safety
///
/// `client` is a live client.
unsafe fn say_that_there_is_none(client: *mut rd_kafka_t, why: &str) {
    let why = c_text(&why.replace('\0', " ")).unwrap_or_default();
    // SAFETY: the caller vouches for the client; the text lives until the call returns, which copies it.
    let _told = unsafe { sys::rd_kafka_oauthbearer_set_token_failure(client, why.as_ptr()) };
}
