//! What an error of the admin client means: trouble with reading, or the outcome of a write.

use super::connect::Failed;
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::step::Outcome;
use evenkeel_kafka_admin::{Error, Outcome as Done};

/// Returns why a request failed, in the words of whoever said so.
pub(super) fn why(error: &Error) -> Why {
    let trouble = match error {
        Error::Unauthorized { code: _, message: _ } => Trouble::Forbidden,
        Error::Unauthenticated { cause: _ } => Trouble::Unauthorized,
        Error::Unreachable { cause: _ } | Error::Untrusted { cause: _ } | Error::NotReady { cause: _ } => {
            Trouble::Unavailable
        }
        Error::NoAnswer { cause: _ } => Trouble::TimedOut,
        Error::Refused { code: _, message: _ } if error.is_passing() => Trouble::Unavailable,
        Error::Unsupported { message: _ } => Trouble::Unsupported,
        Error::Refused { code: _, message: _ } | Error::Invalid { message: _ } => Trouble::Garbled,
    };
    Why { trouble, message: error.to_string() }
}

/// Returns how a write ended that brought an error before anything else was done.
pub(super) fn failed(failed: Failed) -> Outcome {
    match failed {
        Failed::Before(why) => Outcome::Refused(why),
        Failed::Ended(why) => Outcome::Unknown(why),
        Failed::Request(error) => match error.outcome() {
            Done::NotDone => Outcome::Refused(why(&error)),
            Done::Unknown => Outcome::Unknown(why(&error)),
        },
    }
}

/// A bug of ours ended the thread that waited for an answer.
pub(super) fn why_ended(panicked: &tokio::task::JoinError) -> Why {
    Why { trouble: Trouble::Garbled, message: format!("a bug in evenkeel ended the request: {panicked}") }
}

/// Returns why something that should not be asked or sent is not.
pub(super) fn nonsense(message: impl Into<String>) -> Why {
    Why { trouble: Trouble::Garbled, message: message.into() }
}
