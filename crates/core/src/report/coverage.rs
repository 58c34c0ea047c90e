//! What of everything that runs Git has: the number first, then what it does not have.

use super::humane::count;
use super::{plain, words};
use crate::engine::id::{ResourceId, System};
use crate::resources::import::Coverage;
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// More than these are a list for programs.
const LISTED: usize = 50;

/// Renders the coverage for people; the same text stands in a pull request.
#[must_use]
pub fn text(coverage: &Coverage) -> String {
    let Coverage { managed, unmanaged, others, unreadable } = coverage;
    let all = managed + unmanaged.len();
    let noun = if all == 1 { "object" } else { "objects" };
    let mut text = format!("{managed} of {all} {noun} managed");
    if !others.is_empty() {
        let _infallible = write!(text, ", {} by other environments", others.len());
    }
    text.push_str(".\n");
    for id in unmanaged.iter().take(LISTED) {
        let _infallible = writeln!(text, "  {id}");
    }
    if unmanaged.len() > LISTED {
        let _infallible = writeln!(text, "  and {} more: --format json has all", unmanaged.len() - LISTED);
    }
    for (scope, why) in unreadable {
        let _infallible = writeln!(text, "  ? {scope}: {}", words::why(why));
    }
    text
}

/// Returns the coverage for programs.
#[must_use]
pub fn json(coverage: &Coverage) -> Json {
    let Coverage { managed, unmanaged, others, unreadable } = coverage;
    let addresses: Vec<String> = unmanaged.iter().map(ToString::to_string).collect();
    let others = others.iter().map(|(id, name)| (id.to_string(), Json::from(name.as_str())));
    let unreadable = unreadable.iter().map(|(scope, why)| (scope.to_string(), Json::from(words::why(why))));
    json!({
        "managed": managed,
        "unmanaged": addresses,
        "otherEnvironments": others.collect::<serde_json::Map<_, _>>(),
        "unreadable": unreadable.collect::<serde_json::Map<_, _>>(),
    })
}

/// Returns the next thing to type, if anything is unmanaged.
#[must_use]
pub fn next(coverage: &Coverage, environment: &str) -> Option<String> {
    let from = |id: &ResourceId| match id.system {
        System::Kubernetes => Some(format!("kubernetes --namespace {}", id.namespace.as_deref()?)),
        System::Kafka => Some(format!("kafka --connection {}", id.connection)),
        System::Connect => Some(format!("connect --connection {}", id.connection)),
        System::Neo4j => None,
    };
    let from = coverage.unmanaged.iter().find_map(from)?;
    let objects = count(coverage.unmanaged.len(), "unmanaged object");
    let import = plain::command(&format!("evenkeel import {environment} --from {from}"));
    Some(format!("{objects}: {import}"))
}
