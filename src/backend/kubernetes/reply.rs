//! What a reply of the API server means: trouble with reading, or the outcome of a write.

use super::http::{NoReply, Reply};
use evenkeel_core::engine::question::{Trouble, Why};
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
    /// Reads the body as a status; an unreadable one says so in its message.
    pub(super) fn status(&self) -> Status {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| Status {
            message: String::from_utf8_lossy(&self.body).chars().take(200).collect(),
            ..Status::default()
        })
    }
}

/// Returns why a reading failed, in the server's words.
pub(super) fn why(what: &str, reply: &Reply) -> Why {
    let trouble = match reply.code {
        401 => Trouble::Unauthorized,
        403 => Trouble::Forbidden,
        408 | 504 => Trouble::TimedOut,
        429 | 500..=599 => Trouble::Unavailable,
        _ => Trouble::Garbled,
    };
    Why { trouble, message: format!("{what}: {} {}", reply.code, reply.status().message.trim()) }
}

/// Returns why there was no reply to a reading.
pub(super) fn why_silent(what: &str, silence: &NoReply) -> Why {
    match silence {
        NoReply::TimedOut(deadline) => Why {
            trouble: Trouble::TimedOut,
            message: format!("{what}: no answer in {} s", deadline.as_secs_f32()),
        },
        NoReply::Broken(cause) => Why { trouble: Trouble::Unavailable, message: format!("{what}: {cause}") },
    }
}
