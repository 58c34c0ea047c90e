//! Calls of a worker's REST interface: which ones bring a connector to what is wanted.

use super::link::path;
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::resources::settings::is_mask;
use http::Method;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// One call of a step.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Json>,
}

impl Call {
    /// A call on one connector that says all by its address.
    pub(super) fn plain(method: Method, name: &str, below: &str) -> Self {
        Self { method, path: path(name, below), body: None }
    }

    /// Makes a connector.
    pub(super) fn create(name: &str, config: &Value) -> Self {
        let mut body = json!({"name": name, "config": settings(config)});
        // Old workers do not know the field, and do not need it for what runs.
        if let Some(state) = state(config).filter(|state| *state != "RUNNING") {
            body["initial_state"] = json!(state);
        }
        Self { method: Method::POST, path: "/connectors".to_owned(), body: Some(body) }
    }

    /// Brings a connector from one state to another; nothing if it is there.
    pub(super) fn turn(name: &str, wanted: Option<&str>, live: Option<&str>) -> Option<Self> {
        let wanted = wanted.filter(|wanted| live != Some(wanted))?;
        let below = match wanted {
            "PAUSED" => "/pause",
            "STOPPED" => "/stop",
            _ => "/resume",
        };
        Some(Self::plain(Method::PUT, name, below))
    }

    /// Starts a connector and its tasks anew; one that is to stand still stands still afterwards.
    pub(super) fn restart(name: &str) -> Self {
        Self::plain(Method::POST, name, "/restart?includeTasks=true&onlyFailed=false")
    }
}

/// Tells whether workers of this version merge settings by themselves (`PATCH`, KIP-477, since Kafka 3.8).
///
/// Confluent's builds have numbers of their own: 7.8 is Kafka 3.8 and 8.0 is 4.0.
/// Source: Confluent Platform, "Supported versions and interoperability".
pub(super) fn merges(version: &str) -> bool {
    is_since((3, 8), (7, 8), version)
}

/// Tells whether workers of this version make a connector in the state that is told (KIP-980, since Kafka 3.7).
pub(super) fn begins_as_told(version: &str) -> bool {
    is_since((3, 7), (7, 7), version)
}

fn is_since(kafka: (u32, u32), confluent: (u32, u32), version: &str) -> bool {
    let mut numbers = version.split(['.', '-']).map(|part| part.parse::<u32>().unwrap_or_default());
    let version_number = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    let is_confluent = ["-ccs", "-ce"].iter().any(|suffix| version.contains(suffix));
    version_number >= if is_confluent { confluent } else { kafka }
}

pub(super) fn state(value: &Value) -> Option<&str> {
    value.get("state").and_then(Value::as_text)
}

fn each_setting(config: &Value) -> impl Iterator<Item = (&String, &Value)> {
    config.get("config").and_then(Value::as_map).into_iter().flatten()
}

/// Returns the settings as they are sent.
pub(super) fn settings(config: &Value) -> Json {
    each_setting(config).filter_map(|(key, value)| Some((key.clone(), json!(value.as_text()?)))).collect()
}

/// Returns the settings to send: those that differ, and null where one goes that is there.
pub(super) fn changes(
    config: &Value,
    live: &Value,
    differing: &BTreeSet<&str>,
) -> serde_json::Map<String, Json> {
    let changed = each_setting(config).filter_map(|(key, wanted)| {
        let sent = match wanted.as_text() {
            None => live.at(&["config", key]).is_some(),
            Some(_) => differing.contains(key.as_str()),
        };
        sent.then(|| (key.clone(), json!(wanted.as_text())))
    });
    changed.collect()
}

/// Returns all settings as they will be, for workers that only take the whole.
///
/// Errors: the name of a setting that would stay as it is and that the workers show only masked: sent back, the mask
/// would become its value.
pub(super) fn merged(
    mut kept: serde_json::Map<String, Json>,
    changes: serde_json::Map<String, Json>,
) -> Result<Json, String> {
    kept.remove("name");
    for (key, value) in changes {
        match value {
            Json::Null => drop(kept.remove(&key)),
            value => drop(kept.insert(key, value)),
        }
    }
    match kept.iter().find(|(_, value)| value.as_str().is_some_and(is_mask)) {
        Some((key, _)) => Err(key.clone()),
        None => Ok(Json::Object(kept)),
    }
}

/// Returns all settings that Git or the worker names, for telling what providers may have filled in.
pub(super) fn all_settings(values: [&Value; 2]) -> Map {
    let all = values.into_iter().flat_map(each_setting);
    all.map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        serde_json::from_str(json).expect("reads")
    }

    fn map(json: &str) -> serde_json::Map<String, Json> {
        serde_json::from_str(json).expect("reads")
    }

    #[test]
    fn only_settings_that_differ_are_sent_and_one_that_goes_is_null() {
        let wanted = value(r#"{"config": {"file": "/b", "topics": "a,b", "old": null, "gone": null}}"#);
        let live = value(r#"{"config": {"file": "/a", "topics": "b, a", "old": "1", "theirs": "2"}}"#);
        let sent = changes(&wanted, &live, &BTreeSet::from(["file"]));
        assert_eq!(Json::Object(sent), json!({"file": "/b", "old": null}));
    }

    #[test]
    fn workers_merge_settings_by_themselves_since_3_8() {
        assert!(["3.8.0", "3.9.2", "4.3.1", "7.8.0-ccs", "8.0.0-ce"].into_iter().all(merges));
        assert!(!["3.7.2", "2.8.0", "unknown", "7.5.0-ccs", "5.5.1-ce"].into_iter().any(merges));
    }

    #[test]
    fn workers_make_a_connector_that_stands_still_since_3_7() {
        assert!(["3.7.0", "3.9.2", "4.3.1", "7.7.1-ccs"].into_iter().all(begins_as_told));
        assert!(!["3.6.2", "unknown", "7.6.0-ccs"].into_iter().any(begins_as_told));
    }

    #[test]
    fn what_is_kept_is_sent_whole_and_a_mask_is_never_sent_back() {
        let kept = map(r#"{"name": "a", "theirs": "2", "old": "1"}"#);
        let changes = || map(r#"{"file": "/b", "old": null}"#);
        assert_eq!(merged(kept, changes()), Ok(json!({"theirs": "2", "file": "/b"})));
        let masked = map(r#"{"their.password": "********"}"#);
        assert_eq!(merged(masked, changes()), Err("their.password".to_owned()));
    }
}
