//! What is told of something that neither Git nor the ledger has: whose it says it is.

use super::{plain, words};
use crate::engine::id::{EnvironmentName, ResourceId, System};
use crate::engine::verdict::{Manager, Writer};
use crate::resources::{Glimpse, Stranger};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// Returns the facts, each under its label.
pub(super) fn lines(
    glimpse: &Glimpse,
    (address, environment): (&ResourceId, &EnvironmentName),
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    match glimpse {
        Glimpse::Absent => vec![("live", "nothing is there".to_owned())],
        Glimpse::Unreadable(why) => vec![("live", format!("not known: {}", words::why(why)))],
        Glimpse::There(stranger) => of_stranger(stranger, (address, environment), now),
    }
}

fn of_stranger(
    stranger: &Stranger,
    (address, environment): (&ResourceId, &EnvironmentName),
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let Stranger { uid, environment: marker, controller, tool, managers } = stranger;
    let mut lines = vec![("live", format!("it is there, uid {}", plain::line(uid.as_str())))];
    lines.extend(marker.as_ref().map(|marker| ("marker", of_marker(marker, environment))));
    let made = controller
        .iter()
        .map(|controller| format!("made by {}, which makes it again", plain::line(controller)));
    let made = made.chain(tool.iter().map(|tool| plain::line(tool)));
    lines.extend(made.map(|made| ("whose", made)));
    lines.extend(written_by(managers, now));
    lines.extend(next(stranger, (address, environment)).map(|next| ("next", next)));
    lines
}

/// Returns who wrote it, under its label, where that is known.
pub(super) fn written_by(managers: &[Manager], now: Timestamp) -> Option<(&'static str, String)> {
    let writer = |manager: &Manager| words::writer(&Writer::Manager(manager.clone()), now);
    let writers: Vec<String> = managers.iter().map(writer).collect();
    (!writers.is_empty()).then(|| ("written by", writers.join("; ")))
}

fn of_marker(marker: &str, environment: &EnvironmentName) -> String {
    if marker == environment.as_str() {
        "of this environment, whose ledger does not have it: it was left, or the ledger was lost".to_owned()
    } else {
        format!("of environment {}, so it is not touched here", plain::line(marker))
    }
}

/// What somebody else makes again is not for Git.
fn next(stranger: &Stranger, (address, environment): (&ResourceId, &EnvironmentName)) -> Option<String> {
    let Stranger { uid: _, environment: marker, controller, tool: _, managers: _ } = stranger;
    if controller.is_some() || marker.as_deref().is_some_and(|marker| marker != environment.as_str()) {
        return None;
    }
    let from = match address.system {
        System::Kubernetes => {
            let namespace = address.namespace.as_deref()?;
            format!("kubernetes --namespace {namespace} --kind {}", address.kind.short())
        }
        System::Kafka => "kafka".to_owned(),
        System::Connect => "connect".to_owned(),
        System::Neo4j => return None,
    };
    let through = format!("{from} --connection {}", address.connection);
    let import = plain::command(&format!("evenkeel import {environment} --from {through}"));
    Some(format!("to have it in Git: {import}"))
}

/// Returns the same facts for programs.
pub(super) fn json(glimpse: &Glimpse) -> Json {
    match glimpse {
        Glimpse::Absent => json!({"is": "absent"}),
        Glimpse::Unreadable(why) => json!({"is": "unknown", "why": words::why(why)}),
        Glimpse::There(stranger) => {
            let Stranger { uid, environment, controller, tool, managers } = &**stranger;
            json!({"is": "there", "uid": uid, "environment": environment, "controller": controller, "tool": tool, "managers": managers})
        }
    }
}
