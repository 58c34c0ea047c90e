//! What can go wrong, by kind, with the words of whoever said so.

use crate::native::{NEWEST_OF_LIBRDKAFKA, numbers, text};
use std::fmt;

/// A broker's error code. Numbers, because brokers know more of them than any list: an unknown one has no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub i32);

impl Code {
    /// The topic or partition is not there.
    pub const UNKNOWN_TOPIC_OR_PARTITION: Self = Self(3);
    /// The partition has no leader now.
    pub const LEADER_NOT_AVAILABLE: Self = Self(5);
    /// No right to see or change the topic.
    pub const TOPIC_AUTHORIZATION_FAILED: Self = Self(29);
    /// No right to see or change the group.
    pub const GROUP_AUTHORIZATION_FAILED: Self = Self(30);
    /// No right to ask this of the cluster.
    pub const CLUSTER_AUTHORIZATION_FAILED: Self = Self(31);
    /// The topic is there already.
    pub const TOPIC_ALREADY_EXISTS: Self = Self(36);
    /// The number of partitions cannot be.
    pub const INVALID_PARTITIONS: Self = Self(37);
    /// The replication factor cannot be.
    pub const INVALID_REPLICATION_FACTOR: Self = Self(38);
    /// A setting cannot be.
    pub const INVALID_CONFIG: Self = Self(40);
    /// The cluster has no authorizer: everybody may do everything.
    pub const SECURITY_DISABLED: Self = Self(54);
    /// The group has members.
    pub const NON_EMPTY_GROUP: Self = Self(68);
    /// The group is not there.
    pub const GROUP_ID_NOT_FOUND: Self = Self(69);
    /// The thing is not there; SCRAM users are meant.
    pub const RESOURCE_NOT_FOUND: Self = Self(91);

    /// Returns the name that Kafka gives it, such as `TOPIC_ALREADY_EXISTS`, or `ERR_…` for one that is not known here.
    #[must_use]
    pub fn name(self) -> String {
        // SAFETY: any number is allowed; the answer is a text that stays until this thread asks again, and is copied.
        unsafe { text(numbers::rd_kafka_err2name(self.0)) }.trim_end_matches('?').to_owned()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name())
    }
}

/// Why a request, or one item of it, was not answered with what it asked for.
///
/// [`Error::outcome`] tells whether a write may have happened all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No connection came about: refused, no such host, no route.
    #[error("cannot reach a broker: {cause}")]
    Unreachable {
        /// The last thing that went wrong, in librdkafka's words.
        cause: String,
    },
    /// The two sides do not agree on TLS: an unknown authority, a wrong name, an expired certificate.
    #[error("no TLS connection to a broker: {cause}")]
    Untrusted {
        /// The last thing that went wrong, in librdkafka's words.
        cause: String,
    },
    /// The broker does not believe who we are.
    #[error("the broker refuses the login: {cause}")]
    Unauthenticated {
        /// What the broker, or the token's giver, says.
        cause: String,
    },
    /// We may not do this, or not see it: it is *not* known to be absent.
    #[error("{message} ({code})")]
    Unauthorized {
        /// The broker's error code.
        code: Code,
        /// The broker's words.
        message: String,
    },
    /// No broker that could take the request was ready in time. It was not sent.
    #[error("no broker was ready in time: {cause}")]
    NotReady {
        /// What was waited for, in librdkafka's words.
        cause: String,
    },
    /// The request was sent, or may have been, and its answer did not come.
    #[error("no answer: {cause}")]
    NoAnswer {
        /// What was waited for, in librdkafka's words.
        cause: String,
    },
    /// The broker answered with an error.
    #[error("{message} ({code})")]
    Refused {
        /// The broker's error code.
        code: Code,
        /// The broker's words, or librdkafka's where the broker has none.
        message: String,
    },
    /// The broker does not know this request, or not in a version that we speak.
    #[error("the broker does not offer this: {message}")]
    Unsupported {
        /// librdkafka's words.
        message: String,
    },
    /// The request was wrong before anybody was asked.
    #[error("{message}")]
    Invalid {
        /// What is wrong with it.
        message: String,
    },
}

/// Whether a write that brought an error may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has not happened, and will not.
    NotDone,
    /// It may have happened, or still happen: look before trying again.
    Unknown,
}

/// Codes with which a broker says that it does not know the end of a write either: unknown server error, timed out,
/// network exception, storage error.
const OPEN_CODES: &[i32] = &[-1, 7, 13, 56];

