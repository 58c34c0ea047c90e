//! What a reply of the API server means: trouble with reading, or the outcome of a write.

use crate::backend::door::why_turned_away;
use crate::backend::http::{NoReply, Reply};
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_core::engine::value::Value;
use serde::Deserialize;

/// The parts of a `metav1.Status` that matter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) message: String,
    pub(super) reason: String,
    pub(super) details: Details,
}

/// The details of a status.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Details {
    pub(super) causes: Vec<CauseOf>,
}

/// One cause of a conflict or an invalid object.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CauseOf {
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) field: String,
}

impl Reply {
    /// Tells whether the server itself says that there is no such object; a 404 of anything in between does not count.
    pub(super) fn is_not_found(&self) -> bool {
        self.code == 404 && self.status().reason == "NotFound"
    }

    /// Reads the body as a status; an unreadable one says so in its message.
    pub(super) fn status(&self) -> Status {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| Status {
            message: String::from_utf8_lossy(&self.body).chars().take(200).collect(),
            ..Status::default()
        })
    }
}

/// Whether the server's words may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// They may.
    Quoted,
    /// Secrets were sent, and a server or its admission may quote them: only the reason is told.
    Withheld,
}

impl Words {
    /// Returns how a reply to this configuration may be told.
    pub(super) fn about(config: &Value) -> Self {
        let is_secret = config.get("kind").and_then(Value::as_text) == Some("Secret");
        if is_secret || config.has_secret(&|_| true) { Self::Withheld } else { Self::Quoted }
    }

    /// Returns what may be told of a status.
    pub(super) fn of(self, status: &Status) -> String {
        match self {
            Self::Quoted => status.message.trim().to_owned(),
            Self::Withheld if status.reason.is_empty() => {
                "its words are withheld, as secrets were sent".to_owned()
            }
            Self::Withheld => format!("{} (its words are withheld, as secrets were sent)", status.reason),
        }
    }
}

/// Returns why a reading failed, in the server's words.
pub(super) fn why(what: &str, reply: &Reply) -> Why {
    why_in(what, reply, Words::Quoted)
}

/// Returns why a request failed, in as many of the server's words as may be told.
pub(super) fn why_in(what: &str, reply: &Reply, words: Words) -> Why {
    let trouble = Trouble::of_status(reply.code);
    Why { trouble, message: format!("{what}: {} {}", reply.code, words.of(&reply.status())) }
}

/// Returns why there was no reply to a reading.
pub(super) fn why_silent(what: &str, silence: &NoReply) -> Why {
    match silence {
        NoReply::TimedOut(deadline) => Why {
            trouble: Trouble::TimedOut,
            message: format!("{what}: no answer in {} s", deadline.as_secs_f32()),
        },
        NoReply::Broken(cause) => Why { trouble: Trouble::Unavailable, message: format!("{what}: {cause}") },
        NoReply::TurnedAway(away) => why_turned_away(what, away),
    }
}
