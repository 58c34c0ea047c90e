//! What all requests share on librdkafka's side: things it owns, texts it lends, one request and its answer.
//!
//! The rules that make the `unsafe` of this crate sound:
//!
//! * Everything that librdkafka makes for us is held by an [`Owned`], which frees it once, also on an early return.
//! * What an answer lends (names, lists, errors) lives as long as the answer. It is copied into our own values before the
//!   answer is dropped; what lends it is borrowed from the answer, so the compiler sees to that.
//! * Enumerations that a broker may extend (error codes, config sources, operations, …) are read as numbers, by the
//!   declarations in [`numbers`]: a Rust enum of a value that it does not list would be undefined behaviour.
//! * No closure of ours runs below a C function: librdkafka's callbacks come as events, which our own thread reads.

mod answer;
pub(crate) mod numbers;
mod owned;
mod request;
mod text;

pub(crate) use answer::{Answer, NEWEST_OF_LIBRDKAFKA, failure, failure_of, lent, numbers_of};
pub(crate) use owned::{Owned, pointers};
pub(crate) use request::{ErrorIs, Intent, Request, milliseconds, next};
pub(crate) use text::{ErrorText, c_text, optional_text, text};