impl Error {
    /// Tells whether the write may have happened all the same.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NoAnswer { cause: _ } => Outcome::Unknown,
            Self::Refused { code, message: _ } if OPEN_CODES.contains(&code.0) => Outcome::Unknown,
            Self::Unreachable { cause: _ }
            | Self::Untrusted { cause: _ }
            | Self::Unauthenticated { cause: _ }
            | Self::Unauthorized { code: _, message: _ }
            | Self::NotReady { cause: _ }
            | Self::Refused { code: _, message: _ }
            | Self::Unsupported { message: _ }
            | Self::Invalid { message: _ } => Outcome::NotDone,
        }
    }

    /// Tells whether the same request may well be answered a moment later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { cause: _ } | Self::NotReady { cause: _ } | Self::NoAnswer { cause: _ } => {
                true
            }
            Self::Refused { code, message: _ } => {
                PASSING_CODES.contains(&code.0) || OPEN_CODES.contains(&code.0)
            }
            Self::Untrusted { cause: _ }
            | Self::Unauthenticated { cause: _ }
            | Self::Unauthorized { code: _, message: _ }
            | Self::Unsupported { message: _ }
            | Self::Invalid { message: _ } => false,
        }
    }

    /// Returns the broker's error code, where a broker answered.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Unauthorized { code, message: _ } | Self::Refused { code, message: _ } => Some(*code),
            Self::Unreachable { cause: _ }
            | Self::Untrusted { cause: _ }
            | Self::Unauthenticated { cause: _ }
            | Self::NotReady { cause: _ }
            | Self::NoAnswer { cause: _ }
            | Self::Unsupported { message: _ }
            | Self::Invalid { message: _ } => None,
        }
    }
}

/// Codes with which a broker says that it is not the one to ask just now: no leader, not the leader, a coordinator that
/// is loading, is not there yet or has moved, not the controller, a rebalance, throttled.
const PASSING_CODES: &[i32] = &[5, 6, 14, 15, 16, 27, 41, 89];

/// A code and its text, as librdkafka handed them over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) code: i32,
    pub(crate) message: String,
}

impl Failed {
    /// Tells whether the connection broke while an answer was waited for.
    pub(crate) fn is_a_broken_connection(&self) -> bool {
        self.code == codes::BROKEN_CONNECTION
    }
}

/// librdkafka's own codes, which are negative, and those of Kafka that have a kind of their own here.
mod codes {
    pub(super) const INVALID_ARGUMENT: i32 = -186;
    pub(super) const UNSUPPORTED_FEATURE: i32 = -165;
    pub(super) const BROKEN_CONNECTION: i32 = -195;
    pub(super) const TIMED_OUT: i32 = -185;
    pub(super) const UNSUPPORTED_VERSION: i32 = 35;
    pub(super) const UNAUTHENTICATED: &[i32] = &[33, 34, 58];
    pub(super) const UNAUTHORIZED: &[i32] = &[29, 30, 31, 53, 65];
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        let Failed { code, message } = failed;
        match code {
            codes::INVALID_ARGUMENT => Self::Invalid { message },
            codes::UNSUPPORTED_FEATURE | codes::UNSUPPORTED_VERSION => Self::Unsupported { message },
            code if codes::UNAUTHENTICATED.contains(&code) => Self::Unauthenticated { cause: message },
            code if codes::UNAUTHORIZED.contains(&code) => Self::Unauthorized { code: Code(code), message },
            code if code > NEWEST_OF_LIBRDKAFKA => Self::Refused { code: Code(code), message },
            codes::TIMED_OUT if never_sent(&message) => Self::NotReady { cause: message },
            _ => Self::NoAnswer { cause: message },
        }
    }
}

/// Tells by librdkafka's words whether a request ran out of time before it was sent. It says in which state it was: "Timed
/// out waiting for controller". In any state not named here, the request may be on its way.
fn never_sent(message: &str) -> bool {
    const BEFORE_SENDING: &[&str] = &[
        "initializing",
        "waiting for broker",
        "waiting for controller",
        "constructing request",
        "waiting for a valid list of brokers",
    ];
    BEFORE_SENDING.iter().any(|state| message.contains(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: i32, message: &str) -> Error {
        Failed { code, message: message.to_owned() }.into()
    }

    #[test]
    fn a_request_that_waited_for_a_controller_was_not_sent() {
        for words in
            ["Timed out waiting for controller", "Failed while waiting for controller: Local: Timed out"]
        {
            assert_eq!(error(-185, words).outcome(), Outcome::NotDone, "{words}");
        }
    }

    #[test]
    fn a_request_that_waited_for_its_answer_may_have_been_carried_out() {
        let words = "Failed while waiting for response from broker: Local: Timed out";
        assert_eq!(error(-185, words).outcome(), Outcome::Unknown);
        assert_eq!(
            error(-195, "worker request failed: Local: Broker transport failure").outcome(),
            Outcome::Unknown
        );
    }

    #[test]
    fn a_broker_that_ran_out_of_time_does_not_know_either() {
        assert_eq!(error(7, "Broker: Request timed out").outcome(), Outcome::Unknown);
    }

    #[test]
    fn no_right_to_see_is_a_kind_of_its_own() {
        assert!(matches!(
            error(29, "no"),
            Error::Unauthorized { code: Code::TOPIC_AUTHORIZATION_FAILED, .. }
        ));
        assert!(matches!(error(3, "none"), Error::Refused { code: Code::UNKNOWN_TOPIC_OR_PARTITION, .. }));
    }

    #[test]
    fn codes_have_kafkas_names_and_unknown_ones_a_number() {
        assert_eq!(Code::TOPIC_ALREADY_EXISTS.name(), "TOPIC_ALREADY_EXISTS");
        assert!(Code(31_999).name().contains("31999"), "{}", Code(31_999).name());
    }
}
